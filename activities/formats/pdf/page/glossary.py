"""The glossary: the terms of all units by the alphabet, in two columns."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple

from activities.documents.classroom import ClassroomWords
from activities.documents.design.tokens import TOKENS
from activities.documents.glossary import Term
from activities.documents.model import Heading
from activities.formats.pdf.file.structure import text_entry
from activities.formats.pdf.page.answer_key import NoteHeading, draw_back_title, draw_page_link
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.setting import SetText, in_role, set_line
from activities.formats.pdf.page.two_columns import ColumnEntry, draw_columns, measured
from activities.formats.pdf.page.unit_texts import UnitText

_EM: Final = 1000
_PART: Final = "flashcards"
_AFTER_LETTER: Final = 4.0
_AFTER_ENTRY: Final = 6.0
_PAGE_GAP: Final = 10.0


class GlossaryEntry(NamedTuple):
    """A term and where its card is."""

    term: Term
    unit: UnitText


class Glossary:
    """Draws the glossary of a file."""

    def __init__(self, flow: Flow, words: ClassroomWords, on_heading: NoteHeading) -> None:
        """Take what is drawn on, in whose words, and what notes a heading that comes."""
        self._flow = flow
        self._words = words
        self._on_heading = on_heading
        self._palette = flow.palette

    def draw(self, heading: Heading, entries: Sequence[GlossaryEntry]) -> None:
        """Draw it under its heading, on pages of its own."""
        flow, from_right = self._flow, self._flow.right_to_left
        flow.break_page()
        draw_back_title(flow, heading, self._on_heading)
        ordered = sorted(entries, key=lambda entry: (entry.term.order, entry.unit.page))
        columns: list[ColumnEntry] = []
        for letter, under in groupby(ordered, key=lambda entry: entry.term.letter):
            terms = list(under)
            draw = partial(self._draw_letter, letter, terms[0].unit)
            columns.append(measured(flow, draw, is_head=True))
            for entry in terms:
                draw = partial(self._draw_entry, entry)
                columns.append(measured(flow, draw))
        flow.right_to_left, flow.palette = from_right, self._palette
        draw_columns(flow, columns, from_right=from_right)

    def _draw_letter(self, letter: str, unit: UnitText) -> None:
        flow = self._flow
        flow.right_to_left, flow.palette = unit.right_to_left, self._palette
        style = in_role(flow.styles.heading_4, "base")
        text = set_line(flow, letter, style, flow.width)
        text.show(flow, (flow.x, flow.y), flow.width, "P")
        flow.advance(text.height, lines=len(text.lines))
        thickness = flow.theme.rule(TOKENS.rules.hairline)
        flow.surface.rectangle(flow.x, flow.y, flow.width, thickness, flow.palette.edge)
        flow.advance(_AFTER_LETTER, lines=0)

    def _draw_entry(self, entry: GlossaryEntry) -> None:
        flow, unit = self._flow, entry.unit
        painter = unit.enter(flow, _PART)
        painter.begin_record(entry.term.card.number)
        style = flow.styles.cell_head
        with flow.structure.element("Div", text_entry("Lang", unit.language)):
            room = flow.width
            if unit.page:
                page = set_line(
                    flow, str(unit.page), in_role(flow.styles.cell, "base"), flow.width / 4
                )
                room -= page.width + _PAGE_GAP
            paragraph = painter.prepare(entry.term.name, in_role(style, "ink"))
            lines = paragraph.lines(room * _EM / style.size)
            name = SetText(lines, in_role(style, "ink"), paragraph.right_to_left)
            name.show(flow, (flow.x, flow.y), flow.width, "P")
            if unit.page:
                draw_page_link(flow, page, flow.y, unit.destination)
            flow.advance(name.height, lines=len(name.lines))
            with painter.without_headings(), painter.with_body_style(flow.styles.callout):
                painter.draw(entry.term.meaning)
        flow.advance(_AFTER_ENTRY, lines=0)
