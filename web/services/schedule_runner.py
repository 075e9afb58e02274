"""Makes the exports of schedules that are due, and lets Temporal follow their rows."""

from datetime import timedelta
from zoneinfo import ZoneInfoNotFoundError

import msgspec
from temporalio.client import Client

from activities.automation.schedule_records import ScheduleRecords
from activities.automation.schedules import Outcome, Run, Schedule
from activities.common import tracing
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.content.source import (
    BrokenContentError,
    ContentSource,
    ContentSourceError,
    Filters,
)
from activities.model.problems import (
    CONTENT_SOURCE_UNAVAILABLE,
    INTERNAL,
    LIMIT_REACHED,
    NO_CONTENT_MATCHED,
    NO_SPACE,
    NOTHING_CHANGED,
)
from activities.temporal.circuit_breaker import CircuitBreaker
from activities.temporal.export_schedules import delete_schedule, put_schedule
from web.auth.tokens import WRITE, Caller
from web.http.problems import ProblemError
from web.schemas.requests import BulkExportRequest
from web.services.create_export import ExportCreator
from web.services.dispatcher import or_later
from web.services.rounds import keep_doing

logger = get_logger(__name__)

_BATCH = 50
_AGAIN = timedelta(minutes=1)
_PATIENCE = timedelta(hours=1)
"""For what may be otherwise in a while: limits, the disk, the content source."""
_LOOKED_AT = timedelta(hours=2, minutes=5)
"""After which an export is made without having looked at pictures before."""
_LATER = frozenset(
    {LIMIT_REACHED.code, NO_SPACE.code, CONTENT_SOURCE_UNAVAILABLE.code, INTERNAL.code}
)
_NO_CONTENT = "There is no content of the owner at all."


class ScheduleRunner:
    """Does both for all schedules, as each API process does.

    An export is made under a key of its schedule and the time at which it was due, so however many
    processes do it, and wherever one of them ends, there is one.
    """

    def __init__(
        self,
        records: ScheduleRecords,
        creator: ExportCreator,
        content: ContentSource,
        client: Client,
    ) -> None:
        self._records = records
        self._creator = creator
        self._content = content
        self._client = client
        self._breaker = CircuitBreaker()

    async def run(self) -> None:
        """Now and every few seconds, do what is due; never returns."""
        await keep_doing(self.do_what_is_due, "schedules failed", logger)

    async def do_what_is_due(self) -> None:
        """One round."""
        now = utc_now()
        for schedule, revision, deleted in await self._records.to_follow(now, _BATCH):
            await or_later(
                self._breaker.call(lambda: self._follow(schedule, revision, deleted=deleted)),  # noqa: B023
                schedule_id=schedule.schedule_id,
            )
        for run in await self._records.looked_at_too_long(now - _LOOKED_AT, _BATCH):
            await self._records.change_run(run, Outcome.DUE)
        for run in await self._records.due_runs(now, _BATCH):
            with tracing.root("RunOfSchedule"):
                await self._make(run)

    async def _follow(self, schedule: Schedule, revision: int, *, deleted: bool) -> None:
        if deleted:
            await delete_schedule(self._client, schedule.schedule_id)
            await self._records.forget(schedule.schedule_id)
            return
        now = utc_now()
        try:
            await put_schedule(
                self._client,
                schedule.schedule_id,
                schedule.timetable,
                paused=schedule.paused,
                now=now,
            )
        except (ValueError, ZoneInfoNotFoundError) as error:
            # Retention finds that Temporal does not have it, and has it told again: each round
            # would take the places of others.
            logger.warning(
                "times of a schedule are not known any more",
                schedule_id=schedule.schedule_id,
                cause=format_traceback(error),
            )
        await self._records.followed(schedule.schedule_id, revision, now)

    async def _make(self, run: Run) -> None:
        schedule = await self._records.get(run.schedule_id)
        if schedule is None:
            return
        try:
            job_id = await self._created(schedule, run)
        except ProblemError as error:
            await self._not_made(schedule, run, error)
        except (ContentSourceError, BrokenContentError):
            problem = ProblemError(CONTENT_SOURCE_UNAVAILABLE)
            await self._not_made(schedule, run, problem)
        except msgspec.MsgspecError:
            reason = "What it exports is not known to this version of the service any more."
            await self._records.change_run(run, Outcome.FAILED, reason=reason)
        except Exception as error:  # noqa: BLE001 - one schedule must not hold up the others
            logger.warning(
                "run of a schedule failed",
                schedule_id=run.schedule_id,
                cause=format_traceback(error),
            )
            await self._not_made(schedule, run, ProblemError(INTERNAL))
        else:
            await self._records.change_run(run, Outcome.STARTED, job_id=job_id)

    async def _created(self, schedule: Schedule, run: Run) -> str:
        body = msgspec.json.decode(schedule.export, type=BulkExportRequest)
        if run.base_job_id is not None:
            body = msgspec.structs.replace(body, since_job_id=run.base_job_id)
        if schedule.deliver_to:
            both = [*(body.deliver_to or ()), *schedule.deliver_to]
            body = msgspec.structs.replace(body, deliver_to=list(dict.fromkeys(both)))
        caller = Caller(schedule.owner_id, frozenset({WRITE}), 0, schedule.tenant)
        # No caller can send this key: a header has no line break.
        key = f"schedule\n{run.schedule_id}\n{run.due_at.isoformat()}"
        created = await self._creator.create_scheduled(
            caller,
            body,
            key,
            f"schedule-{run.schedule_id}",
            unchanged=run.unchanged or (),
        )
        return created.job.job_id

    async def _not_made(self, schedule: Schedule, run: Run, error: ProblemError) -> None:
        now, code = utc_now(), error.kind.code
        empty = code == NOTHING_CHANGED.code or (
            schedule.only_changed and code == NO_CONTENT_MATCHED.code
        )
        if empty and await self._is_there(schedule.owner_id):
            await self._records.change_run(run, Outcome.NOTHING_NEW)
        elif code in _LATER and now - run.noted_at < _PATIENCE:
            await self._records.change_run(run, Outcome.DUE, try_at=now + _AGAIN)
        else:
            reason = f"{error.kind.title}: {error.detail}" if not empty else _NO_CONTENT
            await self._records.change_run(run, Outcome.FAILED, reason=reason)
            logger.warning("run of a schedule failed", schedule_id=run.schedule_id, code=code)

    async def _is_there(self, owner_id: str) -> bool:
        """False if there is no content of an owner at all, who thus may be gone.

        Such runs fail, so that the schedule is paused after some instead of running for ever.
        """
        try:
            return bool((await self._content.search(owner_id, Filters(), 1)).heads)
        except (ContentSourceError, BrokenContentError):
            return True
