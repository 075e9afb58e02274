"""Calling an activity by its name, with its policy and a line for the Temporal UI."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from temporalio import workflow

_T = TypeVar("_T")


async def step(
    activity: str,
    *args: Any,
    result: type[_T],
    policy: Mapping[str, Any],
    summary: str,
) -> _T:
    """Run one activity to its end.

    Args:
        activity: one of the names in `contracts`.
        args: its argument, if it takes one.
        result: the type of what it returns.
        policy: one of the mappings in `policies`.
        summary: what operators read in the Temporal UI; holds no content.

    Raises:
        temporalio.exceptions.ActivityError: it failed for good or was cancelled.
    """
    return cast(
        "_T",
        await workflow.execute_activity(
            activity, args=args, result_type=result, summary=summary, **policy
        ),
    )
