"""markdown-it, set up for the Markdown of content and for texts that are out to hurt."""

import re
from collections.abc import Mapping, MutableMapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.parser_inline import ParserInline, RuleFuncInlineType
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, newline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from activities.documents.budget import Budget, budget_of
from activities.documents.dialect.admonitions import add_admonitions
from activities.documents.dialect.bare_addresses import add_bare_addresses
from activities.documents.dialect.bare_brackets import add_bare_brackets
from activities.documents.dialect.block_rules import BlockRules
from activities.documents.dialect.definitions import add_definitions
from activities.documents.dialect.flanking import FlankingState
from activities.documents.dialect.link_definitions import definition, show_unused
from activities.documents.dialect.lists import list_block
from activities.documents.dialect.marks import add_marks
from activities.documents.dialect.notices import NOTICE, add_notices
from activities.documents.dialect.references import reference
from activities.documents.dialect.spaced_links import add_spaced_links
from activities.documents.dialect.tables import table
from activities.documents.dialect.tight_headings import heading
from activities.documents.formulas.delimiters import formula_delimiters
from activities.documents.html.markdown_rules import add_html
from activities.documents.image_syntax import image_syntax

_NO_MARKS = re.compile(r"(?:[^\\`*_\[<&$~^\n=:]++|=(?!=)|:(?!//)(?<!mailto:))*+")

_NESTING_MAX: Final = 50
"""Levels, two for each list. The parser drops what is deeper."""
_FOOTNOTE_LABEL_MAX: Final = 200
"""Characters of a reference to a footnote, brackets included."""

_SIGNS = MappingProxyType(
    {
        "text": "",
        "bare_address": ":",
        "escape": "\\",
        "backticks": "`",
        "script": "~^",
        "strikethrough": "~",
        "mark": "=",
        "emphasis": "*_",
        "link": "[",
        "spaced_link": "[",
        "image": "!",
        "autolink": "<",
        "entity": "&",
        "footnote_inline": "^",
        "footnote_ref": "[",
        "math_inline": "$\\",
    }
)
"""The signs at which rules may begin; others may at any."""

_CONTAINERS = frozenset(
    {
        "blockquote_open",
        "list_item_open",
        "footnote_reference_open",
        "dd_open",
        "notice_open",
    }
)


def has_marks(text: str) -> bool:
    """Whether a line is more than text to the parser."""
    return not _NO_MARKS.fullmatch(text)


class ParsedText(NamedTuple):
    """A text as tokens."""

    tokens: list[Token]
    footnotes: Mapping[int, Any]
    """For each number, from 0 in the order of references, `{"label": ...}` of a definition or
    `{"tokens": ...}` of an inline note."""
    too_deep: bool
    """Lists and quotations nest too deeply and are text, marks included."""


def parse_text(source: str, budget: Budget) -> ParsedText:
    """The tokens of a text of any length; its footnotes stay where they are defined.

    They are taken from the budget. A table that it has not enough for, and whatever follows the
    last token, stays source.
    """
    environment = budget.environment()
    tokens = _TEXT.parse(source, environment)
    if any(token.level >= _NESTING_MAX - 1 and token.type in _CONTAINERS for token in tokens):
        # Nobody wrote such a text by hand: show its marks rather than lose a part of it.
        return ParsedText(_UNNESTED.parse(source, budget.environment()), {}, too_deep=True)
    footnotes = environment.get("footnotes", {}).get("list", {})
    return ParsedText(tokens, footnotes, too_deep=False)


def parse_line(source: str, budget: Budget) -> list[Token]:
    """The inline tokens of a text that has neither blocks nor footnotes."""
    [token] = _LINE.parseInline(source, budget.environment())
    return token.children or []


