"""Markdown rules for `$inline$` and `$$displayed$$` formulas.

They follow Pandoc's `tex_math_dollars`, so that prices stay prices: no space just inside single
dollars and no digit just outside. The dollarmath plugin is not used, because it takes the last
character of a paragraph for the one before its first, and lets a formula leave its list item.
"""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LINES_MAX: Final = 200
"""The lines that one displayed formula may have: without a limit, one that is not closed would cost
a search to the end of the text."""

_INLINE = re.compile(
    r"\$\$(?P<displayed>(?:[^$\\]|\\.|\$(?!\$))++)\$\$"
    r"|(?<!\d)\$(?!\s)(?P<inline>(?:[^$\\]|\\.)++)(?<!\s)\$(?!\d)",
    re.DOTALL,
)


def dollar_math(md: MarkdownIt, *, displayed: bool) -> None:
    """Add tokens of the types `math_inline` and, on request, `math_block`.

    A displayed formula within a paragraph gives a `math_block` among the inline tokens.
    """
    md.inline.ruler.before("escape", "math_inline", _inline_rule)
    if displayed:
        md.block.ruler.before(
            "fence", "math_block", _block_rule, {"alt": ["paragraph", "reference", "blockquote"]}
        )


def _inline_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "$":
        return False
    match = _INLINE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    tex = (match["displayed"] or match["inline"]).strip()
    if not tex:
        return False
    if not silent:
        kind = "math_block" if match["displayed"] else "math_inline"
        state.push(kind, "math", 0).content = tex
    state.pos = match.end()
    return True


def _block_rule(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    if state.is_code_block(first):
        return False
    opening = _line(state, first)
    if not opening.startswith("$$"):
        return False
    if len(opening) > 4 and opening.endswith("$$"):
        last = first
    elif "$$" in opening[2:]:
        return False
    else:
        found = _closing_line(state, first + 1, min(end, first + LINES_MAX))
        if found is None:
            return False
        last = found
    text = state.getLines(first, last + 1, state.sCount[first], False).strip()
    tex = text.removeprefix("$$").removesuffix("$$").strip()
    if not tex or (first == last and "$$" in tex):
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.block = True
        token.content = tex
        token.map = [first, last + 1]
        state.line = last + 1
    return True


def _closing_line(state: StateBlock, first: int, end: int) -> int | None:
    for number in range(first, end):
        text = _line(state, number)
        if not text or state.sCount[number] < state.blkIndent:
            return None
        if text.endswith("$$"):
            return number
    return None


def _line(state: StateBlock, number: int) -> str:
    start = state.bMarks[number] + state.tShift[number]
    return state.src[start : state.eMarks[number]].strip()
