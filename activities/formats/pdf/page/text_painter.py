"""Shaped lines become operators on the page: at a place, aligned, tagged, decorated."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Literal
from urllib.parse import unquote

import msgspec

from activities.documents.design.colours import Colour
from activities.documents.design.tokens import TOKENS
from activities.formats.pdf.page import theme
from activities.formats.pdf.page.surface import INK, Surface, numbers_of
from activities.formats.pdf.page.theme import Palette, TextStyle
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.lines import PLAIN_STYLE, Line, LinePicture, StyledSegment

Alignment = Literal["left", "center", "right"]

_EM = 1000
ASCENT = 0.8
"""Where the baseline lies within the glyphs' height, as a share of the font size."""
_UNDERLINE, _STRIKE, _STROKE = -0.13, 0.27, 0.05
_LINK_DEPTH, _LINK_HEIGHT = 0.25, 1.15
_MARK_DEPTH, _MARK_HEIGHT = 0.25, 1.15
_FILLED = "%s rg %.2f %.2f %.2f %.2f re f"
_SHADE_MARGIN = 0.1
"""Between code and the end of its ground, in em."""
_KEY = "%s RG .5 w %.2f %.2f %.2f %.2f re S"
_KEY_GAP = 0.09
"""Between the frame of a key and what stands beside it, in em."""
_PROTRUSION = 0.5
"""A line may be wider than its frame by so many points."""


class TextBox(msgspec.Struct, frozen=True, gc=False):
    """Where lines stand and how."""

    style: TextStyle
    x: float
    top: float
    width: float
    alignment: Alignment = "left"


