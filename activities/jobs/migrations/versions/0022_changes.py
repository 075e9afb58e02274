"""What has changed, of jobs that export that."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("changes", sa.Text()))
    op.create_table(
        "export_changes",
        sa.Column(
            "job_id",
            sa.String(length=36),
            sa.ForeignKey("export_job.job_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("changes", sa.Text(), nullable=False),
    )
