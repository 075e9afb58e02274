"""What is sent of jobs that ended: files to destinations, mails to owners, queued by triggers.

A trigger writes in the statement that ends the job, whichever process and version made it: no
crash parts the two. Of an owner who is told nothing it costs one look by a primary key.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_TIME = sa.DateTime(timezone=True)

_COLUMNS = "job_id, kind, name, owner_id, status, attempts, created_at, due_at"
_ENDED = "NEW.status IN ('completed', 'failed') AND OLD.status IN ('pending', 'processing')"
# A file that is used again completes its job at once.
_MADE = "NEW.status = 'completed'"
_REST = "NEW.owner_id, 'pending', 0, NEW.completed_at, NEW.completed_at"

_SQLITE_MAIL = f"""
    INSERT OR IGNORE INTO export_sending ({_COLUMNS})
    SELECT NEW.job_id, 'mail', NEW.status, {_REST}
    FROM notification_setting AS setting
    WHERE setting.owner_id = NEW.owner_id
    AND instr(setting.events, '"' || NEW.status || '"') > 0
    AND (julianday(NEW.completed_at) - julianday(NEW.created_at)) * 86400.0
        >= setting.after_seconds
"""  # noqa: S608 - of constants
_SQLITE_FILES = f"""
    INSERT OR IGNORE INTO export_sending ({_COLUMNS})
    SELECT NEW.job_id, 'delivery', chosen.value, {_REST}
    FROM json_each(NEW.deliver_to) AS chosen
    WHERE NEW.status = 'completed'
"""  # noqa: S608 - of constants
_SQLITE = (
    f"""
    CREATE TRIGGER export_job_sends AFTER UPDATE OF status ON export_job WHEN {_ENDED}
    BEGIN {_SQLITE_MAIL}; {_SQLITE_FILES}; END
    """,
    f"""
    CREATE TRIGGER export_job_made_sends AFTER INSERT ON export_job WHEN {_MADE}
    BEGIN {_SQLITE_MAIL}; {_SQLITE_FILES}; END
    """,
)
_POSTGRESQL = (
    f"""
    CREATE FUNCTION queue_sendings() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO export_sending ({_COLUMNS})
        SELECT NEW.job_id, 'mail', NEW.status, {_REST}
        FROM notification_setting AS setting
        WHERE setting.owner_id = NEW.owner_id
        AND strpos(setting.events, '"' || NEW.status || '"') > 0
        AND extract(epoch FROM NEW.completed_at - NEW.created_at) >= setting.after_seconds
        ON CONFLICT DO NOTHING;
        IF NEW.status = 'completed' AND NEW.deliver_to IS NOT NULL THEN
            INSERT INTO export_sending ({_COLUMNS})
            SELECT NEW.job_id, 'delivery', chosen.value, {_REST}
            FROM json_array_elements_text(NEW.deliver_to::json) AS chosen (value)
            ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
    END $$
    """,  # noqa: S608 - of constants
    f"""
    CREATE TRIGGER export_job_sends AFTER UPDATE OF status ON export_job
    FOR EACH ROW WHEN ({_ENDED}) EXECUTE FUNCTION queue_sendings()
    """,
    f"""
    CREATE TRIGGER export_job_made_sends AFTER INSERT ON export_job
    FOR EACH ROW WHEN ({_MADE}) EXECUTE FUNCTION queue_sendings()
    """,
)


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("deliver_to", sa.Text()))
    op.create_table(
        "notification_setting",
        sa.Column("owner_id", sa.Text(), primary_key=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("after_seconds", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(35)),
        sa.Column("changed_at", _TIME, nullable=False),
    )
    op.create_table(
        "export_sending",
        sa.Column(
            "job_id",
            sa.String(36),
            sa.ForeignKey("export_job.job_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("name", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("error", sa.String(32)),
    )
    pending = sa.text("status = 'pending'")
    op.create_index(
        "ix_export_sending_due",
        "export_sending",
        ["due_at"],
        sqlite_where=pending,
        postgresql_where=pending,
    )
    for trigger in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(trigger)
