"""The titles of what a job exports, and what finds what did not arrive."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Apply."""
    op.add_column("export_job", sa.Column("titles", sa.Text()))
    for table in ("export_sending", "export_webhook_delivery"):
        op.create_index(
            f"ix_{table}_failed",
            table,
            ["ended_at"],
            sqlite_where=sa.text("status = 'failed'"),
            postgresql_where=sa.text("status = 'failed'"),
        )
