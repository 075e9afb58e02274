"""The tables of people: who is signed in, and what they gave to others."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from activities.common.column_types import JsonText, UtcDateTime
from activities.common.database import metadata

web_sessions = Table(
    "web_session",
    metadata,
    # SHA-256 of the session's id, which the browser alone has.
    Column("session_hash", String(64), primary_key=True),
    Column("owner_id", Text, nullable=False),
    # Parted by single spaces, as in a token.
    Column("scopes", Text, nullable=False),
    # As the way in names the person; for display.
    Column("name", Text),
    Column("via", String(16), nullable=False),
    # Whether it is the session of a frame in another site's page.
    Column("framed", Boolean, nullable=False, server_default=text("false")),
    # What the identity provider calls the session, and the person: to end it from there.
    Column("provider_sid", Text),
    Column("provider_sub", Text),
    Column("tenant", Text),
    # Verified by whoever signed the person in.
    Column("email", Text),
    Column("locale", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_web_session_owner", "owner_id"),
    Index("ix_web_session_expires_at", "expires_at"),
    Index("ix_web_session_ended_at", "ended_at"),
    Index("ix_web_session_provider_sid", "provider_sid"),
    Index("ix_web_session_provider_sub", "provider_sub"),
)

# Links that sign somebody in once; a platform's backend mints them.
sign_in_codes = Table(
    "sign_in_code",
    metadata,
    # SHA-256 of the code, which the link alone has.
    Column("code_hash", String(64), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    # The path that the link leads to.
    Column("next", Text, nullable=False),
    # What the token that asked for the link says of the person.
    Column("name", Text),
    Column("tenant", Text),
    Column("email", Text),
    Column("locale", Text),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    # The end of that token: no session that comes of the link outlives it.
    Column("session_until", UtcDateTime, nullable=False),
    Index("ix_sign_in_code_owner", "owner_id"),
    Index("ix_sign_in_code_expires_at", "expires_at"),
)

lti_nonces = Table(
    "lti_nonce",
    metadata,
    # SHA-256 of the nonce of a launch that was taken.
    Column("nonce_hash", String(64), primary_key=True),
    # A launch is refused by its age after that.
    Column("expires_at", UtcDateTime, nullable=False),
    # Of a launch that waits for its person to say yes: SHA-256 of the code on the page that asks,
    # and who it is, as JSON.
    Column("entry_hash", String(64)),
    Column("entry", Text),
    Column("entered_at", UtcDateTime),
    Index("ix_lti_nonce_expires_at", "expires_at"),
    Index("ix_lti_nonce_entry_hash", "entry_hash", unique=True),
)

# What owners chose last: it is offered again.
preferences = Table(
    "owner_preference",
    metadata,
    Column("owner_id", Text, primary_key=True),
    # Formats and options of the last export, as JSON.
    Column("export_choices", Text),
    Column("updated_at", UtcDateTime, nullable=False),
)

# Which mails owners want of their exports. Triggers of `export_job` read it: migration 0025.
notification_settings = Table(
    "notification_setting",
    metadata,
    Column("owner_id", Text, primary_key=True),
    # Verified when it was set.
    Column("email", Text, nullable=False),
    Column("events", JsonText(list[str]), nullable=False),
    Column("after_seconds", Integer, nullable=False),
    Column("language", String(35)),
    Column("changed_at", UtcDateTime, nullable=False),
)

# Links by which others download a file. The id is half of a link, and no link can be made of it.
shares = Table(
    "export_share",
    metadata,
    Column("share_id", String(32), primary_key=True),
    Column(
        "job_id",
        String(36),
        ForeignKey("export_job.job_id", ondelete="CASCADE"),
        nullable=False,
    ),
    Column("owner_id", Text, nullable=False),
    # For the owner alone: whom it is for.
    Column("name", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # Null: any number.
    Column("max_downloads", Integer),
    Column("downloads", Integer, nullable=False, server_default=text("0")),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    Index("ix_export_share_job", "job_id", "created_at", "share_id"),
    Index("ix_export_share_owner", "owner_id", "created_at", "share_id"),
)

# What is being erased, and what was. While a row has an owner, triggers refuse new rows of that
# owner, and let entries of the audit log get the pseudonym in the owner's place: migration 0029.
erasures = Table(
    "owner_erasure",
    metadata,
    Column("erasure_id", String(36), primary_key=True),
    # Null once all is erased.
    Column("owner_id", Text),
    # What the audit log calls the owner then.
    Column("pseudonym", String(64), nullable=False),
    Column("requested_at", UtcDateTime, nullable=False),
    Column("completed_at", UtcDateTime),
    # While it is under way: when whoever dispatches must look after it.
    Column("due_at", UtcDateTime, nullable=False),
    # How many exports were erased so far.
    Column("exports", Integer, nullable=False, server_default=text("0")),
    Index("uq_owner_erasure_owner", "owner_id", unique=True),
    Index("ix_owner_erasure_pseudonym", "pseudonym"),
    Index(
        "ix_owner_erasure_due",
        "due_at",
        sqlite_where=text("completed_at IS NULL"),
        postgresql_where=text("completed_at IS NULL"),
    ),
)
