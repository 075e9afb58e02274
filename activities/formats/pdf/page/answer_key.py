"""The answers to worksheets: at the end of a book, or upside down at the foot of one lesson."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, NamedTuple

from activities.documents.classroom import ClassroomWords
from activities.documents.design.tokens import TOKENS
from activities.documents.model import Heading, ReadingTask, Run
from activities.formats.pdf.file.structure import text_entry
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.setting import SetText, in_role, set_line, set_text
from activities.formats.pdf.page.surface import Frame
from activities.formats.pdf.page.two_columns import (
    ColumnEntry,
    column_lefts,
    column_width,
    divide,
    draw_columns,
    measured,
)
from activities.formats.pdf.page.unit_texts import UnitText

NoteHeading = Callable[[Heading], int]
"""Notes a heading that is about to be drawn; its level in the structure."""

_NUMBER_WIDTH: Final = 17.0
_AFTER_ENTRY: Final = 6.0
_AFTER_HEAD: Final = 7.0
_AFTER_UNIT: Final = 16.0
_AFTER_TITLE: Final = 14.0
_TURNED_LINES: Final = 8
"""The most lines of a key that is turned upside down."""
_TURNED_GAP: Final = 10.0
_BACK_LEVEL: Final = 1
_PART: Final = "reading_guide_questions"


class KeyUnit(NamedTuple):
    """The answers of one unit."""

    text: UnitText
    tasks: Sequence[ReadingTask]


class AnswerKey:
    """Draws the answers of a file."""

    def __init__(self, flow: Flow, words: ClassroomWords, on_heading: NoteHeading) -> None:
        """Take what is drawn on, in whose words.

        Args:
            flow: Where to draw.
            words: The words of the file.
            on_heading: Notes a heading that is about to be drawn.
        """
        self._flow = flow
        self._words = words
        self._on_heading = on_heading

    def draw(self, heading: Heading, units: Sequence[KeyUnit]) -> None:
        """Draw the key of several units under its heading, on pages of its own."""
        flow, from_right = self._flow, self._flow.right_to_left
        palette = flow.palette
        flow.break_page()
        draw_back_title(flow, heading, self._on_heading, self._words.answer_key_note)
        entries = [entry for unit in units for entry in self._entries(unit)]
        flow.right_to_left, flow.palette = from_right, palette
        draw_columns(flow, entries, from_right=from_right)

    def draw_turned(self, heading: Heading, unit: KeyUnit) -> bool:
        """Draw a short key of a single unit upside down at the foot of the page, if it has room."""
        flow, width = self._flow, column_width(self._flow)
        entries = self._entries(unit)[1:]
        if sum(round(entry.lines) for entry in entries) > _TURNED_LINES:
            return False
        lefts = column_lefts(flow, from_right=flow.right_to_left)
        columns = divide(entries, flow.height) if len(lefts) > 1 else (entries,)
        label = flow.styles.label
        height = label.leading + max(sum(e.height for e in column) for column in columns)
        if flow.available_height < height + 3 * _TURNED_GAP:
            return False
        top = flow.bottom + height + _TURNED_GAP
        flow.surface.cut_line((flow.full.x, top), (flow.full.x + flow.full.width, top))
        middle = (2 * flow.full.x + flow.full.width) / 2, flow.bottom + height / 2
        with flow.surface.turned(middle), flow.structure.element("Sect"):
            y = flow.bottom + height
            with flow.framed(Frame(flow.full.x, y, flow.full.width, flow.height, 1.0)):
                tag = f"H{self._on_heading(heading)}"
                set_line(flow, heading.runs, label, flow.full.width).show(
                    flow, (flow.x, flow.y), flow.width, tag
                )
            for left, column in zip(lefts, columns, strict=True):
                y = flow.bottom + height - label.leading
                for entry in column:
                    with flow.framed(Frame(left, y, width, flow.height, 1.0)):
                        entry.draw()
                    y -= entry.height
        flow.advance(flow.available_height)
        return True

    def _entries(self, unit: KeyUnit) -> list[ColumnEntry]:
        """The head of a unit and its answers, measured."""
        flow = self._flow
        unit.text.enter(flow, _PART)
        draws = [
            partial(self._draw_head, unit),
            *[
                partial(self._draw_answer, unit, task, is_last=task is unit.tasks[-1])
                for task in unit.tasks
            ],
        ]
        return [measured(flow, draw, is_head=place == 0) for place, draw in enumerate(draws)]

    def _draw_head(self, unit: KeyUnit) -> None:
        flow, text = self._flow, unit.text
        text.enter(flow, _PART)
        heading = Heading(_BACK_LEVEL + 1, text.title)
        tag = "P" if flow.structure.in_artifact else f"H{self._on_heading(heading)}"
        style, small = flow.styles.heading_4, flow.styles.caption
        page = set_line(flow, self._words.page.format(text.page), small, flow.width / 3)
        shown = (Run(f"{text.number}\u2002"), *text.title) if text.number else text.title
        title = set_text(flow, shown, style, flow.width - page.width - _NUMBER_WIDTH)
        top = flow.y
        title.show(flow, (flow.x, top), flow.width, tag, text_entry("Lang", text.language))
        lower = top - (style.leading - small.leading) / 2
        draw_page_link(flow, page, lower, text.destination)
        flow.advance(title.height + 2, lines=len(title.lines))
        flow.surface.rectangle(
            flow.x, flow.y, flow.width, flow.theme.rule(TOKENS.rules.box), flow.palette.rule
        )
        flow.advance(_AFTER_HEAD, lines=0)

    def _draw_answer(self, unit: KeyUnit, task: ReadingTask, *, is_last: bool) -> None:
        flow = self._flow
        painter = unit.text.enter(flow, _PART)
        style = flow.styles.cell
        with flow.structure.element("Div", text_entry("Lang", unit.text.language)):
            number = in_role(flow.styles.cell_head, "base")
            set_line(flow, str(task.number), number, _NUMBER_WIDTH).show(
                flow, (flow.x, flow.y), flow.width, "P"
            )
            with flow.indented(_NUMBER_WIDTH), painter.without_headings():
                if task.answer:
                    with painter.with_body_style(style):
                        painter.draw(task.answer)
                else:
                    note = set_text(
                        flow, self._words.open_question, in_role(style, "g600"), flow.width
                    )
                    note.show(flow, (flow.x, flow.y), flow.width, "P")
                    flow.advance(note.height, lines=len(note.lines))
        flow.advance(_AFTER_UNIT if is_last else _AFTER_ENTRY, lines=0)


def draw_page_link(flow: Flow, page: SetText, top: float, destination: str) -> None:
    """Draw the number of a page at the end of a line, as a link to a place there."""
    with flow.structure.element("P"), flow.structure.element("Link"):
        page.show(flow, (flow.x, top), flow.width, side="end")
        left = flow.x if flow.right_to_left else flow.x + flow.width - page.width
        if destination and not flow.structure.in_artifact:
            box = (left, top - page.height, left + page.width, top)
            flow.surface.link(f"#{destination}", box, str(destination))


def draw_back_title(flow: Flow, heading: Heading, on_heading: NoteHeading, note: str = "") -> None:
    """Draw the title of what stands behind all units, and a sentence about it."""
    full, style = flow.full.width, flow.styles.back_matter
    with flow.wide():
        title = set_text(flow, heading.runs, style, full)
        title.show(flow, (flow.x, flow.y), full, f"H{on_heading(heading)}")
        flow.advance(title.height)
        if note:
            told = set_text(flow, note, flow.styles.caption, full)
            told.show(flow, (flow.x, flow.y), full, "P")
            flow.advance(told.height)
    flow.advance(_AFTER_TITLE)
