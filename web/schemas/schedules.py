"""Schedules as JSON."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from activities.automation.schedules import Outcome, Overlap
from activities.model.jobs import Status
from web.schemas.requests import BulkExportRequest

_Name = Annotated[str, Meta(min_length=1, max_length=200, description="For people.")]
_Cron = Annotated[
    str,
    Meta(
        max_length=200,
        description="Five fields: minute, hour, day of the month, month, weekday; give either this "
        "or `every`. At least 15 minutes lie between two runs.",
        examples=["0 6 * * mon-fri"],
    ),
]
_Every = Annotated[
    str,
    Meta(
        max_length=40,
        description="A duration of ISO 8601 from PT15M to P366D, counted from when it was given, "
        "whatever clocks do.",
        examples=["PT6H", "P1D"],
    ),
]
_Zone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The IANA time zone of `cron`. A time that a change to summer time leaves out "
        "is as much later; of one that there is twice the first counts.",
        examples=["Europe/Berlin"],
    ),
]
_OnlyChanged = Annotated[
    bool,
    Meta(
        description="Each run exports what is new or changed since the one before, as "
        "`since_job_id` does; the first one everything. When nothing is, there is no export."
    ),
]
_Overlap = Annotated[
    Literal["skip", "queue"],
    Meta(
        description="What becomes of a run that is due while the export of the one before has not "
        "ended: `skip`, or `queue`: it waits, one at a time."
    ),
]
_DeliverTo = Annotated[
    list[Annotated[str, Meta(max_length=100)]],
    Meta(max_length=10, description="Names of destinations to which the files are delivered."),
]


class ScheduleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new schedule."""

    name: _Name
    cron: _Cron | None = None
    every: _Every | None = None
    time_zone: _Zone = "UTC"
    export: BulkExportRequest
    """A bulk export, as `POST /api/export/bulk` takes it."""
    only_changed: _OnlyChanged = False
    overlap: _Overlap = "skip"
    deliver_to: _DeliverTo | None = None


class ScheduleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be another of a schedule; what is absent stays."""

    name: _Name | UnsetType = UNSET
    cron: _Cron | UnsetType | None = UNSET
    every: _Every | UnsetType | None = UNSET
    time_zone: _Zone | UnsetType = UNSET
    export: BulkExportRequest | UnsetType = UNSET
    only_changed: _OnlyChanged | UnsetType = UNSET
    overlap: _Overlap | UnsetType = UNSET
    deliver_to: _DeliverTo | UnsetType = UNSET


class ScheduleRun(msgspec.Struct, frozen=True):
    """One run of a schedule."""

    due_at: datetime
    outcome: Outcome
    """`due` and `looking` (at pictures) before its export is made, then `started`; `skipped`,
    `missed`, `nothing-new` or `failed` if there is none."""
    manual: bool
    """True if somebody asked for it."""
    job_id: str | None
    status: Status | None
    """That of the export; null without one, and once its record is removed."""
    reason: str | None
    """Why there is no export."""


class ScheduleResponse(msgspec.Struct, frozen=True):
    """A schedule. Times are RFC 3339 in UTC."""

    schedule_id: str
    name: str
    cron: str | None
    every: str | None
    time_zone: str
    export: BulkExportRequest
    only_changed: bool
    overlap: Overlap
    deliver_to: list[str]
    paused: bool
    paused_reason: str | None
    """Why the service paused it: several runs failed one after the other; null if it did not."""
    created_at: datetime
    next_runs: list[datetime]
    """The next times; none while it is paused."""
    last_jobs: list[ScheduleRun]
    """The newest runs, newest first."""


class ScheduleList(msgspec.Struct, frozen=True):
    """All schedules of the caller."""

    items: list[ScheduleResponse]
