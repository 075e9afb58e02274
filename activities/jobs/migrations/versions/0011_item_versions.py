"""Which states of which items the file of a job holds."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "export_item_versions",
        sa.Column(
            "job_id",
            sa.String(length=36),
            sa.ForeignKey("export_job.job_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("chunk", sa.Integer(), primary_key=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("versions", sa.Text(), nullable=False),
    )
