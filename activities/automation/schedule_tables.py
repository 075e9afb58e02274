"""The tables of schedules and their runs."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, false

from activities.automation.schedules import Outcome, Overlap
from activities.common.column_types import EnumText, JsonText, TextWithoutNul, UtcDateTime
from activities.common.database import metadata

schedules = Table(
    "export_schedule",
    metadata,
    Column("schedule_id", String(36), primary_key=True),
    Column("owner_id", Text, nullable=False),
    Column("tenant", Text),
    Column("name", TextWithoutNul, nullable=False),
    Column("cron", Text),
    Column("every_seconds", Integer),
    Column("anchor", UtcDateTime, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("export", Text, nullable=False),
    Column("only_changed", Boolean, nullable=False),
    Column("overlap", EnumText(Overlap, 16), nullable=False),
    Column("deliver_to", JsonText(list[str]), nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("paused_reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("active_since", UtcDateTime, nullable=False),
    # Grows with each change, so that who told Temporal of one takes no later one for told.
    Column("revision", Integer, nullable=False),
    # When Temporal is to be told next.
    Column("tell_at", UtcDateTime, nullable=False),
    # Gone for its owner; the row stays until Temporal's schedule is gone, too.
    Column("deleted", Boolean, nullable=False, server_default=false()),
    Index("ix_export_schedule_untold", "tell_at"),
    Index("ix_export_schedule_owner", "owner_id", "created_at", "schedule_id"),
)

runs = Table(
    "export_schedule_run",
    metadata,
    Column("schedule_id", String(36), primary_key=True),
    Column("due_at", UtcDateTime, primary_key=True),
    Column("outcome", EnumText(Outcome, 16), nullable=False),
    Column("manual", Boolean, nullable=False),
    Column("job_id", String(36)),
    Column("reason", Text),
    Column("base_job_id", String(36)),
    Column("unchanged", JsonText(list[str])),
    Column("noted_at", UtcDateTime, nullable=False),
    Column("try_at", UtcDateTime, nullable=False),
    Index("ix_export_schedule_run_waiting", "outcome", "try_at", "schedule_id"),
)
