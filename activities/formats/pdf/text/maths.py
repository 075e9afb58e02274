"""TeX formulas as glyphs and rules, laid out with the MATH table of the maths font.

latex2mathml reads the TeX; the layout follows MathML Core (3.3 and 5.3) with the parameters that
HarfBuzz gives for the font. Lengths are in thousandths of an em of the surrounding text, heights
count upwards from its baseline.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from html import unescape
from typing import NamedTuple
from xml.etree.ElementTree import Element

import uharfbuzz as hb
from latex2mathml.converter import convert_to_element

from activities.formats.fonts import find_font
from activities.formats.pdf.text.typeface import FontFile, load_font

MATHS_FONT, TEXT_FONT = "math", "sans"

_TEX_MAX = 4000
"""Characters; what is longer is no formula that anybody wrote."""
_CACHED = 2048
_THIN, _MEDIUM, _THICK = 167.0, 222.0, 278.0
_COLUMN_GAP, _ROW_GAP, _LINE_GAP = 800.0, 350.0, 400.0
_BOX_PADDING = 150.0

_RELATIONS = frozenset("=<>≤≥≠≈≡∼≅∝→⇒⇔↔←⇐↦⟶⟹⟺∈∉∋⊂⊆⊃⊇⊥∥∣≪≫≺≻⇌⟵↑↓:∴∵")
_BINARY = frozenset("+−-±∓×÷⋅·∗*∘∪∩∧∨⊕⊗∖/")
_PUNCTUATION = frozenset(",;")
_SUMS = frozenset("∏∐∑⋀⋁⋂⋃⨀⨁⨂⨄⨆")
_INTEGRALS = frozenset("∫∬∭∮∯∰")
_LIMIT_NAMES = frozenset(
    {"lim", "max", "min", "sup", "inf", "lim sup", "lim inf", "limsup", "liminf"}
)
_OPENING, _CLOSING = frozenset("([{⟨⌈⌊"), frozenset(")]}⟩⌉⌋")
_EITHER_SIDE = frozenset("|‖∥")
_FENCES = _OPENING | _CLOSING | _EITHER_SIDE
_SPACELESS_PREDECESSORS = _RELATIONS | _BINARY | _PUNCTUATION | _OPENING
_ACCENTS = {"^": "\u0302", "~": "\u0303", "˙": "\u0307", "¨": "\u0308", "ˇ": "\u030c"}
_ACCENTS |= {"˘": "\u0306", "`": "\u0300", "´": "\u0301", "→": "\u20d7"}
_BARS = frozenset("―¯_‾\u0305\u0332")
_WITHIN_FORMULA = re.compile(r"\\(begin|end)\{(align|gather)ed\}")
_LENGTH = re.compile(r"(-?[0-9.]+)em")
_UPRIGHT = frozenset({"normal", "bold", "monospace", "sans-serif"})


class Glyph(NamedTuple):
    """A glyph at its place."""

    font: str
    """The name of a font of the set."""
    glyph: int
    text: str
    """What it stands for, empty when another glyph says so."""
    x: float
    y: float
    scale: float


class Bar(NamedTuple):
    """A filled rectangle: left, bottom, width, height."""

    x: float
    y: float
    width: float
    height: float


class Formula(NamedTuple):
    """A formula, or a part of one, with its reference point at the left of its baseline."""

    width: float
    ascent: float
    descent: float
    """Below the baseline, mostly positive."""
    glyphs: tuple[Glyph, ...] = ()
    bars: tuple[Bar, ...] = ()

    @property
    def height(self) -> float:
        """From the lowest to the highest point."""
        return self.ascent + self.descent

    def scaled(self, factor: float) -> "Formula":
        """The same formula, larger or smaller."""
        return Formula(
            self.width * factor,
            self.ascent * factor,
            self.descent * factor,
            tuple(
                glyph._replace(x=glyph.x * factor, y=glyph.y * factor, scale=glyph.scale * factor)
                for glyph in self.glyphs
            ),
            tuple(Bar(*(edge * factor for edge in bar)) for bar in self.bars),
        )


class _UnknownMathError(Exception):
    """MathML that has no layout here, or marks of TeX that its reader passed on."""


@lru_cache(maxsize=_CACHED)
def lay_out(tex: str, *, displayed: bool) -> Formula | None:
    """The formula; None when it cannot be read or takes no room, or the maths font is not there."""
    maths, text = find_font(MATHS_FONT), find_font(TEXT_FONT)
    if not maths or not text or len(tex) > _TEX_MAX:
        return None
    try:
        mathml = convert_to_element(
            _WITHIN_FORMULA.sub(r"\\\1{\2*}", tex), display="block" if displayed else "inline"
        )
        formula = _Layout(load_font(maths), load_font(text)).formula(mathml, displayed)
    except Exception:  # noqa: BLE001 - on bad input the reader raises whatever it runs into
        return None
    return formula if formula.glyphs and formula.width > 0 and formula.height > 0 else None


class _Style(NamedTuple):
    displayed: bool
    level: int = 0

    def script(self) -> "_Style":
        return _Style(False, min(self.level + 1, 2))


def _shifted(formula: Formula, x: float, y: float) -> tuple[list[Glyph], list[Bar]]:
    glyphs = [glyph._replace(x=glyph.x + x, y=glyph.y + y) for glyph in formula.glyphs]
    bars = [Bar(bar.x + x, bar.y + y, bar.width, bar.height) for bar in formula.bars]
    return glyphs, bars


class _Assembly:
    """Collects placed parts into one formula."""

    def __init__(self) -> None:
        self.width = 0.0
        self._ascent: float | None = None
        self._descent: float | None = None
        self._glyphs: list[Glyph] = []
        self._bars: list[Bar] = []

    def place(self, part: Formula, x: float, y: float = 0.0) -> None:
        glyphs, bars = _shifted(part, x, y)
        self._glyphs += glyphs
        self._bars += bars
        self.reach(part.ascent + y, part.descent - y)
        self.width = max(self.width, x + part.width)

    def bar(self, x: float, y: float, width: float, height: float) -> None:
        self._bars.append(Bar(x, y, width, height))
        self.reach(y + height, -y)
        self.width = max(self.width, x + width)

    def reach(self, ascent: float, descent: float) -> None:
        self._ascent = ascent if self._ascent is None else max(self._ascent, ascent)
        self._descent = descent if self._descent is None else max(self._descent, descent)

    def formula(self) -> Formula:
        return Formula(
            self.width,
            self._ascent or 0.0,
            self._descent or 0.0,
            tuple(self._glyphs),
            tuple(self._bars),
        )


class _Layout:
    """Lays elements out with one maths font."""

    def __init__(self, maths: FontFile, text: FontFile) -> None:
        self._font = maths.font
        self._fonts = {MATHS_FONT: maths.font, TEXT_FONT: text.font}
        self._handlers: dict[str, Callable[[Element, _Style], Formula]] = {
            "mi": self._identifier,
            "mn": self._number,
            "mo": self._operator,
            "mtext": self._words,
            "mspace": self._space,
            "mfrac": self._fraction,
            "msqrt": self._root,
            "mroot": self._root,
            "msub": self._scripts,
            "msup": self._scripts,
            "msubsup": self._scripts,
            "munder": self._under_over,
            "mover": self._under_over,
            "munderover": self._under_over,
            "mtable": self._table,
            "mphantom": self._phantom,
            "menclose": self._enclosed,
            "mstyle": self._styled,
        }

    def formula(self, mathml: Element, displayed: bool) -> Formula:
        return self._row(list(mathml), _Style(displayed))

    def _constant(self, name: str, style: _Style) -> float:
        value: int = self._font.get_math_constant(getattr(hb.OTMathConstant, name))
        return value * self._scale(style)

    def _scale(self, style: _Style) -> float:
        return _script_scale(self._font, style.level)

    def _element(self, element: Element, style: _Style) -> Formula:
        handler = self._handlers.get(element.tag)
        if handler:
            return handler(element, style)
        if element.tag in {"math", "mrow", "mpadded", "mtd"}:
            return self._row(list(element), style)
        raise _UnknownMathError

    # Rows

    def _row(self, elements: Sequence[Element], style: _Style) -> Formula:
        lines: list[list[Element]] = [[]]
        for element in elements:
            if element.get("linebreak") == "newline":
                lines.append([])
            else:
                lines[-1].append(element)
        if len(lines) == 1:
            return self._line(elements, style)
        return _stacked([self._line(line, style) for line in lines], _LINE_GAP)

    def _line(self, elements: Sequence[Element], style: _Style) -> Formula:
        parts = [
            None if self._is_stretched_fence(element) else self._element(element, style)
            for element in elements
        ]
        axis = self._constant("AXIS_HEIGHT", style)
        reaches = [max(part.ascent - axis, part.descent + axis) if part else 0.0 for part in parts]
        partners = _partners(elements, [part is None for part in parts])
        row = _Assembly()
        x = 0.0
        before = ""
        for index, (element, part) in enumerate(zip(elements, parts, strict=True)):
            shown = part
            if shown is None:
                first, last = partners.get(index, (0, len(parts)))
                height = 2 * max(reaches[first:last], default=0.0)
                shown = self._fence(_text(element), height, style)
            left, right = self._spacing(element, before, style)
            row.place(shown, x + left)
            x += left + shown.width + right
            before = _core_text(element)
        row.width = x
        return row.formula()

    def _is_stretched_fence(self, element: Element) -> bool:
        return (
            element.tag == "mo"
            and element.get("stretchy") != "false"
            and (_text(element) in _FENCES or element.get("fence") == "true")
        )

    def _fence(self, text: str, height: float, style: _Style) -> Formula:
        if not text or text == ".":
            return Formula(120 * self._scale(style), 0.0, 0.0)
        return self._on_axis(self._stretched(text, height, style), style)

    def _on_axis(self, part: Formula, style: _Style) -> Formula:
        lift = self._constant("AXIS_HEIGHT", style) - (part.ascent - part.descent) / 2
        lifted = _Assembly()
        lifted.place(part, 0.0, lift)
        return lifted.formula()

    def _spacing(self, element: Element, before: str, style: _Style) -> tuple[float, float]:
        """The space on both sides of an element in a row."""
        text = _core_text(element)
        operator = element.tag in {"mo", "mover", "munder"} or text in _BINARY | _RELATIONS
        if style.level or not (operator or _is_large(text)):
            named = element.tag in {"mi", "msub", "msup"} and len(text) > 1 and text.isalpha()
            return (_THIN if named and before else 0.0), (_THIN if named else 0.0)
        if text in _RELATIONS:
            return _THICK, _THICK
        if text in _BINARY and text != "/":
            unary = not before or before in _SPACELESS_PREDECESSORS
            return (0.0, 0.0) if unary else (_MEDIUM, _MEDIUM)
        if text in _PUNCTUATION:
            return 0.0, _THIN
        if _is_large(text) or text in _LIMIT_NAMES:
            return (_THIN if before else 0.0), _THIN
        return 0.0, 0.0

    # Leaves

    def _glyph(self, glyph: int, text: str, scale: float, font: str = MATHS_FONT) -> Formula:
        source = self._fonts[font]
        extents = source.get_glyph_extents(glyph)
        top = extents.y_bearing if extents else 0
        bottom = -(extents.y_bearing + extents.height) if extents else 0
        return Formula(
            source.get_glyph_h_advance(glyph) * scale,
            top * scale,
            bottom * scale,
            (Glyph(font, glyph, text, 0.0, 0.0, scale),),
        )

    def _nominal(self, character: str, font: str = MATHS_FONT) -> int:
        glyph: int | None = self._fonts[font].get_nominal_glyph(ord(character))
        if glyph is None:
            raise _UnknownMathError
        return glyph

    def _string(self, text: str, style: _Style, font: str = MATHS_FONT) -> Formula:
        string = _Assembly()
        for character in text:
            glyph = self._nominal(
                "−" if character == "-" and font == MATHS_FONT else character, font
            )
            string.place(self._glyph(glyph, character, self._scale(style), font), string.width)
        return string.formula()

    def _identifier(self, element: Element, style: _Style) -> Formula:
        text = _text(element)
        if "\\" in text:
            raise _UnknownMathError
        if len(text) != 1 or element.get("mathvariant") in _UPRIGHT:
            return self._string(text, style)
        shown = self._nominal(_italic(text))
        return self._glyph(shown, text, self._scale(style))

    def _number(self, element: Element, style: _Style) -> Formula:
        return self._string(_text(element), style)

    def _words(self, element: Element, style: _Style) -> Formula:
        return self._string(_text(element).replace("\u00a0", " "), style, TEXT_FONT)

    def _space(self, element: Element, style: _Style) -> Formula:
        found = _LENGTH.fullmatch(element.get("width", "0em"))
        return Formula(float(found[1]) * 1000 * self._scale(style) if found else 0.0, 0.0, 0.0)

    def _operator(self, element: Element, style: _Style) -> Formula:
        text = _text(element)
        if "\\" in text:
            raise _UnknownMathError
        if len(text) != 1:
            return self._string(text, style)
        if _is_large(text) and style.displayed:
            height = self._font.get_math_constant(hb.OTMathConstant.DISPLAY_OPERATOR_MIN_HEIGHT)
            return self._on_axis(self._stretched(text, max(height, 1300), style), style)
        if text in _FENCES and element.get("minsize"):
            found = _LENGTH.fullmatch(element.get("minsize", ""))
            return self._fence(text, float(found[1]) * 1000 if found else 0.0, style)
        return self._string(text, style)

    def _stretched(self, text: str, size: float, style: _Style, across: bool = False) -> Formula:
        """The smallest variant of a character that reaches the size, or one put together."""
        glyph = self._nominal(text)
        scale = self._scale(style)
        direction = "ltr" if across else "ttb"
        variants = self._font.get_math_glyph_variants(glyph, direction)
        for variant in variants:
            if variant.advance * scale >= size * 0.95:
                return self._glyph(variant.glyph, text, scale)
        parts, _ = self._font.get_math_glyph_assembly(glyph, direction)
        if parts:
            return self._assembled(parts, text, size, scale, across)
        return self._glyph(variants[-1].glyph if variants else glyph, text, scale)

    def _assembled(
        self,
        parts: Sequence[hb.OTMathGlyphPart],
        text: str,
        size: float,
        scale: float,
        across: bool,
    ) -> Formula:
        extender = hb.OTMathGlyphPartFlags.EXTENDER
        overlap = self._font.get_math_min_connector_overlap("ltr" if across else "ttb")
        fixed = sum(part.full_advance - overlap for part in parts if not part.flags & extender)
        growing = sum(part.full_advance - overlap for part in parts if part.flags & extender)
        repeats = max(0, round((size / scale - fixed) / growing + 0.49)) if growing else 0
        whole = _Assembly()
        position = 0.0
        for part in parts:
            for _ in range(min(repeats, 100) if part.flags & extender else 1):
                drawn = self._glyph(part.glyph, text if not position else "", scale)
                if across:
                    whole.place(drawn, position)
                else:
                    whole.place(drawn, 0.0, position + drawn.descent)
                position += (part.full_advance - overlap) * scale
        return whole.formula()

    # Two-dimensional parts

    def _fraction(self, element: Element, style: _Style) -> Formula:
        inner = style._replace(displayed=False) if style.displayed else style.script()
        numerator, denominator = (self._element(child, inner) for child in element)
        display = "DISPLAY_STYLE_" if style.displayed else ""
        axis = self._constant("AXIS_HEIGHT", style)
        ruled = element.get("linethickness") != "0"
        rule = self._constant("FRACTION_RULE_THICKNESS", style) if ruled else 0.0
        up = self._constant(f"FRACTION_NUMERATOR_{display}SHIFT_UP", style)
        down = self._constant(f"FRACTION_DENOMINATOR_{display}SHIFT_DOWN", style)
        shown = "DISPLAY_STYLE_GAP_MIN" if style.displayed else ""
        above = self._constant(
            f"FRACTION_NUM_{shown}" if shown else "FRACTION_NUMERATOR_GAP_MIN", style
        )
        below = self._constant(
            f"FRACTION_DENOM_{shown}" if shown else "FRACTION_DENOMINATOR_GAP_MIN", style
        )
        up = max(up, axis + rule / 2 + above + numerator.descent)
        down = max(down, -axis + rule / 2 + below + denominator.ascent)
        margin = 60 * self._scale(style)
        width = max(numerator.width, denominator.width) + 2 * margin
        whole = _Assembly()
        whole.place(numerator, margin + (width - 2 * margin - numerator.width) / 2, up)
        if ruled:
            whole.bar(margin / 2, axis - rule / 2, width - margin, rule)
        whole.place(denominator, margin + (width - 2 * margin - denominator.width) / 2, -down)
        whole.width = width
        return whole.formula()

    def _root(self, element: Element, style: _Style) -> Formula:
        children = list(element)
        degree = None
        if element.tag == "mroot":
            degree = self._element(children.pop(), _Style(False, 2))
        base = self._row(children, style)
        rule = self._constant("RADICAL_RULE_THICKNESS", style)
        gap_name = (
            "RADICAL_DISPLAY_STYLE_VERTICAL_GAP" if style.displayed else "RADICAL_VERTICAL_GAP"
        )
        gap = self._constant(gap_name, style)
        sign = self._stretched("√", base.height + gap + rule, style)
        top = base.ascent + gap + max(0.0, (sign.height - base.height - gap - rule) / 2) + rule
        whole = _Assembly()
        x = 0.0
        if degree:
            before = self._constant("RADICAL_KERN_BEFORE_DEGREE", style)
            after = self._constant("RADICAL_KERN_AFTER_DEGREE", style)
            percent = self._font.get_math_constant(
                hb.OTMathConstant.RADICAL_DEGREE_BOTTOM_RAISE_PERCENT
            )
            bottom = top - sign.height + sign.height * percent / 100
            whole.place(degree, before, bottom + degree.descent)
            x = max(0.0, before + degree.width + after)
        whole.place(sign, x, top - sign.ascent)
        whole.bar(x + sign.width, top - rule, base.width, rule)
        whole.place(base, x + sign.width)
        whole.reach(top + self._constant("RADICAL_EXTRA_ASCENDER", style), 0.0)
        return whole.formula()

    def _scripts(self, element: Element, style: _Style) -> Formula:
        children = list(element)
        core = _core_text(children[0])
        if style.displayed and (core in _SUMS or core in _LIMIT_NAMES):
            return self._limits(element, style)
        base = self._element(children[0], style)
        below = children[1] if element.tag in {"msub", "msubsup"} else None
        above = children[-1] if element.tag in {"msup", "msubsup"} else None
        script = style.script()
        lower = self._element(below, script) if below is not None else None
        upper = self._element(above, script) if above is not None else None
        up, down = self._script_shifts(base, lower, upper, style)
        slant = self._slant(base)
        whole = _Assembly()
        whole.place(base, 0.0)
        if lower:
            # The lower limit of an integral stands below its slope.
            whole.place(lower, base.width - (slant if _is_large(core) else 0.0), -down)
        if upper:
            whole.place(upper, base.width + (0.0 if _is_large(core) else slant), up)
        whole.width += self._constant("SPACE_AFTER_SCRIPT", style)
        return whole.formula()

    def _script_shifts(
        self, base: Formula, lower: Formula | None, upper: Formula | None, style: _Style
    ) -> tuple[float, float]:
        up = down = 0.0
        if upper:
            up = max(
                self._constant("SUPERSCRIPT_SHIFT_UP", style),
                self._constant("SUPERSCRIPT_BOTTOM_MIN", style) + upper.descent,
                base.ascent - self._constant("SUPERSCRIPT_BASELINE_DROP_MAX", style),
            )
        if lower:
            down = max(
                self._constant("SUBSCRIPT_SHIFT_DOWN", style),
                lower.ascent - self._constant("SUBSCRIPT_TOP_MAX", style),
                base.descent + self._constant("SUBSCRIPT_BASELINE_DROP_MIN", style),
            )
        if lower and upper:
            gap = (up - upper.descent) - (lower.ascent - down)
            missing = self._constant("SUB_SUPERSCRIPT_GAP_MIN", style) - gap
            down += max(0.0, missing)
        return up, down

    def _slant(self, base: Formula) -> float:
        if len(base.glyphs) != 1:
            return 0.0
        (glyph,) = base.glyphs
        correction: int = self._fonts[glyph.font].get_math_glyph_italics_correction(glyph.glyph)
        return correction * glyph.scale

    def _limits(self, element: Element, style: _Style) -> Formula:
        children = list(element)
        base = self._element(children[0], style)
        under = children[1] if element.tag in {"msub", "msubsup", "munder", "munderover"} else None
        over = children[-1] if element.tag in {"msup", "msubsup", "mover", "munderover"} else None
        return self._stack(
            base,
            self._element(under, style.script()) if under is not None else None,
            self._element(over, style.script()) if over is not None else None,
            style,
        )

    def _stack(
        self, base: Formula, under: Formula | None, over: Formula | None, style: _Style
    ) -> Formula:
        width = max(part.width for part in (base, under, over) if part)
        whole = _Assembly()
        if over:
            rise = max(
                self._constant("UPPER_LIMIT_BASELINE_RISE_MIN", style),
                self._constant("UPPER_LIMIT_GAP_MIN", style) + over.descent,
            )
            whole.place(over, (width - over.width) / 2, base.ascent + rise)
        whole.place(base, (width - base.width) / 2)
        if under:
            drop = max(
                self._constant("LOWER_LIMIT_BASELINE_DROP_MIN", style),
                self._constant("LOWER_LIMIT_GAP_MIN", style) + under.ascent,
            )
            whole.place(under, (width - under.width) / 2, -base.descent - drop)
        whole.width = width
        return whole.formula()

    def _under_over(self, element: Element, style: _Style) -> Formula:
        children = list(element)
        if element.tag == "munderover" or _core_text(children[0]) in _SUMS | _LIMIT_NAMES:
            return self._limits(element, style)
        mark = _text(children[1]) if children[1].tag == "mo" else ""
        above = element.tag == "mover"
        if mark in _BARS:
            return self._barred(self._element(children[0], style), above, style)
        if mark in _ACCENTS and above:
            return self._accented(self._element(children[0], style), _ACCENTS[mark], style)
        if mark in {"⏞", "⏟"}:
            base = self._element(children[0], style)
            brace = self._stretched(mark, base.width, style, across=True)
            return self._stack(base, None if above else brace, brace if above else None, style)
        if _core_text(children[0]) in _RELATIONS:
            label = self._element(children[1], style.script())
            base = self._stretched(
                _core_text(children[0]), label.width + 2 * _MEDIUM, style, across=True
            )
            return self._stack(base, None if above else label, label if above else None, style)
        return self._limits(element, style)

    def _barred(self, base: Formula, above: bool, style: _Style) -> Formula:
        side = "OVERBAR" if above else "UNDERBAR"
        gap = self._constant(f"{side}_VERTICAL_GAP", style)
        rule = self._constant(f"{side}_RULE_THICKNESS", style)
        whole = _Assembly()
        whole.place(base, 0.0)
        whole.bar(0.0, base.ascent + gap if above else -base.descent - gap - rule, base.width, rule)
        return whole.formula()

    def _accented(self, base: Formula, accent: str, style: _Style) -> Formula:
        mark = self._stretched(accent, base.width, style, across=True)
        if len(base.glyphs) == 1:
            mark = self._glyph(self._nominal(accent), accent, self._scale(style))
        lift = max(0.0, base.ascent - self._constant("ACCENT_BASE_HEIGHT", style))
        ink = self._font.get_glyph_extents(mark.glyphs[0].glyph)
        centre = (ink.x_bearing + ink.width / 2) * self._scale(style)
        whole = _Assembly()
        whole.place(base, 0.0)
        whole.place(mark._replace(width=0.0), (base.width + self._slant(base)) / 2 - centre, lift)
        whole.width = base.width
        return whole.formula()

    def _table(self, element: Element, style: _Style) -> Formula:
        inner = style._replace(displayed=element.get("displaystyle") == "true")
        rows = [[self._row(list(cell), inner) for cell in row] for row in element]
        sides = [[cell.get("columnalign", "center") for cell in row] for row in element]
        shared = element.get("columnalign", "").split()
        count = max(len(row) for row in rows)
        widths = [
            max((row[column].width for row in rows if column < len(row)), default=0.0)
            for column in range(count)
        ]
        lines = []
        for row, row_sides in zip(rows, sides, strict=True):
            line = _Assembly()
            x = 0.0
            for column, cell in enumerate(row):
                side = shared[column % len(shared)] if shared else row_sides[column]
                slack = widths[column] - cell.width
                line.place(cell, x + slack * {"left": 0.0, "right": 1.0}.get(side, 0.5))
                follows_right = side == "right" and column % 2 == 0
                x += widths[column] + (_THICK / 2 if follows_right else _COLUMN_GAP)
            line.width = sum(widths) + _COLUMN_GAP * (count - 1)
            lines.append(line.formula())
        return self._on_axis(_stacked(lines, _ROW_GAP), style)

    def _phantom(self, element: Element, style: _Style) -> Formula:
        return self._row(list(element), style)._replace(glyphs=(), bars=())

    def _styled(self, element: Element, style: _Style) -> Formula:
        if (displayed := element.get("displaystyle")) is not None:
            style = style._replace(displayed=displayed == "true")
        return self._row(list(element), style)

    def _enclosed(self, element: Element, style: _Style) -> Formula:
        if element.get("notation") != "box":
            raise _UnknownMathError
        base = self._row(list(element), style)
        rule = self._constant("FRACTION_RULE_THICKNESS", style)
        width = base.width + 2 * _BOX_PADDING
        bottom, top = -base.descent - _BOX_PADDING, base.ascent + _BOX_PADDING
        whole = _Assembly()
        whole.place(base, _BOX_PADDING)
        whole.bar(0.0, bottom, width, rule)
        whole.bar(0.0, top - rule, width, rule)
        whole.bar(0.0, bottom, rule, top - bottom)
        whole.bar(width - rule, bottom, rule, top - bottom)
        return whole.formula()


def _partners(elements: Sequence[Element], fences: Sequence[bool]) -> dict[int, tuple[int, int]]:
    """For each of two fences that belong together, the stretch of elements between them."""
    found: dict[int, tuple[int, int]] = {}
    waiting: list[int] = []
    for index, element in enumerate(elements):
        if not fences[index]:
            continue
        text = _text(element)
        closes = (
            element.get("form") == "postfix"
            or text in _CLOSING
            or (text in _EITHER_SIDE and any(_text(elements[i]) == text for i in waiting[-1:]))
        )
        if closes and waiting:
            opening = waiting.pop()
            found[opening] = found[index] = (opening + 1, index)
        elif not closes:
            waiting.append(index)
    return found


def _stacked(lines: Sequence[Formula], gap: float) -> Formula:
    """Lines below each other, the first one on the baseline."""
    whole = _Assembly()
    y = 0.0
    for index, line in enumerate(lines):
        ascent, descent = max(line.ascent, 700.0), max(line.descent, 200.0)
        if index:
            y -= ascent
        whole.place(line, 0.0, y)
        y -= descent + gap
    return whole.formula()


def _is_large(text: str) -> bool:
    return text in _SUMS or text in _INTEGRALS


def _text(element: Element) -> str:
    # The reader leaves character references as they are.
    return unescape(element.text or "").strip(" \n")


def _core_text(element: Element) -> str:
    """The text of the operator or name that an element is built around."""
    while len(element) and element.tag in _EMBELLISHED:
        element = element[0]
    return _text(element)


_EMBELLISHED = frozenset(
    {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mstyle", "mrow"}
)


@cache
def _script_scale(font: hb.Font, level: int) -> float:
    if level == 0:
        return 1.0
    name = "SCRIPT_PERCENT_SCALE_DOWN" if level == 1 else "SCRIPT_SCRIPT_PERCENT_SCALE_DOWN"
    percent: int = font.get_math_constant(getattr(hb.OTMathConstant, name))
    return percent / 100


_ITALIC_STARTS = (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("α", "ω", 0x1D6FC))
_ITALIC_OTHERS = {"h": "ℎ", "∂": "𝜕", "ϵ": "𝜖", "ϑ": "𝜗", "ϰ": "𝜘", "ϕ": "𝜙", "ϱ": "𝜚", "ϖ": "𝜛"}


def _italic(character: str) -> str:
    """The mathematical italic letter; capitals of Greek stay upright, as in TeX."""
    if character in _ITALIC_OTHERS:
        return _ITALIC_OTHERS[character]
    for first, last, start in _ITALIC_STARTS:
        if first <= character <= last:
            return chr(start + ord(character) - ord(first))
    return character
