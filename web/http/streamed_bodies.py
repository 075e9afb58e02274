"""Telling the connection that a handler takes a body piece by piece, and keeps none of it."""

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

_STREAMED: Final = "export.body_is_streamed"


def stream_body(state: MutableMapping[str, Any]) -> None:
    """Say it, before the body is read: what was read of it does not count as memory then.

    Args:
        state: of the request's scope.
    """
    state[_STREAMED] = True


def is_streamed(state: Mapping[str, Any]) -> bool:
    """Whether that was said of a request."""
    return bool(state.get(_STREAMED))
