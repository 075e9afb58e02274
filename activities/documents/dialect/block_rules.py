"""The rules for blocks, of which a line is tried with those alone that its first sign may begin.

The parser would try each block with all of them, of which most look at one sign and say no.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from markdown_it.parser_block import ParserBlock, RuleFuncBlockType
from markdown_it.rules_block import StateBlock

from activities.documents.list_markers import MARKER_SIGNS

_SIGNS = MappingProxyType(
    {
        "admonition": "!?",
        "bare_brackets": "[",
        "blockquote": ">",
        "code": "",
        "fence": "`~",
        "footnote_def": "[",
        "heading": "#",
        "hr": "*-_",
        "html_block": "<",
        "list": MARKER_SIGNS,
        "math_block": "$\\",
        "notice": ":",
        "reference": "[",
    }
)
"""The signs at which rules may begin; others may at any. Of lines of code, and of those that begin
with a blank beyond ASCII, nothing is known."""

_Rules = Sequence[RuleFuncBlockType]


class _Chain(NamedTuple):
    """Rules in their order."""

    every: _Rules
    by_sign: Mapping[str, _Rules]
    others: _Rules
    """For lines that begin with no sign of any rule."""


class BlockRules(ParserBlock):
    """The parser's blocks, which takes its rules by sign. They are final with the first text."""

    def __init__(self) -> None:
        super().__init__()
        self._chains: dict[str, _Chain] = {}

    def at(self, state: StateBlock, line: int, name: str = "") -> _Rules:
        """The rules of a chain that may begin a block on a line."""
        chain = self._chains.get(name) or self._chain(name)
        if state.is_code_block(line):
            return chain.every
        place = state.bMarks[line] + state.tShift[line]
        sign = state.src[place : place + 1]
        rules = chain.by_sign.get(sign)
        if rules is not None:
            return rules
        return chain.others if sign.strip() else chain.every

    def tokenize(self, state: StateBlock, startLine: int, endLine: int) -> None:  # noqa: N803
        """See `ParserBlock.tokenize`."""
        line, has_blanks = startLine, False
        nesting_max = state.md.options["maxNesting"]
        while line < endLine:
            state.line = line = state.skipEmptyLines(line)
            if line >= endLine or state.sCount[line] < state.blkIndent:
                break
            if state.level >= nesting_max:
                state.line = endLine
                break
            for rule in self.at(state, line):
                if rule(state, line, endLine, False):
                    break
            if state.line <= line:
                raise RuntimeError("no rule took the line")
            state.tight = not has_blanks
            line = state.line
            if line - 1 < endLine and state.isEmpty(line - 1):
                has_blanks = True
            if line < endLine and state.isEmpty(line):
                has_blanks = True
                line += 1
                state.line = line

    def _chain(self, name: str) -> _Chain:
        every = self.ruler.getRules(name)
        names = dict(zip(self.ruler.getRules(""), self.ruler.get_active_rules(), strict=True))
        by_sign = {
            sign: [rule for rule in every if sign in _SIGNS.get(names[rule], sign)]
            for sign in "".join(_SIGNS.values())
        }
        others = [rule for rule in every if names[rule] not in _SIGNS]
        chain = self._chains[name] = _Chain(every, by_sign, others)
        return chain


def rules_at(state: StateBlock, line: int, chain: str) -> _Rules:
    """See `BlockRules.at`."""
    rules = state.md.block
    assert isinstance(rules, BlockRules)
    return rules.at(state, line, chain)
