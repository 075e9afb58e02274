"""assemble: fragments -> the whole file under a staging key."""

from io import BytesIO
from typing import Any, BinaryIO, cast

from activities.formats.catalog import load
from activities.formats.protocol import ChunkRenderer
from activities.model.jobs import Phase
from activities.steps.implements import implements
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_thread import ProgressReporter
from activities.steps.render_workspace import WHOLE_FILE, RenderWorkspace
from workflows.contracts import ASSEMBLE, AssembleTask, StagedFile


class Assemble:
    """The assemble activity with what it needs."""

    def __init__(self, workspace: RenderWorkspace) -> None:
        self._workspace = workspace

    @implements(ASSEMBLE)
    async def assemble(self, task: AssembleTask) -> StagedFile:
        """Join the fragments, in order, into the file.

        Raises:
            JobTakenError: the row no longer belongs to this run.
            RenderFailedError: the renderer raised.
            WorkersLostError: worker after worker ended while it assembled this.
        """
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            render_input = await self._workspace.render_input(task)
            await self._workspace.enter(task.job_id, Phase.ASSEMBLING)
            renderer = cast("ChunkRenderer[Any]", load(task.format))

            def write_file(out: BinaryIO, report: ProgressReporter) -> None:
                fragments = (BytesIO(self._workspace.storage.read(key)) for key in task.fragments)
                export = self._workspace.export_of(render_input, task.newest)
                renderer.join(fragments, export, out, report)

            return await self._workspace.make(
                attempt, task, Phase.ASSEMBLING, 0, WHOLE_FILE, write_file
            )
