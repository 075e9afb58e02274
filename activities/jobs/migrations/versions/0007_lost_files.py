"""When a job's file was found lost, and when its bytes were compared with its hash."""

import sqlalchemy as sa
from alembic import op

from activities.common.column_types import UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    for name in ("file_lost_at", "file_checked_at"):
        op.add_column("export_job", sa.Column(name, UtcDateTime(timezone=True), nullable=True))
    unchecked = sa.text("file_checked_at IS NULL")
    op.create_index(
        "ix_export_job_unchecked",
        "export_job",
        ["status", "expires_at"],
        sqlite_where=unchecked,
        postgresql_where=unchecked,
    )
