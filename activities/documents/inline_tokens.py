"""Markdown's inline tokens become runs."""

import re
from collections.abc import Callable, Sequence
from types import MappingProxyType
from urllib.parse import unquote

from markdown_it.token import Token
from msgspec.structs import replace

from activities.documents.budget import Budget
from activities.documents.control_characters import remove_control_characters
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.diagrams import diagram_kind
from activities.documents.dialect.bare_addresses import linked_parts, may_have_bare_address
from activities.documents.formulas.delimiters import fenced_formula
from activities.documents.html.builder import HtmlBuilder
from activities.documents.html.flatten import flat_runs
from activities.documents.html.markdown_rules import unmatched_tags
from activities.documents.image_syntax import asked_size
from activities.documents.labels import Labels
from activities.documents.link_addresses import safe_address
from activities.documents.link_targets import LOCAL_LINK, LocalNames, item_anchor
from activities.documents.model import (
    FOOTNOTE_LINK,
    Block,
    CodeBlock,
    MathBlock,
    Paragraph,
    Run,
    Runs,
)
from activities.documents.pictures import PictureReader
from activities.documents.pieces import (
    SOFT_HYPHEN,
    Piece,
    as_blocks,
    as_run,
    is_shown,
    may_have_data,
    soft_break_text,
    without_data,
)
from activities.model.content_links import ContentLinks

_COLONS = (":", "\uff1a")
_LABEL_TOKENS = 8
"""Tokens of a line that are looked through for a label."""
_ASKED = re.compile(r"(?:[QA]|Question|Answer)(?: ?[0-9]{1,3}[.)]?|[.)])")
"""Labels of questions and answers that need no colon."""


class InlineReader:
    """Reads the inline tokens of one text."""

    def __init__(
        self,
        warnings: ConversionWarnings,
        labels: Labels,
        links: ContentLinks,
        local_links: list[str],
        local_names: LocalNames,
        budget: Budget,
        pictures: PictureReader,
        footnotes_before: int,
        *,
        has_entities: bool,
    ) -> None:
        """Make a reader for a text that has been cleaned of control characters.

        Args:
            warnings: where refused links and images are noted.
            labels: words for what has none in the text.
            links: where the content's links lead.
            local_links: where links to places in the item itself are noted.
            local_names: whether names of places in the item are wanted and given.
            budget: what formulas are taken from.
            pictures: reads the item's pictures.
            footnotes_before: the number of footnotes in earlier texts of the item.
            has_entities: True if an entity may bring a control character back.
        """
        self.warnings = warnings
        self.labels = labels
        self.links = links
        self.local_links = local_links
        self.local_names = local_names
        self.budget = budget
        self.pictures = pictures
        self.footnotes_before = footnotes_before
        self.has_entities = has_entities
        self.heading_level: Callable[[int], int] = lambda level: level
        """The level in the document of a heading's level in the text."""
        self.anchors: list[str] = []
        """Names that the text gave to what comes next."""

    def runs(self, tokens: Sequence[Token]) -> Runs:
        """Everything as runs, for a place that holds nothing else; none when all is blank."""
        text = self._plain_text(tokens)
        if text is not None:
            return (Run(text),) if text.strip() else ()
        if _has_html(tokens):
            return flat_runs(self._read_html(tokens))
        runs = tuple(map(as_run, self._pieces(tokens)))
        return runs if any(map(is_shown, runs)) else ()

    def blocks(self, tokens: Sequence[Token]) -> list[Block]:
        """Paragraphs, and between them what stands in a block of its own."""
        text = self._plain_text(tokens)
        if text is not None:
            text = text.strip()
            return [Paragraph((Run(text),))] if text else []
        if _has_html(tokens):
            return self._read_html(tokens)
        return as_blocks(self._pieces(tokens))

    def _pieces(self, tokens: Sequence[Token]) -> list[Piece]:
        pieces = _Pieces(self).read(tokens)
        if self.anchors:
            for place, piece in enumerate(pieces):
                if not isinstance(piece, Run) or is_shown(piece):
                    pieces[place] = replace(piece, anchors=self.take_anchors())
                    break
        return pieces

    def add_anchor(self, name: str) -> None:
        """Let links lead to what comes next by a name, if there may be any."""
        if self.local_names.are_wanted:
            self.anchors.append(name)
            self.local_names.are_given = True

    def take_anchors(self) -> tuple[str, ...]:
        """The names of what comes now."""
        names = tuple(self.anchors)
        self.anchors.clear()
        return names

    def _plain_text(self, tokens: Sequence[Token]) -> str | None:
        """A line that is nothing but text, as most are; None for others."""
        if len(tokens) != 1 or tokens[0].type != "text" or self.has_entities or self.anchors:
            return None
        text = tokens[0].content
        return None if may_have_bare_address(text) or may_have_data(text) else text

    def _read_html(self, tokens: Sequence[Token]) -> list[Block]:
        """Let HTML and what is between its tags be read as one."""
        builder = HtmlBuilder(self, self.heading_level, unknown_is_text=True)
        unmatched = unmatched_tags(tokens)
        pieces = _Pieces(self)
        for position, token in enumerate(tokens):
            if token.type == "html_inline" and position not in unmatched:
                builder.add_pieces(pieces.taken())
                builder.read(token.content)
            else:
                pieces.read_token(tokens, position)
        builder.add_pieces(pieces.taken())
        return builder.finish()

    def code(self, text: str, language: str) -> list[Block]:
        """A block of code, which is a formula or the source of a diagram in some languages."""
        tex = fenced_formula(language, text)
        if tex is not None and self.budget.take_formula(tex):
            return [MathBlock(tex, self.take_anchors())]
        code = CodeBlock(text.removesuffix("\n"), language, self.take_anchors())
        diagram = diagram_kind(language)
        if diagram is None:
            return [code]
        self.warnings.add("diagram-as-source")
        return [Paragraph((Run(self.labels.diagram.format(diagram)),), "note"), code]

    def link(self, address: str) -> str | None:
        """What a run may have as its link for an address in content; what is lost is noted."""
        if not address:
            return None
        if address.startswith("#"):
            self.local_links.append(address)
            return LOCAL_LINK + address[1:]
        item_id = self.links.item_of(address)
        if item_id is not None:
            return f"#{item_anchor(item_id)}"
        if address.startswith("item:"):
            self.warnings.add("link-target-missing")
            return None
        absolute = self.links.absolute(address)
        safe = safe_address(absolute)
        if safe is None:
            self.warnings.add("link-removed")
        elif unquote(safe) != unquote(absolute):
            self.warnings.add("link-changed")
        return safe


