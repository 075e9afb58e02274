"""Nonces of LTI launches that were taken, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "lti_nonce",
        sa.Column("nonce_hash", sa.String(length=64), primary_key=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_hash", sa.String(length=64)),
        sa.Column("entry", sa.Text()),
        sa.Column("entered_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_lti_nonce_expires_at", "lti_nonce", ["expires_at"])
    op.create_index("ix_lti_nonce_entry_hash", "lti_nonce", ["entry_hash"], unique=True)
