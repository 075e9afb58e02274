"""Requests that browsers send before anybody goes to an address."""

from collections.abc import Mapping

# `Sec-Purpose` since Chromium 108 and Firefox 115; the others are from browsers before these.
_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_WORDS = ("prefetch", "preview")


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether the answer is for nobody yet: the browser asks again, or shows what it has."""
    told = [headers.get(name, "").lower() for name in _HEADERS]
    return any(word in each for word in _WORDS for each in told)
