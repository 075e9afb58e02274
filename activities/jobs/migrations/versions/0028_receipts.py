"""Receipts of files, and finding files by their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "export_receipt",
        sa.Column(
            "job_id",
            sa.String(length=36),
            sa.ForeignKey("export_job.job_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("receipt", sa.LargeBinary(), nullable=False),
    )
    op.create_index(
        "ix_export_job_sha256",
        "export_job",
        ["sha256"],
        sqlite_where=sa.text("sha256 IS NOT NULL"),
        postgresql_where=sa.text("sha256 IS NOT NULL"),
    )
