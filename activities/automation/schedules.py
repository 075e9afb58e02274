"""Schedules as the service keeps them: an owner's export that is made again and again."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from activities.automation.timetable import Timetable

MOST_OF_OWNER = 20
"""Schedules that an owner may have."""
FAILURES_TO_PAUSE = 5
"""Runs that fail one after the other, after which a schedule is paused."""


class Overlap(StrEnum):
    """What becomes of a run that is due before the one before has ended."""

    SKIP = "skip"
    QUEUE = "queue"


class Outcome(StrEnum):
    """What became of a run."""

    LOOKING = "looking"
    """Pictures are compared with those of the export before."""
    DUE = "due"
    """Its export is to be made next."""
    STARTED = "started"
    SKIPPED = "skipped"
    MISSED = "missed"
    """The service was away for so long that it was not made up for."""
    NOTHING_NEW = "nothing-new"
    FAILED = "failed"


WAITING = (Outcome.LOOKING, Outcome.DUE)
"""Of runs of which it is not known yet what becomes of them."""


class Schedule(msgspec.Struct, frozen=True):
    """One schedule."""

    schedule_id: str
    owner_id: str
    tenant: str | None
    """Whom the owner belonged to when it was made or changed."""
    name: str
    cron: str | None
    every_seconds: int | None
    anchor: datetime
    time_zone: str
    export: str
    """The body of the bulk export, as JSON."""
    only_changed: bool
    overlap: Overlap
    deliver_to: list[str]
    paused: bool
    paused_reason: str | None
    """Why the service paused it; None: it did not."""
    created_at: datetime
    active_since: datetime
    """When its times were last given, or it was resumed: nothing before counts as missed."""

    @property
    def timetable(self) -> Timetable:
        """The times at which it is due."""
        every = timedelta(seconds=self.every_seconds) if self.every_seconds is not None else None
        return Timetable(self.time_zone, self.cron, every, self.anchor)


class Run(msgspec.Struct, frozen=True):
    """One run of a schedule."""

    schedule_id: str
    due_at: datetime
    outcome: Outcome
    manual: bool
    job_id: str | None
    reason: str | None
    """For people, without content."""
    base_job_id: str | None
    """The export with which content is compared; None: it is exported whole."""
    unchanged: list[str] | None
    """Ids of items that are as they were in that export, as was looked up; None: nobody looked."""
    noted_at: datetime
    try_at: datetime
    """When it is to be tried next."""
