"""Layout of TeX formulas with the MATH table of the maths font.

The layout follows MathML Core (3.3 and 5.3) with the parameters that HarfBuzz gives for the font.
Lengths are in thousandths of an em of the surrounding text, heights count upwards from its
baseline.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from types import MappingProxyType
from typing import NamedTuple
from xml.etree.ElementTree import Element

from activities.documents.design.tokens import TOKENS
from activities.documents.formulas.line_breaks import (
    BRACKET_RANKS,
    RELATION_RANK,
    SIGN_RANK,
    Piece,
    broken,
)
from activities.documents.formulas.tex import (
    BARS,
    BINARY_OPERATORS,
    BRACES,
    CLOSING,
    COMBINING_ACCENTS,
    EITHER_SIDE,
    FENCES,
    LARGE_OPERATORS,
    NAMED_SIGNS,
    OPENING,
    PUNCTUATION,
    RELATIONS,
    SUMS,
    CachedFormulas,
    UnreadableFormulaError,
    convert_tex,
    is_limit_name,
    length_of,
    lines_of,
    text_of,
)
from activities.formats.fonts import find_font
from activities.formats.pdf.text.faces import PLAIN_FONT, FontStyle
from activities.formats.pdf.text.font_file import load_font
from activities.formats.pdf.text.formula import (
    LINE_GAP,
    Formula,
    FormulaBuilder,
    Stroke,
    stacked,
)
from activities.formats.pdf.text.maths_font import MATHS_FONT, TEXT_FONT, MathsFont, MathStyle
from activities.formats.pdf.text.maths_words import words_formula

_EM = 1000.0
_IN_LINES = TOKENS.sizes.formula
"""The size of a formula within a line beside its text."""
_THIN, _MEDIUM, _THICK = 167.0, 222.0, 278.0
_COLUMN_GAP, _ROW_GAP = 800.0, 350.0
_BOX_PADDING = 150.0
_NULL_DELIMITER = 120.0
_FRACTION_MARGIN = 60.0

_NO_OPERAND_AFTER = RELATIONS | BINARY_OPERATORS | PUNCTUATION | OPENING
"""A binary operator behind one of these is the sign of what follows."""
_WORD_FONTS = MappingProxyType(
    {
        "bold": FontStyle(weight=700),
        "italic": FontStyle(italic=True),
        "bold-italic": FontStyle(weight=700, italic=True),
        "monospace": FontStyle("mono"),
    }
)
_PRIMES = frozenset("′″‴⁗")
_INDENT = 2000.0
"""How far the lines after the first of a broken formula are indented."""
_RULE_GAP = 150.0
"""Between two rules of an array, and between its content and a rule around it."""
_STRIKES = MappingProxyType(
    {
        "updiagonalstrike": (0.0, 0.0, 1.0, 1.0),
        "downdiagonalstrike": (0.0, 1.0, 1.0, 0.0),
        "horizontalstrike": (0.0, 0.5, 1.0, 0.5),
    }
)
"""From where to where each strikes, in parts of the width and the height."""
_STRIKE_MARGIN = 60.0
_LEAVES = frozenset({"mi", "mn", "mo", "mtext"})
_EMBELLISHED = frozenset(
    {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mstyle", "mrow"}
)


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
        return formula if displayed else formula.scaled(_IN_LINES)
    return None


def lay_out_lines(tex: str, limit: float, *, displayed: bool) -> list[list[Formula]]:
    """The lines of a formula that is wider than the limit, broken where it may be.

    Displayed ones are broken before a sign, the others behind it; either way a line may still be
    too wide.

    Returns:
        For each line that the author made the lines that it takes; nothing when the formula cannot
        be read.
    """
    maths, text = find_font(MATHS_FONT), find_font(TEXT_FONT)
    if not maths or not text:
        return []
    layout = _Layout(MathsFont(load_font(maths), load_font(text)))
    size = 1.0 if displayed else _IN_LINES
    rows = convert_tex(
        tex, lambda mathml: layout.lines(mathml, limit / size, displayed), displayed=displayed
    )
    return [[line.scaled(size) for line in row] for row in rows or ()]


class _Part(NamedTuple):
    """What stands in a row, with the space on both sides."""

    shown: Formula
    left: float
    right: float
    rank: int | None = None
    """As in `Piece`; a sign may be broken before it, or behind it."""


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

    def lines(self, mathml: Element, limit: float, displayed: bool) -> list[list[Formula]]:
        """The formula in lines, those after the first indented if it is displayed."""
        style = MathStyle(displayed)
        found: list[list[Formula]] = []
        for elements in _rows_of(mathml):
            parts = list(self._parts(elements, style, 0))
            ranks = [part.rank for part in parts]
            if not displayed:
                ranks = [None, *ranks[:-1]]
            pieces = [
                Piece(part.left + part.shown.width + part.right, rank)
                for part, rank in zip(parts, ranks, strict=True)
            ]
            indent = _INDENT if displayed else 0.0
            found.append(
                [
                    _placed(parts[first:last], indent if number else 0.0)
                    for number, (first, last) in enumerate(broken(pieces, limit, indent))
                ]
            )
        return found

    def _parts(self, elements: Sequence[Element], style: MathStyle, depth: int) -> Iterable[_Part]:
        """What stands in a row, with the rows within it taken apart."""
        row = self._line_parts(elements, style)
        before = ""
        for element, part in zip(elements, row, strict=True):
            text = text_of(_core(element))
            if len(element) > 1 and element.tag in _ROWS and len(lines_of(list(element))) == 1:
                within = depth + any(self._is_stretchy_delimiter(child) for child in element)
                inner_style = self._style_of(element, style)
                first, *others = self._parts(list(element), inner_style, within)
                yield first._replace(left=first.left + part.left)
                yield from others
            else:
                depth -= element.tag == "mo" and text in CLOSING
                rank = _rank(text, part, before)
                yield part._replace(rank=None if rank is None else rank + depth * BRACKET_RANKS)
                depth += element.tag == "mo" and text in OPENING
            if element.tag != "mspace":
                before = _text_before(element)

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
        return stacked([self._line(line, style) for line in lines], LINE_GAP)

    def _line(self, elements: Sequence[Element], style: MathStyle) -> Formula:
        return _placed(self._line_parts(elements, style), 0.0)

    def _line_parts(self, elements: Sequence[Element], style: MathStyle) -> list[_Part]:
        parts = [
            None if self._is_stretchy_delimiter(element) else self._element(element, style)
            for element in elements
        ]
        axis = self._font.constant("AXIS_HEIGHT", style)
        reaches = [max(part.ascent - axis, part.descent + axis) if part else 0.0 for part in parts]
        pairs = _delimiter_pairs(elements, [part is None for part in parts])
        row: list[_Part] = []
        before = ""
        for index, (element, part) in enumerate(zip(elements, parts, strict=True)):
            shown = part
            if shown is None:
                first, last = pairs.get(index, (0, len(parts)))
                height = 2 * max(reaches[first:last], default=0.0)
                shown = self._delimiter(text_of(element), height, style)
            left, right = self._spacing(element, before, style)
            if index + 1 < len(elements) and _is_function_of(element, elements[index + 1]):
                right = 0.0
            row.append(_Part(shown, left, right))
            if element.tag != "mspace":
                before = _text_before(element)
        return row

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
        if element.tag == "mrow":
            # What braces hold is no sign: the bond of a molecule, a comma of decimals.
            return 0.0, 0.0
        core = _core(element)
        text = text_of(core)
        operator = element.tag in {"mo", "mover", "munder"} or text in BINARY_OPERATORS | RELATIONS
        if core.tag == "mo" and text in NAMED_SIGNS and before:
            return (_THIN, _THIN) if style.level else (_MEDIUM, _MEDIUM)
        left = 0.0 if not before or before in _NO_OPERAND_AFTER else _THIN
        if _is_function(core):
            return left, _THIN
        if style.level or not (operator or text in LARGE_OPERATORS):
            return 0.0, 0.0
        if text in RELATIONS:
            return _THICK, _THICK
        if text in BINARY_OPERATORS and text != "/":
            unary = not before or before in _NO_OPERAND_AFTER
            return (0.0, 0.0) if unary else (_MEDIUM, _MEDIUM)
        if text in PUNCTUATION:
            return 0.0, _THIN
        if text in LARGE_OPERATORS:
            return left, _THIN
        return 0.0, 0.0

    # Leaves

    def _identifier(self, element: Element, style: MathStyle) -> Formula:
        text = text_of(element)
        variant = element.get("mathvariant", "italic" if len(text) == 1 else "normal")
        if variant == "italic" and "Α" <= text <= "Ω":
            # Capitals of Greek stay upright, as in TeX.
            variant = "normal"
        return self._string(text, style, variant)

    def _number(self, element: Element, style: MathStyle) -> Formula:
        return self._string(text_of(element), style, element.get("mathvariant", "normal"))

    def _string(self, text: str, style: MathStyle, variant: str = "normal") -> Formula:
        """Signs of the maths font, or as words when it has not all of them."""
        scale = self._font.scale(style)
        string = FormulaBuilder()
        for character in text:
            glyph = self._font.letter(character, variant, style.level)
            if glyph is None:
                return self._words_of(text, style, "")
            drawn = self._font.glyph(glyph, character, scale)
            if len(text) == 1:
                return drawn
            string.place(drawn, string.width)
        return string.formula()

    def _words(self, element: Element, style: MathStyle) -> Formula:
        return self._words_of(text_of(element), style, element.get("mathvariant", ""))

    def _words_of(self, text: str, style: MathStyle, variant: str) -> Formula:
        font = _WORD_FONTS.get(variant, PLAIN_FONT)
        words = words_formula(text.replace("\u00a0", " "), font)
        scale = self._font.scale(style)
        return words if scale == 1 else words.scaled(scale)

    def _space(self, element: Element, style: MathStyle) -> Formula:
        width = _EM * length_of(element.get("width", ""))
        if element.get("mathbackground"):
            rule = FormulaBuilder()
            rule.place_rule(0.0, 0.0, width, _EM * length_of(element.get("height", "")))
            return rule.formula().scaled(self._font.scale(style))
        return Formula(width * self._font.scale(style), 0.0, 0.0)

    def _operator(self, element: Element, style: MathStyle) -> Formula:
        text = text_of(element)
        if not text and len(element):
            return self._row(list(element), style)
        if len(text) != 1:
            return self._string(text, style)
        if text in LARGE_OPERATORS and style.displayed:
            height = self._font.unscaled_constant("DISPLAY_OPERATOR_MIN_HEIGHT")
            return self._font.on_axis(self._font.stretched(text, height, style), style)
        if text in FENCES and element.get("minsize"):
            return self._delimiter(text, _EM * length_of(element.get("minsize", "")), style)
        return self._string("−" if text == "-" else text, style, element.get("mathvariant", ""))

    # Two-dimensional parts

    def _fraction(self, element: Element, style: MathStyle) -> Formula:
        inner = style._replace(displayed=False) if style.displayed else style.script()
        above, below = element
        numerator = self._element(above, inner)
        denominator = self._element(below, inner._replace(cramped=True))
        ruled = element.get("linethickness") != "0"
        shifts = self._fraction_shifts if ruled else self._stack_shifts
        up, down = shifts(numerator, denominator, style)
        margin = _FRACTION_MARGIN * self._font.scale(style)
        width = max(numerator.width, denominator.width) + 2 * margin
        whole = FormulaBuilder()
        whole.place(numerator, margin + (width - 2 * margin - numerator.width) / 2, up)
        if ruled:
            axis = self._font.constant("AXIS_HEIGHT", style)
            rule = self._font.constant("FRACTION_RULE_THICKNESS", style)
            whole.place_rule(margin / 2, axis - rule / 2, width - margin, rule)
        whole.place(denominator, margin + (width - 2 * margin - denominator.width) / 2, -down)
        whole.width = width
        return whole.formula()

    def _fraction_shifts(
        self, numerator: Formula, denominator: Formula, style: MathStyle
    ) -> tuple[float, float]:
        display = "DISPLAY_STYLE_" if style.displayed else ""
        axis = self._font.constant("AXIS_HEIGHT", style)
        rule = self._font.constant("FRACTION_RULE_THICKNESS", style)
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
        return up, down

    def _stack_shifts(self, top: Formula, bottom: Formula, style: MathStyle) -> tuple[float, float]:
        display = "DISPLAY_STYLE_" if style.displayed else ""
        up = self._font.constant(f"STACK_TOP_{display}SHIFT_UP", style)
        down = self._font.constant(f"STACK_BOTTOM_{display}SHIFT_DOWN", style)
        gap = (up - top.descent) - (bottom.ascent - down)
        missing = max(0.0, self._font.constant(f"STACK_{display}GAP_MIN", style) - gap)
        return up + missing / 2, down + missing / 2

    def _root(self, element: Element, style: MathStyle) -> Formula:
        children = list(element)
        degree = None
        if element.tag == "mroot":
            degree = self._element(children.pop(), MathStyle(False, 2))
        base = self._row(children, style._replace(cramped=True))
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
        # Primes are raised by themselves.
        is_primed = above is not None and _is_primes(above)
        cramped = style.script(cramped=True)
        lower = self._element(below, cramped) if below is not None else None
        upper = self._element(above, style if is_primed else script) if above is not None else None
        # Scripts stand at one height beside letters and words, whatever these look like.
        is_plain = children[0].tag in _LEAVES and not is_large
        bounds = base._replace(ascent=0.0, descent=0.0) if is_plain else base
        up, down = self._script_shifts(bounds, lower, None if is_primed else upper, style)
        if upper and is_primed:
            up = max(0.0, bounds.ascent - upper.ascent)
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
            cramped = "_CRAMPED" if style.cramped else ""
            up = max(
                self._font.constant(f"SUPERSCRIPT_SHIFT_UP{cramped}", style),
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
            if missing > 0:
                down += missing
                highest = self._font.constant("SUPERSCRIPT_BOTTOM_MAX_WITH_SUBSCRIPT", style)
                raised = max(0.0, highest - (up - upper.descent))
                up, down = up + raised, down - raised
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
        if text_of(core) in RELATIONS and core.tag in {"mo", "mi"} and _is_labelled(children[0]):
            return self._labelled(element, core, style)
        if element.tag == "munderover" or _takes_limits(core):
            return self._limits(element, style)
        mark = text_of(children[1]) if children[1].tag == "mo" else ""
        above = element.tag == "mover"
        if mark in BARS:
            inner = style._replace(cramped=True)
            return self._barred(self._element(children[0], inner), above, style)
        if mark in COMBINING_ACCENTS and above:
            accent = COMBINING_ACCENTS[mark]
            inner = style._replace(cramped=True)
            return self._accented(self._element(children[0], inner), accent, style)
        if mark in BRACES:
            base = self._element(children[0], style)
            return self._braced(base, mark, above, style)
        return self._limits(element, style)

    def _labelled(self, element: Element, core: Element, style: MathStyle) -> Formula:
        """A relation as wide as the labels above and below it, however they are nested."""
        above: list[Formula] = []
        below: list[Formula] = []
        while element is not core:
            if element.tag in {"munder", "munderover"}:
                below.append(self._element(element[1], style.script()))
            if element.tag in {"mover", "munderover"}:
                above.append(self._element(element[-1], style.script()))
            element = element[0]
        width = max(label.width for label in above + below) + 2 * _MEDIUM
        shown = self._font.stretched(text_of(core), width, style, across=True)
        for under, over in zip_longest(below[::-1], above[::-1]):
            shown = self._stack(shown, under, over, style)
        return shown

    def _braced(self, base: Formula, mark: str, above: bool, style: MathStyle) -> Formula:
        brace = self._font.stretched(mark, base.width, style, across=True)
        width = max(base.width, brace.width)
        side = "ABOVE" if above else "BELOW"
        gap = self._font.constant(f"STRETCH_STACK_GAP_{side}_MIN", style)
        y = base.ascent + gap + brace.descent if above else -base.descent - gap - brace.ascent
        whole = FormulaBuilder()
        whole.place(base, (width - base.width) / 2)
        whole.place(brace, (width - brace.width) / 2, y)
        whole.width = width
        return whole.formula()

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
        whole = FormulaBuilder()
        whole.place(base, 0.0)
        whole.place(
            mark._replace(width=0.0),
            self._font.accent_place(base) - self._font.accent_place(mark),
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
        jointed = element.get("columnspacing", "").startswith("0em")
        rules = [int(gap) for gap in element.get("columnlines", "").split()]
        row_rules = [
            tuple(map(int, rule.split(":"))) for rule in element.get("rowlines", "").split()
        ]
        edge = _RULE_GAP if rules or row_rules else 0.0
        starts = [edge]
        for column, width in enumerate(widths[:-1]):
            follows_right = jointed and column % 2 == 0
            starts.append(starts[-1] + width + (_THICK / 2 if follows_right else _COLUMN_GAP))
        whole_width = starts[-1] + widths[-1] + edge
        lines = []
        for row, row_sides in zip(rows, sides, strict=True):
            line = FormulaBuilder()
            for column, cell in enumerate(row):
                side = shared[column % len(shared)] if shared else row_sides[column]
                slack = widths[column] - cell.width
                line.place(
                    cell, starts[column] + slack * {"left": 0.0, "right": 1.0}.get(side, 0.5)
                )
            line.width = whole_width
            lines.append(line.formula())
        if not edge:
            return self._font.on_axis(stacked(lines, _ROW_GAP), style)
        ends = [start + width for start, width in zip(starts, widths, strict=True)]
        return self._font.on_axis(
            self._ruled(lines, rules, row_rules, (starts, ends, whole_width), style), style
        )

    def _ruled(
        self,
        lines: Sequence[Formula],
        rules: Sequence[int],
        row_rules: Sequence[tuple[int, ...]],
        columns: tuple[Sequence[float], Sequence[float], float],
        style: MathStyle,
    ) -> Formula:
        """The lines of an array with its rules.

        Args:
            lines: The rows.
            rules: The gaps between columns that have a rule, for each rule.
            row_rules: Gap, first and last column of each rule between rows.
            columns: Where each column starts and ends, and the width of all.
            style: Of the array.
        """
        thickness = self._font.constant("FRACTION_RULE_THICKNESS", style)
        starts, ends, width = columns
        whole = FormulaBuilder()
        edges = [0.0]
        y = -_RULE_GAP
        for index, line in enumerate(lines):
            ascent, descent = max(line.ascent, 700.0), max(line.descent, 200.0)
            y -= ascent
            whole.place(line, 0.0, y)
            y -= descent + (_ROW_GAP / 2 if index < len(lines) - 1 else _RULE_GAP)
            edges.append(y)
            more = sum(rule[0] == index + 1 for rule in row_rules) - 1
            y -= _ROW_GAP / 2 + max(0, more) * _RULE_GAP
        seen: dict[int, int] = {}
        for gap, first, last in row_rules:
            if not 0 <= gap < len(edges):
                continue
            left = 0.0 if first <= 0 else (starts[min(first, len(starts) - 1)] - _COLUMN_GAP / 2)
            right = width if not 0 <= last < len(ends) - 1 else ends[last] + _COLUMN_GAP / 2
            shift = seen.get(gap, 0) * _RULE_GAP if last < 0 else 0.0
            seen[gap] = seen.get(gap, 0) + 1
            whole.place_rule(left, edges[gap] - shift, right - left, thickness)
        places: dict[int, int] = {}
        for gap in rules:
            middle = (ends[gap - 1] + starts[gap]) / 2 if 0 < gap < len(ends) else 0.0
            x = width - thickness if gap >= len(ends) else middle
            sign = -1 if gap >= len(ends) else 1
            x += sign * places.get(gap, 0) * _RULE_GAP
            places[gap] = places.get(gap, 0) + 1
            whole.place_rule(x, edges[-1], thickness, edges[0] - edges[-1] + thickness)
        whole.width = width
        return whole.formula()

    def _phantom(self, element: Element, style: MathStyle) -> Formula:
        shown = self._row(list(element), style)
        return shown._replace(glyphs=(), rules=(), strokes=())

    def _styled(self, element: Element, style: MathStyle) -> Formula:
        return self._row(list(element), self._style_of(element, style))

    @staticmethod
    def _style_of(element: Element, style: MathStyle) -> MathStyle:
        """The style within an element that may set one."""
        if element.tag != "mstyle":
            return style
        if (displayed := element.get("displaystyle")) is not None:
            style = style._replace(displayed=displayed == "true")
        if (level := element.get("scriptlevel")) and level.isdigit():
            style = style._replace(level=min(max(int(level), style.level), 2))
        return style

    def _enclosed(self, element: Element, style: MathStyle) -> Formula:
        base = self._row(list(element), style)
        strikes = [_STRIKES[name] for name in element.get("notation", "").split() if name != "box"]
        if strikes:
            return self._struck(base, strikes, style)
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

    def _struck(
        self, base: Formula, strikes: Sequence[tuple[float, float, float, float]], style: MathStyle
    ) -> Formula:
        whole = FormulaBuilder()
        whole.place(base, 0.0)
        thickness = self._font.constant("FRACTION_RULE_THICKNESS", style)
        left, width = -_STRIKE_MARGIN, base.width + 2 * _STRIKE_MARGIN
        bottom, height = -base.descent - _STRIKE_MARGIN, base.height + 2 * _STRIKE_MARGIN
        for x, y, right, end in strikes:
            whole.place_stroke(
                Stroke(
                    left + x * width,
                    bottom + y * height,
                    left + right * width,
                    bottom + end * height,
                    thickness,
                )
            )
        return whole.formula()


_ROWS = frozenset({"mrow", "mstyle", "math"})


def _rows_of(mathml: Element) -> list[list[Element]]:
    """The elements of each line that the author made: of aligned equations, or between `\\\\`."""
    row = mathml
    while len(row) == 1 and row[0].tag in _ROWS:
        row = row[0]
    if len(row) == 1 and row[0].tag == "mtable" and row[0].get("displaystyle") == "true":
        return [[part for cell in line for part in cell] for line in row[0]]
    return lines_of(list(row))


def _placed(parts: Sequence[_Part], indent: float) -> Formula:
    """The parts of a row beside each other; a line has no space before its first one."""
    row = FormulaBuilder()
    x = indent
    for number, part in enumerate(parts):
        x += part.left if number or not indent else 0.0
        row.place(part.shown, x)
        x += part.shown.width + part.right
    row.width = x
    return row.formula()


def _rank(text: str, part: _Part, before: str) -> int | None:
    """How bad a line break at an element is; None where there may be none."""
    if not before or not part.left:
        return None
    if text in RELATIONS:
        return RELATION_RANK
    is_sign = text in BINARY_OPERATORS or text in NAMED_SIGNS
    return SIGN_RANK if is_sign and before not in _NO_OPERAND_AFTER else None


def _text_before(element: Element) -> str:
    """What an element is for the sign after it."""
    return "{}" if element.tag == "mrow" else text_of(_core(element)) or element.tag


def _is_primes(script: Element) -> bool:
    text = "".join(script.itertext()).strip()
    return bool(text) and set(text) <= _PRIMES


def _is_function(core: Element) -> bool:
    r"""Whether it is the name of a function, such as `\sin` or `\lim`."""
    text = text_of(core)
    if core.tag == "mi":
        return is_limit_name(core) or (len(text) > 1 and text.isalpha())
    return is_limit_name(core) or (core.tag == "mo" and len(text) > 1 and text[0].isalpha())


def _is_function_of(element: Element, following: Element) -> bool:
    """Whether a bracket follows a function: no space stands between the two (The TeXbook, 18)."""
    core = _core(element)
    return element.tag != "mrow" and _is_function(core) and text_of(following) in OPENING


def _is_labelled(base: Element) -> bool:
    """Whether a relation has nothing around it but labels and braces."""
    while len(base) == 1 or base.tag in {"munder", "mover", "munderover"}:
        base = base[0]
    return not len(base)


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
