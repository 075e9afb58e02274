"""When themes were last kept for a job that was about to be written."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_theme", sa.Column("kept_at", sa.DateTime(timezone=True)))
