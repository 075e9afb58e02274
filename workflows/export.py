"""ExportWorkflow: one frozen snapshot of an owner's content becomes one file, exactly once."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from workflows import policies
    from workflows.bundles import bundled, bundled_file
    from workflows.contracts import (
        ABANDON,
        ASSEMBLE,
        BUILD_WITHOUT_MAKE,
        BUNDLE_FILES,
        COMPARE,
        EXPORT_WORKFLOW,
        EXPRESS,
        FETCH,
        FREEZE_PICTURES,
        MAKE,
        NOTHING_FETCHED,
        NOTHING_GOOD_ENOUGH,
        PUBLISH,
        RENDER,
        AbandonTask,
        AssembleTask,
        BundledFile,
        BundleTask,
        ErrorType,
        ExportOutcome,
        ExportRequest,
        ExpressTask,
        FetchTask,
        FrozenPictures,
        JobTask,
        LeftOut,
        MadeFile,
        MakeTask,
        PicturesTask,
        Produced,
        PublishTask,
        RenderTask,
        Slice,
        SnapshotPart,
        StagedFile,
        combined,
    )
    from workflows.failures import cause_of, reason_of
    from workflows.rendering import run_render
    from workflows.steps import run_local_step, run_step

_T = TypeVar("_T")

_FETCHED_APART = (ErrorType.SOURCE_UNAVAILABLE, policies.NOT_REGISTERED)
_EXPRESS_FINAL = (
    ErrorType.CONTENT_NOT_FOUND,
    ErrorType.NO_CONTENT_MATCHED,
    ErrorType.QUALITY_TOO_LOW,
    ErrorType.SOURCE_BROKEN,
    ErrorType.TOO_LARGE,
    ErrorType.BYTES_LIMIT,
    ErrorType.JOB_TAKEN,
)


@workflow.defn(name=EXPORT_WORKFLOW)
class ExportWorkflow:
    """Fetch, render, assemble, publish; or abandon, which leaves nothing behind.

    It only decides: it sees ids, keys and counts, never content.
    """

    def __init__(self) -> None:
        self._deadline: datetime | None = None
        self._fetched: SnapshotPart | None = None
        """All content, when a step read it that was to make the file and found pictures to wait
        for."""

    @workflow.run
    async def run(self, request: ExportRequest) -> ExportOutcome:
        """Make the file of one job.

        Raises:
            ApplicationError: the job failed; the type is the job's error code.
            asyncio.CancelledError: the job was cancelled.
        """
        asyncio.get_running_loop().set_exception_handler(pass_over_steps)
        if request.max_seconds is not None:
            self._deadline = workflow.now() + timedelta(seconds=request.max_seconds)
        failure: BaseException | None = None
        try:
            outcome = await self._express(request) if request.express else None
            outcome = outcome or await self._take_queues(request)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001
            # Not BaseException: Temporal evicts a workflow with one.
            failure = error
            outcome = await self._abandon(request, error)
        self._show(request, outcome.status)
        # The row has the last word: it may have completed just before the failure.
        if failure is not None and outcome.status == "cancelled" and _cancel_requested():
            raise asyncio.CancelledError
        if failure is not None and outcome.status == "failed":
            code, detail = reason_of(failure)
            raise ApplicationError(detail, type=code, non_retryable=True)
        return outcome

    async def _take_queues(self, request: ExportRequest) -> ExportOutcome:
        if request.compares:
            request = await self._compared(request)
        made = await self._make_file(request)
        self._stop_if_cancelled()
        if request.max_bytes is not None and made.file.size > request.max_bytes:
            raise ApplicationError(
                f"The file of {request.items_total} items has {made.file.size:,} bytes.",
                type=ErrorType.TOO_LARGE,
                non_retryable=True,
            )
        return await self._publish(request, made)

    async def _compared(self, request: ExportRequest) -> ExportRequest:
        """The request for what is known to have changed."""
        self._show(request, "comparing")
        compared = await run_step(
            COMPARE,
            JobTask(request.job_id, request_id=request.request_id),
            policy=policies.IO,
            deadline=self._deadline,
            summary=f"compare {request.items_total} items with an earlier export",
        )
        self._stop_if_cancelled()
        return msgspec.structs.replace(request, items_total=compared.items_total, compares=False)

    async def _express(self, request: ExportRequest) -> ExportOutcome | None:
        """The outcome; None when the export is to take the queues."""
        self._show(request, "fetching, rendering and publishing")
        try:
            return await run_local_step(
                EXPRESS,
                ExpressTask(request.job_id, request.format, request_id=request.request_id),
                policy=policies.EXPRESS,
                deadline=self._deadline,
                summary=f"fetch, render and publish {request.items_total} items",
            )
        except (ActivityError, ApplicationError) as error:
            cause = cause_of(error)
            final = isinstance(cause, ApplicationError) and cause.type in _EXPRESS_FINAL
            if final or is_cancelled_exception(error):
                raise
            if isinstance(cause, ApplicationError) and cause.next_retry_delay:
                await self._pause(request, cause.next_retry_delay)
            self._fetched = _fetched_before(cause)
        self._stop_if_cancelled()
        return None

    async def _pause(self, request: ExportRequest, pause: timedelta) -> None:
        """Ask the content source no more before it wants to be asked."""
        self._show(request, "waiting for the content source")
        if self._deadline is not None:
            pause = min(pause, max(self._deadline - workflow.now(), timedelta()))
        await workflow.sleep(pause)

    async def _make_file(self, request: ExportRequest) -> MadeFile:
        slices = policies.slices(request)
        makes_in_one = request.makes_in_one and len(slices) == 1 and not _began_without_make()
        if makes_in_one and self._fetched is None:
            made = await self._make(request, slices[0])
            if made is not None:
                return made
            self._stop_if_cancelled()
        if len(slices) == 1 or not request.chunked:
            self._show(request, "fetching")
            parts = (
                [self._fetched]
                if self._fetched
                else await self._fetch_all(request, slices, repeats=makes_in_one)
            )
            self._stop_if_cancelled()
            pictures = await self._freeze_pictures(request, parts)
            self._show(request, "rendering")
            if request.members:
                file = await self._bundle(request, parts, pictures)
            else:
                file = await self._render(
                    request, parts, pictures, whole=True, repeats=makes_in_one
                )
            return _made_of(file, parts, pictures)
        self._show(request, "fetching and rendering")
        begun = await _all([self._piece(request, piece, len(slices)) for piece in slices])
        self._stop_if_cancelled()
        parts = [part for part, _ in begun]
        pictures = await self._freeze_pictures(request, parts)
        fragments = await self._fragments(request, begun, pictures)
        self._stop_if_cancelled()
        self._show(request, "assembling")
        assemble = AssembleTask(
            request.job_id,
            request.format,
            fragments=[fragment.key for fragment in fragments],
            newest=_newest(parts),
            produced=sum((fragment.produced for fragment in fragments), Produced()),
            first_tag=next((part.first_tag for part in parts if part.first_tag), ""),
            request_id=request.request_id,
        )
        file = await run_render(
            ASSEMBLE,
            assemble,
            request=request,
            policy=policies.RENDERING,
            deadline=self._deadline,
            summary=f"assemble {len(fragments)} chunks",
        )
        return _made_of(file, parts, pictures)

    async def _make(self, request: ExportRequest, piece: Slice) -> MadeFile | None:
        """The file; None when it is to be fetched apart from rendering."""
        self._show(request, "fetching and rendering")
        try:
            return await run_render(
                MAKE,
                MakeTask(
                    request.job_id,
                    request.format,
                    piece,
                    repeats=request.express,
                    request_id=request.request_id,
                ),
                request=request,
                policy=policies.MAKING,
                deadline=self._deadline,
                summary=f"fetch and render {piece.stop} items",
            )
        except ActivityError as error:
            cause = error.cause
            if isinstance(cause, ApplicationError) and cause.type in _FETCHED_APART:
                self._fetched = _fetched_before(cause)
                return None
            raise

    async def _piece(
        self, request: ExportRequest, piece: Slice, count: int
    ) -> tuple[SnapshotPart, StagedFile | None]:
        """A part and its fragment; None when it waits for the pictures of the whole export."""
        part = await self._fetch(request, piece, count)
        self._stop_if_cancelled()
        if part.references:
            return part, None
        fragment = await self._render(request, [part], whole=False, chunk=piece.chunk, count=count)
        return part, fragment

    async def _fragments(
        self,
        request: ExportRequest,
        begun: Sequence[tuple[SnapshotPart, StagedFile | None]],
        pictures: FrozenPictures | None,
    ) -> list[StagedFile]:
        """All fragments in order, of which those are rendered now that waited for pictures."""
        waiting = iter(
            await _all(
                [
                    self._render(
                        request, [part], pictures, whole=False, chunk=chunk, count=len(begun)
                    )
                    for chunk, (part, fragment) in enumerate(begun)
                    if fragment is None
                ]
            )
        )
        return [next(waiting) if fragment is None else fragment for _, fragment in begun]

    async def _freeze_pictures(
        self, request: ExportRequest, parts: Sequence[SnapshotPart]
    ) -> FrozenPictures | None:
        """Fetch each picture once for all parts; None when these refer to none."""
        references = [part.references for part in parts if part.references]
        if not references:
            return None
        self._show(request, "fetching pictures")
        pictures = await run_step(
            FREEZE_PICTURES,
            PicturesTask(
                request.job_id,
                references,
                snapshots=[part.key for part in parts if part.references],
                request_id=request.request_id,
            ),
            policy=policies.IO,
            deadline=self._deadline,
            summary="fetch pictures",
        )
        self._stop_if_cancelled()
        return pictures

    async def _fetch_all(
        self, request: ExportRequest, slices: Sequence[Slice], *, repeats: bool
    ) -> list[SnapshotPart]:
        return await _all(
            [self._fetch(request, piece, len(slices), repeats=repeats) for piece in slices]
        )

    async def _fetch(
        self, request: ExportRequest, piece: Slice, count: int, *, repeats: bool = False
    ) -> SnapshotPart:
        return await run_step(
            FETCH,
            FetchTask(request.job_id, piece, repeats, request_id=request.request_id),
            policy=policies.IO,
            deadline=self._deadline,
            summary=f"fetch chunk {piece.chunk + 1}/{count}",
        )

    async def _render(
        self,
        request: ExportRequest,
        parts: Sequence[SnapshotPart],
        pictures: FrozenPictures | None = None,
        *,
        whole: bool,
        chunk: int = 0,
        count: int = 1,
        repeats: bool = False,
        member: str = "",
    ) -> StagedFile:
        render = RenderTask(
            request.job_id,
            member or request.format,
            parts=[*([pictures.key] if pictures else []), *(part.key for part in parts)],
            chunk=chunk,
            newest=_newest(parts) if whole else None,
            repeats=repeats,
            is_member=bool(member),
            request_id=request.request_id,
        )
        return await run_render(
            RENDER,
            render,
            request=request,
            policy=policies.RENDERING,
            deadline=self._deadline,
            summary=f"render {member}" if member else f"render chunk {chunk + 1}/{count}",
        )

    async def _bundle(
        self,
        request: ExportRequest,
        parts: Sequence[SnapshotPart],
        pictures: FrozenPictures | None,
    ) -> StagedFile:
        def file(number: int) -> Coroutine[Any, Any, BundledFile | LeftOut]:
            return bundled_file(
                request,
                number,
                lambda: self._render(
                    request,
                    parts,
                    pictures,
                    whole=True,
                    chunk=number,
                    member=request.members[number],
                ),
            )

        made = bundled(await _all([file(number) for number in range(len(request.members))]))
        self._stop_if_cancelled()
        self._show(request, "assembling")
        return await run_step(
            BUNDLE_FILES,
            BundleTask(
                request.job_id,
                request.format,
                made.files,
                made.left_out,
                newest=_newest(parts),
                request_id=request.request_id,
            ),
            policy=policies.IO,
            deadline=self._deadline,
            summary=f"put {len(made.files)} files into one",
        )

    async def _publish(self, request: ExportRequest, made: MadeFile) -> ExportOutcome:
        self._show(request, "publishing")
        return await run_local_step(
            PUBLISH,
            PublishTask(
                request.job_id,
                request.format,
                made.file,
                made.fingerprint,
                request_id=request.request_id,
            ),
            policy=policies.PUBLISHING,
            deadline=self._deadline,
            summary=f"publish {made.file.size:,} bytes",
        )

    async def _abandon(self, request: ExportRequest, error: BaseException) -> ExportOutcome:
        cancelled = is_cancelled_exception(error)
        code, detail = ("", "") if cancelled else reason_of(error)
        self._show(request, "cancelling" if cancelled else f"failing: {code}")
        abandoning = asyncio.create_task(
            run_step(
                ABANDON,
                AbandonTask(
                    request.job_id,
                    request.format,
                    cancelled,
                    code,
                    detail,
                    request_id=request.request_id,
                ),
                policy=policies.CLEANUP,
                summary="remove what is in storage and end the job",
            )
        )
        try:
            return await asyncio.shield(abandoning)
        except asyncio.CancelledError:
            # A job that failed is cancelled only now: that must not stop the cleaning up.
            return await abandoning

    @staticmethod
    def _show(request: ExportRequest, state: str) -> None:
        workflow.set_current_details(
            f"**{state}** · {request.format} · {request.items_total} items · job `{request.job_id}`"
        )

    @staticmethod
    def _stop_if_cancelled() -> None:
        # An activity that finishes in spite of a cancel swallows it, so ask after each step.
        if _cancel_requested():
            raise asyncio.CancelledError


def pass_over_steps(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log nothing of a step that failed in the moment in which its export was cancelled.

    The SDK awaits its result no longer then, and asyncio takes that for an oversight.
    """
    if not isinstance(context.get("exception"), ActivityError):
        loop.default_exception_handler(context)


