"""Footnotes at the foot of the page on which their marks are.

A note of paragraphs alone goes there; one that holds more, such as a list, stands at the end of its
text. In reading order all of them are at that end.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from activities.formats.pdf.file.structure import NOTHING, Content, text_entry
from activities.formats.pdf.page.text_painter import Alignment, TextBox
from activities.formats.pdf.page.theme import RULES, in_base
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph

if TYPE_CHECKING:
    from activities.formats.pdf.page.flow import Flow

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


class _State(NamedTuple):
    waiting: tuple[_Waiting, ...]
    begun: frozenset[str]
    height: float


class PageNotes:
    """The notes of the page that is drawn, and those that may still come."""

    def __init__(self, flow: "Flow") -> None:
        """Stand at the foot of the pages of a column."""
        self._flow = flow
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
        self._waiting, self._begun, self.height = state

    @property
    def are_waiting(self) -> bool:
        """Whether there are any for this page, or left over from the one before."""
        return bool(self._waiting)

    def expect(self, name: str, label: str, paragraphs: Sequence[ShapedParagraph]) -> None:
        """Let marks that lead to a name put this note on their page."""
        structure, style = self._flow.structure, self._flow.styles.footnote
        known = self._notes.get(name)
        if known is None:
            number = self._flow.surface.canvas.objects.lasting_number()
            known = self._notes[name] = _Note(label, number, structure.current)
            width = self._flow.text_column.width - _INDENT * style.size
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
        self._flow.structure.adopt(note.number)
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
                    self._flow.painter.check_formulas(text, self._flow.styles.footnote)
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
        leading = self._flow.styles.footnote.leading
        lines = sum([self._notes[name].lines - drawn for name, drawn, _ in waiting])
        whole = _ABOVE + _BELOW_RULE + lines * leading + len(waiting) * _BETWEEN
        return min(whole, _SHARE_MAX * self._flow.page_height)

    def draw(self) -> None:
        """Draw the notes of the page that ends; what does not fit waits for the next one."""
        if not self._waiting:
            return
        flow = self._flow
        leading = flow.styles.footnote.leading
        bottom = flow.theme.paper.bottom
        column = flow.text_column
        y = bottom + self.height - _ABOVE
        thickness = flow.theme.rule(RULES.hairline)
        x = column.x + column.width - _RULE_WIDTH if flow.right_to_left else column.x
        flow.surface.rectangle(x, y, _RULE_WIDTH, thickness, flow.palette.line)
        y -= _BELOW_RULE
        rest: list[_Waiting] = []
        for one in self._waiting:
            room = max(int((y - bottom + _ROUNDING) / leading), 0)
            count = min(room, self._notes[one.name].lines - one.drawn)
            if count:
                left = self._draw_lines(one, count, y)
                y -= count * leading + _BETWEEN
            else:
                left = one
            if left:
                rest.append(left)
        self._waiting = tuple(rest)
        self.height = self._height(rest)

    def _draw_lines(self, one: _Waiting, count: int, y: float) -> _Waiting | None:
        """Draw lines of a note from a height down, as a part of its element; what is left of it."""
        name, drawn, content = one
        flow, note, style = self._flow, self._notes[name], self._flow.styles.footnote
        self._begun |= {name}
        identifier = text_entry("ID", name)
        element = flow.structure.detached("Note", note.number, note.parent, identifier, content)
        column, indent = flow.text_column, _INDENT * style.size
        left = column.x if flow.right_to_left else column.x + indent
        with element, flow.painter.told():
            if not drawn:
                flow.surface.place_destinations((name,), column.x, y, in_element=True)
                label = flow.typesetter.prepare_text(note.label, style.font, flow.right_to_left)
                alignment: Alignment = "right" if flow.right_to_left else "left"
                box = TextBox(in_base(style), column.x, y, column.width, alignment)
                flow.painter.show_element(label.lines(UNLIMITED), box, "Lbl")
            first = 0
            for lines, alignment in note.paragraphs:
                shown = lines[max(drawn - first, 0) : max(drawn + count - first, 0)]
                if shown:
                    box = TextBox(style, left, y, column.width - indent, alignment)
                    flow.painter.show_element(shown, box, "P")
                    y -= len(shown) * style.leading
                first += len(lines)
        if drawn + count < note.lines:
            return _Waiting(name, drawn + count, element.content)
        element.close()
        return None
