"""fetch: content source -> snapshot part in storage."""

import msgspec
from temporalio import activity

from activities.common.clock import utc_now
from activities.common.metrics import DURATION
from activities.content.source import BrokenContentError, ContentSource, RefusedError
from activities.jobs.execution import JobExecution
from activities.model.content import Item
from activities.model.fingerprints import content_fingerprint
from activities.model.jobs import Phase
from activities.model.limits import ExportTooLargeError, is_too_large
from activities.model.warnings import skipped
from activities.steps.errors import (
    BrokenItemsError,
    ContentNotFoundError,
    ItemsTooLargeError,
    JobTakenError,
)
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.run_ownership import own_run_id
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import FETCH, FetchTask, SnapshotPart

_encoder = msgspec.json.Encoder()


class Fetch:
    """The fetch activity with what it needs."""

    def __init__(
        self,
        execution: JobExecution,
        content: ContentSource,
        storage: Storage,
        max_part_bytes: int,
    ) -> None:
        self._execution = execution
        self._content = content
        self._storage = storage
        self._max_part_bytes = max_part_bytes

    @implements(FETCH)
    async def fetch(self, task: FetchTask) -> SnapshotPart:
        """Freeze one slice of the job's content, as JSON lines.

        Raises:
            JobTakenError: the job has ended or is to be cancelled.
            ContentNotFoundError: an item is gone, and the request does not say to skip it.
            BrokenItemsError: an item is not content, likewise.
            RefusedError: the source refuses requests like ours.
            ItemsTooLargeError: an item is larger than an item may be, likewise.
            ExportTooLargeError: the slice has more bytes than it may have.
        """
        info = activity.info()
        run_id = own_run_id()
        async with heartbeats():
            started = utc_now()
            claimed = await self._execution.claim(task.job_id, run_id, started)
            if claimed is None:
                raise JobTakenError
            wanted = claimed.content_ids[task.slice.start : task.slice.stop]
            items, broken = await self._items(claimed.owner_id, wanted)
            found = {item.id for item in items}
            lines = [_encoder.encode(item) for item in items]
            too_large = [
                item.id for item, line in zip(items, lines, strict=True) if is_too_large(item, line)
            ]
            missing = [i for i in wanted if i not in found and i not in broken]
            if claimed.options.on_item_error == "skip":
                await self._note_skipped(task, missing, broken, too_large)
                items, lines = _without(too_large, items, lines)
            elif missing:
                raise ContentNotFoundError(missing)
            elif broken:
                raise BrokenItemsError(broken)
            elif too_large:
                raise ItemsTooLargeError(too_large)
            key = attempt_key(task.job_id, f"snapshot-{task.slice.chunk:04}", run_id, info.attempt)
            snapshot = b"".join(line + b"\n" for line in lines)
            if len(snapshot) > self._max_part_bytes:
                raise ExportTooLargeError
            await self._storage.put(key, snapshot)
            if task.slice.chunk or task.slice.stop < len(claimed.content_ids):
                await self._execution.note_progress(
                    task.job_id, Phase.FETCHING, task.slice.chunk, len(items)
                )
            DURATION.labels("any", "fetch").observe((utc_now() - started).total_seconds())
            newest = max((item.updated_at for item in items), default=None)
            fingerprint = content_fingerprint(items, wanted, task.slice.start)
            return SnapshotPart(key, len(items), newest, fingerprint)

    async def _items(self, owner_id: str, ids: list[str]) -> tuple[list[Item], list[str]]:
        """The items that are there, and the ids of those that are not content."""
        try:
            return await self._content.items(owner_id, ids), []
        except RefusedError:
            raise
        except BrokenContentError:
            if len(ids) == 1:
                return [], ids
        # One of them spoils the response for all: ask for each.
        items: list[Item] = []
        broken: list[str] = []
        for item_id in ids:
            good, bad = await self._items(owner_id, [item_id])
            items += good
            broken += bad
        return items, broken

    async def _note_skipped(
        self, task: FetchTask, missing: list[str], broken: list[str], too_large: list[str]
    ) -> None:
        reasons = {
            "it is no longer there": missing,
            "it is not content": broken,
            "it is larger than an item may be": too_large,
        }
        warnings = [
            skipped(item_id, f"The item was left out: {reason}.")
            for reason, ids in reasons.items()
            for item_id in ids
        ]
        if warnings or activity.info().attempt > 1:
            await self._execution.note_warnings(
                task.job_id, Phase.FETCHING, task.slice.chunk, warnings
            )


def _without(
    ids: list[str], items: list[Item], lines: list[bytes]
) -> tuple[list[Item], list[bytes]]:
    """The items but for those, and each as JSON."""
    if not ids:
        return items, lines
    remaining = [pair for pair in zip(items, lines, strict=True) if pair[0].id not in ids]
    return [item for item, _ in remaining], [line for _, line in remaining]
