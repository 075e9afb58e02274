"""express: content source -> the file of a small export in place, all in one local activity.

It may die or be late at any point; what keeps that from doing harm stands in ARCHITECTURE.md.
"""

import asyncio

from activities.common.clock import utc_now
from activities.content.source import TooMuchContentError
from activities.jobs.execution import JobExecution, express_owner
from activities.model.jobs import ExpressInput, Phase, Status
from activities.steps.content_reader import ContentPart, ContentReader
from activities.steps.errors import (
    JobTakenError,
    NotExpressError,
    PicturesToFetchError,
)
from activities.steps.implements import implements
from activities.steps.publication import Publication, StagedExport
from activities.steps.refusals import refusals_noted
from activities.steps.render_workspace import RenderWorkspace
from activities.steps.run_ownership import own_run_id
from activities.steps.snapshot_parts import keep_part
from activities.steps.unbroken import to_its_end
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import (
    EXPRESS,
    NOT_EXPRESS,
    ExportOutcome,
    ExpressTask,
    Slice,
    SnapshotPart,
    StagedFile,
)
from workflows.policies import EXPRESS_BYTES, EXPRESS_TIMEOUT

WORK_SECONDS = 0.75 * EXPRESS_TIMEOUT.total_seconds()
"""The longest that content and render may take together, so that nothing of it goes on when the
workflow has given the step up."""


class Express:
    """The express activity with what it needs."""

    def __init__(
        self,
        execution: JobExecution,
        reader: ContentReader,
        workspace: RenderWorkspace,
        storage: Storage,
        publication: Publication,
    ) -> None:
        self._execution = execution
        self._reader = reader
        self._workspace = workspace
        self._storage = storage
        self._publication = publication

    @implements(EXPRESS)
    async def express(self, task: ExpressTask) -> ExportOutcome:
        """Fetch, render and publish, once in the life of a workflow's run.

        Raises:
            NotExpressError: the run has tried before, the content is too large, or it takes too
                long; the export is to take the queues.
            PicturesToFetchError: the same, for the content refers to pictures; the snapshot is in
                storage.
            JobTakenError: the row belongs to somebody else by now, or is to be cancelled.
            Exception: whatever `make` and `publish` raise.
        """
        run_id = own_run_id()
        # Committed before anything else: what dies here does not come back here.
        claimed = await self._execution.claim_express(task.job_id, run_id, utc_now())
        if claimed is None:
            raise NotExpressError
        try:
            async with asyncio.timeout(WORK_SECONDS):
                export = await self._stage(task, claimed)
        except TimeoutError as error:
            raise NotExpressError from error
        if not claimed.is_first:
            await self._storage.remove_staging(task.job_id, keep=export.file.key)
        # Whoever owns the row by now may have looked for staged files before there was ours.
        owner = express_owner(run_id)
        if not await self._execution.is_owned(task.job_id, owner):
            await self._storage.delete(export.file.key)
            raise JobTakenError
        await to_its_end(self._publication.publish(export, owner))
        return ExportOutcome(Status.COMPLETED, export.file.size, export.file.sha256)

    async def _stage(self, task: ExpressTask, claimed: ExpressInput) -> StagedExport:
        everything = Slice(0, 0, len(claimed.content_ids))
        try:
            async with refusals_noted(self._execution, task.job_id):
                part = await self._reader.read(claimed, everything, EXPRESS_BYTES)
        except TooMuchContentError as error:
            raise NotExpressError from error
        if part.newest is None:
            if part.below_quality:
                await self._execution.note_warnings(
                    task.job_id, Phase.FETCHING, part.versions.chunk, part.warnings
                )
            raise part.why_empty
        if part.references:
            raise PicturesToFetchError(await self._kept(task, part), NOT_EXPRESS)
        job = self._workspace.job(
            task.job_id,
            task.format,
            claimed.render_input,
            inputs=1,
            newest=part.newest,
            made_of=part.made_of,
        )
        rendered = await self._workspace.render(job, lambda _: part.snapshot)
        # A name that no attempt of another step has.
        key = attempt_key(task.job_id, "express", own_run_id(), 1)
        with rendered.file as file:
            await self._storage.put(key, file)
        return StagedExport(
            job_id=task.job_id,
            owner_id=claimed.owner_id,
            format=task.format,
            options=claimed.options,
            title=claimed.title,
            items_total=everything.stop,
            created_at=claimed.created_at,
            file=StagedFile(key, rendered.size, rendered.sha256),
            fingerprint=part.versions.fingerprint,
            theme_sha256=claimed.theme.sha256 if claimed.theme is not None else None,
            is_delta=claimed.changes is not None,
            warnings=[*part.warnings, *rendered.warnings],
            items=part.versions,
        )

    async def _kept(self, task: ExpressTask, part: ContentPart) -> SnapshotPart:
        """What was read, in storage and noted, as a fetch leaves it."""
        owner = express_owner(own_run_id())
        await self._execution.note_items(task.job_id, owner, part.versions)
        if part.warnings:
            await self._execution.note_warnings(
                task.job_id,
                Phase.FETCHING,
                part.versions.chunk,
                part.warnings,
                part.poor_items,
            )
        return await keep_part(
            self._storage, part, lambda name: attempt_key(task.job_id, name, owner, 1)
        )
