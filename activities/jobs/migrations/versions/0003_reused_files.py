"""By what a file is found again, and whose file a job has."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("fingerprint", sa.String(length=64), nullable=True))
    op.add_column("export_job", sa.Column("reused_from", sa.String(length=36), nullable=True))
    op.create_index("ix_export_job_fingerprint", "export_job", ["owner_id", "fingerprint"])