class _Pieces:
    """The state of reading: the style that is open, and the text that has come in it."""

    def __init__(self, reader: InlineReader) -> None:
        self.reader = reader
        self.pieces: list[Piece] = []
        self.texts: list[str] = []
        self.next_place = 0
        """Where the text after the last line break was found: it is not looked for twice."""
        self.strong = 0
        self.emphasis = 0
        self.strike = 0
        self.mark = 0
        self.in_link = False
        self.link: str | None = None

    def read(self, tokens: Sequence[Token]) -> list[Piece]:
        for position in range(len(tokens)):
            self.read_token(tokens, position)
        return self.taken()

    def read_token(self, tokens: Sequence[Token], position: int) -> None:
        token = tokens[position]
        if token.type != "softbreak":
            _ACTIONS[token.type](self, token)
        elif _begins_with_label(tokens, position + 1):
            self.texts.append("\n")
        else:
            following = self.next_text(tokens, position + 1)
            self.texts.append(soft_break_text(self.last_text(), following))

    def taken(self) -> list[Piece]:
        """What has been read since this was called before."""
        self.end_run()
        pieces, self.pieces = self.pieces, []
        return pieces

    def last_text(self) -> str:
        if self.texts:
            return self.texts[-1]
        last = self.pieces[-1] if self.pieces else None
        return last.text if isinstance(last, Run) else ""

    def next_text(self, tokens: Sequence[Token], start: int) -> str:
        place = max(start, self.next_place)
        while place < len(tokens) and not tokens[place].content:
            place += 1
        self.next_place = place
        return tokens[place].content if place < len(tokens) else ""

    def cleaned(self, text: str) -> str:
        if self.reader.has_entities:
            text, removed = remove_control_characters(text)
            if removed:
                self.reader.warnings.add("control-characters-removed", removed)
            text = text.replace(SOFT_HYPHEN, "")
        return text

    def end_run(self) -> None:
        text = "".join(self.texts)
        if text:
            self.add_run(text)
        self.texts.clear()

    def add_run(
        self,
        text: str,
        *,
        code: bool = False,
        math: bool = False,
        superscript: bool = False,
        subscript: bool = False,
    ) -> None:
        self.pieces.append(
            Run(
                text,
                strong=self.strong > 0,
                emphasis=self.emphasis > 0,
                strike=self.strike > 0,
                mark=self.mark > 0,
                code=code,
                math=math,
                link=self.link,
                superscript=superscript,
                subscript=subscript,
            )
        )

    def on_text(self, token: Token) -> None:
        text = token.content
        if not text:
            return
        text, pictures = without_data(self.cleaned(text))
        if pictures:
            self.reader.warnings.add("image-unreadable", pictures)
        if not self.in_link and may_have_bare_address(text):
            self.add_addresses(text)
        else:
            self.texts.append(text)

    def add_addresses(self, text: str) -> None:
        """Add a text of which parts may be addresses."""
        for part, address in linked_parts(text):
            safe = safe_address(address) if address else None
            if safe is None:
                self.texts.append(part)
                continue
            self.end_run()
            self.link = safe
            self.add_run(part)
            self.link = None

    def on_hard_break(self, _token: Token) -> None:
        self.texts.append("\n")

    def on_code(self, token: Token) -> None:
        self.end_run()
        self.add_run(token.content, code=True)

    def on_math(self, token: Token) -> None:
        if not self.reader.budget.take_formula(token.content):
            self.texts.append(f"${token.content}$")
            return
        self.end_run()
        self.add_run(token.content, math=True)

    def on_displayed_math(self, token: Token) -> None:
        if not self.reader.budget.take_formula(token.content):
            self.texts.append(f"$${token.content}$$")
            return
        self.end_run()
        self.pieces.append(MathBlock(token.content))

    def on_strong(self, token: Token) -> None:
        self.end_run()
        self.strong += token.nesting

    def on_emphasis(self, token: Token) -> None:
        self.end_run()
        self.emphasis += token.nesting

    def on_strike(self, token: Token) -> None:
        self.end_run()
        self.strike += token.nesting

    def on_mark(self, token: Token) -> None:
        self.end_run()
        self.mark += token.nesting

    def on_script(self, token: Token) -> None:
        self.end_run()
        is_raised = token.type == "sup"
        self.add_run(token.content, superscript=is_raised, subscript=not is_raised)

    def on_link_open(self, token: Token) -> None:
        self.in_link = True
        safe = self.reader.link(str(token.attrs.get("href", "")))
        if safe is not None:
            self.end_run()
            self.link = safe

    def on_link_close(self, _token: Token) -> None:
        self.in_link = False
        if self.link is not None:
            self.end_run()
            self.link = None

    def on_image(self, token: Token) -> None:
        asked = asked_size(token, self.cleaned(_description(token)))
        self.end_run()
        self.pieces.append(
            self.reader.pictures.read(
                str(token.attrs.get("src", "")),
                asked.description,
                caption=self.caption(asked.title, asked.description),
                width=asked.width,
                height=asked.height,
                link=self.link,
            )
        )

    def caption(self, title: str, description: str) -> Runs:
        """An image's title (CommonMark 6.4), to stand below it; none that only repeats."""
        title = self.cleaned(title).strip()
        return (Run(title),) if title != description.strip() and title else ()

    def on_footnote(self, token: Token) -> None:
        self.end_run()
        label = str(self.reader.footnotes_before + int(token.meta["id"]) + 1)
        self.pieces.append(Run(label, superscript=True, link=FOOTNOTE_LINK + label))


