"""Runs of text become lines: fonts chosen, words shaped and measured, lines broken and ordered.

Everything is in thousandths of an em of the paragraph's font size, so that one result serves
any size. Most paragraphs hold simple text in one style: those are looked up word by word and
broken with a running sum and a binary search. All others are built of boxes of shaped pieces.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from fontTools import unicodedata

from activities.documents.model import Run, Runs
from activities.formats.pdf import bidi, breaking
from activities.formats.pdf.fontbook import PLAIN, FontBook, Style
from activities.formats.pdf.maths import Formula, lay_out
from activities.formats.pdf.typeface import Shaped, Typeface

UNLIMITED = math.inf
"""The limit for text that is not broken into lines."""

_SPACES = " \t\r\f\v\x1c-\x1f\x85\u1680\u2000-\u200a\u2028\u2029\u205f\u3000"
"""Where lines may break; no-break spaces belong to words."""
_HARD_BREAK = "\n"
_SPACE = re.compile(f"[{_SPACES}]")
_TOKEN = re.compile(f"\n|[{_SPACES}]+|[^\n{_SPACES}]+")
_EM = 1000
_WORDS_KEPT = 20_000
_LABELS_KEPT = 500
_CODE_SCALE = 0.9
_SUPERSCRIPT_SCALE, _SUPERSCRIPT_RISE = 0.68, 0.36
_LINK_COLOUR = ".1 .25 .6 rg"
_USUAL_ASCENT, _USUAL_DESCENT = 1050.0, 420.0
"""The room above and below the baseline of a line of text."""
_MATH_COLOUR = ".25 .1 .35 rg"
_TAB = " " * 4
_PICTURES = range(0x1F000, 0x1FB00)
_PICTURE_SELECTOR = "\ufe0f"
_ELLIPSIS = "…"
_NARROWEST = 150
"""No text is narrower than this for each of its characters, on average."""


class Look(NamedTuple):
    """What a run shows beside its font."""

    href: str | None = None
    strike: bool = False
    scale: float = 1.0
    rise: float = 0.0
    """Above the baseline, in em."""
    colour: str = ""
    """The operator that sets it; none for the colour of the paragraph."""
    formula: Formula | None = None
    tex: str = ""
    """The formula's source."""


PLAIN_LOOK = Look()


class Piece(NamedTuple):
    """Shaped text of one font, one look and one direction."""

    typeface: Typeface
    fragment: str
    width: float
    level: int
    look: Look


class Box(NamedTuple):
    """What stays on one line."""

    width: float
    space: Piece | None
    """Before it, unless it begins a line."""
    pieces: tuple[Piece, ...]


class Part(NamedTuple):
    """A stretch of a line with one look."""

    operators: str
    start: float
    end: float
    look: Look


class Line(NamedTuple):
    """A finished line."""

    width: float
    parts: tuple[Part, ...]
    above: float = 0.0
    """How much higher than usual it has to be, for a formula."""
    below: float = 0.0


class SimpleText:
    """Words of one typeface between two hard breaks."""

    def __init__(self, typeface: Typeface, words: Sequence[tuple[int, str]]) -> None:
        self._typeface = typeface
        self._widths = [width for width, _ in words]
        self._fragments = [fragment for _, fragment in words]
        self.widest = max(self._widths, default=0)
        self.width = sum(self._widths) + typeface.space_width * max(len(words) - 1, 0)

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        typeface, fragments = self._typeface, self._fragments
        if self.width <= limit:
            return [self._line(self.width, fragments)]
        space = typeface.space_width
        ends = list(accumulate([width + space for width in self._widths]))
        found = []
        first, start, count = 0, 0, len(ends)
        while first < count:
            last = bisect_right(ends, start + limit + space, first)
            if last == first:
                last += 1
            found.append(self._line(ends[last - 1] - start - space, fragments[first:last]))
            first, start = last, ends[last - 1]
        return found

    def _line(self, width: float, fragments: list[str]) -> Line:
        typeface = self._typeface
        text = typeface.space.join(fragments)
        operators = f"/{typeface.resource} 1 Tf[({text})]TJ" if text else ""
        return Line(width, (Part(operators, 0, width, PLAIN_LOOK),))


