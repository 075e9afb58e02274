"""How long a text takes to read, by the scripts that it is written in."""

import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from activities.model.content import Scalar

_GIVEN: Final = "reading_minutes"
"""The name under which metadata say it themselves."""
_LEAST: Final = 2
"""Shorter texts are read before one has asked."""
_MARKS: Final = re.compile(r"<[^<>]*>|\]\([^()\s]*\)|https?://\S+")
"""Tags, and where links and pictures lead."""
_PACES: Final[Mapping[re.Pattern[str], int]] = MappingProxyType(
    {
        re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"): 255,
        re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"): 800,
        re.compile("[\u0620-\u06ff\u0750-\u077f][^\\s|]*"): 140,
        re.compile(r"\w[^\s|]*"): 200,
    }
)
"""What is counted, first of all, and how much of it is read in a minute: Han characters and kana,
letters of scripts without spaces, Arabic words, other words. These are the paces of adults in
speed tests of many languages, a little slower as learners are."""


def reading_minutes(source: str, metadata: Mapping[str, Scalar | list[Scalar]]) -> int:
    """Whole minutes for a text with its marks, if it takes some; otherwise 0.

    Args:
        source: The text.
        metadata: Those of its item, which may tell it themselves.
    """
    minutes = 0.0
    given = metadata.get(_GIVEN)
    if isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given):
        minutes = max(float(given), 0.0)
    else:
        text = _MARKS.sub(" ", source)
        for counted, pace in _PACES.items():
            if counted.search(text):
                text, count = counted.subn(" ", text)
                minutes += count / pace
    rounded = round(minutes)
    return rounded if rounded >= _LEAST else 0