def _has_html(tokens: Sequence[Token]) -> bool:
    # No generator: this is asked of every line.
    for token in tokens:  # noqa: SIM110
        if token.type == "html_inline":
            return True
    return False


def _begins_with_label(tokens: Sequence[Token], start: int) -> bool:
    """Whether a line begins with a label such as `**Q:**` or `**Answer**:`.

    Models write questions and answers, names and values on lines of their own.
    """
    is_strong, label = False, ""
    for place in range(start, min(start + _LABEL_TOKENS, len(tokens))):
        token = tokens[place]
        if token.type == "strong_open":
            is_strong = True
        elif token.type == "strong_close":
            after = tokens[place + 1].content if place + 1 < len(tokens) else ""
            if after.lstrip().startswith(_COLONS) or label.endswith(_COLONS):
                return True
            return _ASKED.fullmatch(label) is not None
        elif token.type != "text" or (token.content and not is_strong):
            return False
        else:
            label += token.content
    return False


def _description(image: Token) -> str:
    """An image's alternative text: its label without the marks."""
    return "".join(
        _description(child) if child.children else child.content or " "
        for child in image.children or ()
        if child.nesting == 0
    )


_ACTIONS: MappingProxyType[str, Callable[[_Pieces, Token], None]] = MappingProxyType(
    {
        "text": _Pieces.on_text,
        "text_special": _Pieces.on_text,
        "html_inline": _Pieces.on_text,
        "hardbreak": _Pieces.on_hard_break,
        "code_inline": _Pieces.on_code,
        "math_inline": _Pieces.on_math,
        "math_block": _Pieces.on_displayed_math,
        "strong_open": _Pieces.on_strong,
        "strong_close": _Pieces.on_strong,
        "em_open": _Pieces.on_emphasis,
        "em_close": _Pieces.on_emphasis,
        "s_open": _Pieces.on_strike,
        "s_close": _Pieces.on_strike,
        "mark_open": _Pieces.on_mark,
        "mark_close": _Pieces.on_mark,
        "sub": _Pieces.on_script,
        "sup": _Pieces.on_script,
        "link_open": _Pieces.on_link_open,
        "link_close": _Pieces.on_link_close,
        "image": _Pieces.on_image,
        "footnote_ref": _Pieces.on_footnote,
    }
)
