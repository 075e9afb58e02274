"""The steps of an archive: settle parts and cut the next, seal it, end it."""

from collections.abc import Sequence
from datetime import timedelta

from activities.automation.archive_manifests import manifest
from activities.automation.archive_progress import ArchiveProgress, Cut, PartJob
from activities.automation.archive_records import ArchiveRecords
from activities.automation.archives import (
    PART_SECONDS,
    TRIES,
    Archive,
    LeftOut,
    Part,
    PartStatus,
)
from activities.automation.signing_keys import SigningKeys
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.content.source import ContentSource
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.archive_options import archive_format, archive_options
from activities.model.job_formats import seconds_per_item
from activities.model.jobs import OPEN, Job, Status
from activities.model.problems import problem
from activities.model.warnings import skip_details
from activities.steps.archive_walk import ArchiveWalk
from activities.steps.end_job import end_without_file
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.storage.protocol import Storage
from activities.temporal.exports import archive_fairness_key, export_request, searchable
from workflows.contracts import (
    ADVANCE_ARCHIVE,
    END_ARCHIVE,
    SEAL_ARCHIVE,
    AdvanceTask,
    ArchiveNext,
    ArchiveOutcome,
    ArchivePart,
    ArchiveTask,
    EndArchiveTask,
    ErrorType,
)

logger = get_logger(__name__)

_GONE = "gone"
# What half as many items may do without.
_TOO_MUCH = frozenset({ErrorType.TOO_LARGE, ErrorType.RENDER_TOO_COSTLY, ErrorType.RENDER_FAILED})
# What is as it is, however often it is tried.
_FINAL = frozenset({ErrorType.CONTENT_NOT_FOUND, "cancelled"})
_SKIPPED = "item-skipped"


