"""Addresses with spaces in them, which CommonMark takes for text: `[Notes](my notes.pdf)`.

Models and people write them as files are named, and most tools that hold notes read them. What is
no address is text, such as the remark in `[sic](as the author has it)`.
"""

import re
from typing import NamedTuple

# What stands between brackets is looked at once, and so much of it at most.
_BRACKETS = re.compile(
    r"\([ \t]*+(?P<address>(?:[^()<>\n\"\\]|\([^()<>\n\"\\]{0,200}\)){1,1000}+)"
    r"(?:\"(?P<title>[^\"\n]{0,1000})\"[ \t]*+)?\)"
)
_IS_ADDRESS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://\S.*|#[^\W\d_].*|.*[^\s.]\.[A-Za-z][A-Za-z0-9]{1,3}(?:[?#].*)?"
)


class SpacedAddress(NamedTuple):
    """An address, and the title behind it."""

    address: str
    title: str
    end: int
    """Where the text after its bracket begins."""


def spaced_address(text: str, start: int, end: int) -> SpacedAddress | None:
    """The address with spaces in the brackets that begin at a place, if that is what they hold."""
    match = _BRACKETS.match(text, start, end)
    if match is None:
        return None
    address = match["address"].strip()
    if " " not in address or _IS_ADDRESS.fullmatch(address) is None:
        return None
    return SpacedAddress(address, match["title"] or "", match.end())
