"""Ties an activity to the step of a workflow that runs it.

Type checkers refuse an activity that takes or gives anything else than its step. It is the method
itself that Temporal gets, whose annotations tell it what to decode.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import activity

from workflows.contracts import In, Out, Step

_Self = TypeVar("_Self")
_Method = Callable[[_Self, In], Awaitable[Out]]
_MethodWithoutTask = Callable[[_Self], Awaitable[Out]]


def implements(
    step: Step[In, Out],
) -> Callable[[_Method[_Self, In, Out]], _Method[_Self, In, Out]]:
    """Make a method the activity of a step."""
    return activity.defn(name=step.name)


def implements_without_task(
    step: Step[None, Out],
) -> Callable[[_MethodWithoutTask[_Self, Out]], _MethodWithoutTask[_Self, Out]]:
    """Make a method the activity of a step that takes nothing."""
    return activity.defn(name=step.name)
