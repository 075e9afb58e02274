"""Schedules of owners, and their runs."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "export_schedule",
        sa.Column("schedule_id", sa.String(length=36), primary_key=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text()),
        sa.Column("every_seconds", sa.Integer()),
        sa.Column("anchor", _TIME, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("export", sa.Text(), nullable=False),
        sa.Column("only_changed", sa.Boolean(), nullable=False),
        sa.Column("overlap", sa.String(length=16), nullable=False),
        sa.Column("deliver_to", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("paused_reason", sa.Text()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("active_since", _TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("tell_at", _TIME, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index(
        "ix_export_schedule_owner", "export_schedule", ["owner_id", "created_at", "schedule_id"]
    )
    op.create_index("ix_export_schedule_untold", "export_schedule", ["tell_at"])
    op.create_table(
        "export_schedule_run",
        sa.Column("schedule_id", sa.String(length=36), primary_key=True),
        sa.Column("due_at", _TIME, primary_key=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("manual", sa.Boolean(), nullable=False),
        sa.Column("job_id", sa.String(length=36)),
        sa.Column("reason", sa.Text()),
        sa.Column("base_job_id", sa.String(length=36)),
        sa.Column("unchanged", sa.Text()),
        sa.Column("noted_at", _TIME, nullable=False),
        sa.Column("try_at", _TIME, nullable=False),
    )
    op.create_index(
        "ix_export_schedule_run_waiting",
        "export_schedule_run",
        ["outcome", "try_at", "schedule_id"],
    )
