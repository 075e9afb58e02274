"""Starts workflows for accepted exports: of each owner a few, while the others wait.

What has a workflow competes for workers, processors and the database in the order in which it came.
A job that waits in its record costs nothing, so the thousands of exports of one owner stay there,
and the single export of another owner finds capacity.
"""

import asyncio
from weakref import WeakValueDictionary

from temporalio.client import Client

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.records import JobRecords
from activities.model.jobs import Job
from activities.temporal.exports import start_export

logger = get_logger(__name__)

# The export that has ended is reported to Temporal after this; it must not look crashed meanwhile.
_SUCCESSION_SECONDS = 2.5


class Admission:
    """Starts the workflows of exports that may begin.

    Any number of processes may do so at once: a job's workflow has the job's id, so a second start
    changes nothing.

    Attributes:
        queue: the jobs that are not dispatched.
        at_once: see `DispatchQueue.next_of`.
    """

    def __init__(
        self,
        client: Client,
        records: JobRecords,
        queue: DispatchQueue,
        *,
        at_once: int,
        max_seconds: float,
    ) -> None:
        self.queue = queue
        self.at_once = at_once
        self._client = client
        self._records = records
        self._max_seconds = max_seconds
        self._at_work: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def start(self, job: Job) -> None:
        """Start a job's workflow, even if others wait; its time began when it was accepted.

        Raises:
            TemporalUnavailableError: the server did not respond.
        """
        waited = (utc_now() - job.created_at).total_seconds()
        left = min(max(self._max_seconds - waited, 0), self._max_seconds)
        await start_export(self._client, job, left)

    async def admit(self, owner_id: str) -> int:
        """Start the owner's oldest waiting exports, as many as may; returns how many.

        Raises:
            TemporalUnavailableError: the server did not respond.
        """
        async with self._at_work.setdefault(owner_id, asyncio.Lock()):
            started = 0
            for job_id in await self.queue.next_of(owner_id, self.at_once):
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
                owner_id = await self.queue.owner_behind(job_id)
                if owner_id is not None:
                    await self.admit(owner_id)
        except Exception as error:  # noqa: BLE001 - the export that has ended must not fail by it
            logger.warning("next export of the owner waits", cause=format_traceback(error))