class Archiving:
    """The activities of archives, with what they need."""

    def __init__(
        self,
        progress: ArchiveProgress,
        archives: ArchiveRecords,
        records: JobRecords,
        execution: JobExecution,
        content: ContentSource,
        storage: Storage,
        keys: SigningKeys,
        *,
        retention: timedelta,
        max_seconds: float,
    ) -> None:
        self._progress = progress
        self._archives = archives
        self._records = records
        self._execution = execution
        self._content = content
        self._storage = storage
        self._keys = keys
        self._retention = retention
        self._max_seconds = max_seconds

    @implements(ADVANCE_ARCHIVE)
    async def advance(self, task: AdvanceTask) -> ArchiveNext:
        """Note what became of parts, and say which are to be made next.

        Raises:
            ContentSourceError: content cannot be listed now.
            BrokenContentError: it cannot be listed.
        """
        async with heartbeats():
            archive = await self._progress.begin(task.archive_id, utc_now())
            if archive is None:
                return ArchiveNext([], 0, walked=False, ended=True)
            await self._settle_all(archive, task.running)
            unmade = await self._progress.open_parts(archive.archive_id)
            waiting = [part for part, _ in unmade if part.job_id not in task.running]
            walked = await self._cut_for(archive, task.room - len(waiting))
            unmade = await self._progress.open_parts(archive.archive_id)
            waiting = [part for part, _ in unmade if part.job_id not in task.running]
            begun = [await self._part_of(part) for part in waiting[: max(task.room, 0)]]
            return ArchiveNext([each for each in begun if each], len(unmade), walked)

    @implements(SEAL_ARCHIVE)
    async def seal(self, task: ArchiveTask) -> ArchiveOutcome:
        """Write the manifest and complete the archive; if it holds nothing at all, it fails."""
        async with heartbeats():
            archive = await self._progress.begin(task.archive_id, utc_now())
            if archive is None:
                return await self._outcome(task.archive_id)
            parts = await self._archives.parts_of(archive.archive_id)
            made = [part for part in parts if part.status is PartStatus.COMPLETED]
            now = utc_now()
            if made:
                body = manifest(archive, parts, self._keys)
                await self._progress.complete(archive, body, now + self._retention)
            else:
                error = problem(ErrorType.CONTENT_NOT_FOUND, "No item could be exported.")
                await self._archives.end(archive.archive_id, Status.FAILED, now, error)
            left_out = sum(len(part.left_out) for part in parts)
            logger.info("archive sealed", parts=len(made), left_out=left_out)
            return await self._outcome(task.archive_id)

    @implements(END_ARCHIVE)
    async def end(self, task: EndArchiveTask) -> ArchiveOutcome:
        """End what is left of an archive. One that is cancelled has no files from now on."""
        async with heartbeats():
            for job_id, format_id in await self._archives.open_jobs(task.archive_id):
                await end_without_file(self._execution, self._storage, job_id, format_id, None)
            status = Status.CANCELLED if task.cancelled else Status.FAILED
            error = None if task.cancelled else problem(task.code, task.detail)
            await self._archives.end(task.archive_id, status, utc_now(), error)
            outcome = await self._outcome(task.archive_id)
            if outcome.status == Status.CANCELLED:
                for job_id in await self._archives.let_files_end(task.archive_id, utc_now()):
                    # Nobody can download it any more; retention writes that it has expired.
                    await self._storage.remove_files(job_id)
            return outcome

    async def _outcome(self, archive_id: str) -> ArchiveOutcome:
        archive = await self._archives.get(archive_id)
        if archive is None:
            return ArchiveOutcome(_GONE)
        parts = await self._archives.parts_of(archive_id)
        return ArchiveOutcome(archive.status.value, len(parts))

    async def _settle_all(self, archive: Archive, running: Sequence[str]) -> None:
        for part, status in await self._progress.open_parts(archive.archive_id):
            if status in OPEN or (status is None and part.job_id in running):
                continue
            job = await self._records.get(part.job_id)
            await self._settle(archive, part, job)

    async def _settle(self, archive: Archive, part: Part, job: Job | None) -> None:
        if job is None:
            await self._progress.settle(part, PartStatus.FAILED, [])
            return
        ids = await self._progress.content_ids(part.job_id)
        if job.status in {Status.COMPLETED, Status.EXPIRED}:
            left_out = await self._not_in_file(part, job, ids)
            await self._progress.settle(part, PartStatus.COMPLETED, left_out)
            return
        code = job.error.code if job.error is not None else job.status.value
        again = PartJob(part.content_owner, ids, job.format, job.options)
        if code in _TOO_MUCH and len(ids) > 1:
            middle = len(ids) // 2
            halves = (
                PartJob(part.content_owner, ids[:middle], job.format, job.options),
                PartJob(part.content_owner, ids[middle:], job.format, job.options),
            )
            await self._progress.split(archive, part, halves)
        elif code not in _FINAL and code not in _TOO_MUCH and part.tries < TRIES:
            await self._progress.make_again(archive, part, again)
        else:
            detail = job.error.detail if job.error is not None else ""
            left_out = [LeftOut(part.content_owner, each, code, detail) for each in ids]
            await self._progress.settle(part, PartStatus.FAILED, left_out)
            logger.warning("part of an archive given up", part=part.number, code=code)

    async def _not_in_file(self, part: Part, job: Job, ids: Sequence[str]) -> list[LeftOut]:
        """What a part was to hold and does not, as its record of what was rendered tells."""
        details = skip_details(job.warnings)
        known = await self._records.known_items(part.job_id)
        there = {each.id for each in known} if known is not None else {*ids} - details.keys()
        return [
            LeftOut(part.content_owner, each, _SKIPPED, details.get(each, ""))
            for each in ids
            if each not in there
        ]

    async def _cut_for(self, archive: Archive, room: int) -> bool:
        """Cut parts, as many as there is room for; True if all content is in parts then."""
        format_id = archive_format(archive.formats, receipt=archive.receipt)
        options = archive_options(archive.formats, receipt=archive.receipt)
        most = int(PART_SECONDS / max(seconds_per_item(format_id, options), 0.001))
        walk = ArchiveWalk(self._content)
        while True:
            walked = await self._progress.walked(archive.archive_id)
            if walked is None or walked.state.over:
                return True
            if room <= 0 or walk.is_over:
                return False
            wanted = await self._progress.items_next(archive, max(most, 1))
            state, owner_id, ids = await walk.gather(archive, walked.state, wanted)
            if not ids or owner_id is None:
                await self._progress.walk_on(archive.archive_id, walked, state)
                continue
            cut = Cut(PartJob(owner_id, ids, format_id, options), state)
            room -= await self._progress.cut(archive, walked, cut)

    async def _part_of(self, part: Part) -> ArchivePart | None:
        job = await self._records.get(part.job_id)
        archive = await self._archives.get(part.archive_id)
        if job is None or archive is None:
            return None
        request = export_request(
            job, self._max_seconds, max_bytes=archive.part_bytes if part.items > 1 else None
        )
        return ArchivePart(request, searchable(job.owner_id), archive_fairness_key(job.owner_id))
