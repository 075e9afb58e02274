"""Which accepted exports have a workflow: of each owner a few, while the others wait their turn.

What has a workflow competes for workers, processors and the database in the order in which it came.
What waits in its record costs nobody anything, so one owner's thousands of exports stay there, and
another's single one finds room.
"""

import asyncio
import logging
from typing import Any
from weakref import WeakValueDictionary

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.jobs.model import Job
from activities.jobs.records import JobRecords, utc_now
from activities.jobs.waiting import WaitingJobs
from activities.settings import Settings
from activities.temporal import start_export
from workflows.contracts import ABANDON, PUBLISH, AbandonTask, PublishTask

_logger = logging.getLogger(__name__)

# The export that has ended is reported to Temporal after this; it must not look dead meanwhile.
_SUCCESSION_SECONDS = 2.5


class Admission:
    """Starts the workflows of exports whose turn has come.

    Any number of processes may do so at once: a job's workflow has the job's id, so a second start
    changes nothing.

    Attributes:
        waiting: the jobs that wait.
        at_once: see `WaitingJobs.next_of`.
    """

    def __init__(
        self,
        client: Client,
        records: JobRecords,
        waiting: WaitingJobs,
        settings: Settings,
    ) -> None:
        self.waiting = waiting
        self.at_once = settings.owner_jobs_at_once
        self._client = client
        self._records = records
        self._max_seconds = settings.max_seconds
        self._at_work: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self, job: Job) -> None:
        """Start a job's workflow, whoever waits; its time began when it was accepted.

        Raises:
            TemporalAwayError: the server did not answer.
        """
        waited = (utc_now() - job.created_at).total_seconds()
        left = min(max(self._max_seconds - waited, 0), self._max_seconds)
        await start_export(self._client, job, left)

    async def admit(self, owner_id: str) -> int:
        """Start the owner's oldest waiting exports, as many as may; returns how many.

        Raises:
            TemporalAwayError: the server did not answer.
        """
        async with self._at_work.setdefault(owner_id, asyncio.Lock()):
            started = 0
            for job_id in await self.waiting.next_of(owner_id, self.at_once):
                job = await self._records.get(job_id)
                if job is not None:
                    await self.start(job)
                    await self._records.mark_dispatched(job_id, utc_now())
                    started += 1
            return started

    async def admit_after(self, job_id: str) -> None:
        """Give the place of an export that has ended to the next of the same owner.

        What cannot be done now is done by the API, which looks for waiting jobs every few seconds.
        """
        try:
            async with asyncio.timeout(_SUCCESSION_SECONDS):
                owner_id = await self.waiting.owner_behind(job_id)
                if owner_id is not None:
                    await self.admit(owner_id)
        except Exception as error:  # noqa: BLE001 - the export that has ended must not fail by it
            _logger.warning("the next export of an owner waits: %s", type(error).__name__)


class NextInLine(Interceptor):
    """Whenever an export has ended on this worker, lets the next one of its owner begin."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `Interceptor.intercept_activity`."""
        return _AfterEndings(next, self._admission)


class _AfterEndings(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, admission: Admission) -> None:
        super().__init__(inner)
        self._admission = admission

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        result = await super().execute_activity(input)
        if activity.info().activity_type in {PUBLISH, ABANDON}:
            task: PublishTask | AbandonTask = input.args[0]
            await self._admission.admit_after(task.job_id)
        return result
