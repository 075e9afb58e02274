"""The id of the request that created a job, which the workers log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("request_id", sa.String(length=64), nullable=True))
