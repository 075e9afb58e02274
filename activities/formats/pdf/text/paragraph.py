"""Runs of text become paragraphs, ready to be broken into lines of any width.

Most paragraphs hold simple text in one style, others run from left to right: they are looked up
word by word and broken with a running sum and a binary search. Those that have text from right to
left, code, or a column too narrow for a word are built of boxes of shaped glyph_runs.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

import msgspec

from activities.documents.model import Run, Runs
from activities.documents.segmentation import (
    address_parts,
    chunks,
    grapheme_clusters,
    may_break_between,
    unbreakable_units,
)
from activities.formats.pdf.text import bidi
from activities.formats.pdf.text.fontbook import PLAIN_FONT, FontBook, FontStyle
from activities.formats.pdf.text.formula import Formula
from activities.formats.pdf.text.lines import (
    PLAIN_STYLE,
    CharacterStyle,
    GlyphRun,
    Line,
    MixedText,
    SimpleText,
    UnbreakableBox,
)
from activities.formats.pdf.text.maths import lay_out
from activities.formats.pdf.text.styled import StyledBuilder, StyledText
from activities.formats.pdf.text.words import Itemizer, StyleWords, UnbreakableUnits

UNLIMITED = math.inf
"""The limit for text that is not broken into lines."""

_SPACES = " \t\r\f\v\x1c-\x1f\x85\u1680\u2000-\u200a\u2028\u2029\u205f\u3000"
"""Where lines may break; no-break spaces belong to words."""
_HARD_BREAK = "\n"
_SPACE = re.compile(f"[{_SPACES}]")
_TOKEN = re.compile(f"\n|[{_SPACES}]+|[^\n{_SPACES}]+")
_OTHER_SPACE = re.compile(f"[{_SPACES[1:]}\n]")
_EM = 1000
_LABELS_CACHED = 500
_CODE_SCALE = 0.9
_SUPERSCRIPT_SCALE, _SUPERSCRIPT_RISE = 0.68, 0.36
_LINK_COLOUR = ".1 .25 .6 rg"
_MATH_COLOUR = ".25 .1 .35 rg"
_TAB = " " * 4
_ELLIPSIS = "…"
_HANGING_MAX = 1 / 2
"""Of a line of code that indentation takes where words have to be cut."""
_NARROWEST = 150
"""No text is narrower than this for each of its characters, on average."""


Text = SimpleText | StyledText | MixedText
"""What stands between two hard breaks."""


class ShapedParagraph(msgspec.Struct, frozen=True):
    """A paragraph before it is broken into lines of a given width."""

    typesetter: "Typesetter"
    source: "_Source"
    texts: Sequence[Text]
    right_to_left: bool

    @property
    def width(self) -> float:
        """The width of the longest line if there were room enough."""
        return max([text.width for text in self.texts])

    @property
    def widest(self) -> float:
        """The width of what cannot be broken well."""
        return max([text.widest for text in self.texts])

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        texts = self.texts
        if len(texts) == 1 and texts[0].width <= limit:
            return texts[0].lines(limit)
        if self.widest > limit:
            texts = self.typesetter.texts(self.source, self.right_to_left, limit)
        return [line for text in texts for line in text.lines(limit)]

    def cut(self, limit: float) -> Line:
        """One line; what does not fit is replaced by an ellipsis."""
        if self.width <= limit and len(self.texts) == 1:
            return self.lines(limit)[0]
        text = "".join([run.text for run in self.source.runs]).split(_HARD_BREAK, 1)[0]
        text = text[: int(limit / _NARROWEST)]
        words = [f"{word} " for word in text.split(" ")]
        line = self._longest(words, limit) or self._longest(grapheme_clusters(text), limit)
        return line or Line(0)

    def _longest(self, parts: Sequence[str], limit: float) -> Line | None:
        """As many of the parts as fit on a line with an ellipsis, None if not even one does."""

        def shortened(count: int) -> ShapedParagraph:
            text = "".join(parts[:count]).rstrip() + _ELLIPSIS
            source = self.source
            runs = (Run(text),)
            return self.typesetter.prepare(runs, source.strong, source.emphasis, self.right_to_left)

        fitting = bisect_right(
            range(1, len(parts) + 1), limit, key=lambda count: shortened(count).width
        )
        return shortened(fitting).lines(limit)[0] if fitting else None


class _Source(msgspec.Struct, frozen=True, gc=False):
    runs: Runs
    strong: bool
    emphasis: bool
    code: bool = False
    """Spaces count and lines hang by their indentation."""
    mixed: bool = False
    """Some of the text may run from right to left."""


class Typesetter:
    """Prepares the paragraphs of one document."""

    def __init__(self, fonts: FontBook, on_unreadable_formula: Callable[[], None]) -> None:
        """Call `on_unreadable_formula` for each formula whose source is shown instead."""
        self.fonts = fonts
        self.on_unreadable_formula = on_unreadable_formula
        self.overfull = 0
        """How often lines were narrower than a word or formula in them."""
        self._labels: dict[tuple[str, bool, bool], tuple[_Source, Sequence[Text], bool]] = {}
        self._label_lines: dict[tuple[str, bool, bool], Line] = {}
        self._style_words: dict[tuple[bool, bool, bool], StyleWords] = {}
        self._itemizers: dict[FontStyle, Itemizer] = {}
        self._units: dict[tuple[FontStyle, CharacterStyle, int], UnbreakableUnits] = {}

    def prepare(
        self,
        runs: Runs,
        strong: bool = False,
        emphasis: bool = False,
        right_to_left: bool = False,
    ) -> ShapedParagraph:
        """Prepare a paragraph; `right_to_left` is for one without a direction of its own."""
        text = runs[0].text if len(runs) == 1 else "".join([run.text for run in runs])
        mixed = bidi.has_right_to_left(text)
        base = (mixed or right_to_left) and bidi.base_is_right_to_left(text, right_to_left)
        source = _Source(runs, strong, emphasis, mixed=mixed)
        if mixed or base:
            return ShapedParagraph(self, source, self.texts(source, base, None), base)
        return ShapedParagraph(self, source, self._simple(source) or self._styled(source), base)

    def prepare_formula(self, tex: str) -> ShapedParagraph | None:
        """Prepare a displayed formula, or None when it cannot be read."""
        formula = lay_out(tex, displayed=True)
        if formula is None:
            return None
        glyph_run = self.formula_run(formula, tex, 0)
        source = _Source((Run(tex, math=True),), False, False)
        return ShapedParagraph(
            self, source, [MixedText([UnbreakableBox(glyph_run.width, None, (glyph_run,))])], False
        )

    def formula_run(self, formula: Formula, tex: str, level: int) -> GlyphRun:
        """A formula as a glyph_run of a line."""
        main = self.fonts.main(PLAIN_FONT)
        shown, pen = [], 0.0
        for glyph in formula.glyphs:
            typeface = self.fonts.of_set(glyph.font)
            assert typeface
            advance, code = typeface.glyph(glyph.glyph, glyph.text)
            back = round((pen - glyph.x) / glyph.scale)
            font = f"/{typeface.resource} {glyph.scale:.3g} Tf"
            shown.append(f")]TJ{font} {glyph.y / _EM:.3g} Ts[{back}({code}")
            pen = glyph.x + advance * glyph.scale
        rest = round(pen - formula.width)
        shown.append(f")]TJ/{main.resource} 1 Tf 0 Ts[{rest}(")
        character_style = CharacterStyle(formula=formula, tex=tex)
        return GlyphRun(main, "".join(shown), formula.width, level, character_style)

    def prepare_text(
        self, text: str, strong: bool = False, right_to_left: bool = False
    ) -> ShapedParagraph:
        """Prepare text of one style, such as labels and numbers that occur again and again."""
        key = (text, strong, right_to_left)
        known = self._labels.get(key)
        if known is None:
            if len(self._labels) >= _LABELS_CACHED:
                self._labels.clear()
            galley = self.prepare((Run(text),), strong=strong, right_to_left=right_to_left)
            # Without the typesetter, which would know itself and never leave memory by itself.
            known = self._labels[key] = (galley.source, galley.texts, galley.right_to_left)
        return ShapedParagraph(self, *known)

    def label(self, text: str, strong: bool, right_to_left: bool) -> Line:
        """A short text on one line, such as a bullet."""
        key = (text, strong, right_to_left)
        known = self._label_lines.get(key)
        if known is None:
            if len(self._label_lines) >= _LABELS_CACHED:
                self._label_lines.clear()
            [known] = self.prepare_text(text, strong, right_to_left).lines(UNLIMITED)
            self._label_lines[key] = known
        return known

    def prepare_code(self, text: str) -> ShapedParagraph:
        """Prepare preformatted text."""
        runs = (Run(text.replace("\t", _TAB), code=True),)
        source = _Source(runs, False, False, code=True)
        return ShapedParagraph(self, source, self.texts(source, False, None), False)

    def texts(self, source: _Source, right_to_left: bool, limit: float | None) -> Sequence[Text]:
        """Shape the source; with a limit, words that are wider are cut in glyph_runs."""
        if limit is not None:
            self.overfull += 1
        return _MixedBuilder(self, source, right_to_left, limit).texts()

    def _simple(self, source: _Source) -> list[SimpleText] | None:
        """The source as simple text of one style, or None when it is more than that."""
        if len(source.runs) != 1:
            return None
        [run] = source.runs
        if run.link or run.code or run.math or run.strike or run.superscript:
            return None
        words = self._words_of(source, run)
        text = run.text
        if not (text.isascii() or words.may_hold(text)):
            return None
        parts = text.split(" ")
        if "" in parts:
            parts = [part for part in parts if part]
        found = list(map(words.__getitem__, parts))
        return [SimpleText(words.typeface, found)] if all(found) else None  # type: ignore[arg-type]

    def _styled(self, source: _Source) -> list[StyledText]:
        builder = StyledBuilder()
        for run in source.runs:
            if run.math:
                glyph_run = self._inline_formula(run.text)
                if glyph_run:
                    builder.add_formula(glyph_run)
                    continue
            words = self._words_of(source, run)
            character_style = _character_style(run, preformatted=False)
            for number, text in enumerate(run.text.split(_HARD_BREAK)):
                if number:
                    builder.end_text()
                # Most text is printable, and is not looked through twice then.
                usual = text if text.isprintable() else _OTHER_SPACE.sub(" ", text)
                builder.add(usual, words, character_style)
        return builder.texts()

    def _inline_formula(self, tex: str) -> GlyphRun | None:
        formula = lay_out(tex, displayed=False)
        if formula is None:
            self.on_unreadable_formula()
            return None
        return self.formula_run(formula, tex, 0)

    def _words_of(self, source: _Source, run: Run) -> StyleWords:
        key = (source.strong or run.strong, source.emphasis or run.emphasis, run.code or run.math)
        known = self._style_words.get(key)
        if known is None:
            style = FontStyle(*key)
            known = self._style_words[key] = StyleWords(self.fonts, style, self._itemizer(style))
        return known

    def _itemizer(self, style: FontStyle) -> Itemizer:
        known = self._itemizers.get(style)
        if known is None:
            known = self._itemizers[style] = Itemizer(self.fonts, style)
        return known

    def units(
        self, style: FontStyle, character_style: CharacterStyle, level: int
    ) -> UnbreakableUnits:
        """Shaped text of one font, character style and level."""
        itemizer = self._itemizer(style)
        if character_style.href:
            # No other run has the same style.
            return UnbreakableUnits(itemizer, character_style, level)
        key = (style, character_style, level)
        known = self._units.get(key)
        if known is None:
            known = self._units[key] = UnbreakableUnits(itemizer, character_style, level)
        return known


class _MixedBuilder:
    """Builds the boxes of one paragraph."""

    def __init__(
        self, typesetter: Typesetter, source: _Source, right_to_left: bool, limit: float | None
    ) -> None:
        self._typesetter = typesetter
        self._source = source
        self._limit = limit
        self._boxes: list[UnbreakableBox] = []
        self._finished: list[SimpleText | MixedText] = []
        self._space: GlyphRun | None = None
        self._before = ""
        self._hanging: GlyphRun | None = None
        self._style = PLAIN_FONT
        self._character_style = PLAIN_STYLE
        self._units: dict[int, UnbreakableUnits] = {}
        """Of the current run, by level."""
        text = "".join([run.text for run in source.runs])
        self._levels = (
            bidi.embedding_levels(text, right_to_left)
            if right_to_left or bidi.has_right_to_left(text)
            else None
        )

    def texts(self) -> list[SimpleText | MixedText]:
        """Build them."""
        position = 0
        for run in self._source.runs:
            if not (run.math and self._add_formula(run, position)):
                self._add_run(run, position)
            position += len(run.text)
        self._end_text()
        return self._finished

    def _add_run(self, run: Run, position: int) -> None:
        source, text = self._source, run.text
        self._style = FontStyle(
            source.strong or run.strong, source.emphasis or run.emphasis, run.code or run.math
        )
        self._character_style = _character_style(run, source.code)
        self._units.clear()
        levels = self._levels[position : position + len(text)] if self._levels else [0]
        usual = self._limit is None and not source.code
        if usual and levels.count(levels[0]) == len(levels) and not _OTHER_SPACE.search(text):
            self._add_words(text.split(" "), self._units_of(levels[0]))
            return
        for token in _TOKEN.findall(text):
            if token == _HARD_BREAK:
                self._end_text()
            elif _SPACE.match(token):
                self._add_space(token, position)
            else:
                self._add_word(token, position)
            position += len(token)

    def _units_of(self, level: int) -> UnbreakableUnits:
        """The units of the current run."""
        known = self._units.get(level)
        if known is None:
            known = self._typesetter.units(self._style, self._character_style, level)
            self._units[level] = known
        return known

    def _add_formula(self, run: Run, position: int) -> bool:
        formula = lay_out(run.text, displayed=False)
        if formula is None:
            self._typesetter.on_unreadable_formula()
            return False
        if self._limit is not None and formula.width > self._limit:
            formula = formula.scaled(self._limit / formula.width)
        level = self._levels[position] & ~1 if self._levels else 0
        glyph_run = self._typesetter.formula_run(formula, run.text, level)
        self._add_box(
            UnbreakableBox(glyph_run.width, None, (glyph_run,)), glued=self._space is None
        )
        self._before = ""
        return True

    def _end_text(self) -> None:
        self._finished.append(MixedText(self._boxes, self._hanging))
        self._boxes = []
        self._space = self._hanging = None
        self._before = ""

    def _add_words(self, words: list[str], units: UnbreakableUnits) -> None:
        """Add words of one level, and the spaces between them."""
        first, *others = words
        if first:
            self._add_whole_word(first, units)
        for word in others:
            if not word:
                self._space = self._space or units.space
            elif self._space:
                self._add_whole_word(word, units)
            else:
                self._boxes += units.after_space(word)
                self._before = word[-1]

    def _add_whole_word(self, word: str, units: UnbreakableUnits) -> None:
        glued = self._is_glued(word[0])
        for unit in unbreakable_units(word):
            self._add_box(units[unit], glued=glued)
            glued = False
        self._before = word[-1]

    def _is_glued(self, character: str) -> bool:
        """Whether no line may break before the next character."""
        if not self._boxes or self._space:
            return False
        return not (self._before and may_break_between(self._before, character))

    def _add_box(self, box: UnbreakableBox, *, glued: bool) -> None:
        """Add a box, to the one before it if the two are glued together."""
        if glued and self._boxes:
            last = self._boxes[-1]
            self._boxes[-1] = UnbreakableBox(
                last.width + box.width, last.space, last.runs + box.runs
            )
        else:
            self._boxes.append(
                UnbreakableBox(box.width, self._space, box.runs) if self._space else box
            )
        self._space = None

    def _add_space(self, token: str, position: int) -> None:
        units = self._units_of(self._levels[position] if self._levels else 0)
        if not self._boxes and self._source.code:
            self._hanging = glyph_run = units.spaces(len(token))
            self._boxes.append(UnbreakableBox(glyph_run.width, None, (glyph_run,)))
            if self._limit is not None:
                most = int(self._limit * _HANGING_MAX / units.space.width)
                self._hanging = units.spaces(min(len(token), most))
        elif self._space is None:
            self._space = units.spaces(len(token) if self._source.code else 1)

    def _add_word(self, word: str, position: int) -> None:
        glued = self._is_glued(word[0])
        for unit in self._narrow_units(word):
            box = self._box(unit, position)
            fits = self._limit is None or (
                not self._boxes or self._boxes[-1].width + box.width <= self._limit
            )
            if self._hanging and glued and not fits:
                # Rather less indentation than a line of nothing else.
                self._boxes[-1] = UnbreakableBox(self._hanging.width, None, (self._hanging,))
                fits = True
            self._add_box(box, glued=glued and fits)
            glued = False
            position += len(unit)
        self._before = word[-1]

    def _narrow_units(self, word: str) -> list[str]:
        """The word, divided where lines may break and, if need be, where they should not."""
        found = chunks(word) if self._source.code else unbreakable_units(word)
        if self._limit is None:
            return found
        limit, units = self._limit, self._units_of(0)
        if self._hanging:
            limit -= self._hanging.width
        narrower: list[str] = []
        for unit in found:
            if units[unit].width <= limit:
                narrower.append(unit)
                continue
            for part in address_parts(unit):
                if units[part].width <= limit:
                    narrower.append(part)
                else:
                    narrower += grapheme_clusters(part)
        return narrower

    def _box(self, unit: str, position: int) -> UnbreakableBox:
        """A unit, its glyph_runs split where the level changes."""
        if self._levels is None:
            return self._units_of(0)[unit]
        levels = self._levels[position : position + len(unit)]
        if levels.count(levels[0]) == len(levels):
            return self._units_of(levels[0])[unit]
        changes = [i for i, (a, b) in enumerate(pairwise(levels), 1) if a != b]
        stretches = [
            self._units_of(levels[start])[unit[start:end]]
            for start, end in pairwise([0, *changes, len(unit)])
        ]
        return UnbreakableBox(
            sum([box.width for box in stretches]),
            None,
            tuple([glyph_run for box in stretches for glyph_run in box.runs]),
        )


def _character_style(run: Run, preformatted: bool) -> CharacterStyle:
    if run.superscript:
        colour = _LINK_COLOUR if run.link else ""
        return CharacterStyle(run.link, run.strike, _SUPERSCRIPT_SCALE, _SUPERSCRIPT_RISE, colour)
    if run.link:
        return CharacterStyle(
            run.link, run.strike, _CODE_SCALE if run.code else 1.0, 0.0, _LINK_COLOUR
        )
    if run.math:
        return CharacterStyle(None, run.strike, _CODE_SCALE, 0.0, _MATH_COLOUR)
    if run.code and not preformatted:
        return CharacterStyle(None, run.strike, _CODE_SCALE)
    return CharacterStyle(None, run.strike) if run.strike else PLAIN_STYLE
