"""One page of a list as JSON."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, newest first."""

    items: list[T]
    page: int
    """Its number, from 1 on."""
    page_size: int
    """How many items a full page has."""
    total: int
    """Items on all pages; above a thousand the number may be five seconds old."""
    pages: int
    """How many pages there are; 0 for an empty list."""
