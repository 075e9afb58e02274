"""fetch: content source -> snapshot part in storage."""

from datetime import datetime
from math import ceil

from temporalio import activity

from activities.common.clock import utc_now
from activities.jobs.execution import JobExecution
from activities.model.jobs import FetchInput, Phase
from activities.model.warnings import ExportWarning
from activities.steps.content_reader import ContentReader
from activities.steps.errors import JobTakenError
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.refusals import refusals_noted
from activities.steps.run_ownership import own_run_id
from activities.steps.snapshot_parts import keep_part
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import FETCH, FetchTask, SnapshotPart


class Fetch:
    """The fetch activity with what it needs."""

    def __init__(self, execution: JobExecution, reader: ContentReader, storage: Storage) -> None:
        self._execution = execution
        self._reader = reader
        self._storage = storage

    @implements(FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        """Freeze one slice of the job's content, as JSON lines.

        Raises:
            JobTakenError: the job has ended or is to be cancelled.
            ContentNotFoundError, BrokenItemsError, RefusedError, ItemsTooLargeError,
            ExportTooLargeError, QualityTooLowError, ContentSourceError: see `ContentReader.read`.
        """
        attempt = activity.info().attempt
        run_id = own_run_id()
        async with heartbeats():
            claimed = await self._execution.claim(task.job_id, run_id, utc_now())
            if claimed is None:
                raise JobTakenError
            began = utc_now()
            chunk = task.slice.chunk
            async with refusals_noted(self._execution, task.job_id, chunk):
                part = await self._reader.read(claimed, task.slice)
            await self._execution.note_items(task.job_id, run_id, part.versions)
            warnings = [*part.warnings, *await self._moments_mixed(task, claimed, began)]
            if warnings or attempt > 1 or task.repeats:
                await self._execution.note_warnings(
                    task.job_id, Phase.FETCHING, chunk, warnings, part.poor_items
                )
            kept = await keep_part(
                self._storage, part, lambda name: attempt_key(task.job_id, name, run_id, attempt)
            )
            if chunk or task.slice.stop < len(claimed.content_ids):
                await self._execution.note_progress(task.job_id, Phase.FETCHING, chunk, part.items)
            return kept

    async def _moments_mixed(
        self, task: FetchTask, job: FetchInput, began: datetime
    ) -> list[ExportWarning]:
        """The warnings of a snapshot of several chunks, of which this may be the last one."""
        piece, total = task.slice, len(job.content_ids)
        size = piece.start // piece.chunk if piece.chunk else piece.stop
        if size >= total:
            return []
        noted = await self._execution.noted_items(task.job_id, ceil(total / size))
        if noted is None:
            return []
        since = min(noted.since or began, began)
        return await self._reader.moments_mixed(job.owner_id, noted.versions, since)
