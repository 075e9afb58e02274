"""The tables of archives and their parts."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
)

from activities.automation.archives import LeftOut, PartStatus, WalkState
from activities.common.column_types import EnumText, JsonListText, JsonText, UtcDateTime
from activities.common.database import metadata
from activities.model.jobs import Problem, Status

archives = Table(
    "export_archive",
    metadata,
    Column("archive_id", String(36), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("tenant", Text),
    Column("status", EnumText(Status, 16), nullable=False),
    Column("formats", JsonText(list[str]), nullable=False),
    Column("content_types", JsonListText(list[str])),
    Column("part_bytes", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("completed_at", UtcDateTime),
    Column("expires_at", UtcDateTime),
    Column("cancel_requested_at", UtcDateTime),
    Column("error", JsonText(Problem)),
    Column("request_id", String(64)),
    # Grows with each part that is cut, so that of two who cut at once one does.
    Column("revision", Integer, nullable=False),
    Column("walk", JsonText(WalkState), nullable=False),
    # While it has not ended: when whoever looks after archives makes sure of its workflow.
    Column("look_at", UtcDateTime, nullable=False),
    Column("receipt", Boolean, nullable=False, server_default=false()),
    Index("ix_export_archive_owner", "owner_id", "created_at", "archive_id"),
    Index("ix_export_archive_ended", "status", "completed_at"),
    Index(
        "ix_export_archive_open",
        "look_at",
        sqlite_where=text("completed_at IS NULL"),
        postgresql_where=text("completed_at IS NULL"),
    ),
)

parts = Table(
    "export_archive_part",
    metadata,
    Column("archive_id", String(36), primary_key=True),
    Column("number", Integer, primary_key=True),
    # No foreign key: it outlives the record.
    Column("job_id", String(36), nullable=False),
    Column("content_owner", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("status", EnumText(PartStatus, 16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("left_out", JsonListText(list[LeftOut])),
    Index("ix_export_archive_part_content_owner", "content_owner"),
)

# Apart, so that lists need not pass over them.
manifests = Table(
    "export_archive_manifest",
    metadata,
    Column("archive_id", String(36), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)
