"""Calling an activity by its name, with its policy and a line for the Temporal UI."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from temporalio import workflow

_T = TypeVar("_T")

# Past its deadline a step fails by its time-out, as it would have a moment before.
_SHORTEST = timedelta(milliseconds=1)


async def step(
    activity: str,
    *args: Any,
    result: type[_T],
    policy: Mapping[str, Any],
    summary: str,
    deadline: datetime | None = None,
) -> _T:
    """Run one activity to its end.

    Args:
        activity: one of the names in `contracts`.
        args: its argument, if it takes one.
        result: the type of what it returns.
        policy: one of the mappings in `policies`.
        summary: what operators read in the Temporal UI; holds no content.
        deadline: when it must have ended, however much time the policy would give it.

    Raises:
        temporalio.exceptions.ActivityError: it failed for good or was cancelled.
    """
    return cast(
        "_T",
        await workflow.execute_activity(
            activity, args=args, result_type=result, summary=summary, **_within(policy, deadline)
        ),
    )


async def local_step(
    activity: str,
    *args: Any,
    result: type[_T],
    policy: Mapping[str, Any],
    summary: str,
    deadline: datetime | None = None,
) -> _T:
    """Run one activity to its end in the worker that has the workflow; see `step`.

    It does not pass through a queue of the server and cannot heartbeat.
    """
    return cast(
        "_T",
        await workflow.execute_local_activity(
            activity, args=args, result_type=result, summary=summary, **_within(policy, deadline)
        ),
    )


def _within(policy: Mapping[str, Any], deadline: datetime | None) -> dict[str, Any]:
    options = dict(policy)
    if deadline is not None:
        left = max(deadline - workflow.now(), _SHORTEST)
        options["schedule_to_close_timeout"] = min(left, options["schedule_to_close_timeout"])
    return options
