"""compare: items whose texts did not change -> those whose pictures did."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from temporalio import activity

from activities.common.clock import utc_now
from activities.content.source import ContentSource, ContentSourceError, PictureSource
from activities.jobs.execution import JobExecution
from activities.model.item_versions import ItemVersion
from activities.steps.errors import JobTakenError, NothingChangedError
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.picture_hashes import pictures_hash, references_of
from activities.steps.run_ownership import own_run_id
from workflows.contracts import COMPARE, Compared, JobTask

_ITEMS_AT_ONCE = 10
_PICTURES_AT_ONCE = 8
_PATIENT_ATTEMPTS = 3
"""The attempt that goes on without a picture for which the ones before it waited."""


class PictureComparer:
    """Finds the items that are not as they were, their pictures included."""

    def __init__(self, content: ContentSource, pictures: PictureSource) -> None:
        self._content = content
        self._pictures = pictures

    async def unchanged(
        self, owner_id: str, versions: Sequence[ItemVersion], *, attempt: int
    ) -> set[str]:
        """The ids of those of these items that are as they were.

        A picture that cannot be had now and may be had later says nothing, in the end.

        Args:
            owner_id: whose items.
            versions: the items as they were.
            attempt: the number of this attempt; an early one waits for servers that are away.

        Raises:
            ContentSourceError: content or a picture may be had later.
        """
        found: set[str] = set()
        for start in range(0, len(versions), _ITEMS_AT_ONCE):
            some = versions[start : start + _ITEMS_AT_ONCE]
            read = await self._content.items(owner_id, [each.id for each in some])
            lines = {item.id: msgspec.json.encode(item) for item in read.items}
            for each in some:
                line = lines.get(each.id)
                if line is None or hashlib.sha256(line).digest() != each.sha256:
                    continue
                if await self._same_pictures(owner_id, each, line, attempt):
                    found.add(each.id)
        return found

    async def _same_pictures(
        self, owner_id: str, version: ItemVersion, line: bytes, attempt: int
    ) -> bool:
        if not version.pictures:
            return True
        references = await asyncio.to_thread(references_of, line)
        digests: dict[str, str] = {}
        for start in range(0, len(references), _PICTURES_AT_ONCE):
            batch = references[start : start + _PICTURES_AT_ONCE]
            got = await asyncio.gather(
                *(self._digest(owner_id, each, attempt) for each in batch), return_exceptions=True
            )
            for reference, digest in zip(batch, got, strict=True):
                if isinstance(digest, BaseException):
                    raise digest
                if digest is None:
                    return True
                digests[reference] = digest
        return pictures_hash(references, digests) == version.pictures

    async def _digest(self, owner_id: str, reference: str, attempt: int) -> str | None:
        """The hash of a picture; empty: there is none; None: it cannot be had now."""
        try:
            data = await self._pictures.picture(owner_id, reference)
        except ContentSourceError:
            if attempt >= _PATIENT_ATTEMPTS:
                return None
            raise
        return hashlib.sha256(data).hexdigest() if data else ""


class Compare:
    """The compare activity with what it needs."""

    def __init__(self, execution: JobExecution, comparer: PictureComparer) -> None:
        self._execution = execution
        self._comparer = comparer

    @implements(COMPARE)
    async def compare(self, task: JobTask) -> Compared:
        """Leave out of an export of what changed the items that did not, as their pictures tell.

        Raises:
            JobTakenError: the job has ended or is to be cancelled.
            NothingChangedError: nothing is left to export or to tell of.
            ContentSourceError: content or a picture may be had later.
        """
        run_id = own_run_id()
        async with heartbeats():
            job = await self._execution.claim(task.job_id, run_id, utc_now())
            if job is None:
                raise JobTakenError
            changes = job.changes
            if changes is None or not changes.unsure:
                return Compared(len(job.content_ids))
            before: Mapping[str, ItemVersion] = {
                each.id: each for each in await self._execution.known_items(task.job_id)
            }
            asked = [before[each.id] for each in changes.unsure if each.id in before]
            same = await self._comparer.unchanged(
                job.owner_id, asked, attempt=activity.info().attempt
            )
            left = [each for each in job.content_ids if each not in same]
            settled = changes.settled({each.id for each in changes.unsure} - same)
            if settled.is_nothing:
                raise NothingChangedError
            await self._execution.settle_changes(task.job_id, run_id, left, settled)
            return Compared(len(left))
