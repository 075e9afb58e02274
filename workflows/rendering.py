"""The queue that each render goes to.

Renders of small exports have a queue and a slot of each render worker to themselves, so that none
waits for a large one. An estimate may be wrong: what takes too long there is stopped by the worker
(`NOT_SMALL`) and begins again among the large ones.
"""

from datetime import datetime
from typing import TypeVar

import msgspec
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    TimeoutError,  # noqa: A004 - Temporal's name
    TimeoutType,
)
from temporalio.workflow import ActivityConfig

from workflows.contracts import (
    NOT_SMALL,
    AssembleTask,
    ExportRequest,
    MakeTask,
    Out,
    RenderTask,
    Step,
)
from workflows.policies import AMONG_SMALL, OUTGROWN, is_small
from workflows.steps import run_step

_Task = TypeVar("_Task", MakeTask, RenderTask, AssembleTask)


async def run_render(
    step: Step[_Task, Out],
    task: _Task,
    *,
    request: ExportRequest,
    policy: ActivityConfig,
    summary: str,
    deadline: datetime | None = None,
) -> Out:
    """Run an activity of the render workers to its end; see `run_step`.

    Args:
        step: the step to run.
        task: its argument.
        request: the export that it is part of, which decides about the queue.
        policy: its timeouts and retries, and the queue that it goes to if the export is not small.
        summary: see `run_step`.
        deadline: see `run_step`.

    Raises:
        temporalio.exceptions.ActivityError: it failed for good or was cancelled.
    """
    if is_small(request):
        try:
            return await run_step(
                step, task, policy={**policy, **AMONG_SMALL}, summary=summary, deadline=deadline
            )
        except ActivityError as error:
            match error.cause:
                case ApplicationError(type=code) if code == NOT_SMALL:
                    policy = {**policy, "priority": OUTGROWN}
                case TimeoutError(type=TimeoutType.SCHEDULE_TO_START):
                    pass
                case _:
                    raise
            task = msgspec.structs.replace(task, repeats=True)
    return await run_step(step, task, policy=policy, summary=summary, deadline=deadline)
