"""Erasing the exports of an owner: those that run end, files go, then records."""

import asyncio
import time
from collections.abc import Sequence

from temporalio.client import Client
from temporalio.service import RPCError

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.slices import SLICE, until_none_is_left, with_pause
from activities.common.tracebacks import format_traceback
from activities.jobs.execution import JobExecution
from activities.jobs.owner_jobs import OpenOwnerJob, OwnerJobs
from activities.steps.end_job import end_without_file
from activities.storage.protocol import Storage
from activities.temporal.erasures import forget_export
from activities.temporal.exports import cancel_export, terminate_export
from workflows.policies import ERASURE_PATIENCE

logger = get_logger(__name__)

_AT_ONCE = 20
"""Jobs whose files are removed together."""
_LOOK_SECONDS = 0.25
_REASON = "everything of its owner is erased"


class OwnerExports:
    """Erases exports, with what that needs."""

    def __init__(
        self, jobs: OwnerJobs, execution: JobExecution, storage: Storage, client: Client
    ) -> None:
        self._jobs = jobs
        self._execution = execution
        self._storage = storage
        self._client = client

    async def erase_some(self, owner_id: str) -> int:
        """Erase some of the owner's ended exports; returns how many.

        However it breaks off, what has a file still has a record by which it is found.
        """
        job_ids = await self._jobs.some(owner_id, _AT_ONCE)
        if not job_ids:
            return 0
        await with_pause(self._jobs.hide(job_ids))
        await asyncio.gather(*map(self._remove_files, job_ids))
        await self._forget_histories(job_ids)
        await until_none_is_left(lambda: self._jobs.forget_items(job_ids, SLICE))
        await with_pause(self._jobs.remove(job_ids, utc_now()))
        return len(job_ids)

    async def end_all(self, owner_id: str) -> None:
        """Let all of the owner's exports that run end; returns when none does.

        Raises:
            TemporalUnavailableError: Temporal's server did not respond.
            temporalio.service.RPCError: it refused.
        """
        # The rows first: none of them completes from here on, nor does another begin.
        await until_none_is_left(lambda: self._jobs.cancel_some(owner_id, utc_now(), SLICE))
        until = time.monotonic() + ERASURE_PATIENCE.total_seconds()
        told = set[str]()
        while found := await self._jobs.some_open(owner_id, SLICE):
            if time.monotonic() > until:
                await self._end_now(found)
                continue
            for job in found:
                if job.job_id in told:
                    continue
                told.add(job.job_id)
                if not await cancel_export(self._client, job.job_id):
                    await self._end(job)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _end_now(self, jobs: Sequence[OpenOwnerJob]) -> None:
        """End exports that no worker ends."""
        for job in jobs:
            await terminate_export(self._client, job.job_id, _REASON)
            await self._end(job)

    async def _end(self, job: OpenOwnerJob) -> None:
        await end_without_file(self._execution, self._storage, job.job_id, job.format, None)

    async def _forget_histories(self, job_ids: Sequence[str]) -> None:
        try:
            await asyncio.gather(*(forget_export(self._client, each) for each in job_ids))
        except RPCError as error:
            # Not every namespace lets us. They hold no content, and go by themselves in their time.
            logger.warning("histories not removed", cause=format_traceback(error))

    async def _remove_files(self, job_id: str) -> None:
        await self._storage.remove_files(job_id)
        await self._storage.remove_staging(job_id)
