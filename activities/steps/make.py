"""make: content source -> the whole file of a small export, under a staging key."""

import asyncio

from temporalio import activity

from activities.common.clock import utc_now
from activities.content.source import ContentSourceError
from activities.jobs.execution import JobExecution
from activities.model.jobs import FetchInput, Phase
from activities.steps.content_reader import ContentPart, ContentReader
from activities.steps.errors import JobTakenError, PicturesToFetchError
from activities.steps.implements import implements
from activities.steps.refusals import refusals_noted
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_workspace import MADE_FILE, RenderWorkspace
from activities.steps.run_ownership import own_run_id
from activities.steps.snapshot_parts import keep_part
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import MAKE, ErrorType, MadeFile, MakeTask, Slice

FETCH_SECONDS = 2.5
"""The longest that a render worker waits for content: its few places are for rendering, and a fetch
of its own may wait for minutes."""


class Make:
    """The make activity with what it needs."""

    def __init__(
        self,
        execution: JobExecution,
        reader: ContentReader,
        workspace: RenderWorkspace,
        storage: Storage,
    ) -> None:
        self._execution = execution
        self._reader = reader
        self._workspace = workspace
        self._storage = storage

    @implements(MAKE)
    async def make(self, task: MakeTask) -> MadeFile:
        """Fetch the content and render the file in one, without a snapshot in storage.

        Raises:
            JobTakenError: the job has ended or is to be cancelled.
            ContentSourceError: the source is slow or away; the export is to be fetched apart.
            PicturesToFetchError: there are pictures to wait for; the snapshot is in storage.
            NothingFetchedError, NothingGoodEnoughError: every item was left out.
            ContentNotFoundError, BrokenItemsError, RefusedError, ItemsTooLargeError,
            ExportTooLargeError, QualityTooLowError: see `ContentReader.read`.
            RenderFailedError, RenderTooCostlyError, RenderNotSmallError: see
            `RenderWorkspace.make`.
            WorkersLostError: worker after worker ended while it made this.
        """
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            claimed = await self._execution.claim(task.job_id, own_run_id(), utc_now())
            if claimed is None:
                raise JobTakenError
            async with refusals_noted(self._execution, task.job_id):
                part = await self._read(claimed, task.slice)
            skips = claimed.options.on_item_error == "skip"
            if part.warnings or activity.info().attempt > 1 or task.repeats:
                await self._execution.note_warnings(
                    task.job_id,
                    Phase.FETCHING,
                    task.slice.chunk,
                    part.warnings,
                    part.poor_items,
                )
            if part.newest is None:
                raise part.why_empty
            await self._execution.note_items(task.job_id, own_run_id(), part.versions)
            if part.references:
                kept = await keep_part(self._storage, part, lambda name: _key(task, name))
                raise PicturesToFetchError(kept, ErrorType.SOURCE_UNAVAILABLE)
            job = self._workspace.job(
                task.job_id,
                task.format,
                claimed.render_input,
                inputs=1,
                newest=part.newest,
                left_out=attempt.poison_items() if skips else (),
                made_of=part.made_of,
            )
            file = await self._workspace.make(
                attempt,
                job,
                lambda _: part.snapshot,
                name=MADE_FILE,
                skips=skips,
                repeats=task.repeats,
            )
            return MadeFile(file, part.versions.fingerprint)

    async def _read(self, job: FetchInput, piece: Slice) -> ContentPart:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await self._reader.read(job, piece)
        except TimeoutError as error:
            raise ContentSourceError("slow") from error


def _key(task: MakeTask, name: str) -> str:
    """A key of this attempt, and of no attempt of another step that stores content."""
    return attempt_key(task.job_id, name, f"{own_run_id()}.make", activity.info().attempt)
