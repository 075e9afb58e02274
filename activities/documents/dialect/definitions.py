"""Definition lists: Pandoc's, and several terms that share a definition (PHP Markdown Extra)."""

from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin

from activities.documents.dialect.block_rules import rules_at

_TERMS_MAX: Final = 8
"""Lines above a definition that may be terms; more are a paragraph."""
_TERM_CHARACTERS_MAX: Final = 80
_ENDS_OF_SENTENCES: Final = (
    *".!?:;,\u2026",
    *"\u3002\uff01\uff1f\uff1a\uff1b\uff0c",
    *"\u060c\u061b\u061f\u06d4\u0964",
)
"""What ends a line of a paragraph, and no term."""


def add_definitions(md: MarkdownIt) -> None:
    """Read definition lists."""
    md.use(deflist_plugin)
    rule = next(each for each in md.block.ruler.__rules__ if each.name == "deflist")
    one_term = rule.fn

    def definitions(state: StateBlock, first: int, end: int, silent: bool) -> bool:
        last = first if silent else _last_term(state, first, end)
        before = len(state.tokens)
        if not one_term(state, last, end, silent):
            return False
        if last > first:
            _add_terms(state, first, last, before)
        return True

    md.block.ruler.at("deflist", definitions, {"alt": ["paragraph", "reference", "blockquote"]})


def _last_term(state: StateBlock, first: int, end: int) -> int:
    """The last of several lines that are terms of what is defined below; else the first line."""
    for line in range(first, min(first + _TERMS_MAX, end - 1)):
        if not _is_term(state, line) or (line > first and _begins_block(state, line, end)):
            return first
        following = line + 1 + state.isEmpty(line + 1)
        if following < end and _defines(state, following):
            return line
    return first


def _is_term(state: StateBlock, line: int) -> bool:
    text = _text(state, line)
    return (
        0 < len(text) <= _TERM_CHARACTERS_MAX
        and state.sCount[line] >= state.blkIndent
        and not text.endswith(_ENDS_OF_SENTENCES)
    )


def _defines(state: StateBlock, line: int) -> bool:
    return _text(state, line)[:2] in (": ", ":\t") and not state.is_code_block(line)


def _begins_block(state: StateBlock, line: int, end: int) -> bool:
    return any(rule(state, line, end, True) for rule in rules_at(state, line, "paragraph"))


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def _add_terms(state: StateBlock, first: int, last: int, place: int) -> None:
    """Put the lines before the last term into the list that begins with it."""
    opening = state.tokens[place]
    terms: list[Token] = []
    for line in range(first, last):
        level = opening.level + 1
        term = Token("dt_open", "dt", 1, block=True, level=level, map=[line, line])
        text = Token("inline", "", 0, block=True, level=level + 1, map=[line, line])
        text.content, text.children = _text(state, line), []
        terms += [term, text, Token("dt_close", "dt", -1, block=True, level=level)]
    opening.map = [first, state.line]
    state.tokens[place + 1 : place + 1] = terms
    behind = state.tokens[place - 1] if place else None
    if behind is not None and behind.type == "dl_close" and behind.level == opening.level:
        # The list goes on: it ended only because its next entry has several terms.
        del state.tokens[place - 1 : place + 1]
