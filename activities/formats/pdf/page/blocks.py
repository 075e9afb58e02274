"""How each kind of block that Markdown makes is drawn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache, partial
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.design.tokens import TOKENS
from activities.documents.direction import starts_right_to_left
from activities.documents.labels import Labels
from activities.documents.list_markers import list_marker
from activities.documents.model import (
    FOOTNOTE_LINK,
    PART_LEVEL,
    Block,
    Callout,
    CodeBlock,
    Definition,
    Definitions,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    ListItem,
    ListStyle,
    MathBlock,
    MissingPicture,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.documents.pictures import missing_runs
from activities.formats.pdf.file.structure import text_entry
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.callouts import (
    ICON_GAP,
    bar,
    callout_ground,
    draw_icon,
    frame,
    has_icon,
    icon_size,
)
from activities.formats.pdf.page.code_boxes import draw_code
from activities.formats.pdf.page.displayed_formulas import number_of
from activities.formats.pdf.page.figures import Figure, caption_of
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import (
    FREE,
    ITEM_LINES,
    TEXT_LINES,
    TITLE,
    WITH_NEXT,
    keep_of,
    keeps_of_entries,
)
from activities.formats.pdf.page.line_division import lines_height
from activities.formats.pdf.page.number_columns import number_columns
from activities.formats.pdf.page.pagination import Step
from activities.formats.pdf.page.tables import Cell, PreparedTable, body_cells, header_cells
from activities.formats.pdf.page.text_painter import Alignment, TextBox
from activities.formats.pdf.page.theme import GAPS, RULES, TextStyle, followed, title_of
from activities.formats.pdf.page.titles import LEVELS, Title
from activities.formats.pdf.text.formula import LINE_GAP, Formula, stacked
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph

_EM = 1000
_ASCENT = 0.8
_BULLETS = ("•", "◦", "▪")
_CHECKED, _UNCHECKED = "☑", "☐"
_MARKER_GAP = 6.0
_AROUND = 8.0
"""Above and below boxes and pictures."""
DISC = "/A<</O/List/ListNumbering/Disc>>"
_DESCRIPTIONS = "/A<</O/List/ListNumbering/Description>>"
_NUMBERINGS: Mapping[ListStyle, str] = MappingProxyType(
    {
        "decimal": "/A<</O/List/ListNumbering/Decimal>>",
        "lower-alpha": "/A<</O/List/ListNumbering/LowerAlpha>>",
        "upper-alpha": "/A<</O/List/ListNumbering/UpperAlpha>>",
        "lower-roman": "/A<</O/List/ListNumbering/LowerRoman>>",
        "upper-roman": "/A<</O/List/ListNumbering/UpperRoman>>",
    }
)


class MarkedTags(msgspec.Struct, frozen=True, gc=False):
    """The structure of something that a marker stands before."""

    label: str
    """The tag of the marker; empty when it belongs to the first paragraph."""
    body: str
    """The tag around the rest; empty when there is none."""


LIST_ITEM = MarkedTags("Lbl", "LBody")
_NOTE = MarkedTags("Lbl", "")


class _Label:
    """A marker at the side of the column: a bullet, a number."""

    def __init__(
        self, flow: Flow, text: str, style: TextStyle, tag: str, *, right_to_left: bool
    ) -> None:
        self._line = flow.typesetter.label(text, style.font, right_to_left)
        self._flow = flow
        self._right_to_left = right_to_left
        self._style = style
        self._tag = tag
        self.width = self._line.width * style.size / _EM
        """The width of the marker in points."""

    def show(self, lower: float) -> None:
        """Draw it at the height of the column's next line, or so many points lower."""
        flow = self._flow
        if self._right_to_left:
            x = flow.x + flow.width + _MARKER_GAP
        else:
            x = flow.x - self.width - _MARKER_GAP
        box = TextBox(self._style, x, flow.y - lower, self.width)
        if self._tag:
            flow.painter.show_element([self._line], box, self._tag)
        else:
            flow.painter.show([self._line], box)


