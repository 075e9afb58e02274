"""Blocks of one item become WordprocessingML paragraphs and tables."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from activities.documents.design.tokens import TOKENS
from activities.documents.direction import starts_right_to_left
from activities.documents.formulas.readable import readable_text
from activities.documents.list_markers import list_marker
from activities.documents.model import (
    PART_LEVEL,
    Alignment,
    Block,
    Callout,
    CodeBlock,
    Definitions,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    MathBlock,
    MissingPicture,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.documents.pictures import missing_runs, with_missing_shown
from activities.formats.docx.design import twips
from activities.formats.docx.fragment import HeadingEntry, NumberedList, contents_bookmark
from activities.formats.docx.paragraphs import ParagraphWriter
from activities.formats.docx.pictures import Room
from activities.formats.docx.places import (
    TAB_RUN,
    Lead,
    Place,
    bulleted_lead,
    number_run,
    numbered_lead,
)
from activities.formats.docx.runs import plain_run
from activities.formats.docx.styles import (
    CALLOUT_HEADINGS,
    CALLOUT_STYLES,
    LIST_LEVELS,
    LIST_STYLE_LEVELS,
    table_text_style,
)
from activities.formats.docx.table_styles import CALLOUT_FRAMES, CELL_MARGIN
from activities.formats.docx.tables import (
    FRAME_END,
    GAP,
    TABLE_END,
    Look,
    are_numbers,
    frame_start,
    frame_text_width,
    natural_width,
    row,
    rows_kept,
    table_layout,
    table_start,
    text_size,
)

_PIXELS_PER_LETTER = 7
_PICTURE_LETTERS_MAX = 60
"""A column gets as much room for a picture as for so many letters at most."""
_LIST_TEXT = ('<w:p><w:pPr><w:pStyle w:val="List', '<w:p><w:pPr><w:pStyle w:val="TaskList')
EMPTY_CELL = '<w:p><w:pPr><w:pStyle w:val="TableText"/></w:pPr></w:p>'
_LONG_TITLE: Final = 45
"""Letters from which on a title is set smaller."""
_ANNOUNCING: Final = (":", "：")
"""Ends of paragraphs that are about what follows."""
_PLAIN_ROWS: Final = 8
"""Rows of a table beyond which every other has a ground."""
_WHOLE_CODE: Final = 14
"""Lines of code that stay on one page."""
_WHOLE_CALLOUT: Final = 1500
"""Letters of a callout that stay on one page, which are about half of it."""
_NOTE_NUMBER = (
    '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
    '<w:r><w:t xml:space="preserve"> </w:t></w:r>'
)


class BlockWriter(ParagraphWriter):
    """Writes each kind of block by a method of its own."""

    def write_heading(self, heading: Heading, _place: Place) -> None:
        """Write a heading, with its place for links and the contents."""
        if heading.level > PART_LEVEL:
            self._warnings.heading = heading.runs
        start = self._runs.bookmarks(heading.anchors)
        if heading.level < PART_LEVEL:
            unique = self._runs.take_unique()
            self._headings.append(
                self._heading_entry(readable(heading.runs), heading.level, unique)
            )
            start += contents_bookmark(unique)
        style = f"Heading{heading.level}"
        if heading.level == 1 and len(readable(heading.runs)) >= _LONG_TITLE:
            style = "Heading1Long"
        if number := self._number(heading):
            # The tab leads from the side column to the text, where there is one.
            gap = TAB_RUN if self._page.hang else plain_run("\u2002")
            start += f"{number_run(number)}{gap}"
        # In the side column they would fall off the page at the other side.
        from_right = self._document.right_to_left
        lead = Lead(style, start)
        self._out.append(self._paragraph(heading.runs, lead=lead, from_right=from_right))

    def _number(self, heading: Heading) -> str:
        """What stands before a heading, in the side column where it is one of a section."""
        return heading.shown_number

    def _heading_entry(self, text: str, level: int, bookmark: int) -> HeadingEntry:
        runs = (Run(text),)
        # Entries have one side, whatever each of them starts with.
        right_to_left = self._document.right_to_left
        xml = self._runs.write(runs, right_to_left=right_to_left)
        return HeadingEntry(level, text, xml, right_to_left, bookmark)

    def write_paragraph(self, paragraph: Paragraph, place: Place) -> None:
        """Write a paragraph."""
        style = place.style
        if not style and paragraph.role != "body":
            style = "Summary" if paragraph.role == "summary" else "Note"
        layout = place.indentation(style)
        kept = bool(paragraph.runs) and paragraph.runs[-1].text.rstrip().endswith(_ANNOUNCING)
        self._out.append(self._paragraph(paragraph.runs, style, layout=layout, kept=kept))

    def write_list(self, block: ListBlock, place: Place) -> None:
        """Write a list in the styles of its level."""
        level = place.list_level + 1
        style_level = min(level, LIST_STYLE_LEVELS - 1) + 1
        suffix = str(style_level) if style_level > 1 else ""
        step = place.list_step
        within = place.within(max(place.width - step, step), f"ListContinue{suffix}", level)
        number = len(self._lists)
        if block.ordered and level < LIST_LEVELS:
            self._lists.append(NumberedList(level, block.start, block.style, block.delimiter))
        kept = {block.start, block.start + len(block.items) - 2} if len(block.items) > 1 else ()
        for value, item in enumerate(block.items, block.start):
            self._report.check_cancelled()
            if block.ordered:
                lead = numbered_lead(item, suffix, level, step, number, list_marker(block, value))
            else:
                lead = bulleted_lead(item, suffix, level, step)
            self._write_led(lead, item.blocks, within, kept=value in kept)
        if place.list_level < 0:
            self._end_list()

    def _end_list(self) -> None:
        """Let what follows a list stand as far below it as below other text.

        Its items stand closer together, and what follows may be a table, which has no space above.
        """
        last = self._out[-1]
        if last.startswith(_LIST_TEXT):
            properties, end, text = last.partition("</w:pPr>")
            properties, indentation, others = properties.partition("<w:ind ")
            gap = f'<w:spacing w:after="{twips(self._page.types["body"].after)}"/>'
            self._out[-1] = f"{properties}{gap}{indentation}{others}{end}{text}"

    def write_table(self, table: Table, place: Place) -> None:
        """Write a table, over both columns where its lines would be broken in one."""
        rows = table.shown_rows
        if not any(rows):
            return
        texts = list(zip(*[[_widest(cell) for cell in cells] for cells in rows], strict=True))
        width = place.frame_width(right_to_left=self._document.right_to_left)
        sizes = self._page.table_sizes
        hang = place.hang if natural_width(texts, sizes[0]) > width else 0
        if table.caption:
            layout = _hung(hang) if hang else place.indentation()
            self._out.append(self._paragraph(table.caption, "TableCaption", layout=layout))
        columns = table_layout(texts, width + hang, sizes)
        sides = self._sides(table, texts)
        for group in columns.groups:
            widths = _filling(group.widths, width + hang)
            self._write_columns(
                table, group.columns, widths, columns.scale, place.indent - hang, sides
            )

    def _sides(self, table: Table, texts: Sequence[Sequence[str]]) -> list[Alignment]:
        """Where the text of each column is aligned: numbers at their end, unless told otherwise."""
        end: Alignment = "left" if self._document.right_to_left else "right"
        below = 1 if table.header else 0
        return [
            end if side is None and are_numbers(column[below:]) else side
            for side, column in zip(table.alignments, texts, strict=True)
        ]

    def _write_columns(
        self,
        table: Table,
        columns: Sequence[int],
        widths: Sequence[int],
        scale: float,
        indent: int,
        all_sides: Sequence[Alignment],
    ) -> None:
        rows = table.shown_rows
        look: Look = None if table.header is None else "row"
        if look and len(table.rows) > _PLAIN_ROWS:
            look = "banded"
        self._start_table(widths, "ContentTable", indent, look=look, scale=scale)
        size = text_size(scale, self._page.table_sizes)
        self._runs.is_small = size < self._page.table_sizes[0]
        style, room = table_text_style(self._page, size), self._runs.picture_room
        sides = [all_sides[column] for column in columns]
        rooms = [Room(max(width - 2 * CELL_MARGIN, 1), room.height) for width in widths]
        kept = rows_kept(rows)
        for number, cells in enumerate(rows):
            self._report.check_cancelled()
            written: list[str] = []
            for column, side, self._runs.picture_room in zip(columns, sides, rooms, strict=True):
                together = not written and number in kept
                written.append(self._paragraph(cells[column], style, side=side, kept=together))
            heading = number == 0 and table.header is not None
            self._out.append(row(written, widths, heading=heading))
        self._out.append(TABLE_END)
        self._runs.is_small = False
        self._runs.picture_room = room

    def write_code(self, code: CodeBlock, place: Place) -> None:
        """Write preformatted text."""
        whole = "<w:keepLines/>" if code.text.count("\n") < _WHOLE_CODE else ""
        self._out.append(
            f'<w:p><w:pPr><w:pStyle w:val="SourceCode"/>{whole}{place.indentation()}</w:pPr>'
            f"{self._runs.bookmarks(code.anchors)}{plain_run(code.text)}</w:p>"
        )

    def write_formula(self, formula: MathBlock, place: Place) -> None:
        """Write a displayed formula."""
        self._out.append(
            f'<w:p><w:pPr><w:pStyle w:val="Formula"/>{place.indentation()}</w:pPr>'
            f"{self._runs.bookmarks(formula.anchors)}"
            f"{self._runs.formula(formula.tex, displayed=True)}</w:p>"
        )

    def write_image(self, image: Image, place: Place) -> None:
        """Write a picture by itself, above its caption."""
        room = Room(place.width, int(self._page.text_height * TOKENS.sizes.figure))
        shown = self._runs.picture_block(image, room)
        kept = "<w:keepNext/>" if image.caption else ""
        self._out.append(
            f'<w:p><w:pPr><w:pStyle w:val="Figure"/>{kept}{place.indentation()}</w:pPr>'
            f"{shown}</w:p>"
        )
        if image.caption:
            self._out.append(self._paragraph(image.caption, "Caption", layout=place.indentation()))

    def write_missing_picture(self, missing: MissingPicture, place: Place) -> None:
        """Write what stands for a picture."""
        style = "MissingPicture"
        self._out.append(self._paragraph(missing_runs(missing), style, layout=place.indentation()))

    def write_quote(self, quote: Quote, place: Place) -> None:
        """Write a quotation beside a bar."""
        self._write_framed(quote.blocks, place, style="QuoteFrame", text_style="Quote")

    def _write_framed(
        self,
        blocks: Sequence[Block],
        place: Place,
        *,
        style: str,
        text_style: str = "",
        title: Callout | None = None,
    ) -> None:
        """Blocks of any kind beside a bar, below the title of a callout if there is one."""
        started = blocks or (() if title is None else (Paragraph(title.title),))
        from_right = starts_right_to_left(started, otherwise=self._document.right_to_left)
        width = place.frame_width(right_to_left=from_right)
        start = frame_start(width, style=style, indent=place.indent, right_to_left=from_right)
        content = self._captured(blocks, place.within(frame_text_width(width), text_style))
        if title is not None:
            style = f"CalloutTitle{title.kind.title()}"
            start += self._paragraph(title.title, style, from_right=from_right)
        elif not content:
            content = EMPTY_CELL
        self._out.append(f"{start}{content}{FRAME_END}")

    def write_callout(self, callout: Callout, place: Place) -> None:
        """Write a callout: paragraphs of its kind, or a frame around anything else."""
        plain = place.list_level < 0 and all(isinstance(each, Paragraph) for each in callout.blocks)
        if not plain:
            self._write_framed(
                callout.blocks, place, style=CALLOUT_FRAMES[callout.kind], title=callout
            )
            return
        paragraphs = [each.runs for each in callout.blocks if isinstance(each, Paragraph)]
        whole = sum(len(run.text) for runs in paragraphs for run in runs) <= _WHOLE_CALLOUT
        started = callout.blocks or (Paragraph(callout.title),)
        # All have one side, or their bars would not be one.
        from_right = starts_right_to_left(started, otherwise=self._document.right_to_left)
        self._out.append(
            self._paragraph(callout.title, CALLOUT_HEADINGS[callout.kind], from_right=from_right)
        )
        for number, runs in enumerate(paragraphs, 1):
            self._out.append(
                self._paragraph(
                    runs,
                    CALLOUT_STYLES[callout.kind],
                    from_right=from_right,
                    kept=whole and number < len(paragraphs),
                    divisible=not whole,
                )
            )
        self._out.append(GAP)

    def write_definitions(self, definitions: Definitions, place: Place) -> None:
        """Write terms, each above what it means."""
        for entry in definitions.entries:
            for term in entry.terms:
                layout = place.indentation()
                self._out.append(self._paragraph(term, "DefinitionTerm", layout=layout))
            step = place.list_step
            width = max(place.width - step, step)
            within = place.within(width, "Definition", place.list_level + 1)
            for blocks in entry.details:
                self._write(blocks, within)

    def write_rule(self, _rule: Rule, _place: Place) -> None:
        """Write a line between two blocks."""
        self._out.append('<w:p><w:pPr><w:pStyle w:val="Rule"/></w:pPr></w:p>')

    def write_footnotes(self, footnotes: Footnotes, place: Place) -> None:
        """Keep the notes, which stand in a part of their own."""
        within = place.within(place.width, "FootnoteText")
        for label, blocks in footnotes.notes:
            number = self._runs.notes.get(label)
            if number is None:
                # Nothing in the text refers to it, so there is no page for it to stand on.
                self._write(blocks, within)
                continue
            self._runs.in_note = True
            lead = Lead("FootnoteText", _NOTE_NUMBER)
            self._notes[number] = self._captured(blocks, within, lead).encode()
            self._runs.in_note = False

    def _start_table(
        self,
        widths: Sequence[int],
        style: str,
        indent: int,
        *,
        look: Look,
        scale: float = 1.0,
    ) -> None:
        self._out.append(
            table_start(
                widths,
                style=style,
                look=look,
                indent=indent,
                scale=scale,
                right_to_left=self._document.right_to_left,
            )
        )

    def _cell_text(self, text: str) -> str:
        return self._paragraph((Run(text),), "TableText")


def readable(runs: Runs) -> str:
    """The text of runs without the numbers of notes."""
    return "".join([readable_text(run) for run in runs if not run.is_note_reference])


def _widest(cell: Runs) -> str:
    """The text of a cell, or as much as is as wide as a picture in it."""
    shown = readable(with_missing_shown(cell))
    pictures = [run.picture.shown_width for run in cell if run.picture]
    if not pictures:
        return shown
    widest = max(pictures)
    return shown.ljust(min(int(widest / _PIXELS_PER_LETTER), _PICTURE_LETTERS_MAX))


def _hung(width: int) -> str:
    """The XML for a paragraph that begins in the side column."""
    return f'<w:ind w:left="{-width}"/>'


def _filling(widths: Sequence[float], total: int) -> list[int]:
    """Widths in the same proportion that fill the total."""
    whole = sum(widths)
    return [int(total * width / whole) for width in widths]


BlockWriter.actions = MappingProxyType(
    {
        Heading: BlockWriter.write_heading,
        Paragraph: BlockWriter.write_paragraph,
        ListBlock: BlockWriter.write_list,
        Table: BlockWriter.write_table,
        CodeBlock: BlockWriter.write_code,
        MathBlock: BlockWriter.write_formula,
        Image: BlockWriter.write_image,
        MissingPicture: BlockWriter.write_missing_picture,
        Quote: BlockWriter.write_quote,
        Callout: BlockWriter.write_callout,
        Definitions: BlockWriter.write_definitions,
        Rule: BlockWriter.write_rule,
        Footnotes: BlockWriter.write_footnotes,
    }
)
