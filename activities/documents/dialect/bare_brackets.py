r"""Displayed formulas whose brackets lost their backslashes: a line `[ x = \frac{1}{2} ]`.

That is what is left of `\[..\]` where an answer of a model was copied from its page, or went
through a program that takes escapes away. Only commands of TeX tell it from text in brackets.
"""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

_LINES_MAX: Final = 50
_COMMAND = re.compile(r"\\[A-Za-z]{2}")
_NOT_TEX = ("`", "$", "](", "[[", "]]")


def add_bare_brackets(md: MarkdownIt) -> None:
    """Read them, as tokens of the type `math_block`."""
    md.block.ruler.before(
        "reference", "bare_brackets", _formula, {"alt": ["paragraph", "blockquote"]}
    )


def _formula(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    start = state.bMarks[first] + state.tShift[first]
    if state.src[start : start + 1] != "[" or state.is_code_block(first):
        return False
    last = _last_line(state, first, end)
    if last is None:
        return False
    text = state.getLines(first, last + 1, state.sCount[first], False).strip()
    tex = text[1:-1].strip()
    if not _COMMAND.search(tex) or any(sign in tex for sign in _NOT_TEX):
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.block, token.content, token.map = True, tex, [first, last + 1]
        state.line = last + 1
    return True


def _last_line(state: StateBlock, first: int, end: int) -> int | None:
    """The line that ends with the closing bracket, apart from the formula as the opening one is."""
    opening = _line(state, first)
    if opening.startswith("[ "):
        return first if opening.endswith(" ]") else None
    if opening != "[":
        return None
    for line in range(first + 1, min(end, first + _LINES_MAX)):
        if state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return None
        if _line(state, line) == "]":
            return line
    return None


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
