"""Archives: their parts are jobs that no list of exports shows, and of which no mail tells."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_TIME = sa.DateTime(timezone=True)

_COLUMNS = "job_id, kind, name, owner_id, status, attempts, created_at, due_at"
_REST = "NEW.owner_id, 'pending', 0, NEW.completed_at, NEW.completed_at"
_ENDED = "NEW.status IN ('completed', 'failed') AND OLD.status IN ('pending', 'processing')"
# As migration 0025 has it, but for parts of archives.
_SQLITE = (
    "DROP TRIGGER export_job_sends",
    f"""
    CREATE TRIGGER export_job_sends AFTER UPDATE OF status ON export_job
    WHEN {_ENDED} AND NEW.archive_id IS NULL
    BEGIN
        INSERT OR IGNORE INTO export_sending ({_COLUMNS})
        SELECT NEW.job_id, 'mail', NEW.status, {_REST}
        FROM notification_setting AS setting
        WHERE setting.owner_id = NEW.owner_id
        AND instr(setting.events, '"' || NEW.status || '"') > 0
        AND (julianday(NEW.completed_at) - julianday(NEW.created_at)) * 86400.0
            >= setting.after_seconds;
        INSERT OR IGNORE INTO export_sending ({_COLUMNS})
        SELECT NEW.job_id, 'delivery', chosen.value, {_REST}
        FROM json_each(NEW.deliver_to) AS chosen
        WHERE NEW.status = 'completed';
    END
    """,  # noqa: S608 - of constants
)
_POSTGRESQL = (
    "DROP TRIGGER export_job_sends ON export_job",
    f"""
    CREATE TRIGGER export_job_sends AFTER UPDATE OF status ON export_job
    FOR EACH ROW WHEN ({_ENDED} AND NEW.archive_id IS NULL) EXECUTE FUNCTION queue_sendings()
    """,
)


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("archive_id", sa.String(36)))
    op.add_column("export_job", sa.Column("content_owner_id", sa.Text()))
    listed = sa.text("archive_id IS NULL")
    op.create_index(
        "ix_export_job_listed",
        "export_job",
        ["owner_id", "created_at", "job_id", "archive_id"],
        sqlite_where=listed,
        postgresql_where=listed,
    )
    op.create_index(
        "ix_export_job_listed_status",
        "export_job",
        ["owner_id", "status", "created_at", "job_id", "archive_id"],
        sqlite_where=listed,
        postgresql_where=listed,
    )
    op.create_table(
        "export_archive",
        sa.Column("archive_id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("formats", sa.Text(), nullable=False),
        sa.Column("content_types", sa.Text()),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME),
        sa.Column("completed_at", _TIME),
        sa.Column("expires_at", _TIME),
        sa.Column("cancel_requested_at", _TIME),
        sa.Column("error", sa.Text()),
        sa.Column("request_id", sa.String(64)),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("walk", sa.Text(), nullable=False),
        sa.Column("look_at", _TIME, nullable=False),
    )
    op.create_index(
        "ix_export_archive_owner", "export_archive", ["owner_id", "created_at", "archive_id"]
    )
    op.create_index("ix_export_archive_ended", "export_archive", ["status", "completed_at"])
    unended = sa.text("completed_at IS NULL")
    op.create_index(
        "ix_export_archive_open",
        "export_archive",
        ["look_at"],
        sqlite_where=unended,
        postgresql_where=unended,
    )
    op.create_table(
        "export_archive_part",
        sa.Column("archive_id", sa.String(36), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("job_id", sa.String(36), nullable=False),
        sa.Column("content_owner", sa.Text(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Text()),
    )
    op.create_index(
        "ix_export_archive_part_content_owner", "export_archive_part", ["content_owner"]
    )
    op.create_table(
        "export_archive_manifest",
        sa.Column("archive_id", sa.String(36), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "content_owner",
        sa.Column("owner_id", sa.Text(), primary_key=True),
        sa.Column("tenant", sa.Text(), nullable=False),
    )
    op.create_index("ix_content_owner_tenant", "content_owner", ["tenant", "owner_id"])
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