class MixedText:
    """Boxes between two hard breaks; the lines after the first may hang."""

    def __init__(self, boxes: Sequence[Box], hanging: Piece | None = None) -> None:
        self._boxes = boxes
        self._hanging = hanging
        self.widest = max((box.width for box in boxes), default=0.0)
        self.width = sum(_full_width(box) for box in boxes)

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        boxes = self._boxes
        if not boxes:
            return [Line(0, ())]
        ends = list(accumulate(map(_full_width, boxes)))
        hanging = self._hanging
        found: list[Line] = []
        first = 0
        while first < len(boxes):
            space = boxes[first].space
            start = ends[first] - boxes[first].width
            room = limit - hanging.width if hanging and found else limit
            last = max(bisect_right(ends, start + room + 1e-6, first), first + 1)
            pieces: list[Piece] = [hanging] if hanging and found else []
            pieces += boxes[first].pieces
            for box in boxes[first + 1 : last]:
                if (space := box.space) is not None:
                    pieces.append(space)
                pieces += box.pieces
            found.append(_compose(pieces))
            first = last
        return found


def _full_width(box: Box) -> float:
    return box.width + box.space.width if box.space else box.width


def _compose(pieces: list[Piece]) -> Line:
    if any(piece.level for piece in pieces):
        pieces = bidi.visual_order(pieces, [piece.level for piece in pieces])
    parts: list[Part] = []
    x = 0.0
    start = 0
    for end in range(1, len(pieces) + 1):
        if end == len(pieces) or pieces[end].look != pieces[start].look:
            group = pieces[start:end]
            width = sum([piece.width for piece in group])
            look = group[0].look
            parts.append(Part(_operators(group, look), x, x + width, look))
            x += width
            start = end
    formulas = [part.look.formula for part in parts if part.look.formula]
    above = max([formula.ascent - _USUAL_ASCENT for formula in formulas], default=0.0)
    below = max([formula.descent - _USUAL_DESCENT for formula in formulas], default=0.0)
    return Line(x, tuple(parts), max(above, 0.0), max(below, 0.0))


def _operators(pieces: list[Piece], look: Look) -> str:
    """The operators that show the pieces, leaving rise and colour as they were."""
    shown: list[str] = []
    for index, piece in enumerate(pieces):
        if index == 0 or piece.typeface is not pieces[index - 1].typeface:
            if shown:
                shown.append(")]TJ")
            shown.append(f"/{piece.typeface.resource} {look.scale:g} Tf[(")
        shown.append(piece.fragment)
    text = "".join(shown) + ")]TJ"
    if look.rise:
        text = f"{look.rise:g} Ts {text} 0 Ts"
    if look.colour:
        text = f"{look.colour} {text} 0 g"
    return text


class Galley:
    """A paragraph before it is broken into lines of a given width."""

    def __init__(
        self,
        typesetter: "Typesetter",
        source: "_Source",
        texts: Sequence[SimpleText | MixedText],
        right_to_left: bool,
    ) -> None:
        self._typesetter = typesetter
        self._source = source
        self._texts = texts
        self.right_to_left = right_to_left
        self.widest = max(text.widest for text in texts)
        """The width of what cannot be broken well."""
        self.width = max(text.width for text in texts)
        """The width of the longest line if there were room enough."""

    def lines(self, limit: float) -> list[Line]:
        """Break into lines no wider than the limit."""
        texts = self._texts
        if self.widest > limit:
            texts = self._typesetter.texts(self._source, self.right_to_left, limit)
        if len(texts) == 1:
            return texts[0].lines(limit)
        return [line for text in texts for line in text.lines(limit)]

    def cut(self, limit: float) -> Line:
        """One line; what does not fit is replaced by an ellipsis."""
        if self.width <= limit and len(self._texts) == 1:
            return self.lines(limit)[0]
        text = "".join([run.text for run in self._source.runs]).split(_HARD_BREAK, 1)[0]
        words = text[: int(limit / _NARROWEST)].split(" ")
        while len(words) > 1:
            words.pop()
            shorter = self._typesetter.prepare(
                (Run(" ".join(words) + _ELLIPSIS),), self._source.strong
            )
            if shorter.width <= limit:
                return shorter.lines(limit)[0]
        return self.lines(limit)[0]


