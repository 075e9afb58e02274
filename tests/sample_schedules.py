"""A schedule, for tests that need one."""

from datetime import datetime
from typing import Any

import msgspec

from activities.automation.schedules import Overlap, Schedule


def sample_schedule(schedule_id: str, owner_id: str, now: datetime, **changes: Any) -> Schedule:
    """A schedule at six each morning that was made now, but for these changes."""
    schedule = Schedule(
        schedule_id=schedule_id,
        owner_id=owner_id,
        tenant=None,
        name="Daily",
        cron="0 6 * * *",
        every_seconds=None,
        anchor=now,
        time_zone="UTC",
        export="{}",
        only_changed=False,
        overlap=Overlap.SKIP,
        deliver_to=[],
        paused=False,
        paused_reason=None,
        created_at=now,
        active_since=now,
    )
    return msgspec.structs.replace(schedule, **changes)
