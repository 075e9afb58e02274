"""Whether the parts of an archive have receipts."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "export_archive",
        # What older processes write has none.
        sa.Column("receipt", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
