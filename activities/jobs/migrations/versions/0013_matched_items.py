"""How many items matched the filters of a bulk export."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("matched", sa.Integer))
    op.add_column(
        "export_job", sa.Column("skipped", sa.Integer, nullable=False, server_default=sa.text("0"))
    )
