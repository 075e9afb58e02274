"""An index of the jobs that have not ended, by owner, with all that decides who is next."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    is_open = sa.text("completed_at IS NULL")
    op.create_index(
        "ix_export_job_open",
        "export_job",
        [
            "owner_id",
            "dispatched_at",
            "created_at",
            "job_id",
            "status",
            "cancel_requested_at",
            "format",
            "completed_at",
        ],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
