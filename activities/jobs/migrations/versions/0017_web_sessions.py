"""Sessions of people, and in the audit log the way by which they signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "web_session",
        sa.Column("session_hash", sa.String(length=64), primary_key=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("framed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("provider_sid", sa.Text()),
        sa.Column("provider_sub", sa.Text()),
        sa.Column("tenant", sa.Text()),
        sa.Column("email", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
    )
    for column in ("expires_at", "ended_at", "provider_sid", "provider_sub"):
        op.create_index(f"ix_web_session_{column}", "web_session", [column])
    op.add_column("audit_log", sa.Column("via", sa.String(length=16)))
