"""When a chunk last made progress, and a row that probes write."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_chunk", sa.Column("noted_at", sa.DateTime(timezone=True)))
    op.create_table(
        "write_check",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
    )
    op.execute("INSERT INTO write_check (id) VALUES (1)")
