"""One item becomes a unit: its opener, and the parts that only courses have."""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final, cast

from activities.documents.book_labels import BookLabels
from activities.documents.colophon import Line, about, grade, readable_name
from activities.documents.design.tokens import TOKENS
from activities.documents.glance import Glance, GlanceSection, read_glance, split_lead
from activities.documents.glossary import terms_of
from activities.documents.headings import with_section_numbers
from activities.documents.model import (
    Block,
    Card,
    Document,
    Facts,
    Heading,
    Objectives,
    Paragraph,
    Part,
    QuestionAnswer,
    ReadingTask,
    Run,
    Runs,
    WritingSpace,
)
from activities.documents.plain import shown_fact
from activities.documents.worksheets import with_worksheets
from activities.formats.docx.blocks import EMPTY_CELL, BlockWriter, readable
from activities.formats.docx.design import twips
from activities.formats.docx.fragment import ItemFragment, unit_mark
from activities.formats.docx.fragment import Term as GlossaryTerm
from activities.formats.docx.glossary import glossary_widths
from activities.formats.docx.page import page_of
from activities.formats.docx.places import TAB_RUN, Lead, Place, number_run
from activities.formats.docx.question_styles import SQUARE, task_indent
from activities.formats.docx.runs import plain_run
from activities.formats.docx.sections import cut_title
from activities.formats.docx.table_styles import CELL_MARGIN
from activities.formats.docx.tables import (
    TABLE_END,
    cell,
    row,
    row_of,
    squares_row,
    table_start,
)
from activities.formats.shared.xml_escaping import xml_text
from activities.model.book_options import BookOptions, Points
from activities.model.warnings import Report

_EMPTY_NOTE = b'<w:p><w:pPr><w:pStyle w:val="FootnoteText"/></w:pPr></w:p>'
_AFTER_OPENER = '<w:p><w:pPr><w:pStyle w:val="AfterOpener"/></w:pPr></w:p>'
_FRONT_WIDTH: Final = 200 / 482
"""A share of the full width: that of the fronts of cards."""
_GLANCE_TITLES: Final = 102 / 482
"""A share of the full width: that of the titles of sections, larger where these are."""
_GLANCE_TITLES_MAX: Final = 0.3
_FACT_NAMES: Final = 0.3
_ABOUT: Final = frozenset({"metadata", "quality_metrics"})
"""Parts that stand at the end of the file."""
_SUBSECTION_INDENT: Final = twips(10)
_INDENT_MAX: Final = 3
_WHOLE_ENTRY: Final = 450
"""Letters of an answer in the key that stays on one page, which are about six lines."""


def item_fragment(
    document: Document, options: BookOptions, words: BookLabels, report: Report
) -> ItemFragment:
    """The document as XML for pages of this size. What Word cannot hold goes to the report."""
    document = with_section_numbers(document, None)
    if options.answers != "below":
        document = with_worksheets(document)
    return _ItemWriter(document, options, words, report).fragment()


