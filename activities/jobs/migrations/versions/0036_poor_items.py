"""The items of a chunk below the quality asked for, as data beside the warnings of them."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_chunk", sa.Column("poor_items", sa.Text()))
