"""Places in a file to which its links lead."""

import hashlib
from collections.abc import Callable

PlaceAddress = Callable[[str], str | None]
"""Gives the address of the place that an anchor of the document names; None for none."""


def element_id(anchor: str) -> str:
    """The id of the element with this anchor: a name in XML, and none of the content's letters."""
    return f"p{hashlib.sha256(anchor.encode()).hexdigest()[:16]}"


def within_page(anchor: str) -> str | None:
    """The address of a place in a file that is one page."""
    return f"#{element_id(anchor)}"


def nowhere(_anchor: str) -> None:
    """No address, for texts that their receiver shows apart from each other."""
