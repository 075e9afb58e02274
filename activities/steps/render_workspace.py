"""The parts that render and assemble share: the job's data, a child, staged results."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from time import perf_counter

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from activities.automation.receipts import Made, content_receipt, left
from activities.automation.signing_keys import NO_KEYS, SigningKeys
from activities.common import tracing
from activities.common.metrics import DURATION
from activities.jobs.execution import JobExecution
from activities.model.content_links import ContentLinks
from activities.model.item_versions import ItemVersion
from activities.model.job_formats import options_for, parts_left_out
from activities.model.jobs import Phase, RenderInput
from activities.model.options import RenderOptions
from activities.model.warnings import poor_items
from activities.steps.errors import RenderCrashedError, RenderNotSmallError
from activities.steps.made_of import NOT_KNOWN, MadeOf
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_limits import (
    PREVIEW_LIMITS,
    SMALL_SLOT_SECONDS,
    limits_of,
    outgrows_small_slot,
)
from activities.steps.render_messages import BrokenMessageError, RenderJob
from activities.steps.render_pool import Rendered, RenderPool
from activities.steps.render_progress import RenderProgress
from activities.steps.run_ownership import own_run_id, render_input_of
from activities.storage.keys import attempt_key, named_picture_key
from activities.storage.protocol import Storage
from workflows.contracts import (
    RENDER_SMALL_QUEUE,
    AssembleTask,
    Produced,
    RenderTask,
    StagedFile,
)

_options_encoder = _changes_encoder = msgspec.json.Encoder()
_NOTHING_YET = Produced()

WHOLE_FILE = "file"
"""The name under which `render` and `assemble` stage a finished file; fragments have others."""
MADE_FILE = "made"
"""The name under which `make` does: `render` may come after it, and count its attempts anew."""


class RenderWorkspace:
    """The render children and the storage of one render worker."""

    def __init__(
        self,
        execution: JobExecution,
        storage: Storage,
        pool: RenderPool,
        max_file_bytes: int,
        content_link_base: str = "",
        id_namespace: str = "",
        signing_keys: SigningKeys = NO_KEYS,
    ) -> None:
        self._storage = storage
        self._execution = execution
        self._pool = pool
        self._max_file_bytes = max_file_bytes
        self._content_link_base = content_link_base
        self._id_namespace = id_namespace
        self._signing_keys = signing_keys

    async def render_input(self, task: RenderTask | AssembleTask) -> RenderInput:
        """The data to render with.

        Raises:
            JobTakenError: the row no longer belongs to this run.
        """
        return await render_input_of(self._execution, task.job_id)

    async def enter(self, job_id: str, phase: Phase) -> None:
        """Write to the row which phase the job is in."""
        await self._execution.enter_phase(job_id, own_run_id(), phase)

    def stored(self, keys: Sequence[str]) -> Callable[[int], bytes]:
        """Gives what is stored under these keys, by its number, in a thread."""
        return lambda number: self._storage.read(keys[number])

    def job(
        self,
        job_id: str,
        format_id: str,
        render_input: RenderInput,
        *,
        inputs: int,
        newest: datetime | None,
        joins: bool = False,
        produced: Produced = _NOTHING_YET,
        left_out: Iterable[str] = (),
        chunk: int = 0,
        made_of: MadeOf = NOT_KNOWN,
        language: str = "",
    ) -> RenderJob:
        """What a child is to make, of a fragment with its place among them; see `RenderJob`.

        `made_of` is for its receipt, and for what it says of itself.
        """
        left_out = sorted(left_out)
        options = options_for(format_id, render_input.options)
        items_total, changes = len(render_input.content_ids), render_input.changes
        limits = limits_of(format_id, items_total, is_chunk=newest is None)
        links = ContentLinks(frozenset(render_input.content_ids), self._content_link_base)
        return RenderJob(
            job_id=job_id,
            format=format_id,
            options=_options_encoder.encode(options),
            theme=render_input.theme.data if render_input.theme is not None else b"",
            trace=tracing.ids(),
            changes=_changes_encoder.encode(changes) if changes is not None else b"",
            tells_changes=changes is not None and not joins and (newest is not None or not chunk),
            parts_left_out=parts_left_out(format_id, render_input.options),
            title=render_input.title,
            items_total=items_total,
            links=links,
            id_namespace=self._id_namespace,
            inputs=inputs,
            joins=joins,
            produced=produced,
            newest=newest,
            left_out=left_out,
            below_quality=list(made_of.below_quality),
            language=language,
            receipt=self._receipt(render_input, format_id, options, left(made_of.items, left_out)),
            max_file_bytes=self._max_file_bytes,
            cpu_seconds=limits.cpu_seconds,
        )

    def _receipt(
        self,
        render_input: RenderInput,
        format_id: str,
        options: RenderOptions,
        items: Sequence[ItemVersion],
    ) -> bytes:
        """What a file says of itself; nothing for a fragment, or where it is not asked for."""
        if not items or not options.receipt or not self._signing_keys.exist:
            return b""
        made = Made(
            owner_id=render_input.owner_id,
            content_owner_id=render_input.content_owner_id,
            issuer=self._id_namespace,
            format=format_id,
            options=options,
            items=items,
        )
        return content_receipt(made, self._signing_keys)

    async def made_of(self, job_id: str, render_input: RenderInput) -> MadeOf:
        """What was fetched for a job, as far as its file is to tell of it."""
        options = render_input.options
        items: Sequence[ItemVersion] = ()
        if options.receipt:
            items = await self._execution.items_of(job_id, render_input.content_ids) or ()
        gate = options.min_quality
        if gate is None:
            return MadeOf(items)
        _, noted = await self._execution.get_with_warnings(job_id)
        fetched = [each for each in noted if each.phase == Phase.FETCHING]
        return MadeOf(items, [item for each in fetched for item in poor_items(each, gate)])

    def _pictures(self, job_id: str) -> Callable[[str], bytes]:
        """Gives what is stored under the name that a snapshot part of the job has for a picture."""

        def read(name: str) -> bytes:
            key = named_picture_key(job_id, name)
            if key is None:
                raise BrokenMessageError
            return self._storage.read(key)

        return read

    async def render(self, job: RenderJob, read_input: Callable[[int], bytes]) -> Rendered:
        """Have a child write a file, of whose progress nobody is told; see `RenderPool.run`."""
        started = perf_counter()
        limits = limits_of(job.format, job.items_total, is_chunk=False)
        rendered = await self._pool.run(
            job, limits, read_input, RenderProgress(), _tell_nobody, self._pictures(job.job_id)
        )
        DURATION.labels(job.format, Phase.RENDERING.value).observe(perf_counter() - started)
        return rendered

    async def draw(self, job: RenderJob, read_input: Callable[[int], bytes]) -> bytes:
        """Have a child draw the first pages of a PDF; see `RenderPool.run`, `draw_first_pages`."""
        limits = PREVIEW_LIMITS
        job = msgspec.structs.replace(job, draws=True, cpu_seconds=limits.cpu_seconds)
        rendered = await self._pool.run(job, limits, read_input, RenderProgress(), _tell_nobody)
        with rendered.file as file:
            return file.read()

    async def make(
        self,
        attempt: RenderAttempt,
        job: RenderJob,
        read_input: Callable[[int], bytes],
        *,
        name: str,
        chunk: int = 0,
        skips: bool = False,
        repeats: bool = False,
    ) -> StagedFile:
        """Have a child write a file, and stage it under this attempt's own key.

        Args:
            attempt: the attempt that this is part of.
            job: what the child is to make.
            read_input: gives what it is made of, by its number, in a thread.
            name: under which the file is staged.
            chunk: the number of the chunk.
            skips: leave out items at which the child ended.
            repeats: another step may have left warnings of the same chunk.

        Raises:
            RenderFailedError: the renderer raised, or its process ended.
            RenderTooCostlyError: it took more time or memory than it may.
            RenderNotSmallError: it belongs among the renders of large exports.
        """
        phase = Phase.ASSEMBLING if job.joins else Phase.RENDERING

        async def tell(items_done: int) -> None:
            try:
                await self._execution.note_progress(job.job_id, phase, chunk, items_done)
            except SQLAlchemyError:
                return  # progress is worth less than the render

        started = perf_counter()
        limits = limits_of(job.format, job.items_total, is_chunk=job.newest is None)
        if activity.info().task_queue == RENDER_SMALL_QUEUE:
            limits = msgspec.structs.replace(limits, slot_seconds=SMALL_SLOT_SECONDS)
            read_input = _small(read_input, job)
        while True:
            try:
                rendered = await self._pool.run(
                    job, limits, read_input, attempt.progress, tell, self._pictures(job.job_id)
                )
            except RenderCrashedError as error:
                # Unlike a worker's, the end of a child is certainly its renderer's doing.
                if not skips or not error.item_id or error.item_id in job.left_out:
                    raise
                left_out = [*job.left_out, error.item_id]
                job = msgspec.structs.replace(job, left_out=left_out)
            else:
                break
        info = activity.info()
        number = info.attempt
        with rendered.file as file:
            if job.newest is None:
                done = attempt.progress.items_done
                await self._execution.note_progress(job.job_id, phase, chunk, done)
            if rendered.warnings or number > 1 or repeats:
                await self._execution.note_warnings(job.job_id, phase, chunk, rendered.warnings)
            # Where a step is moved from one queue to the other, its attempts are counted anew.
            key = attempt_key(job.job_id, name, f"{own_run_id()}.{info.activity_id}", number)
            await self._storage.put(key, file)
        DURATION.labels(job.format, phase.value).observe(perf_counter() - started)
        return StagedFile(key, rendered.size, rendered.sha256, rendered.produced)


def _small(read_input: Callable[[int], bytes], job: RenderJob) -> Callable[[int], bytes]:
    """Gives the same, or raises `RenderNotSmallError` when it is more content than is small."""
    bytes_read = 0

    def read(number: int) -> bytes:
        nonlocal bytes_read
        data = read_input(number)
        bytes_read += len(data)
        if not job.joins and outgrows_small_slot(job.format, bytes_read):
            raise RenderNotSmallError
        return data

    return read


async def _tell_nobody(_items_done: int) -> None:
    """Nobody would see it: it takes less than a second."""
