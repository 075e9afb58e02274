"""Runs of content become shaped text: their font, their character style, their formulas.

What was shaped is cached for one document.
"""

from collections.abc import Callable

from activities.documents.model import Image, Run
from activities.formats.pdf.text.faces import PLAIN_FONT, FontStyle
from activities.formats.pdf.text.fontbook import FontBook
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.lines import PLAIN_STYLE, CharacterStyle, GlyphRun, LinePicture
from activities.formats.pdf.text.maths import lay_out, lay_out_lines
from activities.formats.pdf.text.words import Itemizer, StyleWords, UnbreakableUnits

_EM = 1000
_CODE_SCALE = 0.9
_SUPERSCRIPT_SCALE, _SUPERSCRIPT_RISE, _SUBSCRIPT_RISE = 0.68, 0.36, -0.14
_KEY_PAD = 260.0
"""Beside the text of a key, in thousandths of an em."""
_PIXELS_PER_EM = 40 / 3
"""Of CSS: a picture in a line grows with its text, which is of 10 points as a rule."""
_PICTURE_WIDTH_MAX, _PICTURE_HEIGHT_MAX = 24 * _EM, 26 * _EM


class Shaper:
    """Shapes the text of one document."""

    def __init__(self, fonts: FontBook, on_unreadable_formula: Callable[[str], None]) -> None:
        """Call `on_unreadable_formula` with the TeX that is shown instead of a formula, each time
        that the formula is shaped.
        """
        self.on_unreadable_formula = on_unreadable_formula
        self._fonts = fonts
        self._style_words: dict[FontStyle, StyleWords] = {}
        self._itemizers: dict[FontStyle, Itemizer] = {}
        self._units: dict[tuple[FontStyle, CharacterStyle, int], UnbreakableUnits] = {}

    def words(self, style: FontStyle) -> StyleWords:
        """The words of a font style, from left to right."""
        known = self._style_words.get(style)
        if known is None:
            known = StyleWords(self._fonts, style, self._itemizer(style))
            self._style_words[style] = known
        return known

    def units(
        self, style: FontStyle, character_style: CharacterStyle, level: int
    ) -> UnbreakableUnits:
        """Shaped text of one font, character style and level."""
        itemizer = self._itemizer(style)
        if character_style.href or character_style.anchors:
            # No other run has the same style.
            return UnbreakableUnits(itemizer, character_style, level)
        key = (style, character_style, level)
        known = self._units.get(key)
        if known is None:
            # Code in a line of other text is smaller, and of another character style.
            preformatted = style.face == "mono" and character_style is PLAIN_STYLE
            known = self._units[key] = UnbreakableUnits(
                itemizer, character_style, level, in_columns=preformatted and level == 0
            )
        return known

    def forget(self) -> None:
        """Shape anew what comes."""
        self._style_words.clear()
        self._itemizers.clear()
        self._units.clear()

    def _itemizer(self, style: FontStyle) -> Itemizer:
        known = self._itemizers.get(style)
        if known is None:
            known = self._itemizers[style] = Itemizer(self._fonts, style)
        return known

    def inline_formula(self, tex: str) -> Formula | None:
        """A formula within a line; None, and a call for the warning, when it cannot be read."""
        formula = lay_out(tex, displayed=False)
        if formula is None:
            self.on_unreadable_formula(tex)
        return formula

    def broken_formula(self, tex: str, limit: float) -> tuple[list[Formula], float]:
        """A formula within a line in pieces that are no wider than a whole line, and the size of
        the smallest as a part of what it would be.
        """
        rows = lay_out_lines(tex, limit, displayed=False)
        pieces = [piece for row in rows for piece in row]
        scales = [min(1.0, limit / piece.width) if piece.width else 1.0 for piece in pieces]
        shrunk = [
            piece.scaled(scale) if scale < 1 else piece
            for piece, scale in zip(pieces, scales, strict=True)
        ]
        return shrunk, min(scales, default=1.0)

    def formula_run(
        self,
        formula: Formula,
        tex: str,
        level: int,
        anchors: tuple[str, ...] = (),
        shrunk: float = 1.0,
    ) -> GlyphRun:
        """A formula as a glyph_run of a line; see `CharacterStyle`."""
        main = self._fonts.main(PLAIN_FONT)
        shown, pen = [], 0.0
        for glyph in formula.glyphs:
            typeface = self._fonts.of_set(glyph.font)
            assert typeface
            advance, code = typeface.glyph(glyph.ink, glyph.text)
            back = round((pen - glyph.x) / glyph.scale)
            font = f"/{typeface.resource} {glyph.scale:.3g} Tf"
            shown.append(f")]TJ{font} {glyph.y / _EM:.3g} Ts[{back}({code}")
            pen = glyph.x + advance * glyph.scale
        rest = round(pen - formula.width)
        shown.append(f")]TJ/{main.resource} 1 Tf 0 Ts[{rest}(")
        character_style = CharacterStyle(formula=formula, tex=tex, anchors=anchors, shrunk=shrunk)
        return GlyphRun(main, "".join(shown), formula.width, level, character_style)

    def line_picture(self, image: Image) -> LinePicture:
        """A picture within a line, in the size that it has there."""
        width = image.shown_width * _EM / _PIXELS_PER_EM
        height = image.shown_height * _EM / _PIXELS_PER_EM
        scale = min(1.0, _PICTURE_WIDTH_MAX / width, _PICTURE_HEIGHT_MAX / height)
        return LinePicture(image, width * scale, height * scale)

    def pad_run(self, style: CharacterStyle, level: int) -> GlyphRun:
        """Room within the frame of a key, and a little beside it."""
        main = self._fonts.main(PLAIN_FONT)
        return GlyphRun(main, f")-{_KEY_PAD:.0f}(", _KEY_PAD * style.scale, level, style)

    def picture_run(self, picture: LinePicture, run: Run, level: int) -> GlyphRun:
        """The picture of a run as a glyph run of a line, which leaves room for it."""
        style = CharacterStyle(run.link, picture=picture, anchors=run.anchors)
        main = self._fonts.main(PLAIN_FONT)
        return GlyphRun(main, f")-{picture.width:.0f}(", picture.width, level, style)


def run_font(font: FontStyle, run: Run) -> FontStyle:
    """The font style of a run in text of a font style."""
    code = run.code or run.math or run.keyboard
    return font.run(run.strong, run.emphasis, code) if code or run.strong or run.emphasis else font


def character_style(run: Run, preformatted: bool) -> CharacterStyle:
    """What a run shows beside its font; code in a block of its own shows as its font alone."""
    scale, rise = 1.0, 0.0
    if run.superscript:
        scale, rise = _SUPERSCRIPT_SCALE, _SUPERSCRIPT_RISE
    elif run.subscript:
        scale, rise = _SUPERSCRIPT_SCALE, _SUBSCRIPT_RISE
    elif run.math or run.keyboard or (run.code and not preformatted):
        scale = _CODE_SCALE
    shaded = run.code and not preformatted
    if scale == 1 and not (run.link or run.strike or run.underline or run.mark or run.anchors):
        return PLAIN_STYLE
    return CharacterStyle(
        run.link,
        run.strike,
        scale,
        rise,
        underline=run.underline,
        mark=run.mark,
        keyboard=run.keyboard,
        shaded=shaded,
        anchors=run.anchors,
    )
