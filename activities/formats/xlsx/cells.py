"""Cells as SpreadsheetML (ECMA-376 part 1, 18.3.1.4), without their row numbers.

Text is always an inline string, so that no text is ever a formula, whatever it starts with.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from enum import Enum

from activities.formats.shared.cells import CELL_TEXT_MAX
from activities.formats.shared.xml_escaping import xml_text

ROW = "\0"
"""Stands where the row number goes. NUL cannot be part of XML, so no text can hold it."""

UNIT_NUMBER = "\1"
"""Stands where the number of the item goes. Nor can this one be part of XML."""


class Mark(Enum):
    """Values that are known only when all items are."""

    UNIT = UNIT_NUMBER


Value = str | float | datetime | Mark | None

_WHOLE_NUMBER_END = 10**15
"""Excel keeps 15 digits of a number; a longer one is an identifier."""
_DAY = timedelta(days=1)
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_FIRST_DAY = datetime(1900, 3, 1, tzinfo=UTC)
"""Excel takes 1900 for a leap year; all days before this one are off by one."""
_END = 2_958_466
"""The day after the last one, by its number."""
_ESCAPE_ALIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")


def cell(column: str, style: int, value: Value) -> str:
    """One cell, which is empty for no value.

    Args:
        column: its letter.
        style: index of its format in the workbook.
        value: a text of at most `CELL_TEXT_MAX`, or a number, truth value or time.
    """
    empty = f'<c r="{column}{ROW}" s="{style}"/>'
    if isinstance(value, str):
        if not value:
            return empty
        return f'<c r="{column}{ROW}" s="{style}" t="inlineStr"><is>{_text(value)}</is></c>'
    if value is None:
        return empty
    if value is Mark.UNIT:
        return f'<c r="{column}{ROW}" s="{style}"><v>{UNIT_NUMBER}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{column}{ROW}" s="{style}" t="b"><v>{int(value)}</v></c>'
    number = _serial(value) if isinstance(value, datetime) else value
    if number is None or not _is_exact(number):
        return cell(column, style, str(value))
    return f'<c r="{column}{ROW}" s="{style}"><v>{number!r}</v></c>'


def _text(value: str) -> str:
    text = xml_text(value)
    if "_x" in text:
        # Excel would read `_x0041_` as the letter A (ECMA-376 part 1, 22.9.2.19).
        text = _ESCAPE_ALIKE.sub("_x005F_", text)
    if text[:1].isspace() or text[-1:].isspace():
        return f'<t xml:space="preserve">{text}</t>'
    return f"<t>{text}</t>"


def _serial(time: datetime) -> float | None:
    """The days since day zero, by which Excel holds a time, or None before it can."""
    if time < _FIRST_DAY:
        return None
    serial = (time - _DAY_ZERO) / _DAY
    # The last microsecond that there is would be rounded to a day that Excel does not know.
    return serial if serial < _END else (time.replace(microsecond=0) - _DAY_ZERO) / _DAY


def _is_exact(number: float) -> bool:
    if isinstance(number, int):
        return -_WHOLE_NUMBER_END < number < _WHOLE_NUMBER_END
    return math.isfinite(number)


def split_text(text: str) -> list[str]:
    """The text in pieces that each fit a cell, cut behind a line or word where there is one."""
    pieces: list[str] = []
    start = 0
    while (end := start + _fitting(text, start)) < len(text):
        for gap in ("\n", " "):
            cut = text.rfind(gap, end - (end - start) // 4, end) + 1
            if cut:
                end = cut
                break
        pieces.append(text[start:end])
        start = end
    return [*pieces, text[start:]]


def _fitting(text: str, start: int) -> int:
    """The number of characters from there on that fit into a cell."""
    if len(text) - start <= CELL_TEXT_MAX // 2:
        return len(text) - start
    following = text[start : start + CELL_TEXT_MAX]
    encoded = following.encode("utf-16-le", "surrogatepass")[: CELL_TEXT_MAX * 2]
    return len(encoded.decode("utf-16-le", "ignore"))