class _ItemWriter(BlockWriter):
    def __init__(
        self, document: Document, options: BookOptions, words: BookLabels, report: Report
    ) -> None:
        super().__init__(document, page_of(options.paper, options.look), report)
        self._words = words
        self._options = options
        self._key: list[str] = []
        self._about: list[str] = []

    def fragment(self) -> ItemFragment:
        document = self._document
        # LibreOffice indents tables at the left even when they begin at the right.
        page = self._page
        hang = 0 if document.right_to_left else page.hang
        place = Place(page.text_width, hang=hang, list_step=page.list_indent)
        title = document.title
        self.write_heading(title, place)
        first, *others = document.parts or (None,)
        if first is not None and first.name == "outline":
            self._write_outline(first, place, opens=True)
        else:
            self._out.append(_AFTER_OPENER)
            if first is not None:
                self._write_part(first, place)
        for part in others:
            self._write_part(part, place)
        terms = self._terms()
        self._warnings.flush(self._report, title.runs)
        cut = (Run(cut_title(readable(title.runs))),)
        from_right = self._runs.is_right_to_left(cut)
        return ItemFragment(
            language=document.language,
            headings=self._headings,
            lists=self._lists,
            unique_numbers=self._runs.unique_numbers,
            notes=[self._notes.get(number, _EMPTY_NOTE) for number in range(len(self._runs.notes))],
            text_relations=self._runs.text_relations,
            notes_relations=self._runs.notes_relations,
            # One sign beyond Latin 1 would make the text of the whole item twice as large.
            text=b"".join([each.encode() for each in self._out]),
            item_id=document.item_id,
            right_to_left=document.right_to_left,
            accent=document.accent,
            head=self._runs.write(cut, right_to_left=from_right),
            key="".join(self._key).encode(),
            about="".join(self._about).encode(),
            label=self._label().encode(),
            terms=terms,
        )

    def _terms(self) -> list[GlossaryTerm]:
        """What the glossary has of the item, if there is one."""
        if not self._options.glossary:
            return []
        page = self._page
        terms: list[GlossaryTerm] = []
        # The glossary of the whole file may begin at the right.
        width = glossary_widths(page, from_right=True)[1] - 2 * CELL_MARGIN
        place = Place(width, "GlossaryMeaning", list_step=page.list_indent)
        for term in terms_of(self._document):
            self._report.check_cancelled()
            self._warnings.begin_record(self._labels, term.card.number)
            name = self._paragraph(term.name, "GlossaryTerm").encode()
            meaning = self._captured(term.meaning, place).encode()
            terms.append(GlossaryTerm(term.order, term.letter, name, meaning))
        return terms

    def _label(self) -> str:
        """The paragraph above the title of one of several units."""
        # What hangs in the side column begins where this is, whatever its own letters are.
        from_right = self._document.right_to_left
        label = self._paragraph((Run(self._words.unit),), "UnitLabel", from_right=from_right)
        return label.replace("{}", unit_mark())

    def _write_part(self, part: Part, place: Place) -> None:
        if part.name == "outline":
            self._write_outline(part, place, opens=False)
            return
        self._warnings.begin_part(part.name)
        if part.name in _ABOUT:
            self._about.append(self._captured(part.blocks, place))
            return
        self.write_heading(part.heading, place)
        if part.name == "reading_guide_questions" and self._options.answers != "below":
            self._write_fields()
        self._write(part.blocks, place)

    def _number(self, heading: Heading) -> str:
        number = heading.shown_number
        return unit_mark(".") + number if number else ""

    def _write_outline(self, part: Part, place: Place, *, opens: bool) -> None:
        """The summary as the lead of a unit that it opens, and the table of all sections."""
        self._warnings.begin_part(part.name)
        glance = read_glance(part)
        lead: Runs = ()
        rest: Sequence[Block] = part.blocks if glance is None else glance.lead
        if opens:
            lead, rest = split_lead(rest)
            if lead:
                self._out.append(
                    self._paragraph(lead, "Lead", from_right=self._document.right_to_left)
                )
            self._out.append(_AFTER_OPENER)
        if glance is None or not opens:
            self.write_heading(part.heading, place)
        self._write(rest, place)
        if glance is not None and glance.sections:
            self._write_glance(glance, place)

    def _write_glance(self, glance: Glance, place: Place) -> None:
        objectives = any(section.objectives for section in glance.sections)
        points = any(section.key_points for section in glance.sections)
        full = place.width + place.hang
        types, usual = self._page.types, TOKENS.type
        larger = max(types["glance_title"].size / usual["glance_title"].size, 1)
        first = int(full * min(_GLANCE_TITLES * larger, _GLANCE_TITLES_MAX))
        second = (full - first) // 2
        widths = [first]
        words = self._words
        titles = [words.at_a_glance]
        if objectives:
            widths.append(second if points else full - first)
            titles.append(words.able_to)
        if points:
            widths.append(full - sum(widths))
            titles.append(words.remember)
        if len(widths) == 1:
            widths.append(full - first)
            titles.append("")
        self._start_table(widths, "GlanceTable", -place.hang, look="row")
        heads = [self._paragraph((Run(title),), "TableText", kept=True) for title in titles]
        self._out.append(row(heads, widths, heading=True))
        for section in glance.sections:
            self._report.check_cancelled()
            told = [("GlanceObjective", section.objectives)] if objectives else []
            told += [("GlancePoint", section.key_points)] if points else []
            self._write_glance_row(section, told, widths)
        self._out.append(TABLE_END)

    def _write_glance_row(
        self,
        section: GlanceSection,
        told: Sequence[tuple[str, Sequence[Runs]]],
        widths: Sequence[int],
    ) -> None:
        """The row of a section: its title, and entries in their styles."""
        heading = section.heading
        self._warnings.heading = heading.runs
        number = self._number(heading)
        start = self._runs.bookmarks(heading.anchors)
        if number:
            start += number_run(number) + plain_run("\u2002")
        deep = min(len(heading.number) - 1, _INDENT_MAX) * _SUBSECTION_INDENT
        layout = f'<w:ind w:left="{deep}"/>' if deep else ""
        name = self._paragraph(heading.runs, lead=Lead("GlanceSection", start, layout=layout))
        summary = "".join(self._paragraph(runs, "GlanceText") for runs in section.summary)
        rest = sum(widths[1:])
        filled = any(entries for _, entries in told)
        if summary or not filled:
            merged = '<w:vMerge w:val="restart"/>' if filled else ""
            span = f'<w:gridSpan w:val="{len(widths) - 1}"/>' if len(widths) > 2 else ""
            told_first = cell(summary or EMPTY_CELL, rest, span)
            self._out.append(row_of((cell(name, widths[0], merged), told_first)))
            if not filled:
                return
            first = cell(EMPTY_CELL, widths[0], "<w:vMerge/>")
        else:
            first = cell(name, widths[0])
        lists = [
            "".join([self._paragraph(runs, style) for runs in entries]) or EMPTY_CELL
            for style, entries in told
        ]
        cells = [cell(xml, width) for xml, width in zip(lists, widths[1:], strict=True)]
        self._out.append(row_of([first, *cells]))

    def write_objectives(self, objectives: Objectives, _place: Place) -> None:
        label = getattr(self._labels, objectives.kind)
        self._out.append(self._paragraph((Run(label),), "ObjectivesHeading"))
        self._out.extend(self._paragraph(runs, "ListBullet") for runs in objectives.entries)
        self._end_list()

    def write_question_answer(self, pair: QuestionAnswer, place: Place) -> None:
        self._write_question("Question", pair.number, pair.question, place)
        self._write(pair.answer, place.within(place.width, "Answer"))

    def _write_question(
        self,
        style: str,
        number: int,
        question: Sequence[Block],
        place: Place,
        end: str = "",
    ) -> None:
        self._warnings.begin_record(self._labels, number)
        start = f"{plain_run(str(number), 'QuestionNumber')}{TAB_RUN}"
        lead = Lead(style, start, end=end)
        self._write_led(lead, question, place.within(place.width, "QuestionContinue"))

    def write_task(self, task: ReadingTask, place: Place) -> None:
        if self._options.answers == "below":
            style = "Task" if task.answer is None else "Question"
            self._write_question(style, task.number, task.question, place)
            if task.answer is None:
                self._out.append(self._room(task.space, place))
            else:
                self._write(task.answer, place.within(place.width, "Answer"))
            return
        points = _points(self._options.points, task.space)
        self._write_question("Task", task.number, task.question, place, points)
        self._out.append(self._room(task.space, place))
        if self._options.answers == "key":
            self._key.append(self._answer_in_key(task, place))

    def _write_fields(self) -> None:
        """Lines for the names of who writes, and when."""
        words = self._document.words
        fields = f"</w:t></w:r>{TAB_RUN}<w:r><w:t>".join(
            xml_text(each) for each in (words.name, words.school_class, words.date, "")
        )
        direction = "<w:bidi/>" if self._document.right_to_left else ""
        self._out.append(
            f'<w:p><w:pPr><w:pStyle w:val="WorksheetFields"/>{direction}</w:pPr>'
            f"<w:r><w:t>{fields}</w:t></w:r></w:p>"
        )

    def _room(self, space: WritingSpace, place: Place) -> str:
        """Lines or squares to write on, which stay on one page with their question."""
        if space.squares is None:
            style = "AnswerLineWide" if space.young else "AnswerLine"
            line = f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{{}}</w:pPr></w:p>'
            return line.format("") * (space.lines - 1) + line.format('<w:keepNext w:val="0"/>')
        across, down = space.squares
        indent = task_indent(self._page) if not self._document.right_to_left else 0
        widths = [SQUARE] * min(across, (place.width - indent) // SQUARE)
        start = table_start(
            widths,
            style="SquaresTable",
            look=None,
            indent=indent or 1,
            right_to_left=self._document.right_to_left,
        )
        return start + squares_row(widths) * down + TABLE_END

    def _answer_in_key(self, task: ReadingTask, place: Place) -> str:
        number = f"{plain_run(str(task.number), 'QuestionNumber')}{TAB_RUN}"
        answer: Sequence[Block] = task.answer or ()
        if not answer:
            answer = (Paragraph((Run(self._document.words.open_question),)),)
        first = answer[0]
        letters = sum(len(r.text) for r in first.runs) if isinstance(first, Paragraph) else 0
        divisible = '<w:keepLines w:val="0"/>' if letters > _WHOLE_ENTRY else ""
        lead = Lead("KeyEntry", number, numbering=divisible)
        return self._captured(answer, place.within(place.width, "Answer"), lead)

    def _write_alike(self, kind: type, alike: Iterable[Block], place: Place) -> None:
        if kind is Card:
            self._write_cards(cast("Iterable[Card]", alike), place)
        else:
            super()._write_alike(kind, alike, place)

    def _write_cards(self, cards: Iterable[Card], place: Place) -> None:
        full = place.width + place.hang
        front_width = int(full * _FRONT_WIDTH)
        widths = [front_width, full - front_width]
        self._start_table(widths, "CardTable", -place.hang, look="column")
        for card in cards:
            self._report.check_cancelled()
            self._warnings.begin_record(self._labels, card.number)
            number = f"{plain_run(str(card.number), 'CardNumber')}{TAB_RUN}"
            front_place, back_place = (
                place.within(width - 2 * CELL_MARGIN, style)
                for width, style in zip(widths, ("CardFront", "CardBack"), strict=True)
            )
            front = self._captured(card.front, front_place, Lead("CardFront", number))
            back = self._captured(card.back, back_place)
            if card.tags:
                back += self._paragraph((Run(" · ".join(card.tags)),), "CardTags")
            self._out.append(row((front, back or EMPTY_CELL), widths))
        self._out.append(TABLE_END)

    def write_facts(self, facts: Facts, place: Place) -> None:
        if facts.kind == "metadata":
            known = about(facts, self._words)
            lines = [*known.lines, *known.others]
        else:
            lines = [
                Line(
                    readable_name(name), f"{shown_fact(value)} {grade(value, self._words)}".rstrip()
                )
                for name, value in facts.entries
            ]
            self._out.append(self._paragraph((Run(self._words.quality),), "ObjectivesHeading"))
        if not lines:
            return
        names = int(place.width * _FACT_NAMES)
        widths = [names, place.width - names]
        self._start_table(widths, "FactsTable", 0, look="column")
        for line in lines:
            self._out.append(row(map(self._cell_text, line), widths))
        self._out.append(TABLE_END)


_ItemWriter.actions = MappingProxyType(
    {
        **BlockWriter.actions,
        Objectives: _ItemWriter.write_objectives,
        QuestionAnswer: _ItemWriter.write_question_answer,
        ReadingTask: _ItemWriter.write_task,
        Facts: _ItemWriter.write_facts,
    }
)


def _points(kind: Points, space: WritingSpace) -> str:
    """The box for points behind a question: empty, or with what it may be worth."""
    if kind == "none":
        return ""
    worth = f"/\u00a0{space.points}" if kind == "suggest" else ""
    # Without a place to break the line, so that the box stays one.
    return TAB_RUN + plain_run(f"{worth:\u00a0>12}\u00a0", "Points")
