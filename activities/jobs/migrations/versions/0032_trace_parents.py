"""The trace context of the request that created a job."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("trace_parent", sa.String(length=55)))
