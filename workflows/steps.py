"""Running a step of a workflow, with its policy and a line for the Temporal UI."""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.workflow import ActivityConfig, LocalActivityConfig

from workflows.contracts import In, Out, Step

# Past its deadline a step fails by its time-out, as it would have a moment before.
_SHORTEST = timedelta(milliseconds=1)


async def run_step(
    step: Step[In, Out],
    task: In,
    *,
    policy: ActivityConfig,
    summary: str,
    deadline: datetime | None = None,
) -> Out:
    """Run one activity to its end.

    Args:
        step: the step to run.
        task: its argument; None for a step that takes none.
        policy: its queue, timeouts and retries, from `policies`.
        summary: the line that operators read in the Temporal UI; holds no content.
        deadline: the time at which it must have ended, however much the policy would give it.

    Raises:
        temporalio.exceptions.ActivityError: it failed for good or was cancelled.
    """
    options: ActivityConfig = {**policy, "summary": summary}
    if deadline is not None:
        options["schedule_to_close_timeout"] = _time_left(
            deadline, policy["schedule_to_close_timeout"]
        )
    result: Out = await workflow.execute_activity(
        step.name, args=_arguments(task), result_type=step.gives, **options
    )
    return result


async def run_local_step(
    step: Step[In, Out],
    task: In,
    *,
    policy: LocalActivityConfig,
    summary: str,
    deadline: datetime | None = None,
) -> Out:
    """Run one activity to its end in the worker that has the workflow; see `run_step`.

    It does not pass through a queue of the server and cannot heartbeat.
    """
    options: LocalActivityConfig = {**policy, "summary": summary}
    if deadline is not None:
        options["schedule_to_close_timeout"] = _time_left(
            deadline, policy["schedule_to_close_timeout"]
        )
    result: Out = await workflow.execute_local_activity(
        step.name, args=_arguments(task), result_type=step.gives, **options
    )
    return result


def _arguments(task: object) -> list[object]:
    return [] if task is None else [task]


def _time_left(deadline: datetime, timeout: timedelta | None) -> timedelta:
    left = max(deadline - workflow.now(), _SHORTEST)
    return left if timeout is None else min(left, timeout)
