"""Blocks of one item become WordprocessingML paragraphs and tables."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any, cast

import msgspec

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.direction import starts_right_to_left
from activities.documents.formulas.readable import readable_text
from activities.documents.headings import numbered
from activities.documents.list_markers import list_marker
from activities.documents.model import (
    PART_LEVEL,
    Alignment,
    Block,
    Callout,
    Card,
    CodeBlock,
    Definitions,
    Document,
    Facts,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    ListItem,
    MathBlock,
    MissingPicture,
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
from activities.documents.pictures import missing_runs, with_missing_shown
from activities.documents.plain import shown_fact
from activities.formats.docx.fragment import (
    NUMBERED,
    HeadingEntry,
    ItemFragment,
    NumberedList,
    contents_bookmark,
    literal_mark,
    mark,
)
from activities.formats.docx.page import Page
from activities.formats.docx.pictures import Room
from activities.formats.docx.runs import RunWriter, plain_run
from activities.formats.docx.scripts import language
from activities.formats.docx.styles import (
    BULLET_LIST,
    CALLOUT_STYLES,
    CELL_MARGIN,
    CONTENTS_LEVELS,
    LIST_INDENT,
    LIST_LEVELS,
    LIST_STYLE_LEVELS,
    TABLE_TEXT_SIZES,
    TEXT_GAP,
    table_text_style,
)
from activities.formats.docx.tables import (
    FRAME_END,
    TABLE_END,
    Look,
    frame_start,
    frame_text_width,
    row,
    table_layout,
    table_start,
    text_size,
)
from activities.model.warnings import Report

_ANSWER_LINE = '<w:p><w:pPr><w:pStyle w:val="AnswerLine"/></w:pPr></w:p>'
_ANSWER_LINES = 3
_PICTURE_HEIGHT = 0.9
"""Share of a page that a picture takes at most: something stands before or below it."""
_CARD_COLUMNS = (0.06, 0.42, 0.52)
_FACT_COLUMNS = (0.3, 0.7)
_PIXELS_PER_LETTER = 7
_PICTURE_LETTERS_MAX = 60
"""A column gets as much room for a picture as for so many letters at most."""
_SWAPPED = MappingProxyType({"left": "right", "center": "center", "right": "left"})
_TAB_RUN = "<w:r><w:tab/></w:r>"
_LIST_TEXT = ('<w:p><w:pPr><w:pStyle w:val="List', '<w:p><w:pPr><w:pStyle w:val="TaskList')
_LIST_GAP = f'<w:spacing w:after="{TEXT_GAP}"/>'
_EMPTY_CELL = '<w:p><w:pPr><w:pStyle w:val="TableText"/></w:pPr></w:p>'
_NO_NUMBERING = '<w:numPr><w:numId w:val="0"/></w:numPr>'
_EMPTY_NOTE = '<w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr></w:p>'
_NOTE_NUMBER = (
    '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>'
    '<w:r><w:t xml:space="preserve"> </w:t></w:r>'
)


class _Place(msgspec.Struct, frozen=True):
    """The surroundings of some blocks."""

    width: int
    """The width that is free for them, in twips."""
    style: str = ""
    """The id of the style of plain paragraphs; empty for the default."""
    list_level: int = -1
    """The level of the list around them, from 0; -1 is outside of lists."""

    @property
    def indent(self) -> int:
        """How far the list item that they belong to is indented, in twips."""
        return LIST_INDENT * (self.list_level + 1)

    def frame_width(self, *, right_to_left: bool) -> int:
        """The width of a table or frame among them, in twips.

        LibreOffice indents tables at the left even when they begin at the right, so these leave as
        much free on both sides.
        """
        return self.width - (min(self.indent, self.width // 3) if right_to_left else 0)

    def indentation(self, style: str = "") -> str:
        """The XML that indents a paragraph as far, unless its style does."""
        if self.list_level < 0:
            return ""
        if self.list_level < LIST_STYLE_LEVELS and style.startswith("List"):
            return ""
        return f'<w:ind w:left="{self.indent}"/>'


class _Lead(msgspec.Struct, frozen=True):
    """The properties in which the first paragraph of some blocks differs from the others."""

    style: str
    start: str
    """XML before its text."""
    numbering: str = ""
    """Properties that precede `w:bidi` in the schema."""
    layout: str = ""
    """Properties that follow it."""


def item_fragment(document: Document, page: Page, report: Report) -> ItemFragment:
    """The document as XML for pages of this size. What Word cannot hold goes to the report."""
    return _ItemWriter(document, page, report).fragment()


class _ItemWriter:
    """The state of writing one document; `write_...` write one block each."""

    def __init__(self, document: Document, page: Page, report: Report) -> None:
        self._document = document
        self._page = page
        self._report = report
        self._labels = document.labels
        self._warnings = ConversionWarnings(document.item_id)
        self._runs = RunWriter(
            language(document.language, document.right_to_left),
            self._warnings,
            Room(page.text_width // 2, page.text_height // 2),
        )
        self._headings: list[HeadingEntry] = []
        self._lists: list[NumberedList] = []
        self._notes: dict[int, bytes] = {}
        self._out: list[str] = []

    def fragment(self) -> ItemFragment:
        document = self._document
        place = _Place(self._page.text_width)
        self.write_heading(document.title, place)
        for part in document.parts:
            self._warnings.begin_part(part.name)
            self.write_heading(part.heading, place)
            self._write(part.blocks, place)
        self._warnings.flush(self._report, document.title.runs)
        return ItemFragment(
            language=document.language,
            headings=self._headings,
            lists=self._lists,
            unique_numbers=self._runs.unique_numbers,
            notes=[
                self._notes.get(number, _EMPTY_NOTE.encode())
                for number in range(len(self._runs.notes))
            ],
            text_relations=self._runs.text_relations,
            notes_relations=self._runs.notes_relations,
            # One sign beyond Latin 1 would make the text of the whole item twice as large.
            text=b"".join([each.encode() for each in self._out]),
            item_id=document.item_id,
        )

    def _write(self, blocks: Iterable[Block], place: _Place) -> None:
        for kind, alike in groupby(blocks, type):
            if kind is Card:
                self._write_cards(cast("Iterable[Card]", alike), place)
                continue
            action = _ACTIONS[kind]
            for block in alike:
                self._report.check_cancelled()
                action(self, block, place)

    def _captured(self, blocks: Sequence[Block], place: _Place, lead: _Lead | None = None) -> str:
        """The XML of blocks that stand elsewhere than in the running text."""
        before, self._out = self._out, []
        if lead is None:
            self._write(blocks, place)
        else:
            self._write_led(lead, blocks, place)
        xml = "".join(self._out)
        self._out = before
        return xml

    def _paragraph(
        self,
        runs: Runs,
        style: str = "",
        *,
        lead: _Lead | None = None,
        layout: str = "",
        side: Alignment = None,
        from_right: bool | None = None,
    ) -> str:
        """The XML of one paragraph.

        Args:
            runs: its text.
            style: id of its style, unless it has a lead.
            lead: its style, numbering and what comes before the text.
            layout: properties that follow `w:bidi` in the schema.
            side: on which side its lines are aligned; None for where they begin.
            from_right: its direction, unless it is that of its text.
        """
        right_to_left = self._runs.is_right_to_left(runs) if from_right is None else from_right
        properties = "<w:bidi/>" if right_to_left else ""
        start = ""
        if lead is not None:
            style, start = lead.style, lead.start
            properties, layout = lead.numbering + properties, lead.layout
        if side is not None:
            # In a paragraph from right to left Word calls the side where lines begin "left".
            named = _SWAPPED[side] if right_to_left else side
            layout += f'<w:jc w:val="{named}"/>'
        if style:
            properties = f'<w:pStyle w:val="{style}"/>{properties}'
        if properties or layout:
            properties = f"<w:pPr>{properties}{layout}</w:pPr>"
        text = self._runs.write(runs, right_to_left=right_to_left)
        return f"<w:p>{properties}{start}{text}</w:p>"

    def _write_led(self, lead: _Lead, blocks: Sequence[Block], place: _Place) -> None:
        """Blocks whose first paragraph has the lead, an empty one when they start otherwise."""
        if blocks and isinstance(blocks[0], Paragraph):
            self._out.append(self._paragraph(blocks[0].runs, lead=lead))
            blocks = blocks[1:]
        else:
            self._out.append(self._paragraph((), lead=lead))
        self._write(blocks, place)

    def write_heading(self, heading: Heading, _place: _Place) -> None:
        if heading.level > PART_LEVEL:
            self._warnings.heading = heading.runs
        start = self._runs.bookmarks(heading.anchors)
        runs = numbered(heading)
        lead = _Lead(f"Heading{heading.level}", start)
        if heading.level <= CONTENTS_LEVELS and not self._runs.in_note:
            unique = self._runs.take_unique()
            self._headings.append(self._heading_entry(_text(runs), heading.level, unique))
            lead = _Lead(lead.style, start + contents_bookmark(unique))
        self._out.append(self._paragraph(runs, lead=lead))

    def _heading_entry(self, text: str, level: int, bookmark: int) -> HeadingEntry:
        runs = (Run(text),)
        # Entries have one side, whatever each of them starts with.
        right_to_left = self._document.right_to_left
        xml = self._runs.write(runs, right_to_left=right_to_left)
        return HeadingEntry(level, text, xml, right_to_left, bookmark)

    def write_paragraph(self, paragraph: Paragraph, place: _Place) -> None:
        style = place.style
        if not style and paragraph.role != "body":
            style = "Summary" if paragraph.role == "summary" else "Note"
        self._out.append(self._paragraph(paragraph.runs, style, layout=place.indentation(style)))

    def write_list(self, block: ListBlock, place: _Place) -> None:
        level = place.list_level + 1
        style_level = min(level, LIST_STYLE_LEVELS - 1) + 1
        suffix = str(style_level) if style_level > 1 else ""
        width = max(place.width - LIST_INDENT, LIST_INDENT)
        within = _Place(width, f"ListContinue{suffix}", level)
        number = len(self._lists)
        if block.ordered and level < LIST_LEVELS:
            self._lists.append(NumberedList(level, block.start, block.style, block.delimiter))
        for value, item in enumerate(block.items, block.start):
            self._report.check_cancelled()
            if block.ordered:
                lead = _numbered_lead(item, suffix, level, number, list_marker(block, value))
            else:
                lead = _bulleted_lead(item, suffix, level)
            self._write_led(lead, item.blocks, within)
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
            self._out[-1] = f"{properties}{_LIST_GAP}{indentation}{others}{end}{text}"

    def write_table(self, table: Table, place: _Place) -> None:
        rows = table.shown_rows
        if not any(rows):
            return
        if table.caption:
            layout = place.indentation()
            self._out.append(self._paragraph(table.caption, "TableCaption", layout=layout))
        texts = list(zip(*[[_widest(cell) for cell in cells] for cells in rows], strict=True))
        width = place.frame_width(right_to_left=self._document.right_to_left)
        columns = table_layout(texts, width)
        for group in columns.groups:
            widths = _filling(group.widths, width)
            self._write_columns(table, group.columns, widths, columns.scale, place)

    def _write_columns(
        self,
        table: Table,
        columns: Sequence[int],
        widths: Sequence[int],
        scale: float,
        place: _Place,
    ) -> None:
        self._start_table(
            widths,
            "ContentTable",
            place,
            look=None if table.header is None else "row",
            scale=scale,
        )
        size = text_size(scale)
        self._runs.is_small = size < TABLE_TEXT_SIZES[0]
        style, room = table_text_style(size), self._runs.picture_room
        sides = [table.alignments[column] for column in columns]
        rooms = [Room(max(width - 2 * CELL_MARGIN, 1), room.height) for width in widths]
        for number, cells in enumerate(table.shown_rows):
            self._report.check_cancelled()
            written = []
            for column, side, self._runs.picture_room in zip(columns, sides, rooms, strict=True):
                written.append(self._paragraph(cells[column], style, side=side))
            heading = number == 0 and table.header is not None
            self._out.append(row(written, widths, heading=heading))
        self._out.append(TABLE_END)
        self._runs.is_small = False
        self._runs.picture_room = room

    def write_code(self, code: CodeBlock, place: _Place) -> None:
        self._out.append(
            f'<w:p><w:pPr><w:pStyle w:val="SourceCode"/>{place.indentation()}</w:pPr>'
            f"{self._runs.bookmarks(code.anchors)}{plain_run(code.text)}</w:p>"
        )

    def write_formula(self, formula: MathBlock, place: _Place) -> None:
        self._out.append(
            f'<w:p><w:pPr><w:pStyle w:val="Formula"/>{place.indentation()}</w:pPr>'
            f"{self._runs.bookmarks(formula.anchors)}"
            f"{self._runs.formula(formula.tex, displayed=True)}</w:p>"
        )

    def write_image(self, image: Image, place: _Place) -> None:
        room = Room(place.width, int(self._page.text_height * _PICTURE_HEIGHT))
        shown = self._runs.picture_block(image, room)
        kept = "<w:keepNext/>" if image.caption else ""
        self._out.append(
            f'<w:p><w:pPr><w:pStyle w:val="Figure"/>{kept}{place.indentation()}</w:pPr>'
            f"{shown}</w:p>"
        )
        if image.caption:
            self._out.append(self._paragraph(image.caption, "Caption", layout=place.indentation()))

    def write_missing_picture(self, missing: MissingPicture, place: _Place) -> None:
        style = "MissingPicture"
        self._out.append(self._paragraph(missing_runs(missing), style, layout=place.indentation()))

    def write_quote(self, quote: Quote, place: _Place) -> None:
        self._write_framed(quote.blocks, place, style="QuoteFrame", text_style="Quote")

    def _write_framed(
        self,
        blocks: Sequence[Block],
        place: _Place,
        *,
        style: str,
        text_style: str = "",
        title: Runs = (),
    ) -> None:
        """Blocks of any kind beside a bar, below a title if there is one."""
        started = blocks or (Paragraph(title),)
        from_right = starts_right_to_left(started, otherwise=self._document.right_to_left)
        width = place.frame_width(right_to_left=from_right)
        start = frame_start(width, style=style, indent=place.indent, right_to_left=from_right)
        content = self._captured(blocks, _Place(frame_text_width(width), text_style))
        if title:
            start += self._paragraph(title, "CalloutTitle", from_right=from_right)
        elif not content:
            content = _EMPTY_CELL
        self._out.append(f"{start}{content}{FRAME_END}")

    def write_callout(self, callout: Callout, place: _Place) -> None:
        self._write_framed(
            callout.blocks, place, style=CALLOUT_STYLES[callout.kind], title=callout.title
        )

    def write_definitions(self, definitions: Definitions, place: _Place) -> None:
        for entry in definitions.entries:
            for term in entry.terms:
                layout = place.indentation()
                self._out.append(self._paragraph(term, "DefinitionTerm", layout=layout))
            width = max(place.width - LIST_INDENT, LIST_INDENT)
            within = _Place(width, "Definition", place.list_level + 1)
            for blocks in entry.details:
                self._write(blocks, within)

    def write_rule(self, _rule: Rule, _place: _Place) -> None:
        self._out.append('<w:p><w:pPr><w:pStyle w:val="Rule"/></w:pPr></w:p>')

    def write_footnotes(self, footnotes: Footnotes, place: _Place) -> None:
        within = _Place(place.width, "FootnoteText")
        for label, blocks in footnotes.notes:
            number = self._runs.notes.get(label)
            if number is None:
                # Nothing in the text refers to it, so there is no page for it to stand on.
                self._write(blocks, within)
                continue
            self._runs.in_note = True
            lead = _Lead("FootnoteText", _NOTE_NUMBER)
            self._notes[number] = self._captured(blocks, within, lead).encode()
            self._runs.in_note = False

    def write_objectives(self, objectives: Objectives, _place: _Place) -> None:
        label = getattr(self._labels, objectives.kind)
        self._out.append(self._paragraph((Run(label),), "ObjectivesHeading"))
        self._out.extend(self._paragraph(runs, "ListBullet") for runs in objectives.entries)
        self._end_list()

    def write_question_answer(self, pair: QuestionAnswer, place: _Place) -> None:
        self._write_question(pair.number, pair.question, place)
        self._write(pair.answer, _Place(place.width, "Answer"))

    def _write_question(self, number: int, question: Sequence[Block], place: _Place) -> None:
        self._warnings.begin_record(self._labels, number)
        lead = _Lead("Question", f"{plain_run(f'{number}.', 'QuestionNumber')}{_TAB_RUN}")
        self._write_led(lead, question, _Place(place.width, "QuestionContinue"))

    def write_task(self, task: ReadingTask, place: _Place) -> None:
        self._write_question(task.number, task.question, place)
        if task.answer is None:
            self._out.append(_ANSWER_LINE * _ANSWER_LINES)
        else:
            self._write(task.answer, _Place(place.width, "Answer"))

    def _write_cards(self, cards: Iterable[Card], place: _Place) -> None:
        widths = [int(place.width * share) for share in _CARD_COLUMNS]
        self._start_table(widths, "ContentTable", place, look="row")
        titles = ("#", self._labels.front, self._labels.back)
        self._out.append(row(map(self._cell_text, titles), widths, heading=True))
        for card in cards:
            self._report.check_cancelled()
            self._warnings.begin_record(self._labels, card.number)
            front, back = (
                self._captured(blocks, _Place(width - 2 * CELL_MARGIN, "TableText"))
                for blocks, width in ((card.front, widths[1]), (card.back, widths[2]))
            )
            if card.tags:
                back += self._paragraph((Run(", ".join(card.tags)),), "CardTags")
            cells = (self._cell_text(str(card.number)), front or _EMPTY_CELL, back or _EMPTY_CELL)
            self._out.append(row(cells, widths))
        self._out.append(TABLE_END)

    def write_facts(self, facts: Facts, place: _Place) -> None:
        widths = [int(place.width * share) for share in _FACT_COLUMNS]
        self._start_table(widths, "FactsTable", place, look="column")
        for name, value in facts.entries:
            self._out.append(row(map(self._cell_text, (name, shown_fact(value))), widths))
        self._out.append(TABLE_END)

    def _start_table(
        self,
        widths: Sequence[int],
        style: str,
        place: _Place,
        *,
        look: Look,
        scale: float = 1.0,
    ) -> None:
        self._out.append(
            table_start(
                widths,
                style=style,
                look=look,
                indent=place.indent,
                scale=scale,
                right_to_left=self._document.right_to_left,
            )
        )

    def _cell_text(self, text: str) -> str:
        return self._paragraph((Run(text),), "TableText")


def _text(runs: Runs) -> str:
    return "".join([readable_text(run) for run in runs if not run.is_note_reference])


def _widest(cell: Runs) -> str:
    """The text of a cell, or as much as is as wide as a picture in it."""
    shown = _text(with_missing_shown(cell))
    pictures = [run.picture.shown_width for run in cell if run.picture]
    if not pictures:
        return shown
    widest = max(pictures)
    return shown.ljust(min(int(widest / _PIXELS_PER_LETTER), _PICTURE_LETTERS_MAX))


def _filling(widths: Sequence[float], total: int) -> list[int]:
    """Widths in the same proportion that fill the total."""
    whole = sum(widths)
    return [int(total * width / whole) for width in widths]


def _list_indentation(level: int) -> str:
    """The XML that indents the entries of a list as deep as no style is."""
    if level < LIST_STYLE_LEVELS:
        return ""
    return f'<w:ind w:left="{LIST_INDENT * (level + 1)}" w:hanging="{LIST_INDENT}"/>'


def _numbered_lead(item: ListItem, suffix: str, level: int, list_number: int, marker: str) -> _Lead:
    start = "" if item.checked is None else _check_box(item.checked) + plain_run(" ")
    style, layout = f"ListNumber{suffix}", _list_indentation(level)
    if level >= LIST_LEVELS:
        return _Lead(style, plain_run(f"{marker}\t") + start, _NO_NUMBERING, layout)
    numbering = (
        f'<w:numPr><w:ilvl w:val="{level}"/>'
        f'<w:numId w:val="{mark(NUMBERED, list_number)}"/></w:numPr>'
    )
    return _Lead(style, literal_mark(list_number, marker) + start, numbering, layout)


def _bulleted_lead(item: ListItem, suffix: str, level: int) -> _Lead:
    layout = _list_indentation(level)
    if item.checked is not None:
        return _Lead(f"TaskList{suffix}", _check_box(item.checked) + _TAB_RUN, "", layout)
    if level < LIST_STYLE_LEVELS:
        return _Lead(f"ListBullet{suffix}", "")
    shown = min(level, LIST_LEVELS - 1)
    deeper = f'<w:numPr><w:ilvl w:val="{shown}"/><w:numId w:val="{BULLET_LIST}"/></w:numPr>'
    return _Lead(f"ListBullet{suffix}", "", deeper, layout)


def _check_box(checked: bool) -> str:
    """A check box to click on, as Word makes them (content control, [MS-DOCX] 2.6.1.5)."""
    glyph = "☒" if checked else "☐"
    return (
        f'<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="{int(checked)}"/>'
        '<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
        '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr>'
        '<w:sdtContent><w:r><w:rPr><w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic"'
        f' w:eastAsia="MS Gothic" w:hint="eastAsia"/></w:rPr><w:t>{glyph}</w:t></w:r>'
        "</w:sdtContent></w:sdt>"
    )


_ACTIONS: MappingProxyType[type, Callable[[_ItemWriter, Any, _Place], None]] = MappingProxyType(
    {
        Heading: _ItemWriter.write_heading,
        Paragraph: _ItemWriter.write_paragraph,
        ListBlock: _ItemWriter.write_list,
        Table: _ItemWriter.write_table,
        CodeBlock: _ItemWriter.write_code,
        MathBlock: _ItemWriter.write_formula,
        Image: _ItemWriter.write_image,
        MissingPicture: _ItemWriter.write_missing_picture,
        Quote: _ItemWriter.write_quote,
        Callout: _ItemWriter.write_callout,
        Definitions: _ItemWriter.write_definitions,
        Rule: _ItemWriter.write_rule,
        Footnotes: _ItemWriter.write_footnotes,
        Objectives: _ItemWriter.write_objectives,
        QuestionAnswer: _ItemWriter.write_question_answer,
        ReadingTask: _ItemWriter.write_task,
        Facts: _ItemWriter.write_facts,
    }
)
