"""Headings without the space behind their signs, `##Heading`, as models write them.

One sign alone may be the tag of a network or a number (`#5`), so that stays text.
"""

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import heading as spaced_heading

_TIGHT = re.compile(
    r"#{2,6}(?=[^\W\d_]|\d{1,9}[.)][ \t]|[*_]{2}\w|[\uff08\u300c\u300e\u3010\u201c]\w)"
)


def heading(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """The parser's rule, and these."""
    if spaced_heading(state, first, end, silent):
        return True
    start = state.bMarks[first] + state.tShift[first]
    if not state.src.startswith("##", start) or state.is_code_block(first):
        return False
    match = _TIGHT.match(state.src, start, state.eMarks[first])
    if match is None:
        return False
    if silent:
        return True
    state.line = first + 1
    text = state.src[match.end() : state.eMarks[first]].rstrip()
    without_signs = text.rstrip("#")
    if without_signs.endswith((" ", "\t")):
        text = without_signs.rstrip()
    tag = f"h{len(match[0])}"
    opening = state.push("heading_open", tag, 1)
    opening.markup, opening.map = match[0], [first, state.line]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = text, [first, state.line], []
    state.push("heading_close", tag, -1).markup = match[0]
    return True
