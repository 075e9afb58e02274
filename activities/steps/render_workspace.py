"""The parts that render and assemble share: a thread, scratch files, staged results."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from time import perf_counter
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec
from sqlalchemy.exc import SQLAlchemyError
from temporalio import activity

from activities.common.metrics import DURATION
from activities.formats.protocol import Export
from activities.jobs.execution import JobExecution
from activities.model.catalog import formats
from activities.model.jobs import Phase, RenderInput
from activities.model.options import RenderOptions
from activities.steps.errors import ExportTooLargeError, JobTakenError
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_thread import ProgressReporter, RenderThread
from activities.steps.run_ownership import own_run_id, take_over
from activities.storage.digests import sha256_of
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from workflows.contracts import AssembleTask, RenderTask, StagedFile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Bytes: files up to this size never touch the scratch directory.
_IN_MEMORY = 4 * 1024 * 1024

WHOLE_FILE = "file"
"""The name under which a finished file is staged; fragments have others."""


class _ScratchFile(SpooledTemporaryFile[bytes]):
    def __init__(self, directory: Path, most_bytes: int) -> None:
        super().__init__(max_size=_IN_MEMORY, dir=str(directory))
        self._most_bytes = most_bytes

    def write(self, data: "ReadableBuffer") -> int:
        written = super().write(data)
        if self.tell() > self._most_bytes:
            raise ExportTooLargeError
        return written

    def writelines(self, lines: "Iterable[ReadableBuffer]") -> None:
        # The base's own does not call `write`.
        for line in lines:
            self.write(line)


class RenderWorkspace:
    """The thread, scratch files and storage of one render worker."""

    def __init__(
        self, execution: JobExecution, storage: Storage, scratch: Path, max_file_bytes: int
    ) -> None:
        self.storage = storage
        self._execution = execution
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._scratch = scratch
        self._max_file_bytes = max_file_bytes
        self._thread = RenderThread()

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

    def scratch_file(self) -> BinaryIO:
        """A temporary file without a name: a killed worker leaves nothing behind.

        Writing more to it than an export may have raises `ExportTooLargeError`.
        """
        return cast("BinaryIO", _ScratchFile(self._scratch, self._max_file_bytes))

    def export_of(self, render_input: RenderInput, newest: datetime) -> Export[RenderOptions]:
        """The properties of the export that a renderer is given."""
        return Export(
            options=render_input.options,
            items_total=render_input.items_total,
            snapshot_time=newest.astimezone(UTC),
            title=render_input.title,
            scratch_file=self.scratch_file,
        )

    async def make(
        self,
        attempt: RenderAttempt,
        task: RenderTask | AssembleTask,
        phase: Phase,
        chunk: int,
        name: str,
        write: Callable[[BinaryIO, ProgressReporter], None],
    ) -> StagedFile:
        """Write a file in the render thread and stage it under this attempt's own key.

        Raises:
            RenderFailedError: `write` raised.
        """

        async def tell(items_done: int) -> None:
            try:
                await self._execution.note_progress(task.job_id, phase, chunk, items_done)
            except SQLAlchemyError:
                return  # progress is worth less than the render

        started = perf_counter()
        with self.scratch_file() as out:

            def work(report: ProgressReporter) -> tuple[int, str]:
                write(out, report)
                digest = sha256_of(out)
                return out.seek(0, 2), digest

            report = attempt.report
            size, digest = await self._thread.run(work, report, tell)
            key = attempt_key(task.job_id, name, own_run_id(), activity.info().attempt)
            if name != WHOLE_FILE:
                await self._execution.note_progress(task.job_id, phase, chunk, report.items_done)
            if report.warnings or activity.info().attempt > 1:
                warnings = list(report.warnings)
                await self._execution.note_warnings(task.job_id, phase, chunk, warnings)
            await self.storage.put(key, out)
        DURATION.labels(task.format, phase.value).observe(perf_counter() - started)
        return StagedFile(key, size, digest)
