"""Lists of CommonMark (0.31, 5.2 and 5.3), and the ones that people write beyond it.

- A list may have the signs `•`, `◦`, `▪`, `‣`, `·` and, where another such line follows, `–`.
- It may count in letters or Roman numbers, `a.`, `B)`, `iv.`, where the next one follows.
- What is indented by two spaces or more lies within the item above, however wide its marker is.
"""

import re
from typing import NamedTuple

from markdown_it.rules_block import StateBlock

from activities.documents.dialect.block_rules import rules_at
from activities.documents.list_markers import BULLETS, DASH, DOTS, list_value
from activities.documents.model import ListStyle

_MARKER = re.compile(
    rf"(?:(?P<bullet>[{BULLETS}])|(?P<number>[0-9]{{1,9}}|[A-Za-z]{{1,7}})(?P<delimiter>[.)]))"
    rf"(?:(?=[ \t]|$)|(?<=[{DOTS}])(?![{DOTS}]))"
)
_CHILD_INDENT = 2
"""Columns by which what lies within an item is indented at least."""
_LOOKAHEAD = 200
"""Lines in which the second entry of a list that is told by it has to come."""
_STYLES: tuple[ListStyle, ...] = ("lower-roman", "upper-roman", "lower-alpha", "upper-alpha")


_OPEN_LISTS = "open_lists"
"""The key of the markers of the lists that are open, in the environment of the parser."""


class _Marker(NamedTuple):
    sign: str
    """The bullet, or what stands behind a number."""
    style: ListStyle | None
    """None for bullets."""
    value: int
    width: int


