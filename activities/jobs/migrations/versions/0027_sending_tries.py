"""Attempts to send since it was asked for, apart from all that there were: files are sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "export_sending", sa.Column("tries", sa.Integer(), nullable=False, server_default="0")
    )
    # Those whose attempts go on.
    op.execute("UPDATE export_sending SET tries = attempts")
