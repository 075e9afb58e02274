"""Paragraphs that hold more than styled words from left to right, as boxes of glyph runs.

These are text from right to left, code, and columns too narrow for a word.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import msgspec

from activities.documents.model import Image, Run, Runs
from activities.documents.segmentation import (
    BESIDE,
    HELD_SPACE,
    address_parts,
    chunks,
    may_break_between,
    smallest_parts,
    unbreakable_units,
    wide_units,
)
from activities.formats.pdf.text import bidi
from activities.formats.pdf.text.faces import PLAIN_FONT, FontStyle
from activities.formats.pdf.text.lines import PLAIN_STYLE, GlyphRun, MixedText, UnbreakableBox
from activities.formats.pdf.text.shaper import Shaper, character_style, run_font
from activities.formats.pdf.text.words import UnbreakableUnits

HARD_BREAK = "\n"
_SPACES = " \t\r\f\v\x1c-\x1f\x85\u1680\u2000-\u200a\u2028\u2029\u205f\u3000"
"""Where lines may break; no-break spaces belong to words."""
_SPACE = re.compile(f"[{_SPACES}]")
_TOKEN = re.compile(f"\n|[{_SPACES}]+|[^\n{_SPACES}]+")
OTHER_SPACE = re.compile(f"[{_SPACES[1:]}\n]")
"""Spaces that are shown as the usual one."""
_NARROWER: tuple[Callable[[str], list[str]], ...] = (wide_units, address_parts, smallest_parts)
"""How words are divided that are too wide, one after the other."""
_HANGING_MAX = 1 / 2
"""The most of a line of code that indentation takes where words have to be cut."""


class Source(msgspec.Struct, frozen=True, gc=False):
    """What a paragraph is shaped from."""

    runs: Runs
    font: FontStyle
    code: bool = False
    """Spaces count and lines hang by their indentation."""
    mixed: bool = False
    """Some of the text may run from right to left."""


class MixedBuilder:
    """Builds the boxes of one paragraph."""

    def __init__(
        self, shaper: Shaper, source: Source, right_to_left: bool, limit: float | None
    ) -> None:
        self._shaper = shaper
        self._source = source
        self._limit = limit
        self._boxes: list[UnbreakableBox] = []
        self._glued: list[UnbreakableBox] = []
        """What the last box is joined with once all of it is known."""
        self._glued_width = 0.0
        """The width of the last box and these."""
        self._finished: list[MixedText] = []
        self._space: GlyphRun | None = None
        self._before = ""
        self._hanging: GlyphRun | None = None
        self._style = PLAIN_FONT
        self._character_style = PLAIN_STYLE
        self._units: dict[int, UnbreakableUnits] = {}
        """The units of the current run by their level."""
        text = "".join([run.text for run in source.runs]).replace(HELD_SPACE, " ")
        self._levels = (
            bidi.embedding_levels(text, right_to_left)
            if right_to_left or bidi.has_right_to_left(text)
            else None
        )

    def texts(self) -> list[MixedText]:
        """The text between each two hard breaks."""
        position = 0
        for run in self._source.runs:
            if run.picture:
                self._add_picture(run.picture, run, position)
            elif not (run.math and self._add_formula(run, position)):
                self._add_run(run, position)
            position += len(run.text)
        self._end_text()
        return self._finished

    def _add_run(self, run: Run, position: int) -> None:
        source, text = self._source, run.text
        self._style = run_font(source.font, run)
        self._character_style = character_style(run, source.code)
        self._units.clear()
        levels = self._levels[position : position + len(text)] if self._levels else [0]
        if run.keyboard:
            self._add_pad(levels[0], glued=self._is_glued(text[:1]))
        self._add_text(text, position, levels)
        if run.keyboard:
            self._add_pad(levels[-1], glued=True)

    def _add_pad(self, level: int, *, glued: bool) -> None:
        pad = self._shaper.pad_run(self._character_style, level)
        self._add_box(UnbreakableBox(pad.width, None, (pad,)), glued=glued)
        self._before = ""

    def _add_text(self, text: str, position: int, levels: Sequence[int]) -> None:
        usual = self._limit is None and not self._source.code
        if usual and levels.count(levels[0]) == len(levels) and not OTHER_SPACE.search(text):
            self._add_words(text.split(" "), self._units_of(levels[0]))
            return
        for token in self._tokens(text):
            if token == HARD_BREAK:
                self._end_text()
            elif _SPACE.match(token):
                self._add_space(token, position)
            else:
                self._add_word(token, position)
            position += len(token)

    def _tokens(self, text: str) -> Iterator[str]:
        """Words and spaces; a word that is too wide is parted at the spaces that belong to it."""
        for token in _TOKEN.findall(text):
            if HELD_SPACE in token and self._limit and self._units_of(0)[token].width > self._limit:
                yield from _TOKEN.findall(token.replace(HELD_SPACE, " "))
            else:
                yield token

    def _units_of(self, level: int) -> UnbreakableUnits:
        """The units of the current run."""
        known = self._units.get(level)
        if known is None:
            known = self._shaper.units(self._style, self._character_style, level)
            self._units[level] = known
        return known

    def _add_formula(self, run: Run, position: int) -> bool:
        formula = self._shaper.inline_formula(run.text)
        if formula is None:
            return False
        pieces, shrunk = [formula], 1.0
        if self._limit is not None and formula.width > self._limit:
            pieces, shrunk = self._shaper.broken_formula(run.text, self._limit)
        level = self._levels[position] & ~1 if self._levels else 0
        for number, piece in enumerate(pieces):
            # The first one tells a screen reader of all of it, and how small any of it is.
            told = piece.text if number else run.text
            size = 1.0 if number else shrunk
            glyph_run = self._shaper.formula_run(piece, told, level, run.anchors, size)
            glued = self._space is None and not number and len(pieces) == 1
            self._add_box(UnbreakableBox(glyph_run.width, None, (glyph_run,)), glued=glued)
        self._before = ""
        return True

    def _add_picture(self, image: Image, run: Run, position: int) -> None:
        picture = self._shaper.line_picture(image)
        if self._limit is not None and picture.width > self._limit:
            picture = picture.scaled(self._limit / picture.width)
        level = self._levels[position] if self._levels else 0
        glyph_run = self._shaper.picture_run(picture, run, level)
        self._add_box(
            UnbreakableBox(glyph_run.width, None, (glyph_run,)), glued=self._space is None
        )
        self._before = ""

    def _end_text(self) -> None:
        self._join()
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
                self._join()
                self._boxes += units.after_space(word)
                self._before = word

    def _add_whole_word(self, word: str, units: UnbreakableUnits) -> None:
        glued = self._is_glued(word)
        self._set_before(word, glued=glued)
        for unit in unbreakable_units(word):
            self._add_box(units[unit], glued=glued)
            glued = False

    def _is_glued(self, word: str) -> bool:
        """Whether no line may break before the next word, or part of one."""
        if not self._boxes or self._space:
            return False
        return not (self._before and may_break_between(self._before, word))

    def _set_before(self, word: str, *, glued: bool) -> None:
        self._before = (self._before if glued else "") + word[-BESIDE:]

    def _add_box(self, box: UnbreakableBox, *, glued: bool) -> None:
        """Add a box, to the one before it if the two are glued together."""
        if glued and self._boxes:
            self._glued_width = self._last_width() + box.width
            self._glued.append(box)
        else:
            self._join()
            self._boxes.append(
                UnbreakableBox(box.width, self._space, box.runs, box.hyphen) if self._space else box
            )
        self._space = None

    def _join(self) -> None:
        if self._glued:
            parts = [self._boxes[-1], *self._glued]
            runs = tuple([glyph_run for box in parts for glyph_run in box.runs])
            self._boxes[-1] = UnbreakableBox(
                self._glued_width, parts[0].space, runs, parts[-1].hyphen
            )
            self._glued.clear()

    def _last_width(self) -> float:
        return self._glued_width if self._glued else self._boxes[-1].width

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
        glued = self._is_glued(word)
        self._set_before(word, glued=glued)
        for unit in self._narrow_units(word):
            box = self._box(unit, position)
            fits = (
                self._limit is None
                or not self._boxes
                or self._last_width() + box.width <= self._limit
            )
            if self._hanging and glued and not fits:
                # Rather less indentation than a line of nothing else.
                self._glued.clear()
                self._boxes[-1] = UnbreakableBox(self._hanging.width, None, (self._hanging,))
                fits = True
            glued = glued and fits
            if not glued and (beginning := unit.lstrip(HELD_SPACE)) != unit and beginning:
                box = self._box(beginning, position + len(unit) - len(beginning))
            self._add_box(box, glued=glued)
            glued = False
            position += len(unit)

    def _narrow_units(self, word: str) -> list[str]:
        """The word, divided where lines may break and, if need be, where they should not."""
        found = chunks(word) if self._source.code else unbreakable_units(word)
        if self._limit is None:
            return found
        limit, units = self._limit, self._units_of(0)
        if self._hanging:
            limit -= self._hanging.width
        for divided in _NARROWER:
            found = [
                part
                for unit in found
                for part in ([unit] if units[unit].width <= limit else divided(unit))
            ]
        return found

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
            stretches[-1].hyphen,
        )
