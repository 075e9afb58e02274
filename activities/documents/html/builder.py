"""Builds blocks from the tags and texts of HTML, as they come.

It follows the tree construction of the standard (13.2.6) in what an author can see: which tags end
which elements, what goes on in the next paragraph, where text lands that is in no cell. It does not
follow it where that costs more than in proportion to the length of a text, as all parsers do that
build the whole tree: elements that nest more than a hundred deep are not told apart any more.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import turbohtml
from msgspec.structs import replace

from activities.documents.html import blocks, elements, lists, tables, within_lines
from activities.documents.html.apart import Apart, Drawing, Embedded, Formula, Removed, TexScript
from activities.documents.html.attributes import (
    NO_ATTRIBUTES,
    Attributes,
    attributes_of,
    code_language,
)
from activities.documents.html.building import Building
from activities.documents.html.directions import directed
from activities.documents.html.embedded import shown_name
from activities.documents.html.formulas import is_tex_script
from activities.documents.html.frames import Frame, Kind
from activities.documents.link_addresses import safe_address
from activities.documents.model import Block, Run
from activities.documents.pieces import Piece, as_run

if TYPE_CHECKING:
    from activities.documents.inline_tokens import InlineReader


Token = turbohtml.Token


class HtmlBuilder(Building):
    """Reads one text, or what a Markdown text has between its own blocks."""

    def __init__(
        self,
        inlines: "InlineReader",
        heading_level: Callable[[int], int],
        *,
        unknown_is_text: bool = False,
        depth: int = 0,
    ) -> None:
        """Make a builder.

        Args:
            inlines: reads pictures and addresses, and knows what to warn of.
            heading_level: the level in the document of a heading's level in the text.
            unknown_is_text: show tags of elements that are none of HTML's, rather than pass them
                over as browsers do.
            depth: of quotations, list items and the like around the text.
        """
        super().__init__(inlines, heading_level, depth, _CLOSERS)
        self._unknown_is_text = unknown_is_text
        self._apart: Apart | None = None
        """What is read by itself until it ends: scripts, drawings, formulas."""

    @property
    def is_open(self) -> bool:
        """Whether an element is open, to which what follows belongs."""
        return len(self.open) > 1 or self._apart is not None

    @property
    def depth(self) -> int:
        """The depth at which what follows is."""
        return self.open[-1].depth

    def read(self, source: str) -> None:
        """Read a stretch of HTML."""
        source = source.replace("\r\n", "\n").replace("\r", "\n")
        last = self._read(source, scripting=True)
        if self._apart is None and not last[:12].lower().startswith(_RAW):
            # A browser drops a tag that was cut off: what may be text is shown here.
            end = source.rfind(last) + len(last) if last else 0
            unfinished = _TAG_START.search(source, end)
            if unfinished:
                self.text(source[unfinished.start() :])

    def _read(self, source: str, *, scripting: bool) -> str:
        """Read the tokens.

        Args:
            source: HTML.
            scripting: whether `noscript` is one text, as to a browser that runs scripts. It is read
                then as by one that does not.

        Returns:
            The source of the last token that is no text.
        """
        before = last = ""
        for token in turbohtml.tokenize(source, capture_source=True):
            self._take_token()
            kind = token.type
            if self._apart is not None:
                self._read_apart(token)
            elif kind == turbohtml.TokenType.TEXT:
                if before == "noscript" and scripting:
                    self._read(token.data or "", scripting=False)
                else:
                    self.text(token.data or "")
            elif kind == turbohtml.TokenType.START_TAG:
                self._start(token)
            elif kind == turbohtml.TokenType.END_TAG:
                self._end(token)
            before = token.tag or ""
            last = token.source or last
        return last

    def _take_token(self) -> None:
        self.budget.tokens -= 1
        if self.budget.tokens <= 0 and not self.is_plain:
            self.is_plain = True
            self.budget.refusals += 1

    def add_blocks(self, blocks: Iterable[Block]) -> None:
        """Add blocks that stand between stretches of HTML."""
        if self._apart is None and not self.hidden:
            if self.open[-1].kind == "code":
                # Code within other elements goes as far as the blank line (4.6 of CommonMark).
                self.pop()
            self.enter_block()
            self.flush()
            self.open[-1].blocks.extend(directed(blocks, self.open[-1].right_to_left))

    def add_pieces(self, pieces: Sequence[Piece]) -> None:
        """Add what stands between tags within a line."""
        if pieces and self._apart is None and not self.hidden:
            if self.open[-1].kind == "code":
                self.open[-1].texts.extend(as_run(piece).text for piece in pieces)
                return
            self.begin_text()
            self.flow.add_pieces(pieces)

    def finish(self) -> list[Block]:
        """Close what is open; all blocks."""
        self._end_apart()
        while len(self.open) > 1:
            self.pop()
        self.flush()
        return self.open[0].blocks

    # What is read by itself

    def _read_apart(self, token: Token) -> None:
        if self._apart is not None and self._apart.read(token):
            self._end_apart()

    def _end_apart(self) -> None:
        apart, self._apart = self._apart, None
        if isinstance(apart, Removed):
            if apart.warns:
                self.warnings.add("html-removed")
        elif apart is None or self.hidden or self.is_plain:
            return
        elif isinstance(apart, Embedded):
            self._add_embedded(apart.attributes, apart.address)
        elif isinstance(apart, Drawing):
            if not (apart.is_hidden or apart.is_empty):
                self.add_picture(apart.address, apart.description, apart.attributes, {})
        elif apart.tex:
            self.add_formula(apart.tex, displayed=apart.displayed)

    def _add_embedded(self, attributes: Attributes, address: str) -> None:
        if self.hidden:
            return
        self.warnings.add("embedded-as-link")
        name = shown_name(attributes, address)
        link = safe_address(f"https:{address}" if address.startswith("//") else address)
        self.begin_text()
        run = replace(self.flow.styled(name), link=link) if link else Run(f"[{name}]")
        self.flow.add_pieces([run])

    # Text and pieces

    def _start(self, token: Token) -> None:
        name = token.tag or ""
        if self._unknown_is_text and name not in elements.KNOWN:
            self.text(token.source or "")
            return
        attributes = attributes_of(token)
        # What an element shows at once has its name; else what is in it, and not what it ends.
        is_shown = name in elements.VOID or name in _APART
        if attributes and is_shown:
            self.name_next(name, attributes)
        self._open(name, token, attributes)
        if attributes and not is_shown and name not in elements.HEADINGS:
            self.name_next(name, attributes)

    def _open(self, name: str, token: Token, attributes: Attributes) -> None:
        top = self.open[-1]
        if top.kind == "code":
            self._start_in_code(top, name, attributes)
        elif self.is_plain and name not in _APART:
            if name not in elements.STYLES and name not in elements.PLAIN_INLINE and name != "a":
                self.flow.add_text(" ")
        elif name in _APART:
            self._begin_apart(name, token, attributes)
        else:
            action = _STARTS.get(name)
            if action is None:
                within_lines.start_inline(self, name, attributes)
            else:
                action(self, name, attributes)

    def _begin_apart(self, name: str, token: Token, attributes: Attributes) -> None:
        if name == "noscript":
            return
        if name == "script" and is_tex_script(attributes):
            self._apart = TexScript(attributes)
        elif name in elements.REMOVED:
            self._apart = Removed(name)
        elif name == "svg":
            self._apart = Drawing(token, attributes)
        elif name == "math":
            self._apart = Formula(attributes)
        elif name == "embed":
            self._add_embedded(attributes, attributes.get("src", "").strip())
        elif name == "object" and not attributes.get("data", "").strip():
            within_lines.start_inline(self, name, attributes)
        else:
            self._apart = Embedded(name, attributes)
        if token.self_closing and name in {"svg", "math"}:
            self._end_apart()

    # Blocks

    def _start_in_code(self, code: Frame, name: str, attributes: Attributes) -> None:
        if name in _APART:
            if name in elements.REMOVED or name == "svg":
                self._apart = Removed(name)
            return
        if name == "br":
            code.texts.append("\n")
        elif name == "img":
            code.texts.append(attributes.get("alt", ""))
        elif name == "code" and not code.language:
            code.language = code_language(attributes)
        elif name in _LINES and code.texts and not code.texts[-1].endswith("\n"):
            code.texts.append("\n")
        if name not in elements.VOID:
            code.within[name] += 1

    def _end(self, token: Token) -> None:
        name = token.tag or ""
        if self._unknown_is_text and name not in elements.KNOWN:
            self.text(token.source or "")
        elif name == "noscript" or self._ends_within_code(name):
            return
        elif self.ignored[name]:
            self.ignored[name] -= 1
        elif name in elements.HEADINGS:
            self._end_heading(name)
        elif name == "table" or name in elements.TABLE_PARTS:
            tables.end_part(self, name)
        elif self.scopes[-1][name]:
            self.pop_to(name)
        elif name == "br":
            within_lines.add_break(self, name, NO_ATTRIBUTES)
        elif not self.end_inline(name) and name in _LINES:
            self.flush()

    def _ends_within_code(self, name: str) -> bool:
        """Whether an end tag is that of an element in code, or of none that is open around it."""
        top = self.open[-1]
        if top.kind != "code" or name == top.name:
            return False
        if top.within[name]:
            top.within[name] -= 1
            return True
        return not self.scopes[-1][name]

    def _end_heading(self, name: str) -> None:
        """Any heading ends the one that is open (13.2.6.4.7)."""
        scope = self.scopes[-1]
        if scope[name]:
            self.pop_to(name)
            return
        for other in elements.HEADINGS:
            if scope[other]:
                self.pop_to(other)
                return


def heading_levels(source: str) -> set[int]:
    """The levels of the headings in a stretch of HTML."""
    if "<h" not in source and "<H" not in source:
        return set()
    start_tag = turbohtml.TokenType.START_TAG
    tokens = turbohtml.tokenize(source, capture_attributes=False)
    levels = {elements.HEADINGS.get(token.tag or "") for token in tokens if token.type == start_tag}
    return {level for level in levels if level}


_Start = Callable[[Building, str, Attributes], None]

_TAG_START: Final = re.compile("<[A-Za-z]")
_RAW: Final = ("<title", "<textarea", "<xmp", "<plaintext", "<noembed", "<noframes")
"""Beginnings of tags behind which there are no others but their end."""
_APART: Final = elements.REMOVED | elements.EMBEDDED.keys() | {"svg", "math", "noscript"}
_LINES: Final = (
    elements.PLAIN_BLOCKS
    | elements.HEADINGS.keys()
    | elements.LISTS
    | {"p", "li", "tr", "dt", "dd", "blockquote", "pre", "table"}
)
"""Elements that begin on a line of their own."""


def _starts() -> dict[str, _Start]:
    starts: dict[str, _Start] = dict.fromkeys(elements.PLAIN_BLOCKS, blocks.start_block)
    starts |= dict.fromkeys(elements.HEADINGS, blocks.start_heading)
    starts |= dict.fromkeys(elements.LISTS, lists.start_list)
    starts |= dict.fromkeys(elements.TABLE_PARTS, tables.start_part)
    starts |= dict.fromkeys(elements.PREFORMATTED, blocks.start_code)
    starts |= dict.fromkeys(elements.VOID, within_lines.pass_over)
    return starts | {
        "p": blocks.start_block,
        "blockquote": blocks.start_quote,
        "details": blocks.start_details,
        "summary": blocks.start_summary,
        "figure": blocks.start_figure,
        "figcaption": blocks.start_caption,
        "hr": blocks.add_rule,
        "li": lists.start_item,
        "dl": lists.start_definitions,
        "dt": lists.start_term,
        "dd": lists.start_term,
        "table": tables.start_table,
        "colgroup": within_lines.pass_over,
        "a": within_lines.start_link,
        "abbr": within_lines.start_abbreviation,
        "acronym": within_lines.start_abbreviation,
        "q": within_lines.start_quotation,
        "rt": within_lines.start_ruby_text,
        "rp": within_lines.start_ruby_text,
        "br": within_lines.add_break,
        "wbr": within_lines.add_break_point,
        "img": within_lines.add_image,
        "input": within_lines.add_input,
    }


_STARTS: Final = MappingProxyType(_starts())

_CLOSERS: Final[MappingProxyType[Kind, Callable[[Building, Frame], None]]] = MappingProxyType(
    {
        "heading": blocks.close_heading,
        "quote": blocks.close_quote,
        "callout": blocks.close_callout,
        "summary": blocks.close_summary,
        "figure": blocks.close_figure,
        "caption": blocks.close_caption,
        "list": lists.close_list,
        "item": lists.close_item,
        "definitions": lists.close_definitions,
        "term": lists.close_term,
        "definition": lists.close_definition,
        "table": tables.close_table,
        "section": tables.close_section,
        "cell": tables.close_cell,
        "code": blocks.close_code,
    }
)
