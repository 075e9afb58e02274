"""render: snapshot parts -> a fragment, or the whole file, under a staging key."""

from activities.steps.implements import implements
from activities.steps.made_of import NOT_KNOWN
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_workspace import WHOLE_FILE, RenderWorkspace
from workflows.contracts import RENDER, RenderTask, StagedFile


class Render:
    """The render activity with what it needs."""

    def __init__(self, workspace: RenderWorkspace) -> None:
        self._workspace = workspace

    @implements(RENDER)
    async def render(self, task: RenderTask) -> StagedFile:
        """Render snapshot parts into a fragment, or into the file when they are all of it.

        Raises:
            JobTakenError: the row no longer belongs to this run.
            RenderFailedError: the renderer raised, or its process ended.
            RenderTooCostlyError: it took more time or memory than it may.
            RenderNotSmallError: it belongs among the renders of large exports.
            WorkersLostError: worker after worker ended while it rendered this.
        """
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            render_input = await self._workspace.render_input(task)
            skips = render_input.options.on_item_error == "skip"
            made_of = NOT_KNOWN
            if task.newest is not None:
                made_of = await self._workspace.made_of(task.job_id, render_input)
            job = self._workspace.job(
                task.job_id,
                task.format,
                render_input,
                inputs=len(task.parts),
                newest=task.newest,
                chunk=task.chunk,
                left_out=attempt.poison_items() if skips else (),
                made_of=made_of,
            )
            return await self._workspace.make(
                attempt,
                job,
                self._workspace.stored(task.parts),
                name=_name(task),
                chunk=task.chunk,
                skips=skips,
                repeats=task.repeats,
            )


def _name(task: RenderTask) -> str:
    if task.is_member:
        return f"member-{task.chunk:04}"
    return WHOLE_FILE if task.newest else f"fragment-{task.chunk:04}"
