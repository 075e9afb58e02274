"""What stands on every page: the title of its item, its number, and how many pages there are."""

from activities.documents.design.tokens import TOKENS
from activities.formats.pdf.page.surface import INK, Surface, numbers_of
from activities.formats.pdf.page.theme import RULES, TextStyle, Theme
from activities.formats.pdf.text.lines import Line
from activities.formats.pdf.text.paragraph import UNLIMITED, ShapedParagraph, Typesetter

_EM = 1000
_TOTAL = "Total"
"""The resource name of the number of pages, which only the end knows."""


class RunningHeads:
    """Draws the head and the foot of each page of one document."""

    def __init__(self, surface: Surface, typesetter: Typesetter, theme: Theme) -> None:
        self._surface = surface
        self._typesetter = typesetter
        self._theme = theme
        self._paper = theme.paper
        self._width = theme.paper.full
        self._title: Line | None = None
        self._total = surface.canvas.objects.new_number()

    def set_title(self, title: ShapedParagraph | None) -> None:
        """Let pages show a title from the one that ends next, or none."""
        width = self._width * _EM / self._theme.styles.running.size
        self._title = title.cut(width) if title else None

    def draw(self, page: int, *, right_to_left: bool) -> None:
        """Draw what stands on the current page, which shows a number."""
        if self._title:
            self._draw_title(self._title, right_to_left)
        self._draw_number(page)

    def _draw_title(self, line: Line, right_to_left: bool) -> None:
        style = self._theme.styles.running
        full = self._theme.full(right_to_left=right_to_left)
        left = full.x
        if right_to_left:
            left += self._width - line.width * style.size / _EM
        paper = self._paper
        self._show(line, style, left, paper.height - paper.head)
        self._surface.rectangle(
            full.x,
            paper.height - paper.head_rule,
            full.width,
            self._theme.rule(RULES.hairline),
            TOKENS.neutrals.g300,
        )

    def _draw_number(self, page: int) -> None:
        surface, style = self._surface, self._theme.styles.running
        number = self._typesetter.prepare_text(f"{page} / ", style.font).lines(UNLIMITED)[0]
        middle = self._paper.width / 2
        left = middle - number.width * style.size / _EM
        self._show(number, style, left, self._paper.foot)
        surface.canvas.use_image(_TOTAL, self._total)
        placed = f"q 1 0 0 1 {middle + 2:.2f} {self._paper.foot:.2f} cm /{_TOTAL} Do Q"
        surface.canvas.operators.append(surface.artifact(placed))

    def _show(self, line: Line, style: TextStyle, x: float, y: float) -> None:
        shown = (
            f"BT {_colour(style)} rg {style.size:g} 0 0 {style.size:g}"
            f" {x:.2f} {y:.2f} Tm {line.operators} {INK} rg ET"
        )
        self._surface.canvas.operators.append(self._surface.artifact(shown))

    def finish(self) -> None:
        """Write what every page shows and only the end knows: how many pages there are."""
        canvas, style = self._surface.canvas, self._theme.styles.running
        pages = len(canvas.objects.Pages.pages)
        line = self._typesetter.prepare_text(str(pages), style.font).lines(UNLIMITED)[0]
        canvas.write_form(
            self._total,
            (0, -style.size, line.width * style.size / _EM, style.size),
            f"BT {_colour(style)} rg {style.size:g} 0 0 {style.size:g} 0 0 Tm {line.operators} ET",
        )


def _colour(style: TextStyle) -> str:
    return numbers_of(TOKENS.neutrals.g700 if style.colour == "g700" else TOKENS.neutrals.g600)
