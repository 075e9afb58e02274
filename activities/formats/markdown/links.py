"""Places and links between them, which are known only once all items are.

Until then they stand in the text between control characters, none of which content has.
"""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Final

from activities.formats.shared.xhtml.places import element_id

_LINK: Final = re.compile(r"\x01\[(.*?)\]\(\x02(p[0-9a-f]{16})\)", re.DOTALL)
_TARGET: Final = re.compile(r"\x02(p[0-9a-f]{16})")
_PLACE: Final = re.compile(r"\x05(p[0-9a-f]{16})\x05")
DEEPER: Final = "\x04"
"""Stands before a heading that is one level deeper in a file of several items."""
NOTE: Final = "\x06"
"""Stands before the label of a footnote, which is unique within its item."""


def link(anchor: str, content: str) -> str:
    """A link to the place that an anchor of the document names."""
    return f"\x01[{content}](\x02{element_id(anchor)})"


def places(anchors: Iterable[str]) -> str:
    """The places that these anchors name."""
    return "".join(place(element_id(anchor)) for anchor in anchors)


def place(element: str) -> str:
    """The place of the element with this id."""
    return f"\x05{element}\x05"


def targets_in(text: str) -> list[str]:
    """The places to which links of a text lead."""
    return _TARGET.findall(text)


def places_in(text: str) -> list[str]:
    """The places in a text."""
    return _PLACE.findall(text)


def resolved(
    text: str, address: Callable[[str], str | None], wanted: Collection[str]
) -> tuple[str, int]:
    """The text with its links and places, and how many links lead nowhere.

    Args:
        text: what `MarkdownWriter` wrote.
        address: gives the address of a place, if it is in the file.
        wanted: the places to which links lead.
    """
    dead = 0

    def led(found: re.Match[str]) -> str:
        nonlocal dead
        target = address(found[2])
        if target is None:
            dead += 1
            # An element, so that the text begins no block and parts marks as the link did.
            return f"<span>{found[1]}</span>"
        return f"[{found[1]}]({target})"

    if "\x01" in text:
        text = _LINK.sub(led, text)
    if "\x05" in text:
        text = _PLACE.sub(
            lambda found: f'<a id="{found[1]}"></a>' if found[1] in wanted else "", text
        )
    return text, dead
