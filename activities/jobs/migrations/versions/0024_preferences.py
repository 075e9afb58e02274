"""What owners chose for their last export."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "owner_preference",
        sa.Column("owner_id", sa.Text(), primary_key=True),
        sa.Column("export_choices", sa.Text()),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
