"""Links that sign somebody in once."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sign_in_code",
        sa.Column("code_hash", sa.String(length=64), primary_key=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("tenant", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("session_until", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_sign_in_code_expires_at", "sign_in_code", ["expires_at"])
