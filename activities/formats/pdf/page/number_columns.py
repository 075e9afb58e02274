"""Columns of numbers, whose decimal signs stand below each other."""

from collections.abc import Sequence
from typing import Final

import regex

from activities.documents.model import Alignment, Runs

_SHARE: Final = 0.8
"""So many of a column's cells are numbers, and it is one of numbers."""
_LENGTH_MAX: Final = 32
_SIGN: Final = r"[-+−–±≈~<>≤≥]?\s?"
_DIGITS: Final = r"\p{Nd}[\p{Nd}.,'’٫٬\u00a0\u202f ]*"
_NUMBER: Final = regex.compile(
    rf"\s*{_SIGN}[\p{{Sc}}]?\s?{_DIGITS}(?:[-–—×/:]\s?{_SIGN}{_DIGITS})?"
    r"(?:\s?[%‰°\p{Sc}]|\s?\p{L}[\p{L}\p{M}/²³·]{0,5})?\s*"
)
_DECIMAL: Final = regex.compile(r"[.٫](?=\p{Nd})|,(?=\p{Nd})(?!\p{Nd}{3}(?!\p{Nd}))")
_END: Final = regex.compile(r"(?<=\p{Nd})(?!.*\p{Nd})", regex.DOTALL)


def is_number(text: str) -> bool:
    """Whether a cell's text is a number, perhaps with a unit."""
    return len(text) <= _LENGTH_MAX and _NUMBER.fullmatch(text) is not None


def behind_point(text: str) -> str:
    """What of a number stands right of where its decimal sign is, or would be, with that sign."""
    found = list(_DECIMAL.finditer(text))
    if len(found) == 1:
        return text[found[0].start() :]
    end = _END.search(text)
    return text[end.start() :] if end else ""


def number_columns(
    rows: Sequence[Sequence[Runs]], alignments: Sequence[Alignment]
) -> frozenset[int]:
    """The columns of numbers, but those that the author wants at the left or in the middle."""
    if not rows:
        return frozenset()
    found = set()
    for column in range(len(rows[0])):
        asked = alignments[column] if column < len(alignments) else None
        if asked not in {None, "right"}:
            continue
        filled = [row[column] for row in rows if row[column]]
        if filled and sum(is_number(plain(cell)) for cell in filled) >= _SHARE * len(filled):
            found.add(column)
    return frozenset(found)


def plain(runs: Runs) -> str:
    """The text of a cell that is no formula; nothing for others."""
    if len(runs) == 1:
        return "" if runs[0].math else runs[0].text
    return "".join([run.text for run in runs]) if not any(run.math for run in runs) else ""
