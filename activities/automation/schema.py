"""The tables of what owners have happen by itself."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from activities.common.column_types import EnumText, JsonText, UtcDateTime
from activities.common.database import metadata


class DeliveryStatus(StrEnum):
    """The states of one message to one webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


webhooks = Table(
    "export_webhook",
    metadata,
    Column("webhook_id", String(36), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("events", JsonText(list[str]), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Encrypted; see `webhook_secrets`.
    Column("secret", Text, nullable=False),
    # The secret before the last rotation, which signs beside the new one until then.
    Column("previous_secret", Text),
    Column("previous_until", UtcDateTime),
    # When an attempt failed first since one succeeded.
    Column("failing_since", UtcDateTime),
    # When the service itself made it inactive, and why.
    Column("disabled_at", UtcDateTime),
    Column("disabled_reason", String(16)),
    Index("ix_export_webhook_owner", "owner_id", "created_at", "webhook_id"),
)

# The messages of ended jobs are written by triggers of `export_job`, in the statement that ends the
# job: migration 0021.
deliveries = Table(
    "export_webhook_delivery",
    metadata,
    Column("delivery_id", String(36), primary_key=True),
    Column(
        "webhook_id",
        String(36),
        ForeignKey("export_webhook.webhook_id", ondelete="CASCADE"),
        nullable=False,
    ),
    # No foreign key: it outlives the record. Null for a test.
    Column("job_id", String(36)),
    Column("event", String(32), nullable=False),
    Column("status", EnumText(DeliveryStatus, 16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    # Attempts since it was last to be sent: by the job's end, or by hand.
    Column("tries", Integer, nullable=False),
    # While it is pending: when whoever dispatches must look after it.
    Column("due_at", UtcDateTime, nullable=False),
    # While it is pending: when it is tried next, as far as it is known.
    Column("next_attempt_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    # Why the last attempt failed.
    Column("error", String(32)),
    Index("ix_export_webhook_delivery_webhook", "webhook_id", "created_at", "delivery_id"),
    Index("ix_export_webhook_delivery_created", "created_at"),
    Index(
        "ix_export_webhook_delivery_due",
        "due_at",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
    Index(
        "ix_export_webhook_delivery_failed",
        "ended_at",
        sqlite_where=text("status = 'failed'"),
        postgresql_where=text("status = 'failed'"),
    ),
    # A job's event is one message, however often it is told.
    Index(
        "uq_export_webhook_delivery_event",
        "webhook_id",
        "job_id",
        "event",
        unique=True,
    ),
)

attempts = Table(
    "export_webhook_attempt",
    metadata,
    Column(
        "delivery_id",
        String(36),
        ForeignKey("export_webhook_delivery.delivery_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("number", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    # Of the response, if there was one.
    Column("http_status", Integer),
    Column("error", String(32)),
)
