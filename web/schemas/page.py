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
    """The number of items on a full page."""
    total: int
    """Items on all pages; above a thousand the number may be five seconds old."""
    pages: int
    """The number of pages; 0 for an empty list."""
