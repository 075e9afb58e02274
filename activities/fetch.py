"""fetch: content source -> snapshot part in storage."""

import msgspec
from temporalio import activity

from activities.beat import heartbeats
from activities.content.source import ContentSource
from activities.faults import ContentNotFoundError, JobTakenError
from activities.jobs.model import Phase
from activities.jobs.records import JobRecords, utc_now
from activities.metrics import DURATION
from activities.storage.store import Storage, attempt_key
from workflows.contracts import FETCH, FetchTask, SnapshotPart

_encoder = msgspec.json.Encoder()


class Fetch:
    """The fetch activity with what it needs."""

    def __init__(self, records: JobRecords, content: ContentSource, storage: Storage) -> None:
        self._records = records
        self._content = content
        self._storage = storage

    @activity.defn(name=FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        """Freeze one slice of the job's content, as JSON lines.

        Raises:
            JobTakenError: the job has ended or is to be cancelled.
            ContentNotFoundError: an item is gone.
        """
        info = activity.info()
        run_id = info.workflow_run_id or ""
        async with heartbeats():
            started = utc_now()
            claimed = await self._records.claim(task.job_id, run_id, started)
            if claimed is None:
                raise JobTakenError
            wanted = claimed.content_ids[task.slice.start : task.slice.stop]
            items = await self._content.items(claimed.owner_id, wanted)
            if len(items) < len(wanted):
                found = {item.id for item in items}
                raise ContentNotFoundError([i for i in wanted if i not in found])
            key = attempt_key(task.job_id, f"snapshot-{task.slice.chunk:04}", run_id, info.attempt)
            await self._storage.put(key, _encoder.encode_lines(items))
            if task.slice.chunk or task.slice.stop < len(claimed.content_ids):
                await self._records.note_progress(
                    task.job_id, Phase.FETCHING, task.slice.chunk, len(items)
                )
            DURATION.labels("any", "fetch").observe((utc_now() - started).total_seconds())
            return SnapshotPart(key, len(items), max(item.updated_at for item in items))
