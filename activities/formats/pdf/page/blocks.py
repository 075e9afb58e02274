"""How each kind of block is drawn."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from activities.documents.labels import Labels
from activities.documents.model import (
    Block,
    Card,
    CodeBlock,
    Facts,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    ListItem,
    MathBlock,
    Objectives,
    Paragraph,
    QuestionAnswer,
    Quote,
    ReadingTask,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.formats.pdf.file.images import ImageStore, UnreadableImageError
from activities.formats.pdf.file.structure import text_entry
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.flow import Flow, Side, lines_height
from activities.formats.pdf.page.tables import (
    ROW_HEAD,
    Bar,
    Cell,
    body_cells,
    draw_table,
    header_cells,
)
from activities.formats.pdf.page.theme import TextStyle
from activities.formats.pdf.text.paragraph import UNLIMITED, Galley

_EM = 1000
_BULLETS = ("•", "◦", "▪")
_CHECKED, _UNCHECKED = "☑", "☐"
_MARKER_GAP = 6.0
_DISC = "/A<</O/List/ListNumbering/Disc>>"
_DECIMAL = "/A<</O/List/ListNumbering/Decimal>>"
_STEADY_LINES = 3
"""So many lines of a paragraph never move to the next page when there is room for them."""
_YES, _NO, _NONE = "✓", "✗", "–"


class _Tags(msgspec.Struct, frozen=True, gc=False):
    """The structure of something that a marker stands before."""

    label: str
    """Of the marker; empty when it belongs to the first paragraph."""
    body: str
    """Around the rest, if anything."""


_LIST_ITEM = _Tags("Lbl", "LBody")
_NOTE = _Tags("Lbl", "")
_QUESTION = _Tags("", "")


class _Label:
    """A marker at the side of the column: a bullet, a number."""

    def __init__(self, flow: Flow, text: str, style: TextStyle, tag: str) -> None:
        self._line = flow.typesetter.label(text, style.strong, flow.right_to_left)
        self._flow = flow
        self._style = style
        self._tag = tag
        self.width = self._line.width * style.size / _EM
        """Points."""

    def show(self, lower: float) -> None:
        """Draw it at the height of the column's next line, or so many points lower."""
        flow = self._flow
        if flow.right_to_left:
            x = flow.x + flow.width + _MARKER_GAP
        else:
            x = flow.x - self.width - _MARKER_GAP
        top = flow.y - lower
        if self._tag:
            flow.show_element([self._line], self._style, x, top, self.width, "left", self._tag)
        else:
            flow.show([self._line], self._style, x, top, self.width, "left")