class _BudgetedInline(ParserInline):
    """Takes what it makes from the budget, in descriptions of images and notes as well.

    At each sign it tries the rules that may begin there, instead of all.
    """

    def __init__(self) -> None:
        super().__init__()
        self._by_sign: dict[str, list[RuleFuncInlineType]] = {}

    def tokenize(self, state: StateInline) -> None:
        """See `ParserInline.tokenize`."""
        by_sign = self._by_sign or self._rules_by_sign()
        source, end, nesting_max = state.src, state.posMax, state.md.options["maxNesting"]
        while state.pos < end:
            rules = by_sign.get(source[state.pos])
            if rules is None:
                found = self.terminator_re.search(source, state.pos, end)
                place = found.start() if found else end
                state.append_pending(source[state.pos : place])
                state.pos = place
                continue
            for rule in rules if state.level < nesting_max else ():
                if rule(state, False):
                    break
            else:
                state.append_pending(source[state.pos])
                state.pos += 1
        if state.pending:
            state.pushPending()

    def _rules_by_sign(self) -> dict[str, list[RuleFuncInlineType]]:
        """The rules in their order, for each sign at which text ends."""
        rules = list(zip(self.ruler.get_active_rules(), self.ruler.getRules(""), strict=True))
        self._by_sign = {
            sign: [rule for name, rule in rules if sign in _SIGNS.get(name, sign)]
            for sign in map(chr, range(128))
            if self.terminator_re.match(sign)
        }
        return self._by_sign

    def parse(
        self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]
    ) -> list[Token]:
        state = FlankingState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        budget_of(env).tokens -= len(state.tokens)
        return state.tokens


def _parser(*, displayed_math: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING_MAX})
    parser.block = BlockRules()
    parser.inline = _BudgetedInline()
    parser.inline.ruler.at("newline", _newline_or_source)
    parser.inline.ruler.at("entity", reference)
    parser.enable(["table", "strikethrough"])
    add_html(parser)
    add_marks(parser)
    add_notices(parser)
    add_admonitions(parser)
    add_bare_addresses(parser)
    add_spaced_links(parser)
    parser.core.ruler.at("inline", _parse_inlines)
    parser.block.ruler.at("table", table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.at("reference", definition)
    parser.block.ruler.at("heading", heading, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.block.ruler.at("list", list_block, {"alt": ["paragraph", "reference", "blockquote"]})
    image_syntax(parser)
    formula_delimiters(parser, displayed=displayed_math)
    if displayed_math:
        add_bare_brackets(parser)
    # Who reads the tokens decides about addresses, so that a refused one leaves its text behind.
    parser.normalizeLink = _normalize_link  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return parser


def _normalize_link(url: str) -> str:
    return url if url[:5].lower() == "data:" else normalizeLink(url)


def _parse_inlines(state: StateCore) -> None:
    """The parser's own step, but for the short way past texts without any mark."""
    budget = budget_of(state.env)
    budget.tokens -= len(state.tokens)
    _parse_each(state, state.tokens, budget)
    _parse_each(state, show_unused(state), budget)


def _parse_each(state: StateCore, tokens: list[Token], budget: Budget) -> None:
    for token in tokens:
        if token.type != "inline":
            continue
        children: list[Token] = []
        if has_marks(token.content):
            state.md.inline.parse(token.content, state.md, state.env, children)
        elif token.content:
            children.append(Token("text", "", 0, content=token.content))
            budget.tokens -= 1
        token.children = children


def _newline_or_source(state: StateInline, silent: bool) -> bool:
    """The parser's rule, which is the first that a mark is tried with."""
    if not silent and len(state.tokens) > budget_of(state.env).tokens:
        state.pending += state.src[state.pos : state.posMax]
        state.pos = state.posMax
        budget_of(state.env).refusals += 1
        return True
    return state.src[state.pos] == "\n" and bool(newline(state, silent))


def _bounded_footnote_reference(state: StateInline, silent: bool) -> bool:
    """The plugin's rule, kept from searching the rest of the text at each bracket."""
    if state.src.find("]", state.pos, state.pos + _FOOTNOTE_LABEL_MAX) < 0:
        return False
    found: bool = footnote_ref(state, silent)
    return found


_LINE = _parser(displayed_math=False)
_UNNESTED = _parser(displayed_math=True).disable(["blockquote", "list", NOTICE])
_TEXT = _parser(displayed_math=True).use(footnote_plugin, move_to_end=False).use(add_definitions)
_TEXT.inline.ruler.at("footnote_ref", _bounded_footnote_reference)
