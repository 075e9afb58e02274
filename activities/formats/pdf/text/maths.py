"""Layout of TeX formulas with the MATH table of the maths font.

The layout follows MathML Core (3.3 and 5.3) with the parameters that HarfBuzz gives for the font.
Lengths are in thousandths of an em of the surrounding text, heights count upwards from its
baseline.
"""

import re
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element

from activities.documents.tex import (
    BARS,
    BINARY_OPERATORS,
    BRACES,
    CLOSING,
    COMBINING_ACCENTS,
    EITHER_SIDE,
    FENCES,
    LARGE_OPERATORS,
    OPENING,
    PUNCTUATION,
    RELATIONS,
    SUMS,
    CachedFormulas,
    UnreadableFormulaError,
    convert_tex,
    is_limit_name,
    lines_of,
    text_of,
)
from activities.formats.fonts import find_font
from activities.formats.pdf.text.font_file import load_font
from activities.formats.pdf.text.formula import Formula, FormulaBuilder, stacked
from activities.formats.pdf.text.maths_font import MATHS_FONT, TEXT_FONT, MathsFont, MathStyle

_THIN, _MEDIUM, _THICK = 167.0, 222.0, 278.0
_COLUMN_GAP, _ROW_GAP, _LINE_GAP = 800.0, 350.0, 400.0
_BOX_PADDING = 150.0
_NULL_DELIMITER = 120.0
_FRACTION_MARGIN = 60.0
_DISPLAY_OPERATOR_MIN = 1300