def _cancel_requested() -> bool:
    return workflow.cancellation_reason() is not None


async def _all(work: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Run some at a time; when one fails or all are cancelled, stop the rest and wait for them.

    Cleaning up while a sibling still writes would leave its file behind.
    """
    gate = asyncio.Semaphore(policies.CHUNKS_AT_ONCE)

    async def one(step: Coroutine[Any, Any, _T]) -> _T:
        async with gate:
            return await step

    tasks = [asyncio.create_task(one(step)) for step in work]
    try:
        return await asyncio.gather(*tasks)
    except (Exception, asyncio.CancelledError):
        # Not whenever it ends: a worker that is given up drops its workflows where they stand, and
        # one that went on awaiting then would do so in the workflow that happens to run.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    finally:
        for coroutine in work:
            coroutine.close()  # those that were never started


def _began_without_make() -> bool:
    """True if a worker of an older version began this export, which goes on as it began."""
    version = workflow.info().get_current_deployment_version()
    return version is not None and version.build_id == BUILD_WITHOUT_MAKE


def _made_of(
    file: StagedFile, parts: Sequence[SnapshotPart], pictures: FrozenPictures | None
) -> MadeFile:
    fingerprints = [part.fingerprint for part in parts]
    if pictures is not None:
        fingerprints.append(pictures.fingerprint)
    return MadeFile(file, combined(fingerprints) if all(fingerprints) else "")


def _newest(parts: Sequence[SnapshotPart]) -> datetime:
    """The time at which the newest of the content was changed, in UTC.

    Raises:
        ApplicationError: every item was skipped, so there is nothing to make a file of.
    """
    times = [part.newest for part in parts if part.newest is not None]
    if not times:
        is_poor = any(part.below_quality for part in parts)
        raise ApplicationError(
            NOTHING_GOOD_ENOUGH if is_poor else NOTHING_FETCHED,
            type=ErrorType.NO_CONTENT_MATCHED if is_poor else ErrorType.CONTENT_NOT_FOUND,
            non_retryable=True,
        )
    return max(times)


def _fetched_before(cause: BaseException | None) -> SnapshotPart | None:
    """What a step read before it left the export to others."""
    details = cause.details if isinstance(cause, ApplicationError) else ()
    return msgspec.convert(details[0], SnapshotPart) if details else None
