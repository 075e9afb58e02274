"""Sweeping: what no job needs goes from storage, and the rest is measured on the way."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import msgspec

from activities.common.clock import utc_now
from activities.common.metrics import RETENTION, STORAGE_BYTES
from activities.jobs.lifecycle import ERASED, JobLifecycle
from activities.model.jobs import OPEN, Status
from activities.steps.implements import implements
from activities.steps.retention_step import one_step, tell_left_for_later
from activities.storage.keys import FILES, STAGING
from activities.storage.protocol import Storage, StoredObject
from workflows.contracts import SWEEP_STORAGE, Swept, Walk

_PAGE = 500

# Files that no row owns wait this long: the database may have been restored from a backup.
_UNOWNED = timedelta(days=1)

# A walk is in pieces, by the first digit of the jobs' ids: none takes longer than a step may, and
# several runs may share a walk. For each piece all directories are listed, so there are few.
_PIECES = ("", *"2468ace")

# A walk through a million files takes half a minute of a processor, and finds next to nothing:
# expiry removes files by their rows. So few files are walked in every run, and many less often.
_FILES_AN_HOUR = 200_000
_LONGEST_WITHOUT = timedelta(days=1)

_HAVING_NO_STAGING: frozenset[str] = (frozenset(Status) - frozenset(OPEN)) | {ERASED}
_HAVING_NO_FILE = _HAVING_NO_STAGING - {Status.COMPLETED}


class _Found(msgspec.Struct):
    """What was found at one place."""

    bytes: int = 0
    files: int = 0
    removed: int = 0


class Sweep:
    """The activity that sweeps, with what it needs."""

    def __init__(self, lifecycle: JobLifecycle, storage: Storage) -> None:
        self._lifecycle = lifecycle
        self._storage = storage

    @implements(SWEEP_STORAGE)
    async def sweep_storage(self, walk: Walk) -> Swept:
        """Remove staging of ended jobs, files of jobs that have none, and files without a job.

        All of staging, and of the files as much as this run has time for, if a walk through them
        is under way or due.

        Args:
            walk: the walk as the run before left it.
        """
        if walk.next_piece >= len(_PIECES):  # a version with other pieces began it
            walk = msgspec.structs.replace(walk, next_piece=0, bytes=0, files=0)
        async with one_step() as pace:
            staged = await self._sweep(STAGING, _HAVING_NO_STAGING)
            removed = staged.removed
            while _goes_on(walk, utc_now()):
                found = await self._sweep_piece(walk.next_piece)
                removed += found.removed
                walk = _after(walk, found, utc_now())
                if walk.next_piece == 0 or pace.is_over:
                    break
        if walk.whole_bytes is not None:
            STORAGE_BYTES.set(walk.whole_bytes + staged.bytes)
        return Swept(removed, staged.bytes, staged.files, walk)

    async def _sweep_piece(self, piece: int) -> _Found:
        first, *following = _PIECES[piece : piece + 2]
        return await self._sweep(FILES, _HAVING_NO_FILE, first, *following)

    async def _sweep(
        self, prefix: str, needless: frozenset[str], first: str = "", before: str = ""
    ) -> _Found:
        found = _Found()
        async for page in _pages(self._storage.list(prefix, first, before)):
            states = await self._lifecycle.statuses([item.job_id for item in page])
            long_ago = utc_now() - _UNOWNED
            leftovers = list[str]()
            for item in page:
                state = states.get(item.job_id)
                if state in needless or (state is None and item.modified < long_ago):
                    leftovers.append(item.key)
                else:
                    found.bytes += item.size
                    found.files += 1
            found.removed += await self._remove(leftovers)
        return found

    async def _remove(self, keys: Sequence[str]) -> int:
        if not keys:
            return 0
        left = await self._storage.delete_many(keys)
        for each in left:
            tell_left_for_later(each.key, each.error)
        removed = len(keys) - len(left)
        RETENTION.labels("leftover_swept").inc(removed)
        return removed


def _goes_on(walk: Walk, now: datetime) -> bool:
    """True if a walk is under way, or due."""
    if walk.next_piece or walk.ended_at is None or walk.whole_files is None:
        return True
    pause = timedelta(hours=walk.whole_files / _FILES_AN_HOUR)
    return now - walk.ended_at >= min(pause, _LONGEST_WITHOUT)


def _after(walk: Walk, found: _Found, now: datetime) -> Walk:
    """The walk after one more piece."""
    size, files = walk.bytes + found.bytes, walk.files + found.files
    following = (walk.next_piece + 1) % len(_PIECES)
    if following == 0:
        return Walk(whole_bytes=size, whole_files=files, ended_at=now)
    return msgspec.structs.replace(walk, next_piece=following, bytes=size, files=files)


async def _pages(objects: AsyncIterator[StoredObject]) -> AsyncIterator[list[StoredObject]]:
    page: list[StoredObject] = []
    async for item in objects:
        page.append(item)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page
