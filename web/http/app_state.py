"""The objects of one application for code that cannot name them as parameters.

Handlers name services as parameters. Guards, exception handlers and what these call have only the
connection: for them a few objects stand in the application's state, by their types.
"""

from typing import Any, TypeVar

from litestar.connection import ASGIConnection
from litestar.datastructures import State

T = TypeVar("T")

AnyConnection = ASGIConnection[Any, Any, Any, Any]
"""A connection, authenticated or not."""


def hold(state: State, held: object) -> None:
    """Put an object where `held` finds it: it is the only one of its type."""
    state[type(held).__name__] = held


def held(state: State, kind: type[T]) -> T:
    """The object of this type that the application holds.

    Here, and nowhere else, what the state has gets a type.

    Raises:
        KeyError: there is none, because the application has not started yet.
    """
    found: object = state[kind.__name__]
    assert isinstance(found, kind)
    return found
