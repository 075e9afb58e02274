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
    r":{3,}+[ \t]*(?:\{[ \t]*\.?)?(?P<name>[^\W_][\w-]{0,39}+)(?:\[(?P<label>[^\n]*)\])?"
    r"(?P<attributes>[^}\n]*\})?(?:[ \t]+(?P<title>.*))?"
)
_TITLE = re.compile(r"\btitle=\"([^\"\n]*)\"")
"""Quarto's (https://quarto.org/docs/authoring/callouts.html), whose kinds have a prefix."""
_PREFIX: Final = "callout-"
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
    attribute = _TITLE.search(opening["attributes"] or "")
    title = opening["label"] or opening["title"] or (attribute[1] if attribute else "")
    name = opening["name"].removeprefix(_PREFIX) or opening["name"]
    open_notice(state, name, title.strip(" \t:"), [first, last])
    before = state.parentType, state.lineMax
    state.parentType, state.lineMax = "blockquote", last
    state.env[_DEPTH] = depth + 1
    state.md.block.tokenize(state, first + 1, last)
    state.env[_DEPTH] = depth
    state.parentType, state.lineMax = before
    close_notice(state)
    state.line = min(last + 1, end) if last < end and _is_closing(state, last) else last
    return True


def open_notice(state: StateBlock, name: str, title: str, lines: list[int]) -> None:
    """Add what begins a notice: `notice_open`, and its title, if it has one, as `inline`."""
    kind, own_name = named_callout(name)
    token = state.push("notice_open", "div", 1)
    token.map = lines
    token.meta = {"kind": kind, "name": own_name, "has_title": bool(title)}
    if title:
        inline = state.push("inline", "", 0)
        inline.content, inline.map, inline.children = title, lines[:1] * 2, []


def close_notice(state: StateBlock) -> None:
    """Add what ends it."""
    state.push("notice_close", "div", -1)


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
