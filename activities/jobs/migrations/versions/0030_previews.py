"""Pictures of the first pages of exports that nobody has started yet."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "export_preview",
        sa.Column("preview_id", sa.String(length=64), primary_key=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("content_ids", sa.Text(), nullable=False),
        sa.Column("theme_sha256", sa.String(length=64)),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("failure", sa.String(length=32)),
        sa.Column("pictures", sa.LargeBinary()),
    )
    op.create_index("ix_export_preview_owner", "export_preview", ["owner_id", "wanted_at"])
    op.create_index("ix_export_preview_wanted", "export_preview", ["wanted_at"])