class BlockPainter:
    """Draws the blocks of one part of an item."""

    def __init__(
        self,
        flow: Flow,
        images: ImageStore,
        labels: Labels,
        on_heading: Callable[[Heading], int] | None,
        warn: Callable[[str, str], None],
        note_prefix: str,
    ) -> None:
        """Take what a part needs.

        Args:
            flow: Where to draw.
            images: The document's images.
            labels: The words of the item's language.
            on_heading: Called where a heading's first line is about to be drawn; gives its level
                in the structure, where no level may be left out. None where headings are but
                large text.
            warn: Called with a code and a text for people.
            note_prefix: Makes the names of this part's footnotes unique in the file.
        """
        self._flow = flow
        self._images = images
        self._labels = labels
        self._on_heading = on_heading
        self._warn = warn
        self._note_prefix = note_prefix
        self.body = theme.BODY
        """The style of text that has none of its own."""
        self._depth = 0

    def draw(self, blocks: Sequence[Block]) -> None:
        """Draw blocks one below the other."""
        for index, block in enumerate(blocks):
            self._flow.check_cancelled()
            if isinstance(block, Heading):
                self.heading(block, blocks[index + 1] if index + 1 < len(blocks) else None)
            else:
                self._DRAWERS[type(block)](self, block)

    # Text

    def heading(self, heading: Heading, following: Block | None) -> None:
        """Draw a heading on the page on which what follows begins."""
        flow = self._flow
        style = theme.HEADINGS[min(heading.level, len(theme.HEADINGS)) - 1]
        galley = self._prepare(numbered(heading), style)
        lines = galley.lines(flow.width * _EM / style.size)
        flow.gap(style.before)
        flow.need(lines_height(lines, style) + style.after + self._least_height(following))
        tag = "P"
        if self._on_heading:
            tag = f"H{min(self._on_heading(heading), len(theme.HEADINGS))}"
        flow.text(lines, style, "right" if galley.right_to_left else "left", tag)
        flow.advance(0, after=style.after)

    def _heading_alone(self, heading: Heading) -> None:
        self.heading(heading, None)

    def _least_height(self, block: Block | None) -> float:
        """Roughly what a block must have below a heading."""
        if block is None:
            return 0.0
        if isinstance(block, Image):
            return _image_size(block, self._flow)[1]
        if isinstance(block, Heading):
            return theme.HEADINGS[2].before + 4 * self.body.leading
        return _STEADY_LINES * self.body.leading

    def _prepare(self, runs: Runs, style: TextStyle) -> Galley:
        return self._flow.typesetter.prepare(
            self._linked(runs), style.strong, style.emphasis, self._flow.right_to_left
        )

    def _linked(self, runs: Runs) -> Runs:
        for run in runs:
            if run.link and run.link.startswith("#fn-"):
                return self._with_own_notes(runs)
        return runs

    def _with_own_notes(self, runs: Runs) -> Runs:
        """Let references to footnotes lead to those of this part."""
        return tuple(
            Run(
                run.text,
                strong=run.strong,
                emphasis=run.emphasis,
                link=f"#{self._note_prefix}{run.link[1:]}",
                superscript=run.superscript,
            )
            if run.link and run.link.startswith("#fn-")
            else run
            for run in runs
        )

    def _paragraph(self, paragraph: Paragraph) -> None:
        style = self.body
        if paragraph.role == "summary":
            style = theme.SUMMARY
        elif paragraph.role == "note":
            style = theme.NOTE
        self._flow.paragraph(self._prepare(paragraph.runs, style), style)

    def _body_style(self, style: TextStyle) -> "_BodyStyle":
        """Let text be of a style while a `with` statement lasts."""
        before, self.body = self.body, style
        return _BodyStyle(self, before)

    # Lists

    def _list(self, block: ListBlock) -> None:
        tight = all(len(item.blocks) == 1 for item in block.items)
        self._flow.gap(0)
        numbering = _DECIMAL if block.ordered else _DISC
        style = _followed(self.body, 2.0) if tight else self.body
        structure = self._flow.structure
        with structure.element("L", numbering), self._body_style(style):
            for offset, item in enumerate(block.items):
                marker = self._marker(block, item, offset)
                self._depth += 1
                with structure.element("LI"):
                    self._marked(marker, item.blocks, style, _LIST_ITEM)
                self._depth -= 1
        self._flow.advance(0, after=self.body.after)

    def _marker(self, block: ListBlock, item: ListItem, offset: int) -> str:
        if item.checked is not None:
            return _CHECKED if item.checked else _UNCHECKED
        if block.ordered:
            return f"{block.start + offset}."
        return _BULLETS[min(self._depth, len(_BULLETS) - 1)]

    def _marked(
        self, marker: str, blocks: Sequence[Block], marker_style: TextStyle, tags: _Tags
    ) -> None:
        """Draw blocks indented, with a marker before the first line."""
        flow = self._flow
        label = _Label(flow, marker, marker_style, tags.label)
        with flow.indented(max(theme.LIST_INDENT, label.width + _MARKER_GAP)):
            first = blocks[0] if blocks else None
            flow.gap(0)
            if isinstance(first, Paragraph):
                self._marked_text(label, first, blocks[1:], tags)
                return
            flow.need(self._least_height(first))
            if tags.label:
                label.show(0.0)
            else:
                with flow.structure.element("P"):
                    label.show(0.0)
            if tags.body:
                flow.structure.open(tags.body)
            self.draw(blocks)
            if tags.body:
                flow.structure.close()

    def _marked_text(
        self, label: _Label, first: Paragraph, others: Sequence[Block], tags: _Tags
    ) -> None:
        flow, style = self._flow, self.body
        galley = self._prepare(first.runs, style)
        lines = galley.lines(flow.width * _EM / style.size)
        flow.need(lines_height(lines[:_STEADY_LINES], style))
        raised = lines[0].above * style.size / _EM
        side: Side = "right" if galley.right_to_left else "left"
        if tags.label:
            label.show(raised)
            if tags.body and others:
                flow.structure.open(tags.body)
            flow.text(lines, style, side, "P" if others or not tags.body else tags.body)
        else:
            with flow.structure.element("P"):
                label.show(raised)
                flow.place(lines, style, side)
        flow.advance(0, after=style.after)
        if others:
            self.draw(others)
            if tags.body:
                flow.structure.close()

    def _footnotes(self, block: Footnotes) -> None:
        flow = self._flow
        flow.gap(10)
        flow.need(_STEADY_LINES * theme.FOOTNOTE.leading)
        x = flow.x + flow.width * 2 / 3 if flow.right_to_left else flow.x
        flow.rectangle(x, flow.y, flow.width / 3, 0.5, theme.RULE_GREY)
        flow.advance(0, after=5)
        with self._body_style(theme.FOOTNOTE):
            for label, blocks in block.notes:
                name = f"{self._note_prefix}fn-{label}"
                flow.gap(0)
                flow.need(theme.FOOTNOTE.leading)
                flow.canvas.place_destination(name, flow.on_paper(flow.x, flow.y)[1])
                identifier = text_entry("ID", name)
                with flow.structure.element("Note", identifier):
                    self._marked(label, blocks, theme.FOOTNOTE, _NOTE)

    def _objectives(self, block: Objectives) -> None:
        title = self._label(block.kind)
        self._small_title(title, theme.HEADINGS[4])
        marker = "◎" if block.kind == "learning_objectives" else "•"
        structure = self._flow.structure
        with structure.element("L", _DISC), self._body_style(theme.TIGHT):
            for runs in block.entries:
                with structure.element("LI"):
                    self._marked(marker, (Paragraph(runs),), theme.TIGHT, _LIST_ITEM)
        self._flow.advance(0, after=self.body.after)

    def _label(self, kind: str) -> str:
        return self._labels.part(kind)

    def _small_title(self, text: str, style: TextStyle) -> None:
        flow = self._flow
        galley = flow.typesetter.prepare_text(text, style.strong, flow.right_to_left)
        flow.need(style.before + style.leading + _STEADY_LINES * self.body.leading)
        flow.paragraph(galley, style)

    # Boxes

    def _table(self, block: Table) -> None:
        flow = self._flow
        header = header_cells(flow, [self._linked(cell) for cell in block.header])
        rows = []
        for row in block.rows:
            flow.check_cancelled()
            rows.append(body_cells(flow, [self._linked(cell) for cell in row]))
        if header or rows:
            draw_table(flow, header, rows, block.alignments)

    def _code(self, block: CodeBlock) -> None:
        flow, style = self._flow, theme.CODE
        room = (flow.width - 2 * theme.CODE_PADDING) * _EM / style.size
        lines = flow.typesetter.prepare_code(block.text).lines(room)
        flow.gap(4)
        flow.need(lines_height(lines[:_STEADY_LINES], style) + 2 * theme.CODE_PADDING)
        with (
            flow.structure.element("P"),
            flow.structure.element("Code"),
            flow.backdrop(flow.x, flow.width, theme.FILL_GREY, theme.CODE_PADDING),
            flow.indented(theme.CODE_PADDING, theme.CODE_PADDING),
        ):
            flow.place(lines, style, "left")
        flow.advance(0, after=8)

    def _math(self, block: MathBlock) -> None:
        flow = self._flow
        galley = flow.typesetter.prepare_formula(block.tex)
        if galley is None:
            flow.typesetter.on_unreadable_formula()
            source = flow.typesetter.prepare((Run(block.tex, math=True),))
            flow.paragraph(source, self.body, side="center")
            return
        (line,) = galley.lines(UNLIMITED)
        (part,) = line.parts
        formula = part.look.formula
        assert formula
        size = theme.FORMULA_SIZE * min(1.0, flow.width * _EM / (line.width * theme.FORMULA_SIZE))
        if not flow.is_framed:
            # What is framed shrinks as a whole.
            size = min(size, flow.height * _EM / formula.height)
        height = formula.height * size / _EM
        flow.gap(6)
        flow.need(height)
        flow.show_formula(
            part,
            size,
            flow.x + (flow.width - line.width * size / _EM) / 2,
            flow.y - formula.ascent * size / _EM,
        )
        flow.advance(height, after=9)

    def _image(self, image: Image) -> None:
        flow = self._flow
        try:
            name, reference = self._images.add(image)
        except UnreadableImageError:
            self._warn(
                "image-unreadable", "An image could not be read; its description stands for it."
            )
            self._paragraph(Paragraph((Run(f"[{image.alt}]"),), "note"))
            return
        width, height = _image_size(image, flow)
        flow.gap(4)
        flow.need(height)
        left = flow.x + (flow.width - width) / 2
        bottom = flow.y - height
        flow.canvas.use_image(name, reference)
        shown = f"q {width:.2f} 0 0 {height:.2f} {left:.2f} {bottom:.2f} cm /{name} Do Q"
        if image.alt:
            corners = (*flow.on_paper(left, bottom), *flow.on_paper(left + width, flow.y))
            box = " ".join(f"{edge:.2f}" for edge in corners)
            attributes = f"/A<</O/Layout/Placement/Block/BBox[{box}]>>"
            with flow.structure.element("Figure", text_entry("Alt", image.alt) + attributes):
                flow.canvas.operators.append(
                    f"{flow.structure.mark()} {shown} {flow.structure.end_mark}"
                )
        else:
            flow.canvas.operators.append(flow.artifact(shown))
        flow.advance(height, after=8)

    def _quote(self, block: Quote) -> None:
        flow = self._flow
        flow.gap(4)
        flow.need(_STEADY_LINES * self.body.leading)
        bar = flow.x + flow.width - theme.QUOTE_BAR if flow.right_to_left else flow.x
        with (
            flow.structure.element("BlockQuote"),
            flow.backdrop(bar, theme.QUOTE_BAR, theme.RULE_GREY),
            flow.indented(theme.QUOTE_INDENT),
        ):
            self.draw(block.blocks)
        flow.advance(0, after=8)

    def _rule(self, _: Rule) -> None:
        flow = self._flow
        flow.gap(8)
        flow.need(1)
        flow.rectangle(flow.x + flow.width / 4, flow.y, flow.width / 2, 0.6, theme.RULE_GREY)
        flow.advance(1, after=10)

    # Parts of a course

    def _question_answer(self, block: QuestionAnswer) -> None:
        question = _asked(self.body)
        flow = self._flow
        with flow.structure.element("Div"):
            self._numbered(block.number, block.question, question)
            with flow.indented(theme.LIST_INDENT):
                self._answer(block.answer)
        flow.advance(0, after=9)

    def _numbered(self, number: int, blocks: Sequence[Block], style: TextStyle) -> None:
        with self._body_style(style):
            self._marked(f"{number}.", blocks, style, _QUESTION)

    def _card(self, block: Card) -> None:
        flow = self._flow
        front = _asked(self.body)
        with flow.structure.element("Div"):
            self._numbered(block.number, block.front, front)
            with flow.indented(theme.LIST_INDENT):
                self._answer(block.back)
                self.draw_tags(block.tags)
        flow.gap(4)
        flow.rectangle(flow.x, flow.y, flow.width, 0.4, theme.HEAD_GREY)
        flow.advance(0, after=7)

    def draw_tags(self, tags: Sequence[str]) -> None:
        """Draw the tags of a card, if it has any."""
        if tags:
            flow = self._flow
            flow.gap(0)
            text = f"{self._labels.tags}: {', '.join(tags)}"
            flow.paragraph(self._prepare((Run(text),), theme.SMALL), theme.SMALL)

    def _reading_task(self, block: ReadingTask) -> None:
        flow = self._flow
        question = _asked(self.body)
        with flow.structure.element("Div"):
            self._numbered(block.number, block.question, question)
            with flow.indented(theme.LIST_INDENT):
                self._answer(block.answer)
        flow.advance(0, after=9)

    def _answer(self, blocks: Sequence[Block] | None) -> None:
        """Draw an answer, or room to write one."""
        if blocks:
            self.draw(blocks)
        else:
            self._writing_lines()

    def _writing_lines(self) -> None:
        flow = self._flow
        for _ in range(theme.WRITING_LINES):
            flow.need(theme.WRITING_LINE_HEIGHT)
            flow.advance(theme.WRITING_LINE_HEIGHT)
            flow.rectangle(flow.x, flow.y, flow.width, 0.5, theme.RULE_GREY)

    def _facts(self, block: Facts) -> None:
        flow = self._flow
        prepare = flow.typesetter.prepare_text
        texts = [
            prepare(_fact_text(value), right_to_left=flow.right_to_left)
            for _, value in block.entries
        ]
        bars: list[Bar | None] = [None] * len(texts)
        if block.kind == "quality_metrics":
            widest = max([text.width for text in texts], default=0.0) * theme.CELL.size / _EM
            start = max(theme.METRIC_TEXT, widest + theme.CELL_PADDING)
            bars = [_bar(value, start) for _, value in block.entries]
        rows = [
            (
                Cell(
                    prepare(name, strong=True, right_to_left=flow.right_to_left),
                    theme.CELL_HEAD,
                    "TH",
                    ROW_HEAD,
                ),
                Cell(text, theme.CELL, bar=bar),
            )
            for (name, _), text, bar in zip(block.entries, texts, bars, strict=True)
        ]
        if rows:
            draw_table(flow, (), rows, ())

    _DRAWERS: ClassVar[MappingProxyType[type, Callable[["BlockPainter", Any], None]]] = (
        MappingProxyType(
            {
                Heading: _heading_alone,
                Paragraph: _paragraph,
                ListBlock: _list,
                Table: _table,
                CodeBlock: _code,
                MathBlock: _math,
                Image: _image,
                Quote: _quote,
                Rule: _rule,
                Footnotes: _footnotes,
                Objectives: _objectives,
                QuestionAnswer: _question_answer,
                Card: _card,
                ReadingTask: _reading_task,
                Facts: _facts,
            }
        )
    )


