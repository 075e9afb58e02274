"""The tables of the job record."""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from activities.common.column_types import (
    EncodedJson,
    EnumText,
    JsonListText,
    JsonText,
    TextWithoutNul,
    UtcDateTime,
)
from activities.common.database import metadata
from activities.model.changes import ChangeCounts, Changes
from activities.model.item_versions import ItemVersion
from activities.model.jobs import Phase, Problem, SendingStatus, Status
from activities.model.options import RenderOptions
from activities.model.quality import PoorItem
from activities.model.warnings import ExportWarning

jobs = Table(
    "export_job",
    metadata,
    Column("job_id", String(36), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("status", EnumText(Status, 16), nullable=False),
    Column("phase", EnumText(Phase, 16), nullable=False),
    Column("format", String(64), nullable=False),
    # Of a type that the format decides.
    Column("options", EncodedJson[RenderOptions], nullable=False),
    Column("title", TextWithoutNul, nullable=False),
    Column("content_ids", JsonText(list[str]), nullable=False),
    Column("items_total", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    # When the owner asked to cancel: from then on publish cannot complete the row.
    Column("cancel_requested_at", UtcDateTime),
    # When a process last made sure that the workflow exists; the time of creation while the request
    # that created the job is starting it.
    Column("dispatched_at", UtcDateTime),
    # The workflow run that may complete the row; empty once `abandon` has fenced it off.
    Column("run_id", String(64)),
    Column("idempotency_key", String(255)),
    Column("request_hash", String(64)),
    Column("file_name", Text),
    Column("file_size", BigInteger),
    Column("media_type", String(255)),
    Column("sha256", String(64)),
    Column("error", JsonText(Problem)),
    Column("warnings", JsonListText(list[ExportWarning])),
    # Of content, options and title: an export with the same gives the same file.
    Column("fingerprint", String(64)),
    # The job whose file was taken over instead of making one.
    Column("reused_from", String(36)),
    # Of the request that created the job.
    Column("request_id", String(64)),
    # When the file was found missing or damaged: from then on it is not sent.
    Column("file_lost_at", UtcDateTime),
    # When retention read the file and compared it with its hash.
    Column("file_checked_at", UtcDateTime),
    # Of a bulk export: how many items matched, and how many newer ones were passed over.
    Column("matched", Integer),
    Column("skipped", Integer, nullable=False, server_default=text("0")),
    # Of the theme that it was accepted with, which is in `themes`.
    Column("theme_sha256", String(64)),
    # Of an export of what changed: how much that is; what, is in `changes`.
    Column("changes", JsonText(ChangeCounts)),
    # The names of the destinations that its file is delivered to.
    Column("deliver_to", JsonListText(list[str])),
    # When the owner asked to keep the file until further notice; null: its time runs.
    Column("pinned_at", UtcDateTime),
    # W3C's traceparent of the request that created the job.
    Column("trace_parent", String(55)),
    # The archive whose part it makes: then no list of exports has it, and it takes no turn.
    Column("archive_id", String(36)),
    # Whose content it exports; null: its owner's.
    Column("content_owner_id", Text),
    # Of the items, in their order; null if an older process made the job.
    Column("titles", JsonListText(list[str])),
    Index("ix_export_job_owner", "owner_id", "created_at", "job_id"),
    Index("ix_export_job_owner_status", "owner_id", "status", "created_at", "job_id"),
    Index("ix_export_job_status", "status", "created_at", "job_id"),
    Index("ix_export_job_expiry", "status", "expires_at"),
    Index("ix_export_job_created", "created_at", "job_id"),
    Index("ix_export_job_format", "format", "created_at", "job_id"),
    Index("ix_export_job_fingerprint", "owner_id", "fingerprint"),
    Index(
        "ix_export_job_unchecked",
        "status",
        "expires_at",
        sqlite_where=text("file_checked_at IS NULL"),
        postgresql_where=text("file_checked_at IS NULL"),
    ),
    Index(
        "ix_export_job_pinned",
        "owner_id",
        "created_at",
        "job_id",
        sqlite_where=text("pinned_at IS NOT NULL"),
        postgresql_where=text("pinned_at IS NOT NULL"),
    ),
    # Who has a file asks for it by its hash.
    Index(
        "ix_export_job_sha256",
        "sha256",
        sqlite_where=text("sha256 IS NOT NULL"),
        postgresql_where=text("sha256 IS NOT NULL"),
    ),
    # All that tells how much room an owner's files take, so that their rows need not be read.
    Index(
        "ix_export_job_held",
        "owner_id",
        "status",
        "file_lost_at",
        "expires_at",
        "file_size",
        "pinned_at",
        sqlite_where=text("status = 'completed'"),
        postgresql_where=text("status = 'completed'"),
    ),
    *(
        Index(
            name,
            *columns,
            "created_at",
            "job_id",
            # As below: SQLite reads what it compares.
            "archive_id",
            sqlite_where=text("archive_id IS NULL"),
            postgresql_where=text("archive_id IS NULL"),
        )
        for name, columns in (
            ("ix_export_job_listed", ["owner_id"]),
            ("ix_export_job_listed_status", ["owner_id", "status"]),
        )
    ),
    # Few jobs are open at once. Reading who is next needs nothing but this index.
    Index(
        "ix_export_job_open",
        "owner_id",
        "dispatched_at",
        "created_at",
        "job_id",
        "status",
        "cancel_requested_at",
        "format",
        # SQLite reads what it compares, although the index has no other rows.
        "completed_at",
        sqlite_where=text("completed_at IS NULL"),
        postgresql_where=text("completed_at IS NULL"),
    ),
    Index("uq_export_job_idempotency", "owner_id", "idempotency_key", unique=True),
)

REASON = {
    "sqlite": "CASE WHEN json_valid(error) THEN json_extract(error, '$.code') END",
    "postgresql": """substring(error, '"code":"([^"]*)"')""",
}
"""The code in a job's error, by dialect, exactly as `ix_export_job_reason` has it. That index is in
the migrations alone: it is of an expression, which SQLAlchemy cannot compare."""

chunks = Table(
    "export_chunk",
    metadata,
    Column(
        "job_id",
        String(36),
        ForeignKey("export_job.job_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("phase", EnumText(Phase, 16), primary_key=True),
    Column("chunk", Integer, primary_key=True),
    Column("items_done", Integer, nullable=False),
    Column("warnings", JsonListText(list[ExportWarning])),
    # Null in rows of older processes, too.
    Column("poor_items", JsonListText(list[PoorItem])),
    # When more items were done than before; null in rows of older processes.
    Column("noted_at", UtcDateTime),
)

# What is sent of a job that ended: its file to a destination, or a mail to its owner. The rows are
# written by triggers of `export_job`, in the statement that ends the job: migration 0025.
sendings = Table(
    "export_sending",
    metadata,
    Column(
        "job_id",
        String(36),
        ForeignKey("export_job.job_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    # `delivery` or `mail`.
    Column("kind", String(16), primary_key=True),
    # Of the destination, or of the event that the mail tells of.
    Column("name", String(36), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("status", EnumText(SendingStatus, 16), nullable=False),
    Column("attempts", Integer, nullable=False),
    # Attempts since it was last asked for.
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    # While it is pending: when whoever dispatches must look after it.
    Column("due_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # Why the last attempt failed, in a word.
    Column("error", String(32)),
    Index("ix_export_sending_owner", "owner_id"),
    Index(
        "ix_export_sending_due",
        "due_at",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_export_sending_failed",
        "ended_at",
        sqlite_where=text("status = 'failed'"),
        postgresql_where=text("status = 'failed'"),
    ),
)

# Themes that jobs were accepted with, by the hashes of their bytes.
themes = Table(
    "export_theme",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
    # When it was last kept for a job that was about to be written; null if by older processes.
    Column("kept_at", UtcDateTime),
)

# Pictures of the first pages of exports that nobody has started yet, kept for minutes.
previews = Table(
    "export_preview",
    metadata,
    # Stands for all that the pictures depend on.
    Column("preview_id", String(64), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("title", TextWithoutNul, nullable=False),
    Column("options", EncodedJson[RenderOptions], nullable=False),
    Column("content_ids", JsonText(list[str]), nullable=False),
    Column("theme_sha256", String(64)),
    # When a page that shows them was last shown.
    Column("wanted_at", UtcDateTime, nullable=False),
    # When somebody last began to draw them; null: nobody has looked at them yet.
    Column("started_at", UtcDateTime),
    # Why they could not be drawn, in a word; null while nobody knows.
    Column("failure", String(32)),
    # One picture after the other, as MessagePack.
    Column("pictures", LargeBinary),
    Index("ix_export_preview_owner", "owner_id", "wanted_at"),
    Index("ix_export_preview_wanted", "wanted_at"),
)

# One row, which probes write: `activities.jobs.write_check`.
write_checks = Table(
    "write_check",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("checked_at", UtcDateTime),
)

# Which states of which items the file of a completed job holds, and until then those read for it.
item_versions = Table(
    "export_item_versions",
    metadata,
    Column(
        "job_id",
        String(36),
        ForeignKey("export_job.job_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("chunk", Integer, primary_key=True),
    # Of the chunk's content.
    Column("fingerprint", String(64), nullable=False),
    Column("versions", JsonText(list[ItemVersion]), nullable=False),
)

# The signed statements of what the files of jobs are made of, if these were asked for.
receipts = Table(
    "export_receipt",
    metadata,
    Column(
        "job_id",
        String(36),
        ForeignKey("export_job.job_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("receipt", LargeBinary, nullable=False),
)

# What has changed, of jobs that export that.
changes = Table(
    "export_changes",
    metadata,
    Column(
        "job_id",
        String(36),
        ForeignKey("export_job.job_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("changes", JsonText(Changes), nullable=False),
)

# Jobs whose owners were erased: what a late step still stores for one belongs to nobody.
erased_jobs = Table(
    "erased_job",
    metadata,
    Column("job_id", String(36), primary_key=True),
    Column("erased_at", UtcDateTime, nullable=False),
    Index("ix_erased_job_erased_at", "erased_at"),
)

# Its rows stay as they are: triggers refuse every change of one, but for a pseudonym in the place
# of an owner who is being erased, and the removal of a young one.
audit_log = Table(
    "audit_log",
    metadata,
    Column(
        "id",
        BigInteger().with_variant(Integer(), "sqlite"),
        Identity(always=True),
        primary_key=True,
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("action", String(16), nullable=False),
    # The subject of the token; null for what the service does by itself, and for presigned URLs.
    Column("actor", Text),
    Column("owner_id", Text),
    # No foreign keys: the log outlives the records.
    Column("job_id", String(36)),
    Column("related_job_id", String(36)),
    Column("format", String(64)),
    Column("items", Integer),
    Column("request_id", String(64)),
    # Tells presigned URLs apart.
    Column("link", String(12)),
    # The way by which somebody signed in.
    Column("via", String(16)),
    # The id of what was changed, if that is no job.
    Column("subject", String(36)),
    # By which share a file was fetched, or which share it is about.
    Column("share_id", String(32)),
    Index("ix_audit_log_at", "at", "id"),
    Index("ix_audit_log_owner", "owner_id", "at", "id"),
    Index("ix_audit_log_actor", "actor", "at", "id"),
    Index("ix_audit_log_action", "action", "at", "id"),
    Index("ix_audit_log_job", "job_id", "at"),
)
