"""Notices between lines of colons: `:::tip` .. `:::`.

Outline stores them so (https://docs.getoutline.com); those of Docusaurus and VuePress and Pandoc's
fenced divs look alike: a name, perhaps in braces, and perhaps a title. The container plugin is not
used, because it closes an outer notice where an inner one ends, and looks for the end of each,
however deep they nest.
"""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from activities.documents.callouts import named_callout

NOTICE: Final = "notice"
"""The name of the rule. Its tokens are of the types `notice_open` and `notice_close`."""
_DEPTH_MAX = 4
"""Notices within notices; what opens a deeper one is text."""
_DEPTH: Final = "notices"
"""The key of the number of open notices in the parser's environment."""

_OPENING = re.compile(
    r":{3,}+[ \t]*(?:\{[ \t]*\.?)?([^\W_][\w-]{0,39})(?:[^}\n]*\})?(?:[ \t]+(.*))?"
)
_CLOSING = re.compile(r":{3,}[ \t]*")


def add_notices(md: MarkdownIt) -> None:
    """Read notices."""
    md.block.ruler.before(
        "fence", NOTICE, _notice, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def _notice(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    if not state.src.startswith(":::", _start(state, first)) or state.is_code_block(first):
        return False
    opening = _OPENING.fullmatch(_line(state, first))
    depth = state.env.get(_DEPTH, 0)
    if opening is None or depth > _DEPTH_MAX:
        return False
    if silent:
        return True
    last = _last_line(state, first, end)
    kind, name = named_callout(opening[1])
    token = state.push("notice_open", "div", 1)
    token.meta = {"kind": kind, "title": (opening[2] or "").strip(" \t:") or name}
    before = state.parentType, state.lineMax
    state.parentType, state.lineMax = "blockquote", last
    state.env[_DEPTH] = depth + 1
    state.md.block.tokenize(state, first + 1, last)
    state.env[_DEPTH] = depth
    state.parentType, state.lineMax = before
    state.push("notice_close", "div", -1)
    state.line = min(last + 1, end) if last < end and _is_closing(state, last) else last
    return True


def _last_line(state: StateBlock, first: int, end: int) -> int:
    """The line that closes the notice, or the one after its last."""
    still_open = 1
    for line in range(first + 1, end):
        if state.sCount[line] < state.blkIndent and not state.isEmpty(line):
            return line
        if state.src.startswith(":::", _start(state, line)):
            still_open += -1 if _is_closing(state, line) else _opens(state, line)
            if not still_open:
                return line
    return end


def _start(state: StateBlock, line: int) -> int:
    return state.bMarks[line] + state.tShift[line]


def _line(state: StateBlock, line: int) -> str:
    return state.src[_start(state, line) : state.eMarks[line]]


def _is_closing(state: StateBlock, line: int) -> bool:
    return _CLOSING.fullmatch(_line(state, line)) is not None


def _opens(state: StateBlock, line: int) -> bool:
    return _OPENING.fullmatch(_line(state, line)) is not None
