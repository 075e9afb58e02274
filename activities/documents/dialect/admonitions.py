"""Admonitions of Python-Markdown, `!!! note "Title"`, and those that fold, `??? note`.

MkDocs has them (https://squidfunk.github.io/mkdocs-material/reference/admonitions/). What is
indented by four columns below one belongs to it.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from activities.documents.dialect.notices import close_notice, open_notice

_INDENT = 4
_OPENING = re.compile(
    r"(?:!!!|\?\?\?\+?)[ \t]+(?P<name>[^\W\d_][\w-]{0,39})(?:[ \t]+[^\W\d_][\w-]*+){0,4}"
    r"(?:[ \t]+\"(?P<title>[^\n]*)\")?[ \t]*"
)


def add_admonitions(md: MarkdownIt) -> None:
    """Read admonitions."""
    md.block.ruler.before(
        "fence",
        "admonition",
        _admonition,
        {"alt": ["paragraph", "reference", "blockquote", "list"]},
    )


def _admonition(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    start = state.bMarks[first] + state.tShift[first]
    if not state.src.startswith(("!!!", "???"), start) or state.is_code_block(first):
        return False
    opening = _OPENING.fullmatch(state.src, start, state.eMarks[first])
    indent = state.sCount[first] + _INDENT
    last = _last_line(state, first, end, indent)
    # Without a text of its own it may be no more than a loud line.
    if opening is None or last == first + 1:
        return False
    if silent:
        return True
    open_notice(state, opening["name"], opening["title"] or "", [first, last])
    before = state.parentType, state.lineMax, state.blkIndent
    state.parentType, state.lineMax, state.blkIndent = "blockquote", last, indent
    state.md.block.tokenize(state, first + 1, last)
    state.parentType, state.lineMax, state.blkIndent = before
    close_notice(state)
    state.line = last
    return True


def _last_line(state: StateBlock, first: int, end: int, indent: int) -> int:
    """The line behind the last one that is indented."""
    last = first + 1
    for line in range(first + 1, end):
        if state.isEmpty(line):
            continue
        if state.sCount[line] < indent:
            break
        last = line + 1
    return last