class BlockPainter:
    """Draws the blocks that Markdown makes, for one part of an item."""

    def __init__(
        self,
        flow: Flow,
        labels: Labels,
        on_heading: Callable[[Heading], int] | None,
        warnings: ConversionWarnings,
        note_prefix: str,
    ) -> None:
        """Take what a part needs.

        Args:
            flow: Where to draw.
            labels: The words of the item's language.
            on_heading: Called where a heading's first line is about to be drawn; gives its level
                in the structure, where no level may be left out. None where headings are but
                large text.
            warnings: Of the item; told where what is drawn stands.
            note_prefix: Makes the names of this part's footnotes unique in the file.
        """
        self._flow = flow
        self._labels = labels
        self._on_heading = on_heading
        self._warnings = warnings
        self._note_prefix = note_prefix
        self.body = flow.styles.body
        """The style of text that has none of its own."""
        self._depth = 0
        self._prepared: tuple[Table, float, PreparedTable | None] | None = None
        """The table that was drawn last, and in which width: it may have to be drawn again."""

    def draw(self, blocks: Sequence[Block]) -> None:
        """Draw blocks one below the other."""
        self._flow.draw_steps(self.steps(blocks))

    def steps(self, blocks: Sequence[Block]) -> list[Step]:
        """What draws blocks one below the other, each with its rule."""
        steps: list[Step] = [
            (keep_of(block, following), partial(self._draw_block, block))
            for block, following in zip_longest(blocks, blocks[1:])
        ]
        notes = [block for block in blocks if isinstance(block, Footnotes)]
        if notes:
            keep, draw = steps[0]
            steps[0] = keep, partial(self._draw_with_notes, draw, notes)
        return steps

    def _draw_with_notes(self, draw: Callable[[], None], notes: Sequence[Footnotes]) -> None:
        """Draw the first of some blocks, to which notes belong."""
        if self._flow.is_in_text and not self._flow.structure.in_artifact:
            for block in notes:
                self._expect_notes(block)
        draw()

    def _draw_block(self, block: Block) -> None:
        self._flow.surface.check_cancelled()
        self.DRAWERS[type(block)](self, block)

    @contextmanager
    def without_headings(self) -> Iterator[None]:
        """Let headings be but large text meanwhile."""
        before, self._on_heading = self._on_heading, None
        try:
            yield
        finally:
            self._on_heading = before

    # Text

    def heading(self, heading: Heading, style: TextStyle | None = None) -> None:
        """Draw a heading in the style of its level, or in another one."""
        flow = self._flow
        if heading.level > PART_LEVEL:
            self._warnings.heading = heading.runs
        with flow.wide() if heading.level <= PART_LEVEL else nullcontext():
            title = Title(flow, heading, style)
            title.set(self.prepare(title.runs, title.style))
            flow.add_spacing(title.style.before)
            flow.ensure_space(title.height)
            flow.surface.place_destinations(heading.anchors, flow.x, flow.y)
            level = self._on_heading(heading) if self._on_heading else 0
            title.draw(f"H{min(level, LEVELS)}" if level else "P")

    def prepare(self, runs: Runs, style: TextStyle) -> ShapedParagraph:
        """Prepare a paragraph of this part in a style, once although it may be drawn again."""
        flow = self._flow
        shaped = flow.shaped.get(runs, style)
        if shaped is None:
            linked = self._linked(runs)
            shaped = flow.typesetter.prepare(linked, style.font, flow.right_to_left)
            flow.shaped.add(runs, style, shaped)
        return shaped

    def _linked(self, runs: Runs) -> Runs:
        for run in runs:
            if run.is_note_reference:
                return self._with_own_notes(runs)
        return runs

    def _with_own_notes(self, runs: Runs) -> Runs:
        """Let references to footnotes lead to those of this part."""
        return tuple(
            replace(run, link=f"#{self._note_prefix}{run.link[1:]}")
            if run.link and run.link.startswith(FOOTNOTE_LINK)
            else run
            for run in runs
        )

    def _paragraph(self, block: Paragraph) -> None:
        style = self.body
        if block.role == "summary":
            style = self._flow.styles.lead
        elif block.role == "note":
            style = self._flow.styles.caption
        self._flow.add_paragraph(self.prepare(block.runs, style), style)

    def with_body_style(self, style: TextStyle) -> "_BodyStyle":
        """Let text be of a style while a `with` statement lasts."""
        before, self.body = self.body, style
        return _BodyStyle(self, before)

    # Lists

    def _list(self, block: ListBlock) -> None:
        tight = all(len(item.blocks) == 1 for item in block.items)
        self._flow.add_spacing(0)
        numbering = _NUMBERINGS[block.style] if block.ordered else DISC
        style = followed(self.body, 2.0) if tight else self.body
        structure = self._flow.structure
        with structure.element("L", numbering), self.with_body_style(style):
            self._flow.draw_steps(
                [
                    (keep, partial(self._item, self._marker(block, item, offset), item, style))
                    for offset, (keep, item) in enumerate(
                        zip(keeps_of_entries(len(block.items)), block.items, strict=True)
                    )
                ]
            )
        self._flow.advance(0, after=self.body.after)

    def _item(self, marker: str, item: ListItem, style: TextStyle) -> None:
        self._depth += 1
        try:
            with self._flow.structure.element("LI"):
                self._marked(marker, item.blocks, style, LIST_ITEM)
        finally:
            self._depth -= 1

    def _marker(self, block: ListBlock, item: ListItem, offset: int) -> str:
        if item.checked is not None:
            return _CHECKED if item.checked else _UNCHECKED
        if block.ordered:
            return list_marker(block, block.start + offset)
        return _BULLETS[min(self._depth, len(_BULLETS) - 1)]

    def _marked(
        self, marker: str, blocks: Sequence[Block], marker_style: TextStyle, tags: MarkedTags
    ) -> None:
        """Draw blocks indented, with a marker where the first line begins."""
        flow = self._flow
        first = blocks[0] if blocks else None
        paragraph = self.prepare(first.runs, self.body) if isinstance(first, Paragraph) else None
        side = paragraph.right_to_left if paragraph else self.begins_at_right(blocks)
        label = _Label(flow, marker, marker_style, tags.label, right_to_left=side)
        indent = max(self._flow.theme.list_indent, label.width + _MARKER_GAP)
        with flow.indented(indent, right_to_left=side):
            flow.add_spacing(0)
            if paragraph:
                self._marked_text(label, paragraph, blocks[1:], tags)
                return
            flow.draw_steps(
                [(WITH_NEXT, partial(self._lone_marker, label, tags)), *self.steps(blocks)]
            )
            if tags.body:
                flow.structure.close()

    def _lone_marker(self, label: _Label, tags: MarkedTags) -> None:
        """Draw a marker that stands before something else than text, and open its element."""
        structure = self._flow.structure
        if tags.label:
            label.show(0.0)
        else:
            with structure.element("P"):
                label.show(0.0)
        if tags.body:
            structure.open(tags.body)

    def _marked_text(
        self, label: _Label, paragraph: ShapedParagraph, others: Sequence[Block], tags: MarkedTags
    ) -> None:
        show = partial(self._marked_lines, label, paragraph, tags, is_alone=not others)
        if not others:
            show()
            return
        self._flow.draw_steps([(WITH_NEXT, show), *self.steps(others)])
        if tags.body:
            self._flow.structure.close()

    def _marked_lines(
        self, label: _Label, paragraph: ShapedParagraph, tags: MarkedTags, *, is_alone: bool
    ) -> None:
        """Draw a text with its marker, and open the element of what follows, if anything does."""
        flow, style = self._flow, self.body
        em = _EM / style.size
        lines = paragraph.lines_apart(flow.width * em, style.leading * em)
        flow.ensure_space(lines_height(lines[: ITEM_LINES.whole], style))
        raised = lines[0].above * style.size / _EM
        alignment: Alignment = "right" if paragraph.right_to_left else "left"
        if tags.label:
            label.show(raised)
            if tags.body and not is_alone:
                flow.structure.open(tags.body)
            tag = tags.body if tags.body and is_alone else "P"
            flow.add_element(lines, style, alignment, tag, ITEM_LINES)
        else:
            with flow.structure.element("P"):
                label.show(raised)
                flow.add_lines(lines, style, alignment, ITEM_LINES)
        flow.advance(0, after=style.after)

    def begins_at_right(self, blocks: Sequence[Block] | None) -> bool:
        """Whether the first line of blocks begins at the right."""
        return starts_right_to_left(blocks or (), otherwise=self._flow.right_to_left)

    def _expect_notes(self, block: Footnotes) -> None:
        """Let the notes of paragraphs alone go to the foot of the pages of their marks."""
        flow, style = self._flow, self._flow.styles.footnote
        for label, blocks in block.notes:
            paragraphs = [one for one in blocks if isinstance(one, Paragraph)]
            if len(paragraphs) == len(blocks):
                shaped = [self.prepare(paragraph.runs, style) for paragraph in paragraphs]
                flow.notes.expect(self._note_name(label), label, shaped, flow.text_column)

    def _note_name(self, label: str) -> str:
        return f"{self._note_prefix}fn-{label}"

    def _footnotes(self, block: Footnotes) -> None:
        """Draw the notes that stand on no page yet."""
        flow = self._flow
        notes = [note for note in block.notes if not flow.notes.adopt(self._note_name(note[0]))]
        if not notes:
            return
        flow.add_spacing(10)
        flow.ensure_space(TEXT_LINES.whole * flow.styles.footnote.leading)
        x = flow.x + flow.width * 2 / 3 if flow.right_to_left else flow.x
        flow.surface.rectangle(x, flow.y, flow.width / 3, 0.5, flow.palette.line)
        flow.advance(0, after=5)
        with self.with_body_style(flow.styles.footnote):
            for label, blocks in notes:
                name = self._note_name(label)
                flow.add_spacing(0)
                flow.ensure_space(flow.styles.footnote.leading)
                flow.surface.place_destinations((name,), flow.x, flow.y)
                identifier = text_entry("ID", name)
                with flow.structure.element("Note", identifier):
                    self._marked(label, blocks, flow.styles.footnote, _NOTE)

    # Boxes

    def _table(self, block: Table) -> None:
        width = self._flow.width
        known = self._prepared
        if not known or known[0] is not block or known[1] != width:
            known = self._prepared = block, width, self._prepare_table(block)
        if known[2]:
            known[2].draw()

    def _prepare_table(self, block: Table) -> PreparedTable | None:
        flow = self._flow
        if not any(block.shown_rows):
            return None
        header: tuple[Cell, ...] = ()
        if block.header is not None:
            header = header_cells(flow, [self._linked(cell) for cell in block.header])
        numbers = number_columns(block.rows, block.alignments)
        rows = []
        for row in block.rows:
            flow.surface.check_cancelled()
            rows.append(body_cells(flow, [self._linked(cell) for cell in row], numbers))
        caption = self.prepare(block.caption, self._flow.styles.caption) if block.caption else None
        return PreparedTable(flow, header, rows, block.alignments, caption, numbers, stretched=True)

    def _code(self, block: CodeBlock) -> None:
        draw_code(self._flow, block, _AROUND)

    def _math(self, block: MathBlock) -> None:
        flow = self._flow
        size = self.body.size * TOKENS.sizes.formula_displayed
        least_scale = theme.FORMULA_SIZE_MIN / size
        tex, number, is_counted = number_of(block)
        if is_counted:
            number = f"({flow.numbering.formula(block)})"
        room = self._formula_room(number)
        limit = room * _EM / size
        lines = flow.typesetter.displayed_formula(tex, limit, least_scale)
        if not lines:
            source = flow.typesetter.prepare(
                (Run(block.tex, math=True, anchors=block.anchors),), self.body.font
            )
            flow.add_paragraph(source, self.body)
            return
        width = max([line.width for line in lines])
        scale = min(1.0, limit / width)
        whole = stacked(lines, LINE_GAP) if len(lines) > 1 else lines[0]
        fits = whole.height * scale * size <= flow.height * _EM
        if fits or flow.is_framed or len(lines) == 1:
            lines = [whole]
        if not flow.is_framed:
            # What is framed shrinks as a whole.
            highest = max([line.height for line in lines])
            scale = min(scale, flow.height * _EM / highest / size)
        if scale < least_scale and not flow.is_framed:
            self._warnings.add_once("formula-too-large", block)
        flow.add_spacing(6)
        for place, line in enumerate(lines):
            told = MathBlock(line.text) if place else block
            is_last = place == len(lines) - 1
            self._draw_formula(line, told, scale, number if is_last else "")
            gap = LINE_GAP * scale * size / _EM
            flow.advance(0, after=9 if is_last else gap)

    def _formula_room(self, number: str) -> float:
        """The width for a formula beside its indentation and its number."""
        flow, style = self._flow, self._flow.styles.formula_number
        taken = 0.0 if flow.is_framed else GAPS.formula_indent
        if number:
            taken += flow.typesetter.prepare_text(number, style.font).width * style.size / _EM
            taken += GAPS.formula_indent
        return max(flow.width - taken, theme.COLUMN_MIN)

    def _draw_formula(self, formula: Formula, block: MathBlock, scale: float, number: str) -> None:
        """Draw a formula, or one of its lines, and its number if it has one."""
        flow, size = self._flow, self.body.size * TOKENS.sizes.formula_displayed * scale
        height = formula.height * size / _EM
        flow.ensure_space(height)
        flow.surface.place_destinations(block.anchors, flow.x, flow.y)
        flow.painter.show_formula(
            flow.typesetter.formula_segment(formula, block.tex),
            _of_size(self.body, size),
            self._formula_place(formula.width * size / _EM),
            flow.y - formula.ascent * size / _EM,
        )
        if number:
            self._draw_formula_number(number, flow.y - formula.ascent * size / _EM)
        flow.advance(height)

    def _formula_place(self, width: float) -> float:
        """The left edge of a formula: indented, but in the middle of a card."""
        flow = self._flow
        if flow.is_framed:
            return flow.x + (flow.width - width) / 2
        if flow.right_to_left:
            return flow.x + flow.width - GAPS.formula_indent - width
        return flow.x + GAPS.formula_indent

    def _draw_formula_number(self, number: str, baseline: float) -> None:
        """Draw the number of a formula at the end of its line; its words say it, too."""
        flow, style = self._flow, self._flow.styles.formula_number
        line = flow.typesetter.prepare_text(number, style.font).lines(UNLIMITED)
        alignment: Alignment = "left" if flow.right_to_left else "right"
        top = baseline + (style.leading + style.size) / 2 - style.size * (1 - _ASCENT)
        with flow.structure.artifact():
            flow.painter.show(line, TextBox(style, flow.x, top, flow.width, alignment))

    def _image(self, image: Image) -> None:
        flow = self._flow
        figure = self._figure(image)
        flow.add_spacing(_AROUND)
        if figure.height > flow.available_height:
            figure.fit(flow.available_height)
        flow.ensure_space(figure.height)
        flow.surface.place_destinations(image.anchors, flow.x, flow.y)
        figure.draw()
        flow.advance(0, after=_AROUND)

    def _figure(self, image: Image) -> Figure:
        runs = caption_of(image)
        if not runs:
            return Figure(self._flow, image, "", None)
        number = self._flow.numbering.figure(image)
        caption = self.prepare(runs, self._flow.styles.caption)
        return Figure(self._flow, image, f"{self._labels.figure} {number}", caption)

    def _missing_picture(self, missing: MissingPicture) -> None:
        flow = self._flow
        flow.add_spacing(_AROUND)
        paragraph = self.prepare(missing_runs(missing), flow.styles.caption)
        width = flow.width - 2 * GAPS.code_across
        lines = paragraph.lines(width * _EM / flow.styles.caption.size)
        flow.ensure_space(lines_height(lines, flow.styles.caption) + 2 * GAPS.code_down)
        with (
            flow.background(frame(flow, None, TOKENS.neutrals.g500), GAPS.code_down),
            flow.indented(GAPS.code_across, GAPS.code_across),
        ):
            flow.add_element(
                lines, flow.styles.caption, "right" if paragraph.right_to_left else "left", "P"
            )
        flow.advance(0, after=_AROUND)

    def _quote(self, block: Quote) -> None:
        flow = self._flow
        flow.add_spacing(_AROUND)
        at_right = self.begins_at_right(block.blocks)
        with (
            flow.structure.element("BlockQuote"),
            flow.background(bar(flow, flow.palette.line, RULES.bar, at_right=at_right)),
            flow.indented(theme.QUOTE_INDENT, right_to_left=at_right),
        ):
            self.draw(block.blocks)
        flow.advance(0, after=_AROUND)

    def _callout(self, block: Callout) -> None:
        flow = self._flow
        at_right = self.begins_at_right(block.blocks or (Paragraph(block.title),))
        colours = flow.palette.of_callout(block.kind)
        flow.add_spacing(_AROUND)
        ground = callout_ground(flow, colours.base, colours.box, at_right=at_right)
        with (
            flow.structure.element("Div"),
            flow.coloured(colours),
            flow.background(ground, GAPS.callout_down),
            flow.indented(GAPS.callout_across, GAPS.callout_across, right_to_left=at_right),
            self.with_body_style(flow.styles.callout),
        ):
            title = partial(self._callout_title, block, at_right=at_right)
            flow.draw_steps([(TITLE, title), *self.steps(block.blocks)])
        flow.advance(0, after=_AROUND)

    def _callout_title(self, block: Callout, *, at_right: bool) -> None:
        """Draw the title of a callout, behind its sign if it has one."""
        flow, style = self._flow, self._flow.styles.callout_title
        has_sign = flow.theme.look.icons and has_icon(block.kind)
        size = icon_size(flow) if has_sign else 0.0
        if has_sign:
            x = flow.x + flow.width - size if at_right else flow.x
            draw_icon(flow, block.kind, flow.palette.base, x, flow.y - style.leading / 2)
        title = self.prepare(block.title, style)
        indent = size + ICON_GAP if has_sign else 0.0
        with flow.indented(indent, right_to_left=at_right):
            flow.add_paragraph(title, style, alignment="right" if at_right else "left")

    def _definitions(self, block: Definitions) -> None:
        flow, style = self._flow, title_of(self.body)
        structure = flow.structure
        flow.add_spacing(0)
        with structure.element("L", _DESCRIPTIONS):
            for entry in block.entries:
                with structure.element("LI"):
                    flow.draw_steps(
                        [
                            (WITH_NEXT, partial(self._terms, entry, style)),
                            (FREE, partial(self._details, entry)),
                        ]
                    )
        flow.advance(0, after=self.body.after)

    def _terms(self, entry: Definition, style: TextStyle) -> None:
        flow = self._flow
        with flow.structure.element("Lbl"):
            for term in entry.terms:
                flow.add_paragraph(self.prepare(term, style), style, "Span")

    def _details(self, entry: Definition) -> None:
        """Draw what terms mean, indented below them."""
        flow = self._flow
        with flow.structure.element("LBody"):
            for blocks in entry.details:
                at_right = self.begins_at_right(blocks)
                with flow.indented(self._flow.theme.list_indent, right_to_left=at_right):
                    self.draw(blocks)

    def _rule(self, _: Rule) -> None:
        flow = self._flow
        flow.add_spacing(8)
        flow.ensure_space(1)
        flow.surface.rectangle(
            flow.x + flow.width / 4, flow.y, flow.width / 2, 0.6, flow.palette.line
        )
        flow.advance(1, after=10)

    DRAWERS: ClassVar[Mapping[type, Callable[[Any, Any], None]]] = MappingProxyType(
        {
            Heading: heading,
            Paragraph: _paragraph,
            ListBlock: _list,
            Table: _table,
            CodeBlock: _code,
            MathBlock: _math,
            Image: _image,
            MissingPicture: _missing_picture,
            Quote: _quote,
            Callout: _callout,
            Definitions: _definitions,
            Rule: _rule,
            Footnotes: _footnotes,
        }
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
def _of_size(style: TextStyle, size: float) -> TextStyle:
    return replace(style, size=size)
