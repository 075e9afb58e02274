"""Webhooks, their deliveries, and the triggers that queue a delivery as a job ends.

A trigger writes in the statement that ends the job, whichever process and version made it: no
crash parts the two. Of an owner without webhooks it costs one look into an index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_TIME = sa.DateTime(timezone=True)

_COLUMNS = "delivery_id, webhook_id, job_id, event, status, created_at, attempts, tries, due_at"
_VALUES = """
    webhook.webhook_id, NEW.job_id, 'export.' || NEW.status, 'pending', NEW.completed_at, 0, 0,
    NEW.completed_at
    FROM export_webhook AS webhook
    WHERE webhook.owner_id = NEW.owner_id AND webhook.active
"""
_ENDED = "NEW.status IN ('completed', 'failed') AND OLD.status IN ('pending', 'processing')"
# A file that is used again completes its job at once.
_MADE = "NEW.status = 'completed'"

_HEX = "substr(hex(randomblob(2)), 1, 4)"
_SQLITE_ID = (
    f"lower(hex(randomblob(4)) || '-' || {_HEX} || '-4' || substr(hex(randomblob(2)), 2, 3) "
    f"|| '-a' || substr(hex(randomblob(2)), 2, 3) || '-' || hex(randomblob(6)))"
)
_SQLITE_INSERT = f"""
    INSERT OR IGNORE INTO export_webhook_delivery ({_COLUMNS})
    SELECT {_SQLITE_ID}, {_VALUES}
    AND instr(webhook.events, '"export.' || NEW.status || '"') > 0
"""
_SQLITE = (
    f"""
    CREATE TRIGGER export_job_ended AFTER UPDATE OF status ON export_job WHEN {_ENDED}
    BEGIN {_SQLITE_INSERT}; END
    """,
    f"""
    CREATE TRIGGER export_job_made AFTER INSERT ON export_job WHEN {_MADE}
    BEGIN {_SQLITE_INSERT}; END
    """,
)
_POSTGRESQL = (
    f"""
    CREATE FUNCTION queue_webhook_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO export_webhook_delivery ({_COLUMNS})
        SELECT gen_random_uuid()::text, {_VALUES}
        AND strpos(webhook.events, '"export.' || NEW.status || '"') > 0
        ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE TRIGGER export_job_ended AFTER UPDATE OF status ON export_job
    FOR EACH ROW WHEN ({_ENDED}) EXECUTE FUNCTION queue_webhook_deliveries()
    """,
    f"""
    CREATE TRIGGER export_job_made AFTER INSERT ON export_job
    FOR EACH ROW WHEN ({_MADE}) EXECUTE FUNCTION queue_webhook_deliveries()
    """,
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "export_webhook",
        sa.Column("webhook_id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text()),
        sa.Column("previous_until", _TIME),
        sa.Column("failing_since", _TIME),
        sa.Column("disabled_at", _TIME),
        sa.Column("disabled_reason", sa.String(16)),
    )
    op.create_index(
        "ix_export_webhook_owner", "export_webhook", ["owner_id", "created_at", "webhook_id"]
    )
    op.create_table(
        "export_webhook_delivery",
        sa.Column("delivery_id", sa.String(36), primary_key=True),
        sa.Column(
            "webhook_id",
            sa.String(36),
            sa.ForeignKey("export_webhook.webhook_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("job_id", sa.String(36)),
        sa.Column("event", sa.String(32), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("next_attempt_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("error", sa.String(32)),
    )
    table = "export_webhook_delivery"
    op.create_index(
        "ix_export_webhook_delivery_webhook", table, ["webhook_id", "created_at", "delivery_id"]
    )
    op.create_index("ix_export_webhook_delivery_created", table, ["created_at"])
    pending = sa.text("status = 'pending'")
    op.create_index(
        "ix_export_webhook_delivery_due",
        table,
        ["due_at"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_index(
        "uq_export_webhook_delivery_event", table, ["webhook_id", "job_id", "event"], unique=True
    )
    op.create_table(
        "export_webhook_attempt",
        sa.Column(
            "delivery_id",
            sa.String(36),
            sa.ForeignKey("export_webhook_delivery.delivery_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("http_status", sa.Integer()),
        sa.Column("error", sa.String(32)),
    )
    op.add_column("audit_log", sa.Column("subject", sa.String(36)))
    for trigger in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(trigger)
