"""Which presigned URL a download was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    op.add_column("audit_log", sa.Column("link", sa.String(length=12), nullable=True))
