"""assemble: fragments -> the whole file under a staging key."""

from activities.model.jobs import Phase
from activities.steps.implements import implements
from activities.steps.render_attempt import RenderAttempt
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
            RenderFailedError: the renderer raised, or its process ended.
            RenderTooCostlyError: it took more time or memory than it may.
            RenderNotSmallError: it belongs among the renders of large exports.
            WorkersLostError: worker after worker ended while it assembled this.
        """
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            render_input = await self._workspace.render_input(task)
            await self._workspace.enter(task.job_id, Phase.ASSEMBLING)
            job = self._workspace.job(
                task.job_id,
                task.format,
                render_input,
                inputs=len(task.fragments),
                newest=task.newest,
                joins=True,
                produced=task.produced,
                made_of=await self._workspace.made_of(task.job_id, render_input),
                language=task.first_tag,
            )
            return await self._workspace.make(
                attempt,
                job,
                self._workspace.stored(task.fragments),
                name=WHOLE_FILE,
                repeats=task.repeats,
            )
