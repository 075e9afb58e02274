"""Glyphs of the maths font: their measures, their larger variants, and its MATH table.

Lengths are in thousandths of an em of the surrounding text.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

import uharfbuzz as hb

from activities.documents.formulas.tex import UnreadableFormulaError, letter_of_variant
from activities.formats.pdf.text.font_file import FontFile
from activities.formats.pdf.text.formula import Formula, FormulaBuilder, Glyph
from activities.formats.pdf.text.joined_glyphs import PlacedGlyph, width_of

MATHS_FONT: Final = "maths"
TEXT_FONT: Final = "serif"
_SIZE_TOLERANCE = 0.95
"""A variant of so much of the size that is asked for is large enough."""
_EXTENDERS_MAX = 100
_LETTERS_CACHED = 4096


class MathStyle(NamedTuple):
    """How a part of a formula is set (MathML Core, 2.1.4 and 4.5)."""

    displayed: bool
    level: int = 0
    """0 for the base, 1 for scripts, 2 for scripts of scripts."""
    cramped: bool = False
    """Whether superscripts stand lower, since there is something above."""

    def script(self, *, cramped: bool = False) -> "MathStyle":
        """The style of a script of this one."""
        return MathStyle(False, min(self.level + 1, 2), self.cramped or cramped)


class MathsFont:
    """A maths font, with a font for the words in formulas."""

    def __init__(self, maths: FontFile, text: FontFile) -> None:
        self._maths = maths
        self._font = maths.font
        self._files = {MATHS_FONT: maths, TEXT_FONT: text}

    def constant(self, name: str, style: MathStyle) -> float:
        """A constant of the MATH table in the size of a style."""
        return self.unscaled_constant(name) * self.scale(style)

    def unscaled_constant(self, name: str) -> int:
        """A constant of the MATH table, which may be a percentage."""
        value: int = self._font.get_math_constant(getattr(hb.OTMathConstant, name))
        return value

    def scale(self, style: MathStyle) -> float:
        """The size of a style's glyphs beside the usual."""
        return _script_scale(self._font, style.level)

    def glyph(self, glyph: int, text: str, scale: float, font: str = MATHS_FONT) -> Formula:
        """A glyph by its id, which stands for a text."""
        source = self._files[font]
        ink = source.bounds(glyph)
        shown = Glyph(font, glyph, text, 0.0, 0.0, scale)
        return Formula(
            source.advance(glyph) * scale, ink.top * scale, -ink.bottom * scale, (shown,)
        )

    def letter(self, character: str, variant: str, level: int) -> int | None:
        """The glyph of a character in a variant of MathML, or as it is; None if there is none.

        Those of scripts are drawn stronger, if the font has such ones.
        """
        return _letter(self._font, character, variant, level)

    def nominal_glyph(self, character: str, font: str = MATHS_FONT) -> int:
        """The id of a character's glyph.

        Raises:
            UnreadableFormulaError: the font has none.
        """
        glyph: int | None = self._files[font].font.get_nominal_glyph(ord(character))
        if glyph is None:
            raise UnreadableFormulaError
        return glyph

    def on_axis(self, part: Formula, style: MathStyle) -> Formula:
        """A part whose middle lies at the height of minus signs and fraction rules."""
        lift = self.constant("AXIS_HEIGHT", style) - (part.ascent - part.descent) / 2
        lifted = FormulaBuilder()
        lifted.place(part, 0.0, lift)
        return lifted.formula()

    def italic_correction(self, base: Formula) -> float:
        """How far the top of a single glyph leans over to the right."""
        if len(base.glyphs) != 1:
            return 0.0
        (glyph,) = base.glyphs
        if not isinstance(glyph.ink, int):
            return 0.0
        font = self._files[glyph.font].font
        correction: int = font.get_math_glyph_italics_correction(glyph.ink)
        return correction * glyph.scale

    def accent_place(self, part: Formula) -> float:
        """Where an accent stands above a part, or where an accent is held, from its left."""
        if len(part.glyphs) == 1 and isinstance(part.glyphs[0].ink, int):
            glyph = part.glyphs[0]
            place: int = self._files[glyph.font].font.get_math_glyph_top_accent_attachment(
                glyph.ink
            )
            return place * glyph.scale
        return part.width / 2

    def stretched(
        self, text: str, size: float, style: MathStyle, *, across: bool = False
    ) -> Formula:
        """The smallest variant of a character that reaches the size, or one put together."""
        glyph = self.nominal_glyph(text)
        scale = self.scale(style)
        direction = "ltr" if across else "ttb"
        variants = self._font.get_math_glyph_variants(glyph, direction)
        for variant in variants:
            if variant.advance * scale >= size * _SIZE_TOLERANCE:
                return self.glyph(variant.glyph, text, scale)
        parts, _ = self._font.get_math_glyph_assembly(glyph, direction)
        if parts:
            return self._assembled(parts, text, size, scale, across)
        return self.glyph(variants[-1].glyph if variants else glyph, text, scale)

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
        placed: list[PlacedGlyph] = []
        width = position = 0
        for part in parts:
            for _ in range(min(repeats, _EXTENDERS_MAX) if part.flags & extender else 1):
                alone = PlacedGlyph(part.glyph, 0, 0, 0)
                below = -self._maths.bounds(part.glyph).bottom
                x, y = (position, 0) if across else (0, position + below)
                placed.append(alone._replace(shift=x, rise=y))
                width = max(width, x + self._font.get_glyph_h_advance(part.glyph))
                position += part.full_advance - overlap
        placed[-1] = placed[-1]._replace(advance=width)
        joined = tuple(placed)
        ink = self._maths.bounds(joined)
        glyph = Glyph(MATHS_FONT, joined, text, 0.0, 0.0, scale)
        return Formula(width_of(joined) * scale, ink.top * scale, -ink.bottom * scale, (glyph,))


@lru_cache(maxsize=_LETTERS_CACHED)
def _letter(font: hb.Font, character: str, variant: str, level: int) -> int | None:
    shown = letter_of_variant(character, variant)
    if font.get_nominal_glyph(ord(shown)) is None:
        shown = character
    if not level:
        glyph: int | None = font.get_nominal_glyph(ord(shown))
        return glyph
    buffer = hb.Buffer()
    buffer.add_str(shown)
    buffer.script, buffer.language, buffer.direction = "Zmth", "und", "ltr"
    hb.shape(font, buffer, {"ssty": level})
    [info] = buffer.glyph_infos
    return info.codepoint or None


@cache
def _script_scale(font: hb.Font, level: int) -> float:
    if level == 0:
        return 1.0
    name = "SCRIPT_PERCENT_SCALE_DOWN" if level == 1 else "SCRIPT_SCRIPT_PERCENT_SCALE_DOWN"
    percent: int = font.get_math_constant(getattr(hb.OTMathConstant, name))
    return percent / 100
