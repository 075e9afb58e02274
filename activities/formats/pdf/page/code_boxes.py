"""Preformatted text in a box: its language at the end corner, a sign before lines that go on."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

from activities.documents.model import CodeBlock
from activities.formats.pdf.page.callouts import frame
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.keeps import CODE_LINES
from activities.formats.pdf.page.line_division import lines_height
from activities.formats.pdf.page.text_painter import TextBox
from activities.formats.pdf.page.theme import GAPS
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import UNLIMITED

_EM = 1000
_NAME_MAX: Final = 20
_NAME_GAP: Final = 12.0
_NAMES: Final = MappingProxyType(
    {
        "bash": "Shell",
        "c": "C",
        "cpp": "C++",
        "c++": "C++",
        "cs": "C#",
        "csharp": "C#",
        "css": "CSS",
        "csv": "CSV",
        "html": "HTML",
        "js": "JavaScript",
        "javascript": "JavaScript",
        "json": "JSON",
        "latex": "LaTeX",
        "php": "PHP",
        "py": "Python",
        "r": "R",
        "sh": "Shell",
        "shell": "Shell",
        "sql": "SQL",
        "tex": "TeX",
        "ts": "TypeScript",
        "typescript": "TypeScript",
        "xml": "XML",
        "yaml": "YAML",
        "yml": "YAML",
    }
)
_PLAIN: Final = frozenset({"", "text", "txt", "plain", "plaintext", "none"})


def language_name(language: str) -> str:
    """What a code block says of its language; nothing for plain text."""
    name = language.strip()
    if name.lower() in _PLAIN or len(name) > _NAME_MAX:
        return ""
    known = _NAMES.get(name.lower())
    return known or (name.capitalize() if name.islower() else name)


def draw_code(flow: Flow, block: CodeBlock, around: float) -> None:
    """Draw a block of code, with so much space above and below its box."""
    style = flow.styles.code
    width = flow.width - 2 * GAPS.code_across
    lines = flow.typesetter.prepare_code(block.text).lines(width * _EM / style.size)
    name = _Name(flow, block.language)
    above = name.room_above(lines, width)
    together = lines if len(lines) <= CODE_LINES.whole else lines[: CODE_LINES.least]
    flow.add_spacing(around)
    flow.ensure_space(lines_height(together, style) + 2 * GAPS.code_down + above)
    flow.surface.place_destinations(block.anchors, flow.x, flow.y)
    with (
        flow.structure.element("P"),
        flow.background(frame(flow, flow.palette.faint, flow.palette.edge), GAPS.code_down),
        flow.indented(GAPS.code_across, GAPS.code_across),
    ):
        name.draw()
        if above:
            flow.advance(above)
        with flow.structure.element("Code"), flow.painter.marking(_continued(flow)):
            flow.add_lines(lines, style, "left", CODE_LINES)
    flow.advance(0, after=around)


class _Name:
    """The name of the language at the end of the first line."""

    def __init__(self, flow: Flow, language: str) -> None:
        self._flow = flow
        self._style = flow.styles.code_language
        name = language_name(language)
        self._lines: Sequence[Line] = (
            flow.typesetter.prepare_text(name, self._style.font).lines(UNLIMITED) if name else ()
        )

    def room_above(self, lines: Sequence[Line], width: float) -> float:
        """How much lower the code begins, so that its first line does not run into the name."""
        if not self._lines:
            return 0.0
        taken = (
            self._lines[0].width * self._style.size + lines[0].width * self._flow.styles.code.size
        )
        return self._style.leading if taken / _EM + _NAME_GAP > width else 0.0

    def draw(self) -> None:
        flow = self._flow
        if self._lines:
            box = TextBox(self._style, flow.x, flow.y, flow.width, "right")
            flow.painter.show_element(self._lines, box, "Span")


def _continued(flow: Flow) -> Callable[[Line, float, float], None]:
    """Draws the sign before a line that goes on, at the left of its place."""
    size = flow.styles.code.size
    colour = flow.palette.text("g600")

    def mark(line: Line, left: float, baseline: float) -> None:
        if not line.continues:
            return
        x, y = left - 0.8 * size, baseline + 0.22 * size
        stroke = flow.surface.stroke
        thickness = 0.07 * size
        stroke((x, y + 0.42 * size), (x, y), thickness, colour)
        stroke((x, y), (x + 0.5 * size, y), thickness, colour)
        for way in (0.16, -0.16):
            tip = (x + 0.5 * size, y)
            stroke((x + 0.34 * size, y + way * size), tip, thickness, colour)

    return mark