class _BodyStyle:
    """Gives a painter back the style that it had."""

    __slots__ = ("_before", "_painter")

    def __init__(self, painter: BlockPainter, before: TextStyle) -> None:
        self._painter = painter
        self._before = before

    def __enter__(self) -> None:
        """The painter has the new style already."""

    def __exit__(self, *_: object) -> None:
        self._painter.body = self._before


@cache
def _followed(style: TextStyle, after: float) -> TextStyle:
    """The style with another distance to what follows."""
    return replace(style, after=after)


@cache
def _asked(style: TextStyle) -> TextStyle:
    """The style of a question whose answer follows."""
    return replace(style, strong=True, after=3.0)


def _bar(value: str | float | bool | None, start: float) -> Bar | None:
    """The bar of a value that is a part of a whole."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return Bar(float(value), start)
    return None


def _fact_text(value: str | float | bool | None) -> str:
    if value is None:
        return _NONE
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def _image_size(image: Image, flow: Flow) -> tuple[float, float]:
    width = max(image.width, 1) * theme.POINTS_PER_PIXEL
    height = max(image.height, 1) * theme.POINTS_PER_PIXEL
    scale = min(1.0, flow.width / width, flow.height * 0.9 / height)
    return width * scale, height * scale


def numbered(heading: Heading) -> Runs:
    """A heading's text after its number in the outline, if it has one."""
    if not heading.number:
        return heading.runs
    number = ".".join(map(str, heading.number))
    return (Run(f"{number}\u2002"), *heading.runs)


def without_notes(runs: Runs) -> Runs:
    """A heading without its references to notes, unless it is nothing else."""
    kept = tuple([run for run in runs if not run.superscript])
    return kept or (Run(plain_text(runs)),)


def plain_text(runs: Iterable[Run]) -> str:
    """The text of runs on one line, as bookmarks show it."""
    return " ".join("".join([run.text for run in runs]).split())