class _Source(NamedTuple):
    runs: Runs
    strong: bool
    emphasis: bool
    code: bool
    """Spaces count and lines hang by their indentation."""


class _SimpleWords(dict[str, Shaped | None]):
    """Words of one style, shaped; None for those that are not simple text."""

    def __init__(self, fonts: FontBook, style: Style) -> None:
        super().__init__()
        self.typeface = fonts.main(style)
        self._characters = fonts.simple(style)

    def __missing__(self, word: str) -> Shaped | None:
        if len(self) >= _WORDS_KEPT:
            self.clear()
        simple = self._characters.issuperset(word) and len(breaking.units(word)) == 1
        shaped = self[word] = self.typeface.shape(word) if simple else None
        return shaped


class Typesetter:
    """Prepares the paragraphs of one document."""

    def __init__(self, fonts: FontBook, on_unreadable_formula: Callable[[], None]) -> None:
        """Call `on_unreadable_formula` for each formula whose source is shown instead."""
        self.fonts = fonts
        self.on_unreadable_formula = on_unreadable_formula
        self.squeezed = 0
        """How often lines were narrower than a word or formula in them."""
        self._labels: dict[tuple[str, bool, bool], Galley] = {}
        self._simple_words: dict[Style, _SimpleWords] = {}
        self._pieces: dict[tuple[str, Style, Look, int], tuple[float, tuple[Piece, ...]]] = {}

    def prepare(
        self,
        runs: Runs,
        strong: bool = False,
        emphasis: bool = False,
        right_to_left: bool = False,
    ) -> Galley:
        """Prepare a paragraph; `right_to_left` is for one without a direction of its own."""
        source = _Source(runs, strong, emphasis, False)
        if len(runs) == 1 and runs[0].text.isascii():
            base = right_to_left and bidi.base_is_right_to_left(runs[0].text, True)
        else:
            text = "".join([run.text for run in runs])
            if right_to_left or bidi.has_right_to_left(text):
                base = bidi.base_is_right_to_left(text, right_to_left)
            else:
                base = False
        return Galley(self, source, self.texts(source, base, None), base)

    def prepare_formula(self, tex: str) -> Galley | None:
        """Prepare a displayed formula, or None when it cannot be read."""
        formula = lay_out(tex, displayed=True)
        if formula is None:
            return None
        piece = self.formula_piece(formula, tex, 0)
        source = _Source((Run(tex, math=True),), False, False, False)
        return Galley(self, source, [MixedText([Box(piece.width, None, (piece,))])], False)

    def formula_piece(self, formula: Formula, tex: str, level: int) -> Piece:
        """A formula as a piece of a line."""
        main = self.fonts.main(PLAIN)
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
        look = Look(formula=formula, tex=tex)
        return Piece(main, "".join(shown), formula.width, level, look)

    def prepare_text(self, text: str, strong: bool = False, right_to_left: bool = False) -> Galley:
        """Prepare text of one style, such as labels and numbers that occur again and again."""
        key = (text, strong, right_to_left)
        known = self._labels.get(key)
        if known is None:
            if len(self._labels) >= _LABELS_KEPT:
                self._labels.clear()
            known = self.prepare((Run(text),), strong=strong, right_to_left=right_to_left)
            self._labels[key] = known
        return known

    def prepare_code(self, text: str) -> Galley:
        """Prepare preformatted text."""
        runs = (Run(text.replace("\t", _TAB), code=True),)
        source = _Source(runs, False, False, True)
        return Galley(self, source, self.texts(source, False, None), False)

    def texts(
        self, source: _Source, right_to_left: bool, limit: float | None
    ) -> list[SimpleText | MixedText]:
        """Shape the source; with a limit, words that are wider are cut in pieces."""
        if limit is None and len(source.runs) == 1 and not right_to_left and not source.code:
            simple = self._simple(source)
            if simple is not None:
                return simple
        if limit is not None:
            self.squeezed += 1
        return _MixedBuilder(self, source, right_to_left, limit).texts()

    def _simple(self, source: _Source) -> list[SimpleText | MixedText] | None:
        """The source as simple text, or None when it needs more care than that."""
        run = source.runs[0]
        if run.link or run.strike or run.code or run.math or run.superscript:
            return None
        style = Style(source.strong or run.strong, source.emphasis or run.emphasis)
        known = self._simple_words.get(style)
        if known is None:
            known = self._simple_words[style] = _SimpleWords(self.fonts, style)
        found: list[SimpleText | MixedText] = []
        for stretch in run.text.split(_HARD_BREAK):
            words = [known[word] for word in stretch.split(" ") if word]
            if None in words:
                return None
            found.append(SimpleText(known.typeface, words))  # type: ignore[arg-type]
        return found

    def pieces(
        self, text: str, style: Style, look: Look = PLAIN_LOOK, level: int = 0
    ) -> tuple[float, tuple[Piece, ...]]:
        """Text of one direction: its width, and a piece for each change of font or script."""
        key = (text, style, look, level)
        known = self._pieces.get(key)
        if known is None:
            if len(self._pieces) >= _WORDS_KEPT:
                self._pieces.clear()
            pieces = tuple(
                Piece(typeface, fragment, width * look.scale, level, look)
                for typeface, fragment, width in self._itemize(text, style, level % 2 == 1)
            )
            known = self._pieces[key] = (sum([piece.width for piece in pieces]), pieces)
        return known

    def _itemize(
        self, word: str, style: Style, right_to_left: bool
    ) -> Iterable[tuple[Typeface, str, int]]:
        if self.fonts.simple(style).issuperset(word) and not right_to_left:
            typeface = self.fonts.main(style)
            width, fragment = typeface.shape(word)
            return [(typeface, fragment, width)]
        items = [self._item(cluster, style) for cluster in breaking.clusters(word)]
        found = []
        start = 0
        for end in range(1, len(items) + 1):
            if end == len(items) or items[end][:2] != items[start][:2]:
                text = "".join([text for _, _, text in items[start:end]])
                chosen = items[start][0]
                if chosen:
                    width, fragment = chosen.shape(text, right_to_left)
                else:
                    chosen, shown = self.fonts.replacement(style)
                    width, fragment = chosen.shape_instead(shown * (end - start), text)
                found.append((chosen, fragment, width))
                start = end
        return found

    def _item(self, cluster: str, style: Style) -> tuple[Typeface | None, str, str]:
        first = cluster[0]
        picture = _PICTURE_SELECTOR in cluster or ord(first) in _PICTURES
        typeface = self.fonts.choose(style, first, picture)
        if typeface and len(cluster) > 1:
            typeface = self.fonts.choose_for_marks(style, cluster, typeface)
        return typeface, _script(first), cluster


