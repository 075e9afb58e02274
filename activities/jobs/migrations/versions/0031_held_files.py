"""An index of all that tells how much room an owner's files take."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_WHERE = sa.text("status = 'completed'")


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_export_job_held",
        "export_job",
        ["owner_id", "status", "file_lost_at", "expires_at", "file_size", "pinned_at"],
        sqlite_where=_WHERE,
        postgresql_where=_WHERE,
    )