def list_block(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """The rule."""
    match = _match(state, first)
    if match is None or state.is_code_block(first):
        return False
    indent = state.sCount[first]
    if 0 <= state.listIndent <= indent - 4 and indent < state.blkIndent:
        # A line that continues a paragraph in a list, however much it looks like an entry.
        return False
    marker = _first_marker(state, first, end, match)
    if marker is None:
        return silent and indent < state.blkIndent and _is_awaited(state, first)
    if silent and state.parentType == "paragraph" and indent >= state.blkIndent:
        # Few lists interrupt a paragraph.
        text_start = state.bMarks[first] + state.tShift[first]
        is_empty = state.skipSpaces(text_start + marker.width) >= state.eMarks[first]
        if is_empty or (marker.style and marker.value != 1):
            return False
    if not silent:
        _push_list(state, first, end, marker)
    return True


def _first_marker(state: StateBlock, line: int, end: int, match: re.Match[str]) -> _Marker | None:
    """The marker on a line with which a list begins there."""
    bullet, number = match["bullet"], match["number"]
    if bullet:
        marker = _Marker(bullet, None, 0, match.end() - match.start())
        return marker if bullet != DASH or _continues(state, line, end, marker) else None
    if number.isdigit():
        return _numbered(match, "decimal", int(number))
    for style in _STYLES:
        value = list_value(style, number)
        if value is not None:
            marker = _numbered(match, style, value)
            if _continues(state, line, end, marker):
                return marker
    return None


def _numbered(match: re.Match[str], style: ListStyle, value: int) -> _Marker:
    return _Marker(match["delimiter"], style, value, match.end() - match.start())


def _match(state: StateBlock, line: int) -> re.Match[str] | None:
    return _MARKER.match(state.src, state.bMarks[line] + state.tShift[line], state.eMarks[line])


def _continues(state: StateBlock, first: int, end: int, marker: _Marker) -> bool:
    """Whether an entry that follows this one comes, at the same depth."""
    for line in range(first + 1, min(end, first + _LOOKAHEAD)):
        if state.isEmpty(line) or state.sCount[line] > state.sCount[first] + 1:
            continue
        if state.sCount[line] < state.sCount[first] - 1:
            return False
        following = _next_marker(state, line, marker)
        if following is not None:
            return following.value == marker.value + 1 or marker.style is None
        if state.isEmpty(line - 1):
            return False
    return False


def _is_awaited(state: StateBlock, line: int) -> bool:
    """Whether a line begins an entry of a list that is open, perhaps its last one."""
    open_lists: list[_Marker] = state.env.get(_OPEN_LISTS, [])
    return any(_next_marker(state, line, marker) for marker in open_lists)


def _next_marker(state: StateBlock, line: int, marker: _Marker) -> _Marker | None:
    """The marker on a line, if it is one of the same list."""
    match = _match(state, line)
    if match is None:
        return None
    if marker.style is None:
        is_same = match["bullet"] == marker.sign
        return marker if is_same else None
    if match["delimiter"] != marker.sign:
        return None
    value = list_value(marker.style, match["number"])
    return None if value is None else _numbered(match, marker.style, value)


def _push_list(state: StateBlock, first: int, end: int, marker: _Marker) -> None:
    kind, tag = ("ordered_list", "ol") if marker.style else ("bullet_list", "ul")
    opening = state.push(f"{kind}_open", tag, 1)
    opening.markup = marker.sign
    if marker.style:
        opening.attrs = {"start": marker.value}
        opening.meta = {"style": marker.style}
    open_lists: list[_Marker] = state.env.setdefault(_OPEN_LISTS, [])
    open_lists.append(marker)
    old_parent, state.parentType = state.parentType, "list"
    line = first
    following: _Marker | None = marker
    while following is not None:
        line = _push_item(state, line, end, following)
        if line >= end or state.sCount[line] < state.blkIndent or state.is_code_block(line):
            break
        if any(rule(state, line, end, True) for rule in rules_at(state, line, "list")):
            break
        following = _next_marker(state, line, marker)
    open_lists.pop()
    opening.map = [first, line]
    state.push(f"{kind}_close", tag, -1)
    state.line = line
    state.parentType = old_parent


def _push_item(state: StateBlock, line: int, end: int, marker: _Marker) -> int:
    """Read the item that begins on a line; the line behind it."""
    text_start = state.bMarks[line] + state.tShift[line]
    initial = column = state.sCount[line] + marker.width
    place, line_end = text_start + marker.width, state.eMarks[line]
    while place < line_end:
        if state.src[place] == "\t":
            column += 4 - (column + state.bsCount[line]) % 4
        elif state.src[place] == " ":
            column += 1
        else:
            break
        place += 1
    is_empty = place >= line_end
    # Behind more than four spaces there is code.
    gap = 1 if is_empty or not 1 <= column - initial <= 4 else column - initial
    content = initial + gap
    _indent_children(state, line, end, content, marker)
    state.push("list_item_open", "li", 1)
    before = (state.tShift[line], state.sCount[line], state.listIndent, state.blkIndent)
    state.listIndent, state.blkIndent = state.blkIndent, content
    state.tShift[line], state.sCount[line] = place - state.bMarks[line], max(column, content)
    if is_empty and line + 1 < end and state.isEmpty(line + 1):
        # An item can begin with one empty line at most.
        state.line = min(state.line + 2, end)
    else:
        state.md.block.tokenize(state, line, end)
    state.tShift[line], state.sCount[line], state.listIndent, state.blkIndent = before
    state.push("list_item_close", "li", -1)
    return state.line


def _indent_children(
    state: StateBlock, first: int, end: int, content: int, marker: _Marker
) -> None:
    """Move lines that are indented, yet less than the text of their item, to where its text is.

    What lies further within moves along with the line above that it belongs to.
    """
    base = state.sCount[first]
    moved = 0
    for line in range(first + 1, end):
        if state.isEmpty(line):
            continue
        indent = state.sCount[line]
        if indent < base + _CHILD_INDENT:
            return
        if indent < content:
            if not moved and _is_sibling(state, line, marker):
                return
            moved = content - indent
        elif not moved:
            return
        if moved:
            state.sCount[line] = indent + moved


def _is_sibling(state: StateBlock, line: int, marker: _Marker) -> bool:
    """Whether a line has the number that follows."""
    following = _next_marker(state, line, marker) if marker.style else None
    return following is not None and following.value == marker.value + 1