_NO_OPERAND_AFTER = RELATIONS | BINARY_OPERATORS | PUNCTUATION | OPENING
"""A binary operator behind one of these is the sign of what follows."""
_LENGTH = re.compile(r"(-?[0-9.]+)em")
_UPRIGHT = frozenset({"normal", "bold", "monospace", "sans-serif"})
_EMBELLISHED = frozenset(
    {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mstyle", "mrow"}
)
_ITALIC_STARTS = (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("α", "ω", 0x1D6FC))
_ITALIC_OTHERS = {"h": "ℎ", "∂": "𝜕", "ϵ": "𝜖", "ϑ": "𝜗", "ϰ": "𝜘", "ϕ": "𝜙", "ϱ": "𝜚", "ϖ": "𝜛"}


@CachedFormulas
def lay_out(tex: str, *, displayed: bool) -> Formula | None:
    """The formula; None when it cannot be read or takes no room, or the maths font is not there."""
    maths, text = find_font(MATHS_FONT), find_font(TEXT_FONT)
    if not maths or not text:
        return None
    layout = _Layout(MathsFont(load_font(maths), load_font(text)))
    formula = convert_tex(
        tex, lambda mathml: layout.formula(mathml, displayed), displayed=displayed
    )
    if formula and formula.glyphs and formula.width > 0 and formula.height > 0:
        return formula
    return None


class _Layout:
    """Lays elements out with one maths font."""

    def __init__(self, font: MathsFont) -> None:
        self._font = font
        self._handlers: dict[str, Callable[[Element, MathStyle], Formula]] = {
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
        return self._row(list(mathml), MathStyle(displayed))

    def _element(self, element: Element, style: MathStyle) -> Formula:
        handler = self._handlers.get(element.tag)
        if handler:
            return handler(element, style)
        if element.tag in {"math", "mrow", "mpadded", "mtd"}:
            return self._row(list(element), style)
        raise UnreadableFormulaError

    # Rows

    def _row(self, elements: Sequence[Element], style: MathStyle) -> Formula:
        lines = lines_of(elements)
        if len(lines) == 1:
            return self._line(elements, style)
        return stacked([self._line(line, style) for line in lines], _LINE_GAP)

    def _line(self, elements: Sequence[Element], style: MathStyle) -> Formula:
        parts = [
            None if self._is_stretchy_delimiter(element) else self._element(element, style)
            for element in elements
        ]
        axis = self._font.constant("AXIS_HEIGHT", style)
        reaches = [max(part.ascent - axis, part.descent + axis) if part else 0.0 for part in parts]
        pairs = _delimiter_pairs(elements, [part is None for part in parts])
        row = FormulaBuilder()
        x = 0.0
        before = ""
        for index, (element, part) in enumerate(zip(elements, parts, strict=True)):
            shown = part
            if shown is None:
                first, last = pairs.get(index, (0, len(parts)))
                height = 2 * max(reaches[first:last], default=0.0)
                shown = self._delimiter(text_of(element), height, style)
            left, right = self._spacing(element, before, style)
            row.place(shown, x + left)
            x += left + shown.width + right
            before = text_of(_core(element))
        row.width = x
        return row.formula()

    def _is_stretchy_delimiter(self, element: Element) -> bool:
        return (
            element.tag == "mo"
            and element.get("stretchy") != "false"
            and (text_of(element) in FENCES or element.get("fence") == "true")
        )

    def _delimiter(self, text: str, height: float, style: MathStyle) -> Formula:
        if not text or text == ".":
            return Formula(_NULL_DELIMITER * self._font.scale(style), 0.0, 0.0)
        return self._font.on_axis(self._font.stretched(text, height, style), style)

    def _spacing(self, element: Element, before: str, style: MathStyle) -> tuple[float, float]:
        """The space on both sides of an element in a row."""
        core = _core(element)
        text = text_of(core)
        operator = element.tag in {"mo", "mover", "munder"} or text in BINARY_OPERATORS | RELATIONS
        if style.level or not (operator or text in LARGE_OPERATORS):
            named = element.tag in {"mi", "msub", "msup"} and len(text) > 1 and text.isalpha()
            return (_THIN if named and before else 0.0), (_THIN if named else 0.0)
        if text in RELATIONS:
            return _THICK, _THICK
        if text in BINARY_OPERATORS and text != "/":
            unary = not before or before in _NO_OPERAND_AFTER
            return (0.0, 0.0) if unary else (_MEDIUM, _MEDIUM)
        if text in PUNCTUATION:
            return 0.0, _THIN
        if text in LARGE_OPERATORS or is_limit_name(core):
            return (_THIN if before else 0.0), _THIN
        return 0.0, 0.0

    # Leaves

    def _identifier(self, element: Element, style: MathStyle) -> Formula:
        text = text_of(element)
        if len(text) != 1 or element.get("mathvariant") in _UPRIGHT:
            return self._font.string(text, style)
        shown = self._font.nominal_glyph(_italic(text))
        return self._font.glyph(shown, text, self._font.scale(style))

    def _number(self, element: Element, style: MathStyle) -> Formula:
        return self._font.string(text_of(element), style)

    def _words(self, element: Element, style: MathStyle) -> Formula:
        return self._font.string(text_of(element).replace("\u00a0", " "), style, TEXT_FONT)

    def _space(self, element: Element, style: MathStyle) -> Formula:
        found = _LENGTH.fullmatch(element.get("width", "0em"))
        return Formula(float(found[1]) * 1000 * self._font.scale(style) if found else 0.0, 0.0, 0.0)

    def _operator(self, element: Element, style: MathStyle) -> Formula:
        text = text_of(element)
        if len(text) != 1:
            return self._font.string(text, style)
        if text in LARGE_OPERATORS and style.displayed:
            least = self._font.unscaled_constant("DISPLAY_OPERATOR_MIN_HEIGHT")
            height = max(least, _DISPLAY_OPERATOR_MIN)
            return self._font.on_axis(self._font.stretched(text, height, style), style)
        if text in FENCES and element.get("minsize"):
            found = _LENGTH.fullmatch(element.get("minsize", ""))
            return self._delimiter(text, float(found[1]) * 1000 if found else 0.0, style)
        return self._font.string(text, style)

    # Two-dimensional parts

    def _fraction(self, element: Element, style: MathStyle) -> Formula:
        inner = style._replace(displayed=False) if style.displayed else style.script()
        numerator, denominator = (self._element(child, inner) for child in element)
        display = "DISPLAY_STYLE_" if style.displayed else ""
        axis = self._font.constant("AXIS_HEIGHT", style)
        ruled = element.get("linethickness") != "0"
        rule = self._font.constant("FRACTION_RULE_THICKNESS", style) if ruled else 0.0
        up = self._font.constant(f"FRACTION_NUMERATOR_{display}SHIFT_UP", style)
        down = self._font.constant(f"FRACTION_DENOMINATOR_{display}SHIFT_DOWN", style)
        shown = "DISPLAY_STYLE_GAP_MIN" if style.displayed else ""
        above = self._font.constant(
            f"FRACTION_NUM_{shown}" if shown else "FRACTION_NUMERATOR_GAP_MIN", style
        )
        below = self._font.constant(
            f"FRACTION_DENOM_{shown}" if shown else "FRACTION_DENOMINATOR_GAP_MIN", style
        )
        up = max(up, axis + rule / 2 + above + numerator.descent)
        down = max(down, -axis + rule / 2 + below + denominator.ascent)
        margin = _FRACTION_MARGIN * self._font.scale(style)
        width = max(numerator.width, denominator.width) + 2 * margin
        whole = FormulaBuilder()
        whole.place(numerator, margin + (width - 2 * margin - numerator.width) / 2, up)
        if ruled:
            whole.place_rule(margin / 2, axis - rule / 2, width - margin, rule)
        whole.place(denominator, margin + (width - 2 * margin - denominator.width) / 2, -down)
        whole.width = width
        return whole.formula()

    def _root(self, element: Element, style: MathStyle) -> Formula:
        children = list(element)
        degree = None
        if element.tag == "mroot":
            degree = self._element(children.pop(), MathStyle(False, 2))
        base = self._row(children, style)
        rule = self._font.constant("RADICAL_RULE_THICKNESS", style)
        gap_name = (
            "RADICAL_DISPLAY_STYLE_VERTICAL_GAP" if style.displayed else "RADICAL_VERTICAL_GAP"
        )
        gap = self._font.constant(gap_name, style)
        sign = self._font.stretched("√", base.height + gap + rule, style)
        top = base.ascent + gap + max(0.0, (sign.height - base.height - gap - rule) / 2) + rule
        whole = FormulaBuilder()
        x = 0.0
        if degree:
            before = self._font.constant("RADICAL_KERN_BEFORE_DEGREE", style)
            after = self._font.constant("RADICAL_KERN_AFTER_DEGREE", style)
            percent = self._font.unscaled_constant("RADICAL_DEGREE_BOTTOM_RAISE_PERCENT")
            bottom = top - sign.height + sign.height * percent / 100
            whole.place(degree, before, bottom + degree.descent)
            x = max(0.0, before + degree.width + after)
        whole.place(sign, x, top - sign.ascent)
        whole.place_rule(x + sign.width, top - rule, base.width, rule)
        whole.place(base, x + sign.width)
        whole.extend_bounds(top + self._font.constant("RADICAL_EXTRA_ASCENDER", style), 0.0)
        return whole.formula()

    def _scripts(self, element: Element, style: MathStyle) -> Formula:
        children = list(element)
        core = _core(children[0])
        if style.displayed and _takes_limits(core):
            return self._limits(element, style)
        is_large = text_of(core) in LARGE_OPERATORS
        base = self._element(children[0], style)
        below = children[1] if element.tag in {"msub", "msubsup"} else None
        above = children[-1] if element.tag in {"msup", "msubsup"} else None
        script = style.script()
        lower = self._element(below, script) if below is not None else None
        upper = self._element(above, script) if above is not None else None
        up, down = self._script_shifts(base, lower, upper, style)
        slant = self._font.italic_correction(base)
        whole = FormulaBuilder()
        whole.place(base, 0.0)
        if lower:
            # The lower limit of an integral stands below its slope.
            whole.place(lower, base.width - (slant if is_large else 0.0), -down)
        if upper:
            whole.place(upper, base.width + (0.0 if is_large else slant), up)
        whole.width += self._font.constant("SPACE_AFTER_SCRIPT", style)
        return whole.formula()

    def _script_shifts(
        self, base: Formula, lower: Formula | None, upper: Formula | None, style: MathStyle
    ) -> tuple[float, float]:
        up = down = 0.0
        if upper:
            up = max(
                self._font.constant("SUPERSCRIPT_SHIFT_UP", style),
                self._font.constant("SUPERSCRIPT_BOTTOM_MIN", style) + upper.descent,
                base.ascent - self._font.constant("SUPERSCRIPT_BASELINE_DROP_MAX", style),
            )
        if lower:
            down = max(
                self._font.constant("SUBSCRIPT_SHIFT_DOWN", style),
                lower.ascent - self._font.constant("SUBSCRIPT_TOP_MAX", style),
                base.descent + self._font.constant("SUBSCRIPT_BASELINE_DROP_MIN", style),
            )
        if lower and upper:
            gap = (up - upper.descent) - (lower.ascent - down)
            missing = self._font.constant("SUB_SUPERSCRIPT_GAP_MIN", style) - gap
            down += max(0.0, missing)
        return up, down

    def _limits(self, element: Element, style: MathStyle) -> Formula:
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
        self, base: Formula, under: Formula | None, over: Formula | None, style: MathStyle
    ) -> Formula:
        width = max(part.width for part in (base, under, over) if part)
        whole = FormulaBuilder()
        if over:
            rise = max(
                self._font.constant("UPPER_LIMIT_BASELINE_RISE_MIN", style),
                self._font.constant("UPPER_LIMIT_GAP_MIN", style) + over.descent,
            )
            whole.place(over, (width - over.width) / 2, base.ascent + rise)
        whole.place(base, (width - base.width) / 2)
        if under:
            drop = max(
                self._font.constant("LOWER_LIMIT_BASELINE_DROP_MIN", style),
                self._font.constant("LOWER_LIMIT_GAP_MIN", style) + under.ascent,
            )
            whole.place(under, (width - under.width) / 2, -base.descent - drop)
        whole.width = width
        return whole.formula()

    def _under_over(self, element: Element, style: MathStyle) -> Formula:
        children = list(element)
        core = _core(children[0])
        if element.tag == "munderover" or _takes_limits(core):
            return self._limits(element, style)
        mark = text_of(children[1]) if children[1].tag == "mo" else ""
        above = element.tag == "mover"
        if mark in BARS:
            return self._barred(self._element(children[0], style), above, style)
        if mark in COMBINING_ACCENTS and above:
            accent = COMBINING_ACCENTS[mark]
            return self._accented(self._element(children[0], style), accent, style)
        if mark in BRACES:
            base = self._element(children[0], style)
            brace = self._font.stretched(mark, base.width, style, across=True)
            return self._stack(base, None if above else brace, brace if above else None, style)
        if text_of(core) in RELATIONS:
            label = self._element(children[1], style.script())
            width = label.width + 2 * _MEDIUM
            base = self._font.stretched(text_of(core), width, style, across=True)
            return self._stack(base, None if above else label, label if above else None, style)
        return self._limits(element, style)

    def _barred(self, base: Formula, above: bool, style: MathStyle) -> Formula:
        side = "OVERBAR" if above else "UNDERBAR"
        gap = self._font.constant(f"{side}_VERTICAL_GAP", style)
        rule = self._font.constant(f"{side}_RULE_THICKNESS", style)
        whole = FormulaBuilder()
        whole.place(base, 0.0)
        whole.place_rule(
            0.0, base.ascent + gap if above else -base.descent - gap - rule, base.width, rule
        )
        return whole.formula()

    def _accented(self, base: Formula, accent: str, style: MathStyle) -> Formula:
        mark = self._font.stretched(accent, base.width, style, across=True)
        if len(base.glyphs) == 1:
            mark = self._font.glyph(
                self._font.nominal_glyph(accent), accent, self._font.scale(style)
            )
        lift = max(0.0, base.ascent - self._font.constant("ACCENT_BASE_HEIGHT", style))
        centre = self._font.ink_centre(mark.glyphs[0].glyph, self._font.scale(style))
        whole = FormulaBuilder()
        whole.place(base, 0.0)
        whole.place(
            mark._replace(width=0.0),
            (base.width + self._font.italic_correction(base)) / 2 - centre,
            lift,
        )
        whole.width = base.width
        return whole.formula()

    def _table(self, element: Element, style: MathStyle) -> Formula:
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
            line = FormulaBuilder()
            x = 0.0
            for column, cell in enumerate(row):
                side = shared[column % len(shared)] if shared else row_sides[column]
                slack = widths[column] - cell.width
                line.place(cell, x + slack * {"left": 0.0, "right": 1.0}.get(side, 0.5))
                follows_right = side == "right" and column % 2 == 0
                x += widths[column] + (_THICK / 2 if follows_right else _COLUMN_GAP)
            line.width = sum(widths) + _COLUMN_GAP * (count - 1)
            lines.append(line.formula())
        return self._font.on_axis(stacked(lines, _ROW_GAP), style)

    def _phantom(self, element: Element, style: MathStyle) -> Formula:
        return self._row(list(element), style)._replace(glyphs=(), rules=())

    def _styled(self, element: Element, style: MathStyle) -> Formula:
        if (displayed := element.get("displaystyle")) is not None:
            style = style._replace(displayed=displayed == "true")
        return self._row(list(element), style)

    def _enclosed(self, element: Element, style: MathStyle) -> Formula:
        if element.get("notation") != "box":
            raise UnreadableFormulaError
        base = self._row(list(element), style)
        rule = self._font.constant("FRACTION_RULE_THICKNESS", style)
        width = base.width + 2 * _BOX_PADDING
        bottom, top = -base.descent - _BOX_PADDING, base.ascent + _BOX_PADDING
        whole = FormulaBuilder()
        whole.place(base, _BOX_PADDING)
        whole.place_rule(0.0, bottom, width, rule)
        whole.place_rule(0.0, top - rule, width, rule)
        whole.place_rule(0.0, bottom, rule, top - bottom)
        whole.place_rule(width - rule, bottom, rule, top - bottom)
        return whole.formula()


def _delimiter_pairs(
    elements: Sequence[Element], delimiters: Sequence[bool]
) -> dict[int, tuple[int, int]]:
    """For each of two delimiters that belong together, the elements between them."""
    found: dict[int, tuple[int, int]] = {}
    waiting: list[int] = []
    for index, element in enumerate(elements):
        if not delimiters[index]:
            continue
        text = text_of(element)
        closes = (
            element.get("form") == "postfix"
            or text in CLOSING
            or (text in EITHER_SIDE and any(text_of(elements[i]) == text for i in waiting[-1:]))
        )
        if closes and waiting:
            opening = waiting.pop()
            found[opening] = found[index] = (opening + 1, index)
        elif not closes:
            waiting.append(index)
    return found


def _core(element: Element) -> Element:
    """The operator or name that an element is built around (MathML Core, 3.2.4.1)."""
    while len(element) and element.tag in _EMBELLISHED:
        element = element[0]
    return element


def _takes_limits(core: Element) -> bool:
    return text_of(core) in SUMS or is_limit_name(core)


def _italic(character: str) -> str:
    """The mathematical italic letter; capitals of Greek stay upright, as in TeX."""
    if character in _ITALIC_OTHERS:
        return _ITALIC_OTHERS[character]
    for first, last, start in _ITALIC_STARTS:
        if first <= character <= last:
            return chr(start + ord(character) - ord(first))
    return character
