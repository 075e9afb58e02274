"""Tables of GFM (0.29, 4.10) that lose nothing.

Beyond GFM, a bar within code or a formula belongs to its cell, and a row with more cells than the
header widens the table.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it.rules_block import StateBlock

from activities.documents.budget import CELL_TOKENS, budget_of
from activities.documents.dialect.block_rules import rules_at
from activities.documents.dialect.source_blocks import push_source
from activities.documents.formulas.delimiters import formulas_in

_ROW_TOKENS: Final = 2

_DELIMITER_ROW = re.compile(r"\|?[ \t]*+:?-++:?[ \t]*+(?:\|[ \t]*+:?-++:?[ \t]*+)*+\|?[ \t]*+")
_DELIMITER_SIGNS = ("|", "-", ":")
"""What such a row begins with."""
_BACKTICKS = re.compile(r"`+")
_BAR = re.compile(r"\\.|\|")
_ALIGNMENTS = {(True, True): "center", (True, False): "left", (False, True): "right"}


def table(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """The rule, which is the first that a block is tried with."""
    budget = budget_of(state.env)
    left = budget.tokens - len(state.tokens)
    if left <= 0 and not silent:
        return push_source(state, first, end, budget)
    alignments = _alignments(state, first, end)
    if not alignments:
        return False
    header = _header(_line(state, first), len(alignments))
    if header is None:
        return False
    if silent:
        return True
    rows = [header]
    number = first + 2
    old_parent, state.parentType = state.parentType, "table"
    while number < end and not _ends(state, number, end):
        rows.append(_cells(_line(state, number)))
        number += 1
    state.parentType = old_parent
    # Counted before it is made: short rows are filled up to the width of the longest.
    columns = max(map(len, rows))
    if len(rows) * (columns * CELL_TOKENS + _ROW_TOKENS) > left:
        return push_source(state, first, number, budget)
    alignments += [""] * (columns - len(alignments))
    _push(state, first, rows, alignments)
    state.line = number
    return True


def _alignments(state: StateBlock, first: int, end: int) -> list[str]:
    """The alignment of each column, from the row below the header; none when there is no table."""
    second = first + 1
    if second >= end or not state.src.startswith(_DELIMITER_SIGNS, _start(state, second)):
        return []
    if state.sCount[second] < state.blkIndent or state.is_code_block(second):
        return []
    text = _line(state, second)
    # What begins with `- ` is a list.
    if text[0] == "-" and text[1:2].isspace():
        return []
    if not _DELIMITER_ROW.fullmatch(text):
        return []
    columns = [column.strip() for column in text.strip().strip("|").split("|")]
    return [_ALIGNMENTS.get((c.startswith(":"), c.endswith(":")), "") for c in columns]


def _header(text: str, columns: int) -> list[str] | None:
    """The cells of a header of so many columns, None when this is none."""
    if "|" not in text:
        return None
    for cells in (_cells(text), _split(text, [])):
        if len(cells) == columns:
            return cells
    return None


def _ends(state: StateBlock, number: int, end: int) -> bool:
    """Whether a table ends before this line."""
    return (
        state.isEmpty(number)
        or state.sCount[number] < state.blkIndent
        or state.is_code_block(number)
        or any(rule(state, number, end, True) for rule in rules_at(state, number, "blockquote"))
    )


def _start(state: StateBlock, number: int) -> int:
    return state.bMarks[number] + state.tShift[number]


def _line(state: StateBlock, number: int) -> str:
    return state.src[_start(state, number) : state.eMarks[number]]


def _cells(text: str) -> list[str]:
    return _split(text, list(_whole(text)) if "`" in text or "$" in text or "\\(" in text else [])


def _split(text: str, whole: Sequence[tuple[int, int]]) -> list[str]:
    """The cells of a row, in which no bar within the whole stretches counts."""
    if not whole and "\\" not in text:
        return _without_outer([cell.strip() for cell in text.split("|")])
    cells: list[str] = []
    shown: list[str] = []
    place = 0
    stretches = iter((*whole, (len(text), len(text))))
    start, end = next(stretches)
    for match in _BAR.finditer(text):
        while match.start() >= end and end < len(text):
            start, end = next(stretches)
        if match[0] == "\\|":
            # An escaped bar is a bar, in code as well (GFM 0.29, example 200).
            shown.append(text[place : match.start()])
            place = match.start() + 1
        elif match[0] == "|" and not start <= match.start() < end:
            shown.append(text[place : match.start()])
            cells.append("".join(shown).strip())
            shown.clear()
            place = match.end()
    cells.append("".join([*shown, text[place:]]).strip())
    return _without_outer(cells)


def _without_outer(cells: list[str]) -> list[str]:
    """The cells without what is outside of the first and last bar."""
    if cells and not cells[0]:
        del cells[0]
    if cells and not cells[-1]:
        cells.pop()
    return cells


def _whole(text: str) -> Iterator[tuple[int, int]]:
    """Where code and formulas begin and end."""
    place = 0
    for start, end in _code(text):
        if start >= place:
            yield from formulas_in(text, place, start)
            yield start, end
            place = end
    yield from formulas_in(text, place, len(text))


def _code(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between runs of as many backticks (CommonMark 0.31, 6.1)."""
    runs = [(match.start(), match.end()) for match in _BACKTICKS.finditer(text)]
    closing: dict[int, int] = {}
    ends: list[int | None] = []
    for start, end in reversed(runs):
        ends.append(closing.get(end - start))
        closing[end - start] = end
    place = 0
    for (start, _), close in zip(runs, reversed(ends), strict=True):
        if start >= place and close is not None and text[start - 1 : start] != "\\":
            yield start, close
            place = close


def _push(
    state: StateBlock, first: int, rows: Sequence[Sequence[str]], alignments: Sequence[str]
) -> None:
    state.push("table_open", "table", 1).map = [first, first + 1 + len(rows)]
    for number, cells in enumerate(rows):
        tag = "td" if number else "th"
        state.push("tr_open", "tr", 1)
        for place, alignment in enumerate(alignments):
            cell = state.push(f"{tag}_open", tag, 1)
            if alignment:
                cell.attrs = {"style": f"text-align:{alignment}"}
            inline = state.push("inline", "", 0)
            inline.content = cells[place] if place < len(cells) else ""
            inline.children = []
            state.push(f"{tag}_close", tag, -1)
        state.push("tr_close", "tr", -1)
    state.push("table_close", "table", -1)
