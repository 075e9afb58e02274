"""What stands on every page: the title of its item, its number, and how many pages there are."""

from activities.formats.pdf.page import theme
from activities.formats.pdf.page.surface import Surface
from activities.formats.pdf.page.theme import Paper, TextStyle
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph, Typesetter

_EM = 1000
_TOTAL = "Total"
"""The resource name of the number of pages, which only the end knows."""


class RunningHeads:
    """Draws the head and the foot of each page of one document."""

    def __init__(self, surface: Surface, typesetter: Typesetter, paper: Paper) -> None:
        self._surface = surface
        self._typesetter = typesetter
        self._paper = paper
        self._width = paper.width - 2 * theme.MARGIN_SIDE
        self._title: Line | None = None
        self._total = surface.canvas.objects.new_number()

    def set_title(self, title: ShapedParagraph | None) -> None:
        """Let pages show a title from the one that ends next, or none."""
        width = self._width * _EM / theme.RUNNING.size
        self._title = title.cut(width) if title else None

    def draw(self, page: int, *, right_to_left: bool) -> None:
        """Draw what stands on the current page, which shows a number."""
        if self._title:
            self._draw_title(self._title, right_to_left)
        self._draw_number(page)

    def _draw_title(self, line: Line, right_to_left: bool) -> None:
        style = theme.RUNNING
        left = theme.MARGIN_SIDE
        if right_to_left:
            left += self._width - line.width * style.size / _EM
        baseline = self._paper.height - theme.HEADER_BASELINE
        self._show(line, style, left, baseline)
        self._surface.rectangle(theme.MARGIN_SIDE, baseline - 6, self._width, 0.4, theme.RULE_GREY)

    def _draw_number(self, page: int) -> None:
        surface, style = self._surface, theme.RUNNING
        number = self._typesetter.prepare_text(f"{page} / ").lines(UNLIMITED)[0]
        middle = self._paper.width / 2
        left = middle - number.width * style.size / _EM
        self._show(number, style, left, theme.FOOTER_BASELINE)
        surface.canvas.use_image(_TOTAL, self._total)
        placed = f"q 1 0 0 1 {middle + 2:.2f} {theme.FOOTER_BASELINE:.2f} cm /{_TOTAL} Do Q"
        surface.canvas.operators.append(surface.artifact(placed))

    def _show(self, line: Line, style: TextStyle, x: float, y: float) -> None:
        shown = (
            f"BT {style.grey:g} g {style.size:g} 0 0 {style.size:g}"
            f" {x:.2f} {y:.2f} Tm {line.operators} 0 g ET"
        )
        self._surface.canvas.operators.append(self._surface.artifact(shown))

    def finish(self) -> None:
        """Write what every page shows and only the end knows: how many pages there are."""
        canvas, style = self._surface.canvas, theme.RUNNING
        pages = len(canvas.objects.Pages.pages)
        line = self._typesetter.prepare_text(str(pages)).lines(UNLIMITED)[0]
        canvas.write_form(
            self._total,
            (0, -style.size, line.width * style.size / _EM, style.size),
            f"BT {style.grey:g} g {style.size:g} 0 0 {style.size:g} 0 0 Tm {line.operators} ET",
        )