@cache
def _script(character: str) -> str:
    """The character's script, or nothing when it goes with any."""
    script = str(unicodedata.script(character))
    return "" if script in {"Zyyy", "Zinh"} else script


class _MixedBuilder:
    """Builds the boxes of one paragraph."""

    def __init__(
        self, typesetter: Typesetter, source: _Source, right_to_left: bool, limit: float | None
    ) -> None:
        self._typesetter = typesetter
        self._source = source
        self._limit = limit
        self._boxes: list[Box] = []
        self._finished: list[SimpleText | MixedText] = []
        self._space: Piece | None = None
        self._before = ""
        self._hanging: Piece | None = None
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
            if run.math and self._add_formula(run, position):
                position += len(run.text)
                continue
            look = _look(run, self._source.code)
            style = Style(
                self._source.strong or run.strong,
                self._source.emphasis or run.emphasis,
                run.code or run.math,
            )
            for token in _TOKEN.findall(run.text):
                if token == _HARD_BREAK:
                    self._end_text()
                elif _SPACE.match(token):
                    self._add_space(token, style, look, position)
                else:
                    self._add_word(token, style, look, position)
                position += len(token)
        self._end_text()
        return self._finished

    def _add_formula(self, run: Run, position: int) -> bool:
        formula = lay_out(run.text, displayed=False)
        if formula is None:
            self._typesetter.on_unreadable_formula()
            return False
        if self._limit is not None and formula.width > self._limit:
            formula = formula.scaled(self._limit / formula.width)
        level = self._levels[position] & ~1 if self._levels else 0
        piece = self._typesetter.formula_piece(formula, run.text, level)
        if self._boxes and self._space is None:
            last = self._boxes[-1]
            self._boxes[-1] = Box(last.width + piece.width, last.space, (*last.pieces, piece))
        else:
            self._boxes.append(Box(piece.width, self._space, (piece,)))
        self._space = None
        self._before = ""
        return True

    def _end_text(self) -> None:
        self._finished.append(MixedText(self._boxes, self._hanging))
        self._boxes = []
        self._space = self._hanging = None
        self._before = ""

    def _add_space(self, token: str, style: Style, look: Look, position: int) -> None:
        typeface = self._typesetter.fonts.main(style)
        count = len(token) if self._source.code else 1
        width = typeface.space_width * count * look.scale
        level = self._levels[position] if self._levels else 0
        piece = Piece(typeface, typeface.space * count, width, level, look)
        if not self._boxes and self._source.code:
            self._boxes.append(Box(piece.width, None, (piece,)))
            self._hanging = piece
        elif self._space is None:
            self._space = piece

    def _add_word(self, word: str, style: Style, look: Look, position: int) -> None:
        glued = self._boxes and self._space is None
        if glued and self._before:
            glued = not breaking.may_break_between(self._before, word[0])
        for unit in self._units(word, style, look):
            width, pieces = self._unit(unit, style, look, position)
            fits = (
                self._limit is None
                or not self._boxes
                or (self._boxes[-1].width + width <= self._limit)
            )
            if glued and fits:
                last = self._boxes[-1]
                self._boxes[-1] = Box(last.width + width, last.space, last.pieces + pieces)
            else:
                self._boxes.append(Box(width, self._space, pieces))
            self._space = None
            glued = False
            position += len(unit)
        self._before = word[-1]

    def _units(self, word: str, style: Style, look: Look) -> list[str]:
        units = [word] if self._source.code else breaking.units(word)
        if self._limit is None:
            return units
        narrower: list[str] = []
        for unit in units:
            if self._width(unit, style, look) <= self._limit:
                narrower.append(unit)
                continue
            for part in breaking.address_parts(unit):
                if self._width(part, style, look) <= self._limit:
                    narrower.append(part)
                else:
                    narrower += breaking.clusters(part)
        return narrower

    def _width(self, text: str, style: Style, look: Look) -> float:
        return self._typesetter.pieces(text, style, look)[0]

    def _unit(
        self, unit: str, style: Style, look: Look, position: int
    ) -> tuple[float, tuple[Piece, ...]]:
        """The pieces of a unit, split where the level changes."""
        pieces = self._typesetter.pieces
        if self._levels is None:
            return pieces(unit, style, look)
        levels = self._levels[position : position + len(unit)]
        if levels.count(levels[0]) == len(levels):
            return pieces(unit, style, look, levels[0])
        changes = [i for i, (a, b) in enumerate(pairwise(levels), 1) if a != b]
        stretches = [
            pieces(unit[start:end], style, look, levels[start])
            for start, end in pairwise([0, *changes, len(unit)])
        ]
        return (
            sum([width for width, _ in stretches]),
            tuple(piece for _, found in stretches for piece in found),
        )


def _look(run: Run, preformatted: bool) -> Look:
    if run.superscript:
        colour = _LINK_COLOUR if run.link else ""
        return Look(run.link, run.strike, _SUPERSCRIPT_SCALE, _SUPERSCRIPT_RISE, colour)
    if run.link:
        return Look(run.link, run.strike, _CODE_SCALE if run.code else 1.0, 0.0, _LINK_COLOUR)
    if run.math:
        return Look(None, run.strike, _CODE_SCALE, 0.0, _MATH_COLOUR)
    if run.code and not preformatted:
        return Look(None, run.strike, _CODE_SCALE)
    return Look(None, run.strike) if run.strike else PLAIN_LOOK
