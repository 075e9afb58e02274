"""Shares of files, files that are kept until further notice, and who fetched by which share."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "export_share",
        sa.Column("share_id", sa.String(length=32), primary_key=True),
        sa.Column(
            "job_id",
            sa.String(length=36),
            sa.ForeignKey("export_job.job_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("max_downloads", sa.Integer()),
        sa.Column("downloads", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_export_share_job", "export_share", ["job_id", "created_at", "share_id"])
    op.create_index("ix_export_share_owner", "export_share", ["owner_id", "created_at", "share_id"])
    op.add_column("audit_log", sa.Column("share_id", sa.String(length=32)))
    op.add_column("export_job", sa.Column("pinned_at", sa.DateTime(timezone=True)))
    op.create_index(
        "ix_export_job_pinned",
        "export_job",
        ["owner_id", "created_at", "job_id"],
        sqlite_where=sa.text("pinned_at IS NOT NULL"),
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )
