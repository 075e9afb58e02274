"""The column that content flows down, page after page."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import accumulate
from typing import Literal, NamedTuple

import msgspec

from activities.formats.pdf.file.canvas import PageCanvas
from activities.formats.pdf.file.objects import text_string
from activities.formats.pdf.file.structure import StructureTree, text_entry
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.theme import Paper, TextStyle
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.lines import PLAIN_LOOK, Line, Look, Part
from activities.formats.pdf.text.paragraph import UNLIMITED, Galley, Typesetter

Side = Literal["left", "center", "right"]

_EM = 1000
_ASCENT = 0.8
"""Of the font size: where the baseline lies within the glyphs' height."""
_UNDERLINE, _STRIKE, _STROKE = -0.13, 0.27, 0.05
_LINK_DEPTH, _LINK_HEIGHT = 0.25, 1.15
_LINES_TOGETHER = 2
"""Fewest lines of a paragraph on either side of a page break."""
_TOTAL = "Total"
# This way of formatting numbers takes half the time of an f-string.
_FILLED = "%g g %.2f %.2f %.2f %.2f re f 0 g"
_ROUNDING = 1e-6
_ENDLESS = 1e6
_PROTRUSION = 0.5
"""By so much a line may be wider than its frame."""


class _Backdrop:
    """Something painted behind the content from one height down to another."""

    def __init__(self, x: float, width: float, grey: float, margin: float) -> None:
        self.x = x
        self.width = width
        self.grey = grey
        self.margin = margin
        self.slot = 0
        self.top = 0.0


class Frame(NamedTuple):
    """A box on the page into which content is drawn larger or smaller than it usually is."""

    left: float
    top: float
    width: float
    height: float
    """What pictures take for the height of a page, before they are scaled."""
    scale: float


class Fit(NamedTuple):
    """How something fits its frame."""

    height: float
    """Points on the page; infinite when lines stick out at the sides or formulas get too small."""
    squeezed: bool
    """Whether words had to be cut, or formulas to shrink, to fit the width."""


class Flow:
    """Where the next thing is drawn, and what happens when the page is full."""

    def __init__(
        self,
        canvas: PageCanvas,
        structure: StructureTree,
        typesetter: Typesetter,
        paper: Paper,
        check_cancelled: Callable[[], None],
    ) -> None:
        """Call `check_cancelled` whenever something is drawn."""
        self.canvas = canvas
        self.structure = structure
        self.typesetter = typesetter
        self.check_cancelled = check_cancelled
        self.right_to_left = False
        """Of the current item: lists, quotes and tables begin at the right."""
        self._paper = paper
        self.x = theme.MARGIN_SIDE
        self.width = self._column
        self.y = self.top
        self.height = self.top - theme.MARGIN_BOTTOM
        """Of the column on a full page, or of the frame."""
        self._running_head: Line | None = None
        self._bottom = theme.MARGIN_BOTTOM
        self._frame: Frame | None = None
        self._unfit = False
        self._after = 0.0
        self._page_is_empty = True
        self._backdrops: list[_Backdrop] = []
        self._pages_before = 0
        self._total = canvas.objects.new_number()

    @property
    def _column(self) -> float:
        """The width of the column without any indentation."""
        return self._paper.width - 2 * theme.MARGIN_SIDE

    @property
    def top(self) -> float:
        """Of the column."""
        return self._paper.height - theme.MARGIN_TOP

    @property
    def room(self) -> float:
        """What is left of the page."""
        return self.y - self._bottom

    @property
    def page(self) -> int:
        """The number that the current page shows."""
        return self._pages_before + self.canvas.page_number

    def reserve_pages(self, count: int) -> None:
        """Leave page numbers free for pages that are drawn last and stand first."""
        self._pages_before = count

    def begin_reserved_pages(self) -> None:
        """Give the numbers that were left free to the pages from here on."""
        self._pages_before = 1 - self.canvas.page_number

    # Vertical movement

    def gap(self, before: float) -> None:
        """Keep a distance to what stands above, the larger of the two that were asked for."""
        if not self._page_is_empty:
            self.y -= max(before, self._after)
        self._after = 0.0

    def advance(self, height: float, after: float = 0.0) -> None:
        """Go down past something that was drawn, and ask for a distance to the next."""
        self.y -= height
        self._after = after
        self._page_is_empty = False

    def need(self, height: float) -> None:
        """Begin a new page when the height does not fit any more."""
        gap = 0.0 if self._page_is_empty else self._after
        if self.room + _ROUNDING < min(height, self.height) + gap:
            self.break_page()

    def break_page(self) -> None:
        """End the page, unless nothing stands on it yet."""
        if self._page_is_empty:
            return
        for backdrop in self._backdrops:
            self._paint(backdrop)
        self._finish_page()
        for backdrop in self._backdrops:
            self._begin(backdrop)

    def turn_to_odd_page(self) -> None:
        """End the page, and leave the next one blank if its number is even."""
        self.break_page()
        if self.page % 2 == 0:
            self._finish_page()

    def leave_pages_blank(self, last: int) -> None:
        """End the page, and leave those up to the one with this number blank."""
        self.break_page()
        while self.page <= last:
            self._finish_page()

    def _finish_page(self) -> None:
        if self._running_head:
            self._draw_head(self._running_head)
        self._draw_page_number()
        self.canvas.finish_page(self.structure.page_entries())
        self.y = self.top
        self._after = 0.0
        self._page_is_empty = True

    # Frames

    @property
    def is_framed(self) -> bool:
        """Whether what is drawn gets smaller or larger as a whole."""
        return self._frame is not None

    @contextmanager
    def framed(self, frame: Frame) -> Iterator[None]:
        """Draw into a frame meanwhile, from its top down and past its lower edge if need be.

        All measures are those of the content before it is scaled.
        """
        column = (self.x, self.width, self.height)
        place = (self.y, self._bottom, self._after)
        scale = frame.scale
        self.x, self.width, self.height = frame.left, frame.width / scale, frame.height
        self.y, self._bottom, self._after = frame.top, frame.top - _ENDLESS, 0.0
        self._page_is_empty = True
        self._frame = frame
        self._unfit = False
        self.canvas.operators.append(
            f"q {scale:g} 0 0 {scale:g}"
            f" {frame.left * (1 - scale):.4f} {frame.top * (1 - scale):.4f} cm"
        )
        try:
            yield
        finally:
            self.canvas.operators.append("Q")
            self.x, self.width, self.height = column
            self.y, self._bottom, self._after = place
            self._page_is_empty = False
            self._frame = None

    def fit(self, frame: Frame, draw: Callable[[], None]) -> Fit:
        """Try how something would fit a frame.

        Args:
            frame: Where it would be.
            draw: Draws it; nothing of that is kept.
        """
        was_empty, squeezed = self._page_is_empty, self.typesetter.squeezed
        with self.canvas.discarding(), self.structure.artifact(), self.framed(frame):
            draw()
            height = (frame.top - self.y) * frame.scale
        self._page_is_empty = was_empty
        return Fit(
            math.inf if self._unfit else height, squeezed=self.typesetter.squeezed > squeezed
        )

    def on_paper(self, x: float, y: float) -> tuple[float, float]:
        """Where on the page a point lies that may be in a frame."""
        frame = self._frame
        if frame is None:
            return x, y
        left, top, scale = frame.left, frame.top, frame.scale
        return left + (x - left) * scale, top + (y - top) * scale

    # Indentation and backgrounds

    def indented(self, start: float, end: float = 0.0) -> "_Indentation":
        """Narrow the column, on the side where lines begin and on the one where they end."""
        narrower = start + end
        possible = min(narrower, max(self.width - theme.COLUMN_MIN, 0.0)) / narrower
        indentation = _Indentation(self, self.x, self.width)
        self.x += possible * (end if self.right_to_left else start)
        self.width -= possible * narrower
        return indentation

    @contextmanager
    def backdrop(self, x: float, width: float, grey: float, margin: float = 0.0) -> Iterator[None]:
        """Paint behind what is drawn meanwhile, and a margin above and below it."""
        backdrop = _Backdrop(x, width, grey, margin)
        self._begin(backdrop)
        self._backdrops.append(backdrop)
        try:
            yield
        finally:
            self._paint(self._backdrops.pop())

    def _begin(self, backdrop: _Backdrop) -> None:
        backdrop.slot = len(self.canvas.operators)
        self.canvas.operators.append("")
        backdrop.top = self.y
        self.y -= backdrop.margin

    def _paint(self, backdrop: _Backdrop) -> None:
        self.y -= backdrop.margin
        self.canvas.operators[backdrop.slot] = self._rectangle(
            backdrop.x, self.y, backdrop.width, backdrop.top - self.y, backdrop.grey
        )

    # Drawing

    def rectangle(self, x: float, y: float, width: float, height: float, grey: float) -> None:
        """Fill a rectangle that means nothing: a rule, a line of a table."""
        self.canvas.operators.append(self._rectangle(x, y, width, height, grey))

    def _rectangle(self, x: float, y: float, width: float, height: float, grey: float) -> str:
        return self.artifact(_FILLED % (grey, x, y, width, height))

    def artifact(self, operators: str) -> str:
        """Operators that stand outside the structure."""
        return f"{self.structure.artifact_mark} {operators} {self.structure.end_mark}"

    def dots(self, left: float, right: float, y: float) -> None:
        """Lead the eye from one place to another."""
        if right > left:
            operators = (
                f"{theme.RULE_GREY:g} G .6 w [.6 3] 0 d"
                f" {left:.2f} {y:.2f} m {right:.2f} {y:.2f} l S [] 0 d"
            )
            self.canvas.operators.append(self.artifact(operators))

    def dashes(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Show where to cut."""
        operators = (
            f"{theme.RULE_GREY:g} G .5 w [4 3] 0 d"
            f" {start[0]:.2f} {start[1]:.2f} m {end[0]:.2f} {end[1]:.2f} l S [] 0 d"
        )
        self.canvas.operators.append(self.artifact(operators))

    def paragraph(
        self,
        galley: Galley,
        style: TextStyle,
        tag: str = "P",
        side: Side | None = None,
    ) -> None:
        """Let a paragraph flow, in an element of its own."""
        lines = galley.lines(self.width * _EM / style.size)
        self.gap(style.before)
        self.text(lines, style, side or ("right" if galley.right_to_left else "left"), tag)
        self._after = style.after

    def text(self, lines: Sequence[Line], style: TextStyle, side: Side, tag: str) -> None:
        """Let lines flow in an element of their own, without widows and orphans."""
        height = lines_height(lines, style)
        if height <= self.room + _ROUNDING:
            self.show_element(lines, style, self.x, self.y, self.width, side, tag)
            self.advance(height)
        else:
            with self.structure.element(tag):
                self.place(lines, style, side)

    def place(self, lines: Sequence[Line], style: TextStyle, side: Side) -> None:
        """Let lines flow in the current element, without widows and orphans."""
        rest = lines
        while True:
            fitting = lines_fitting(rest, style, self.room + _ROUNDING)
            count = _lines_before_break(len(rest), fitting, self._page_is_empty)
            if count:
                self.show(rest[:count], style, self.x, self.y, self.width, side)
                self.advance(lines_height(rest[:count], style))
                rest = rest[count:]
            if not rest:
                return
            self.break_page()

    def show(
        self,
        lines: Sequence[Line],
        style: TextStyle,
        x: float,
        top: float,
        width: float,
        side: Side,
    ) -> None:
        """Draw lines at a place, in the current element."""
        if _is_plain(lines):
            self._show_plain(lines, style, x, top, width, side, self.structure.mark())
        else:
            self._show_parts(lines, style, x, top, width, side)

    def show_element(
        self,
        lines: Sequence[Line],
        style: TextStyle,
        x: float,
        top: float,
        width: float,
        side: Side,
        tag: str,
        attributes: str = "",
    ) -> None:
        """Draw lines at a place, in an element of their own."""
        if _is_plain(lines):
            mark = self.structure.leaf(tag, attributes)
            self._show_plain(lines, style, x, top, width, side, mark)
        else:
            with self.structure.element(tag, attributes):
                self._show_parts(lines, style, x, top, width, side)

    def _show_plain(
        self,
        lines: Sequence[Line],
        style: TextStyle,
        x: float,
        top: float,
        width: float,
        side: Side,
        mark: str,
    ) -> None:
        self.check_cancelled()
        if self._frame:
            self._check_width(lines, style, width)
        setting = _setting(style, self.structure.end_mark)
        height = top - setting.drop
        if side == "left":
            if len(lines) == 1:
                shown = lines[0].operators
            else:
                shown = "\nT*\n".join([line.operators for line in lines])
            self.canvas.operators.append(
                f"{setting.begin}\n{mark}\n{setting.matrix} {x:.2f} {height:.2f} Tm\n{shown}\n"
                f"{setting.end}"
            )
            return
        operators = self.canvas.operators
        operators += (setting.begin, mark)
        for line in lines:
            left = x + _slack(line, style, width, side)
            operators.append(f"{setting.matrix} {left:.2f} {height:.2f} Tm\n{line.operators}\nT*")
            height -= style.leading
        operators.append(setting.end)

    def _show_parts(
        self,
        lines: Sequence[Line],
        style: TextStyle,
        x: float,
        top: float,
        width: float,
        side: Side,
    ) -> None:
        """Draw lines that have more than one look or height, in the current element."""
        self.check_cancelled()
        if self._frame:
            self._check_width(lines, style, width)
        setting, size = _setting(style, self.structure.end_mark), style.size
        operators = self.canvas.operators
        operators += (setting.begin, self.structure.mark())
        decorated: list[tuple[Part, float, float]] = []
        left, height = x, top - setting.drop
        moved = True
        for line in lines:
            height -= line.above * size / _EM
            if side != "left":
                left = x + _slack(line, style, width, side)
            if moved or side != "left" or line.above:
                operators.append(f"{setting.matrix} {left:.2f} {height:.2f} Tm")
            moved = line.above > 0 or line.below > 0
            for part in line.parts:
                if part.look is PLAIN_LOOK:
                    operators.append(part.operators)
                else:
                    self._show_part(part, style, left, height)
                    decorated.append((part, left, height))
            if not line.parts:
                operators.append(line.operators)
            operators.append("T*")
            height -= style.leading + line.below * size / _EM
        operators.append(setting.end)
        for part, left, height in decorated:
            self._decorate(part, size, left, height)

    def _check_width(self, lines: Sequence[Line], style: TextStyle, width: float) -> None:
        widest = max([line.width for line in lines], default=0.0)
        self._unfit = self._unfit or widest * style.size / _EM > width + _PROTRUSION

    def _check_formula(self, formula: Formula, size: float) -> None:
        if self._frame:
            largest = max([glyph.scale for glyph in formula.glyphs], default=1.0)
            smallest = theme.CARD_FORMULA_MIN / self._frame.scale
            self._unfit = self._unfit or largest * size < smallest

    def _show_part(self, part: Part, style: TextStyle, left: float, baseline: float) -> None:
        """Show text that may be an element of its own within the current one."""
        operators = self.canvas.operators
        look = part.look
        if self.structure.in_artifact or not (look.href or look.formula):
            operators.append(part.operators)
            return
        end = self.structure.end_mark
        operators.append(end)
        if look.formula:
            with self.structure.element("Formula", text_entry("Alt", look.tex)):
                operators += [self.structure.mark(), part.operators, end]
        elif look.href:
            with self.structure.element("Link"):
                operators += [self.structure.mark(), part.operators, end]
                scale = style.size / _EM
                bottom = baseline - _LINK_DEPTH * style.size
                top = bottom + _LINK_HEIGHT * style.size
                box = (left + part.start * scale, bottom, left + part.end * scale, top)
                self.link(look.href, box, look.href)
        operators.append(self.structure.mark())

    def show_formula(self, part: Part, size: float, x: float, baseline: float) -> None:
        """Draw a formula at a place, as an element of its own."""
        with self.structure.element("Formula", text_entry("Alt", part.look.tex)):
            operators = self.canvas.operators
            operators += [
                f"BT {self.structure.mark()}",
                f"{size:g} 0 0 {size:g} {x:.2f} {baseline:.2f} Tm",
                part.operators,
                f"{self.structure.end_mark} ET",
            ]
        self._decorate(part, size, x, baseline)

    def link(self, target: str, box: tuple[float, float, float, float], description: str) -> None:
        """Make a box on the page a link that belongs to the current element.

        Args:
            target: An address, or `#` and the name of a destination.
            box: Left, bottom, right, top.
            description: What screen readers say of it.
        """
        corners = (*self.on_paper(*box[:2]), *self.on_paper(*box[2:]))
        if target.startswith("#"):
            action = f"/Dest{text_string(target[1:])}"
        else:
            action = f"/A<</S/URI/URI<{target.encode('ascii', 'ignore').hex()}>>>"
        box_shown = " ".join([f"{edge:.2f}" for edge in corners])
        annotation = self.canvas.annotate(
            f"<</Type/Annot/Subtype/Link/Rect[{box_shown}]/Border[0 0 0]"
            f"{text_entry('Contents', description)}{action}"
            f"/F 4{self.structure.annotation_entry()}>>"
        )
        self.structure.add_link(annotation)

    def _decorate(self, part: Part, size: float, left: float, baseline: float) -> None:
        scale = size / _EM
        x, width = left + part.start * scale, (part.end - part.start) * scale
        look: Look = part.look
        if look.strike:
            self.rectangle(x, baseline + _STRIKE * size, width, _STROKE * size, 0.0)
        if look.formula:
            self._check_formula(look.formula, size)
            for rule in look.formula.rules:
                self.rectangle(
                    x + rule.x * scale,
                    baseline + rule.y * scale,
                    rule.width * scale,
                    rule.height * scale,
                    0.0,
                )
        if look.href and not look.rise:
            self.rectangle(x, baseline + _UNDERLINE * size, width, _STROKE * size, 0.6)

    # What stands on every page

    def set_running_head(self, title: Galley | None) -> None:
        """Let pages show a title from the one that ends next, or none."""
        room = self._column * _EM / theme.RUNNING.size
        self._running_head = title.cut(room) if title else None

    def _draw_head(self, line: Line) -> None:
        style = theme.RUNNING
        left = theme.MARGIN_SIDE
        if self.right_to_left:
            left += self._column - line.width * style.size / _EM
        baseline = self._paper.height - theme.HEADER_BASELINE
        self._running(line, style, left, baseline)
        self.rectangle(theme.MARGIN_SIDE, baseline - 6, self._column, 0.4, theme.RULE_GREY)

    def _draw_page_number(self) -> None:
        style = theme.RUNNING
        number = self.typesetter.prepare_text(f"{self.page} / ").lines(UNLIMITED)[0]
        middle = self._paper.width / 2
        left = middle - number.width * style.size / _EM
        self._running(number, style, left, theme.FOOTER_BASELINE)
        self.canvas.use_image(_TOTAL, self._total)
        placed = f"q 1 0 0 1 {middle + 2:.2f} {theme.FOOTER_BASELINE:.2f} cm /{_TOTAL} Do Q"
        self.canvas.operators.append(self.artifact(placed))

    def _running(self, line: Line, style: TextStyle, x: float, y: float) -> None:
        shown = (
            f"BT {style.grey:g} g {style.size:g} 0 0 {style.size:g}"
            f" {x:.2f} {y:.2f} Tm {line.operators} 0 g ET"
        )
        self.canvas.operators.append(self.artifact(shown))

    def finish(self) -> None:
        """Write what every page shows and only the end knows: how many pages there are."""
        style = theme.RUNNING
        pages = len(self.canvas.objects.Pages.pages)
        line = self.typesetter.prepare_text(str(pages)).lines(UNLIMITED)[0]
        self.canvas.write_form(
            self._total,
            (0, -style.size, line.width * style.size / _EM, style.size),
            f"BT {style.grey:g} g {style.size:g} 0 0 {style.size:g} 0 0 Tm {line.operators} ET",
        )


class _Indentation:
    """Widens the column again when a `with` statement ends."""

    __slots__ = ("_flow", "_width", "_x")

    def __init__(self, flow: Flow, x: float, width: float) -> None:
        self._flow = flow
        self._x = x
        self._width = width

    def __enter__(self) -> None:
        """The column is narrow already."""

    def __exit__(self, *_: object) -> None:
        self._flow.x, self._flow.width = self._x, self._width


class _Setting(msgspec.Struct, frozen=True, gc=False):
    """What all text of a style has in common."""

    begin: str
    matrix: str
    end: str
    drop: float
    """From the top of a line to its baseline, in points."""


@cache
def _setting(style: TextStyle, end_mark: str) -> _Setting:
    size, leading, grey = style.size, style.leading, style.grey
    return _Setting(
        f"BT {leading / size:.4g} TL" + (f" {grey:g} g" if grey else ""),
        f"{size:g} 0 0 {size:g}",
        f"{end_mark} 0 g ET" if grey else f"{end_mark} ET",
        (leading - size) / 2 + size * _ASCENT,
    )


def _is_plain(lines: Sequence[Line]) -> bool:
    """Whether all lines have the plain look and the usual height."""
    for line in lines:  # noqa: SIM110 - all() takes three times as long for a line or two
        if line.parts:
            return False
    return True


def _slack(line: Line, style: TextStyle, width: float, side: Side) -> float:
    """The room before a line that is not at the left."""
    slack = width - line.width * style.size / _EM
    return slack if side == "right" else slack / 2


def lines_height(lines: Sequence[Line], style: TextStyle) -> float:
    """The height of lines below each other, in points."""
    height = len(lines) * style.leading
    for line in lines:
        if line.parts:
            height += (line.above + line.below) * style.size / _EM
    return height


def lines_fitting(lines: Sequence[Line], style: TextStyle, room: float) -> int:
    """How many of the lines fit into so many points, as if further usual ones followed them."""
    most = max(int(room / style.leading), 0)
    if not any(line.above or line.below for line in lines[:most]):
        return most
    heights = accumulate(lines_height([line], style) for line in lines[:most])
    return sum(1 for height in heights if height <= room)


def _lines_before_break(lines: int, fitting: int, on_empty_page: bool) -> int:
    if lines <= fitting:
        return lines
    count = fitting
    if lines - count < _LINES_TOGETHER:
        count = lines - _LINES_TOGETHER
    if count < _LINES_TOGETHER:
        # A page too short for the rule takes what fits, so that there is always progress.
        return max(fitting, 1) if on_empty_page else 0
    return count