class TextPainter:
    """Draws lines of shaped text on a surface."""

    def __init__(
        self, surface: Surface, palette: Palette, on_small_formula: Callable[[Formula], None]
    ) -> None:
        """Draw on a surface in some colours; formulas that the room makes smaller than is easy to
        read are told.
        """
        self._surface = surface
        self.palette = palette
        """The colours of the unit that is drawn."""
        self._on_small_formula = on_small_formula
        self._structure = surface.structure
        self._mark: Callable[[Line, float, float], None] | None = None
        self._is_told = False
        self.does_not_fit = False
        """Whether lines stuck out of a frame, or formulas got too small in it."""

    def show(self, lines: Sequence[Line], box: TextBox) -> None:
        """Draw lines in the current element."""
        if _is_plain(lines):
            self._show_plain(lines, box, self._structure.mark())
        else:
            self._show_segments(lines, box)

    def show_element(
        self, lines: Sequence[Line], box: TextBox, tag: str, attributes: str = ""
    ) -> None:
        """Draw lines in an element of their own.

        Args:
            lines: The lines, the first at the top of the box.
            box: Where they stand.
            tag: The element's type.
            attributes: Further entries of the element's dictionary.
        """
        if _is_plain(lines):
            self._show_plain(lines, box, self._structure.leaf(tag, attributes))
        else:
            with self._structure.element(tag, attributes):
                self._show_segments(lines, box)

    def _show_plain(self, lines: Sequence[Line], box: TextBox, mark: str) -> None:
        surface, style = self._surface, box.style
        surface.check_cancelled()
        if surface.frame:
            self._check_width(lines, box)
        setting = self._setting(style)
        x, height = box.x, box.top - setting.drop
        operators = surface.canvas.operators
        leading, begin = style.leading, setting.begin
        if lines and (more := lines[0].above * style.size / _EM):
            height -= more
            leading += more
            begin += f" {leading / style.size:.4g} TL"
        if box.alignment == "left":
            if len(lines) == 1:
                shown = lines[0].operators
            else:
                shown = "\nT*\n".join([line.operators for line in lines])
            operators.append(
                f"{begin}\n{mark}\n{setting.matrix} {x:.2f} {height:.2f} Tm\n{shown}\n{setting.end}"
            )
            if self._mark:
                self._mark_lines(lines, box, setting.drop)
            return
        operators += (begin, mark)
        for line in lines:
            left = x + _slack(line, box)
            operators.append(f"{setting.matrix} {left:.2f} {height:.2f} Tm\n{line.operators}\nT*")
            height -= leading
        operators.append(setting.end)

    def _show_segments(self, lines: Sequence[Line], box: TextBox) -> None:
        """Draw lines that have more than one character style or height."""
        surface, style = self._surface, box.style
        surface.check_cancelled()
        if surface.frame:
            self._check_width(lines, box)
        setting, size = self._setting(style), style.size
        operators, aligned = surface.canvas.operators, box.alignment != "left"
        behind = len(operators)
        operators += (setting.begin, self._structure.mark())
        decorated: list[tuple[StyledSegment, float, float]] = []
        left, height = box.x, box.top - setting.drop
        moved = True
        for line in lines:
            height -= line.above * size / _EM
            if aligned:
                left = box.x + _slack(line, box)
            if moved or aligned or line.above:
                operators.append(f"{setting.matrix} {left:.2f} {height:.2f} Tm")
            moved = line.above > 0 or line.below > 0
            for segment in line.segments:
                if segment.style is PLAIN_STYLE:
                    operators.append(segment.operators)
                else:
                    self._show_segment(segment, style, left, height)
                    moved = moved or segment.style.picture is not None
                    decorated.append((segment, left, height))
            if not line.segments:
                operators.append(line.operators)
            operators.append("T*")
            height -= style.leading + line.below * size / _EM
        operators.append(setting.end)
        if background := self._backgrounds(decorated, size):
            operators[behind] = f"{background}\n{setting.begin}"
        for segment, left, height in decorated:
            self._decorate(segment, style, left, height)

    @contextmanager
    def marking(self, mark: Callable[[Line, float, float], None]) -> Iterator[None]:
        """Call something for each line that is drawn meanwhile, with its left edge and baseline."""
        self._mark = mark
        try:
            yield
        finally:
            self._mark = None

    def _mark_lines(self, lines: Sequence[Line], box: TextBox, drop: float) -> None:
        assert self._mark
        height = box.top - drop
        for line in lines:
            self._mark(line, box.x, height)
            height -= box.style.leading

    def _setting(self, style: TextStyle) -> "_Setting":
        colour = self.palette.text(style.colour)
        return _setting(style, colour, self._structure.end_mark)

    def _backgrounds(
        self, segments: Sequence[tuple[StyledSegment, float, float]], size: float
    ) -> str:
        """What stands behind segments at their places: the ground of code, marks of a pen, the
        frames of keys.
        """
        drawn: list[str] = []
        neutrals = TOKENS.neutrals
        for segment, left, baseline in segments:
            style = segment.style
            if not (style.mark or style.keyboard or style.shaded):
                continue
            scale = size / _EM
            x, width = left + segment.start * scale, (segment.end - segment.start) * scale
            bottom, height = baseline - _MARK_DEPTH * size, _MARK_HEIGHT * size
            if style.shaded and self.palette.faint:
                margin = _SHADE_MARGIN * size
                ground = numbers_of(self.palette.faint)
                drawn.append(_FILLED % (ground, x - margin, bottom, width + 2 * margin, height))
            if style.mark:
                drawn.append(_FILLED % (numbers_of(neutrals.mark), x, bottom, width, height))
            if style.keyboard:
                gap, line = _KEY_GAP * size, numbers_of(neutrals.g500)
                drawn.append(_KEY % (line, x + gap, bottom, width - 2 * gap, height))
        return self._surface.artifact(f"{' '.join(drawn)} {INK} rg") if drawn else ""

    def _show_segment(
        self, segment: StyledSegment, text_style: TextStyle, left: float, baseline: float
    ) -> None:
        """Show text that may be an element of its own within the current one."""
        operators, structure = self._surface.canvas.operators, self._structure
        style, size = segment.style, text_style.size
        if style.picture:
            self._show_picture(style.picture, segment, text_style, (left, baseline))
            return
        if structure.in_artifact or not (style.href or style.formula):
            operators.append(segment.operators)
            return
        end = structure.end_mark
        operators.append(end)
        if style.formula:
            with self._surface.formula(style.tex):
                operators += [structure.mark(), segment.operators, end]
        elif style.href:
            with structure.element("Link"):
                colour, after = self._link_colours(text_style)
                operators += [structure.mark(), f"{colour} {segment.operators} {after}", end]
                scale = size / _EM
                bottom = baseline - _LINK_DEPTH * size
                top = bottom + _LINK_HEIGHT * size
                box = (left + segment.start * scale, bottom, left + segment.end * scale, top)
                self._surface.link(style.href, box, _description(style.href))
        operators.append(structure.mark())

    def _link_colours(self, style: TextStyle) -> tuple[str, str]:
        """The operators that set the colour of a link, and that of the text around it."""
        palette = self.palette
        return (
            f"{numbers_of(palette.text('base'))} rg",
            f"{numbers_of(palette.text(style.colour))} rg",
        )

    def _show_picture(
        self,
        picture: LinePicture,
        segment: StyledSegment,
        text_style: TextStyle,
        place: tuple[float, float],
    ) -> None:
        """Show a picture between the texts of a line; an image is no text (ISO 32000-1, 9.4.1)."""
        surface, structure = self._surface, self._structure
        scale = text_style.size / _EM
        left, bottom = place[0] + segment.start * scale, place[1]
        right = left + picture.width * scale
        box = (left, bottom, right, bottom + picture.ascent * scale)
        surface.canvas.operators.append(f"{structure.end_mark} ET")
        surface.linked_picture(picture.image, segment.style.href, box, "Inline")
        setting = self._setting(text_style)
        surface.canvas.operators.append(
            f"BT {setting.matrix} {right:.2f} {bottom:.2f} Tm {structure.mark()}"
        )

    def show_formula(
        self, segment: StyledSegment, style: TextStyle, x: float, baseline: float
    ) -> None:
        """Draw a formula in an element of its own, with its reference point at a place."""
        size = style.size
        with self._surface.formula(segment.style.tex):
            operators = self._surface.canvas.operators
            operators += [
                f"BT {self._structure.mark()}",
                f"{size:g} 0 0 {size:g} {x:.2f} {baseline:.2f} Tm",
                segment.operators,
                f"{self._structure.end_mark} ET",
            ]
        self._decorate(segment, style, x, baseline)

    def _decorate(
        self, segment: StyledSegment, text_style: TextStyle, left: float, baseline: float
    ) -> None:
        size, colour = text_style.size, self.palette.text(text_style.colour)
        scale = size / _EM
        x, width = left + segment.start * scale, (segment.end - segment.start) * scale
        rectangle, style = self._surface.rectangle, segment.style
        if style.anchors:
            shape = style.formula or style.picture
            above = max(shape.ascent * scale if shape else 0.0, size)
            self._surface.place_destinations(style.anchors, x, baseline + above, in_element=True)
        if style.strike:
            rectangle(x, baseline + _STRIKE * size, width, _STROKE * size, colour)
        if style.formula:
            self._check_formula(style.formula, size, style.shrunk)
            for rule in style.formula.rules:
                rectangle(
                    x + rule.x * scale,
                    baseline + rule.y * scale,
                    rule.width * scale,
                    rule.height * scale,
                    colour,
                )
            for line in style.formula.strokes:
                self._surface.stroke(
                    (x + line.x * scale, baseline + line.y * scale),
                    (x + line.right * scale, baseline + line.end * scale),
                    line.thickness * scale,
                    colour,
                )
        if style.underline:
            rectangle(x, baseline + _UNDERLINE * size, width, _STROKE * size, colour)
        elif style.href and not (style.rise or style.picture):
            line_colour = self.palette.text("base")
            rectangle(x, baseline + _UNDERLINE * size, width, _STROKE * size, line_colour)

    def _check_width(self, lines: Sequence[Line], box: TextBox) -> None:
        widest = max([line.width for line in lines], default=0.0)
        self.does_not_fit |= widest * box.style.size / _EM > box.width + _PROTRUSION

    def check_formulas(self, lines: Sequence[Line], style: TextStyle) -> None:
        """Tell of formulas that are too small in lines that are drawn later, `told`."""
        for line in lines:
            for segment in line.segments:
                if segment.style.formula:
                    self._check_formula(segment.style.formula, style.size, segment.style.shrunk)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Draw what was told of meanwhile."""
        self._is_told = True
        try:
            yield
        finally:
            self._is_told = False

    def _check_formula(self, formula: Formula, size: float, shrunk: float) -> None:
        if frame := self._surface.frame:
            largest = max([glyph.scale for glyph in formula.glyphs], default=1.0)
            self.does_not_fit |= largest * size < theme.CARD_FORMULA_MIN / frame.scale
        elif not self._is_told and shrunk < 1 and shrunk * size < theme.FORMULA_SIZE_MIN:
            self._on_small_formula(formula)


class _Setting(msgspec.Struct, frozen=True, gc=False):
    """What all text of a style has in common."""

    begin: str
    matrix: str
    end: str
    drop: float
    """From the top of a line to its baseline, in points."""


@cache
def _setting(style: TextStyle, colour: Colour, end_mark: str) -> _Setting:
    size, leading = style.size, style.leading
    is_ink = colour == TOKENS.neutrals.ink
    return _Setting(
        f"BT {leading / size:.4g} TL" + ("" if is_ink else f" {numbers_of(colour)} rg"),
        f"{size:g} 0 0 {size:g}",
        f"{end_mark} ET" if is_ink else f"{end_mark} {INK} rg ET",
        (leading - size) / 2 + size * ASCENT,
    )


def _description(href: str) -> str:
    """What screen readers say of a link: its address, or the place in the file."""
    return unquote(href).rpartition("#")[2] if href.startswith("#") else href


def _is_plain(lines: Sequence[Line]) -> bool:
    """Whether all lines have the plain character style and are equally far apart."""
    for line in lines:  # noqa: SIM110 - all() takes three times as long for a line or two
        if line.segments or line.above != lines[0].above:
            return False
    return True


def _slack(line: Line, box: TextBox) -> float:
    """The space before a line that is not at the left, in points."""
    slack = box.width - line.width * box.style.size / _EM
    return slack if box.alignment == "right" else slack / 2
