"""The parts that render and assemble share: the job's data, a child, staged results."""

from collections.abc import Sequence
from datetime import datetime
from time import perf_counter

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from activities.common.metrics import DURATION
from activities.jobs.execution import JobExecution
from activities.model.catalog import formats
from activities.model.jobs import Phase, RenderInput
from activities.steps.errors import JobTakenError, RenderCrashedError
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_limits import limits_of
from activities.steps.render_messages import RenderJob
from activities.steps.render_pool import Rendered, RenderPool
from activities.steps.run_ownership import own_run_id, take_over
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import AssembleTask, RenderTask, StagedFile

_options_encoder = msgspec.json.Encoder()

WHOLE_FILE = "file"
"""The name under which a finished file is staged; fragments have others."""


class RenderWorkspace:
    """The render children and the storage of one render worker."""

    def __init__(
        self, execution: JobExecution, storage: Storage, pool: RenderPool, max_file_bytes: int
    ) -> None:
        self._storage = storage
        self._execution = execution
        self._pool = pool
        self._max_file_bytes = max_file_bytes

    async def render_input(self, task: RenderTask | AssembleTask) -> RenderInput:
        """The data to render with.

        Raises:
            JobTakenError: the row no longer belongs to this run.
        """
        render_input = await self._execution.render_input(task.job_id, own_run_id())
        if render_input is None and await take_over(self._execution, task.job_id):
            render_input = await self._execution.render_input(task.job_id, own_run_id())
        if render_input is None:
            raise JobTakenError
        entry = formats().get(task.format)
        if entry is None:
            return render_input
        return msgspec.structs.replace(render_input, options=entry.narrowed(render_input.options))

    async def enter(self, job_id: str, phase: Phase) -> None:
        """Write to the row which phase the job is in."""
        await self._execution.enter_phase(job_id, own_run_id(), phase)

    def job(
        self,
        task: RenderTask | AssembleTask,
        render_input: RenderInput,
        inputs: int,
        newest: datetime | None,
    ) -> RenderJob:
        """What a child is to make of so many inputs."""
        limits = limits_of(task.format, render_input.items_total, is_chunk=newest is None)
        return RenderJob(
            job_id=task.job_id,
            format=task.format,
            options=_options_encoder.encode(render_input.options),
            title=render_input.title,
            items_total=render_input.items_total,
            inputs=inputs,
            joins=isinstance(task, AssembleTask),
            newest=newest,
            left_out=[],
            max_file_bytes=self._max_file_bytes,
            cpu_seconds=limits.cpu_seconds,
        )

    async def make(
        self,
        attempt: RenderAttempt,
        job: RenderJob,
        inputs: Sequence[str],
        *,
        chunk: int = 0,
        skips: bool = False,
    ) -> StagedFile:
        """Have a child write a file, and stage it under this attempt's own key.

        Args:
            attempt: the attempt that this is part of.
            job: what the child is to make.
            inputs: the storage keys of what it is made of.
            chunk: the number of the chunk.
            skips: leave out items at which the child ended.

        Raises:
            RenderFailedError: the renderer raised, or its process ended.
            RenderTooCostlyError: it took more time or memory than it may.
        """
        phase = Phase.ASSEMBLING if job.joins else Phase.RENDERING
        name = WHOLE_FILE if job.newest else f"fragment-{chunk:04}"

        async def tell(items_done: int) -> None:
            try:
                await self._execution.note_progress(job.job_id, phase, chunk, items_done)
            except SQLAlchemyError:
                return  # progress is worth less than the render

        def read(number: int) -> bytes:
            return self._storage.read(inputs[number])

        started = perf_counter()
        limits = limits_of(job.format, job.items_total, is_chunk=job.newest is None)
        while True:
            try:
                rendered = await self._pool.run(job, limits, read, attempt.progress, tell)
            except RenderCrashedError as error:
                # Unlike a worker's, the end of a child is certainly its renderer's doing.
                if not skips or not error.item_id or error.item_id in job.left_out:
                    raise
                left_out = [*job.left_out, error.item_id]
                job = msgspec.structs.replace(job, left_out=left_out)
            else:
                break
        file = await self._stage(attempt, job, rendered, phase, chunk, name)
        DURATION.labels(job.format, phase.value).observe(perf_counter() - started)
        return file

    async def _stage(
        self,
        attempt: RenderAttempt,
        job: RenderJob,
        rendered: Rendered,
        phase: Phase,
        chunk: int,
        name: str,
    ) -> StagedFile:
        number = activity.info().attempt
        key = attempt_key(job.job_id, name, own_run_id(), number)
        with rendered.file as file:
            if name != WHOLE_FILE:
                done = attempt.progress.items_done
                await self._execution.note_progress(job.job_id, phase, chunk, done)
            if rendered.warnings or number > 1:
                await self._execution.note_warnings(job.job_id, phase, chunk, rendered.warnings)
            await self._storage.put(key, file)
            return StagedFile(key, rendered.size, rendered.sha256)
