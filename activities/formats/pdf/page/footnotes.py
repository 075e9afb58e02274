"""Footnotes at the foot of the page on which their marks are.

A note of paragraphs alone goes there; one that holds more, such as a list, stands at the end of its
text. In reading order all of them are at that end.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from activities.formats.pdf.file.structure import NOTHING, Content, text_entry
from activities.formats.pdf.page.surface import Surface
from activities.formats.pdf.page.text_painter import Alignment, TextBox, TextPainter
from activities.formats.pdf.page.theme import RULES, Column, Theme, in_base
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph, Typesetter

_EM = 1000
_ROUNDING = 1e-6
_SHARE_MAX: Final = 0.4
"""Of a page; what is more continues on the next one."""
_ABOVE, _BELOW_RULE = 10.0, 6.0
_BETWEEN = 2.0
_RULE_WIDTH = 60.0
_INDENT = 1.5
"""Of the text, in ems."""


class _Note:
    """A note whose mark may come."""

    def __init__(self, label: str, number: int, parent: int) -> None:
        self.label = label
        self.number = number
        """The number of its element, to which its place in the reading order refers."""
        self.parent = parent
        self.paragraphs: list[tuple[list[Line], Alignment]] = []

    @property
    def lines(self) -> int:
        return sum([len(lines) for lines, _ in self.paragraphs])


class _Waiting(NamedTuple):
    """A note of this page, and how many of its lines stand on pages before."""

    name: str
    drawn: int = 0
    content: Content = NOTHING
    """What has come of its element."""


class _State(msgspec.Struct, frozen=True, eq=False, gc=False):
    waiting: tuple[_Waiting, ...]
    begun: frozenset[str]
    height: float


class PageNotes:
    """The notes of the page that is drawn, and those that may still come."""

    def __init__(
        self, surface: Surface, painter: TextPainter, typesetter: Typesetter, theme: Theme
    ) -> None:
        """Take what the notes are drawn on and with."""
        self._surface = surface
        self._structure = surface.structure
        self._painter = painter
        self._typesetter = typesetter
        self._theme = theme
        self._style = theme.styles.footnote
        paper = theme.paper
        self._height_max = _SHARE_MAX * (paper.height - paper.top - paper.bottom)
        self._notes: dict[str, _Note] = {}
        self._begun: frozenset[str] = frozenset()
        """The notes that stand on finished pages, or begin there."""
        self._waiting: tuple[_Waiting, ...] = ()
        self.height = 0.0
        """What the notes take of this page."""

    def state(self) -> _State:
        """The notes so far."""
        return _State(self._waiting, self._begun, self.height)

    def restore(self, state: _State) -> None:
        """Forget the notes that came since."""
        self._waiting, self._begun, self.height = state.waiting, state.begun, state.height

    @property
    def are_waiting(self) -> bool:
        """Whether there are any for this page, or left over from the one before."""
        return bool(self._waiting)

    def expect(
        self, name: str, label: str, paragraphs: Sequence[ShapedParagraph], column: Column
    ) -> None:
        """Let marks that lead to a name put this note on their page, in a column."""
        structure, style = self._structure, self._style
        known = self._notes.get(name)
        if known is None:
            number = self._surface.canvas.objects.lasting_number()
            known = self._notes[name] = _Note(label, number, structure.current)
            width = column.width - _INDENT * style.size
            known.paragraphs = [
                (
                    paragraph.lines(width * _EM / style.size),
                    "right" if paragraph.right_to_left else "left",
                )
                for paragraph in paragraphs
            ]
        known.parent = structure.current

    def adopt(self, name: str) -> bool:
        """Let a note be read here, if its mark has put it on a page."""
        note = self._notes.get(name)
        if note is None or not self._is_placed(name):
            return False
        self._structure.adopt(note.number)
        return True

    def forget(self) -> None:
        """Expect nothing any more."""
        self._notes.clear()
        self._begun = frozenset()

    def needed(self, lines: Sequence[Line]) -> float:
        """How much higher the notes get when some lines stand on this page."""
        if not self._notes:
            return 0.0
        return self._height(self._with(lines)) - self.height

    def take(self, lines: Sequence[Line]) -> None:
        """Put the notes of lines that were drawn at the foot of the page."""
        if self._notes:
            before, self._waiting = len(self._waiting), self._with(lines)
            for one in self._waiting[before:]:
                for text, _ in self._notes[one.name].paragraphs:
                    self._painter.check_formulas(text, self._style)
            self.height = self._height(self._waiting)

    def fitting(self, lines: Sequence[Line], fitting: int, height: float, leading: float) -> int:
        """How many of so many lines fit a height with their notes."""
        if self._notes:
            while fitting and fitting * leading + self.needed(lines[:fitting]) > height:
                fitting -= 1
        return fitting

    def _with(self, lines: Sequence[Line]) -> tuple[_Waiting, ...]:
        waiting = self._waiting
        for line in lines:
            for segment in line.segments:
                href = segment.style.href
                if href and href[0] == "#" and href[1:] in self._notes:
                    name = href[1:]
                    if not self._is_placed(name) and all(one.name != name for one in waiting):
                        waiting = (*waiting, _Waiting(name))
        return waiting

    def _is_placed(self, name: str) -> bool:
        return name in self._begun or any(one.name == name for one in self._waiting)

    def _height(self, waiting: Sequence[_Waiting]) -> float:
        if not waiting:
            return 0.0
        leading = self._style.leading
        lines = sum([self._notes[name].lines - drawn for name, drawn, _ in waiting])
        whole = _ABOVE + _BELOW_RULE + lines * leading + len(waiting) * _BETWEEN
        return min(whole, self._height_max)

    def draw(self, column: Column, *, right_to_left: bool) -> None:
        """Draw the notes of the page that ends in a column; what does not fit waits for the next
        one.
        """
        if not self._waiting:
            return
        leading, bottom = self._style.leading, self._theme.paper.bottom
        y = bottom + self.height - _ABOVE
        thickness = self._theme.rule(RULES.hairline)
        x = column.x + column.width - _RULE_WIDTH if right_to_left else column.x
        self._surface.rectangle(x, y, _RULE_WIDTH, thickness, self._painter.palette.line)
        y -= _BELOW_RULE
        rest: list[_Waiting] = []
        for one in self._waiting:
            room = max(int((y - bottom + _ROUNDING) / leading), 0)
            count = min(room, self._notes[one.name].lines - one.drawn)
            if count:
                left = self._draw_lines(one, count, y, column, right_to_left)
                y -= count * leading + _BETWEEN
            else:
                left = one
            if left:
                rest.append(left)
        self._waiting = tuple(rest)
        self.height = self._height(rest)

    def _draw_lines(
        self, one: _Waiting, count: int, y: float, column: Column, right_to_left: bool
    ) -> _Waiting | None:
        """Draw lines of a note from a height down, as a part of its element; what is left of it."""
        name, drawn, content = one
        painter, note, style = self._painter, self._notes[name], self._style
        self._begun |= {name}
        identifier = text_entry("ID", name)
        element = self._structure.detached("Note", note.number, note.parent, identifier, content)
        indent = _INDENT * style.size
        left = column.x if right_to_left else column.x + indent
        with element, painter.told():
            if not drawn:
                self._surface.place_destinations((name,), column.x, y, in_element=True)
                label = self._typesetter.prepare_text(note.label, style.font, right_to_left)
                alignment: Alignment = "right" if right_to_left else "left"
                box = TextBox(in_base(style), column.x, y, column.width, alignment)
                painter.show_element(label.lines(UNLIMITED), box, "Lbl")
            first = 0
            for lines, alignment in note.paragraphs:
                shown = lines[max(drawn - first, 0) : max(drawn + count - first, 0)]
                if shown:
                    box = TextBox(style, left, y, column.width - indent, alignment)
                    painter.show_element(shown, box, "P")
                    y -= len(shown) * style.leading
                first += len(lines)
        if drawn + count < note.lines:
            return _Waiting(name, drawn + count, element.content)
        element.close()
        return None
