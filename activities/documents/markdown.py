"""Markdown becomes blocks and runs: CommonMark with tables, strikethrough, dollar maths,
footnotes and task lists. HTML is text.
"""

import re
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.footnote.index import footnote_ref

from activities.documents.block_tokens import read_blocks
from activities.documents.control_characters import remove_control_characters
from activities.documents.dollar_math import dollar_math
from activities.documents.inline_tokens import InlineReader, line_joint
from activities.documents.model import Block, Footnotes, Paragraph, Run, Runs
from activities.documents.notices import Notices

_NESTING_MAX: Final = 50
"""Levels of the parser, two for each list; it drops what is deeper, see `_tokens`."""
_FOOTNOTE_LABEL_MAX: Final = 200
"""Characters of a reference to a footnote, brackets included."""

# A text without any of these marks needs no parser: it is one run, or a paragraph between two
# empty lines. `_PLAIN_LINE` refuses the starts of lists, headings, tables, quotations and
# indented code as well.
_PLAIN = re.compile(r"[^\\`*_\[<&$~\n]*")
_PLAIN_LINE = re.compile(r"[^\s\\`*_\[<&$~+\-=#>|:0-9][^\\`*_\[<&$~\n]*(?<!\s)")


def _normalize_link(url: str) -> str:
    return url if url[:5].lower() == "data:" else normalizeLink(url)


def _parser(*, displayed_math: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _NESTING_MAX})
    parser.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])
    parser.core.ruler.at("inline", _parse_inlines)
    dollar_math(parser, displayed=displayed_math)
    # The builder decides about addresses, so that a refused one leaves its text behind.
    parser.normalizeLink = _normalize_link  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return parser


def _parse_inlines(state: StateCore) -> None:
    """The parser's own step, but for the short way past texts without any mark."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        children: list[Token] = []
        if not _PLAIN.fullmatch(token.content):
            state.md.inline.parse(token.content, state.md, state.env, children)
        elif token.content:
            children.append(Token("text", "", 0, content=token.content))
        token.children = children


def _footnote_reference(state: StateInline, silent: bool) -> bool:
    """The plugin's rule, kept from searching the rest of the text at each bracket."""
    if state.src.find("]", state.pos, state.pos + _FOOTNOTE_LABEL_MAX) < 0:
        return False
    found: bool = footnote_ref(state, silent)
    return found


_ONE_LINE = _parser(displayed_math=False)
_UNNESTED = _parser(displayed_math=True).disable(["blockquote", "list"])
_TEXT = _parser(displayed_math=True).use(footnote_plugin, move_to_end=False)

_TEXT.inline.ruler.at("footnote_ref", _footnote_reference)

_CONTAINERS = frozenset({"blockquote_open", "list_item_open", "footnote_reference_open"})


class MarkdownReader:
    """Reads the texts of one item. Footnotes are numbered on from text to text."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._footnotes = 0

    def text(self, source: str) -> str:
        """A text that is no Markdown, without control characters."""
        cleaned, removed = remove_control_characters(source)
        if removed:
            self._notices.add("control-characters-removed", removed)
        return cleaned

    def runs(self, source: str) -> Runs:
        """A one-line text. Block marks such as `#` or `-` are text; lines are joined."""
        source = self.text(source).strip()
        if _PLAIN.fullmatch(source):
            return (Run(source),) if source else ()
        [token] = _ONE_LINE.parseInline(source)
        return self._inlines(source).runs(token.children or ())

    def blocks(self, source: str, heading_level: int) -> tuple[Block, ...]:
        """A text of any length. Its highest headings get `heading_level`, lower ones follow."""
        source = self.text(source)
        plain = _plain_paragraphs(source)
        if plain is not None:
            return plain
        environment: dict[str, Any] = {}
        tokens = self._tokens(source, environment)
        footnotes = environment.get("footnotes", {}).get("list", {})
        blocks = read_blocks(tokens, footnotes, self._inlines(source), heading_level)
        if blocks and isinstance(blocks[-1], Footnotes):
            self._footnotes += len(blocks[-1].notes)
        return blocks

    def _inlines(self, source: str) -> InlineReader:
        return InlineReader(self._notices, self._footnotes, has_entities="&" in source)

    def _tokens(self, source: str, environment: dict[str, Any]) -> list[Token]:
        tokens = _TEXT.parse(source, environment)
        if all(token.level < _NESTING_MAX - 1 or token.type not in _CONTAINERS for token in tokens):
            return tokens
        # The parser has dropped what lay deeper. Nobody wrote such a text by hand: show its
        # marks as text rather than lose a part of it.
        self._notices.add("nesting-too-deep")
        environment.clear()
        return _UNNESTED.parse(source, environment)


def _plain_paragraphs(source: str) -> tuple[Block, ...] | None:
    """The paragraphs of a text without any mark, or None when there is one."""
    paragraphs: list[str] = []
    paragraph = ""
    for line in source.split("\n"):
        if _PLAIN_LINE.fullmatch(line):
            paragraph += line_joint(paragraph, line) + line if paragraph else line
        elif line:
            return None
        elif paragraph:
            paragraphs.append(paragraph)
            paragraph = ""
    if paragraph:
        paragraphs.append(paragraph)
    return tuple(Paragraph((Run(text),)) for text in paragraphs)
