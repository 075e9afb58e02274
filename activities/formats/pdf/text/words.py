"""Words are shaped: a font for each script in them, their width, and what draws them.

What is known of a word is kept, up to a limit, for one document.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import TypeVar

import msgspec

from activities.documents.segmentation import (
    SOFT_HYPHEN,
    as_shown,
    grapheme_clusters,
    is_unbreakable,
    unbreakable_units,
)
from activities.documents.text_width import width as columns_of
from activities.formats.pdf.text.faces import FontStyle
from activities.formats.pdf.text.font_file import Shaped
from activities.formats.pdf.text.fontbook import FontBook, is_invisible, script_of
from activities.formats.pdf.text.lines import CharacterStyle, GlyphRun, UnbreakableBox
from activities.formats.pdf.text.typeface import Typeface

_WORDS_CACHED = 10_000
"""Words of one style that are cached for one document."""
_CACHED_LENGTH = 40
"""Longer words hardly come again."""
_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f"
_COLUMNED = re.compile(f"[{_WIDE}\uff01-\uffe6\U0001f300-\U0001faff\U00020000-\U0003ffff]")
"""Characters of East Asia that take one column or two (UAX #11)."""
_COLUMNED_PARTS = re.compile(f"{_COLUMNED.pattern}+|[^{_COLUMNED.pattern[1:]}+")
_PICTURES = range(0x1F000, 0x1FB00)
_PICTURE_SELECTOR = "\ufe0f"

_T = TypeVar("_T")
_Placed = tuple[Typeface | None, str, str]
"""The typeface of a cluster, its script, and itself."""


class _FallbackFont:
    """A typeface, and those of its characters of one script that were met so far."""

    __slots__ = ("characters", "typeface")

    def __init__(self, typeface: Typeface) -> None:
        self.typeface = typeface
        self.characters: set[str] = set()


class WordPart(msgspec.Struct, frozen=True, gc=False):
    """What one font draws of a word, from left to right."""

    typeface: Typeface
    fragments: tuple[str, ...]
    """Between each two is an empty one, where a line may break."""
    widths: tuple[int, ...]
    glued: bool
    """Whether no line may break before the first fragment."""
    soft: tuple[int, ...] = ()
    """The fragments, of those that are not empty, that end with a soft hyphen."""


class StyleWords(dict[str, Shaped | None]):
    """Words of one style from left to right; None for those that are not simple text.

    Simple text is of the style's own font, and no line breaks within it.
    """

    def __init__(self, fonts: FontBook, style: FontStyle, itemizer: "Itemizer") -> None:
        super().__init__()
        self.typeface = fonts.main(style)
        self._characters = self.typeface.file.simple
        self._itemizer = itemizer
        self._parts: dict[str, tuple[WordPart, ...]] = {}
        self._units: dict[str, tuple[WordPart, ...]] = {}

    def may_hold(self, text: str) -> bool:
        """Whether a text has no character that is not simple; spaces tell nothing."""
        return self._characters.issuperset(text)

    def __missing__(self, word: str) -> Shaped | None:
        simple = self._characters.issuperset(word) and is_unbreakable(word)
        shaped = self.typeface.shape(as_shown(word)) if simple else None
        _cache(self, word, shaped)
        return shaped

    def parts(self, word: str) -> tuple[WordPart, ...]:
        """Any word: of other fonts, or one within which lines may break."""
        known = self._parts.get(word)
        if known is None:
            units = unbreakable_units(word)
            if len(units) == 1:
                known = self._shaped(word)
            else:
                known = _joined(chain.from_iterable(map(self._unit, units)))
            _cache(self._parts, word, known)
        return known

    def _unit(self, unit: str) -> tuple[WordPart, ...]:
        known = self._units.get(unit)
        if known is None:
            known = self._shaped(unit)
            _cache(self._units, unit, known)
        return known

    def _shaped(self, unit: str) -> tuple[WordPart, ...]:
        shaped = self._itemizer.shape(unit, right_to_left=False)
        last = len(shaped) - 1 if unit.endswith(SOFT_HYPHEN) else None
        return tuple(
            [
                WordPart(
                    typeface, (fragment,), (width,), number > 0, (0,) if number == last else ()
                )
                for number, (typeface, (width, fragment)) in enumerate(shaped)
            ]
        )


def _joined(parts: Iterable[WordPart]) -> tuple[WordPart, ...]:
    """Neighbours of one font become one."""
    found: list[tuple[Typeface, list[str], list[int], bool, list[int]]] = []
    current = None
    for part in parts:
        if part.typeface is not current:
            current, fragments, widths = part.typeface, [*part.fragments], [*part.widths]
            soft: list[int] = []
            found.append((current, fragments, widths, part.glued, soft))
        elif part.glued:
            fragments[-1] += part.fragments[0]
            widths[-1] += part.widths[0]
        else:
            fragments += ("", part.fragments[0])
            widths += (0, part.widths[0])
        if part.soft:
            soft.append(len(fragments) // 2)
    return tuple(
        [
            WordPart(typeface, tuple(fragments), tuple(widths), glued, tuple(soft))
            for typeface, fragments, widths, glued, soft in found
        ]
    )


def _cache(known: dict[str, _T], text: str, shaped: _T) -> None:
    if len(text) <= _CACHED_LENGTH:
        if len(known) >= _WORDS_CACHED:
            known.clear()
        known[text] = shaped


class UnbreakableUnits(dict[str, UnbreakableBox]):
    """Text of one character style and level, in units that no line break divides, as boxes."""

    def __init__(
        self, itemizer: "Itemizer", style: CharacterStyle, level: int, *, in_columns: bool = False
    ) -> None:
        """With `in_columns`, wide characters take two columns, as in a terminal (UAX #11)."""
        super().__init__()
        self._itemizer = itemizer
        self._style = style
        self._level = level
        self._in_columns = in_columns
        self._spaced: dict[str, tuple[UnbreakableBox, ...]] = {}
        self.space = self.spaces(1)
        self._spaces = {itemizer.main: self.space}

    def __missing__(self, unit: str) -> UnbreakableBox:
        style, level = self._style, self._level
        if self._in_columns and not unit.isascii() and _COLUMNED.search(unit):
            shaped = self._itemizer.shape_in_columns(unit)
        else:
            shaped = self._itemizer.shape(unit, right_to_left=level % 2 == 1)
        runs = tuple(
            [
                GlyphRun(typeface, fragment, width * style.scale, level, style)
                for typeface, (width, fragment) in shaped
            ]
        )
        hyphen = self._hyphen(runs[-1].typeface) if unit.endswith(SOFT_HYPHEN) else None
        box = UnbreakableBox(sum([run.width for run in runs]), None, runs, hyphen)
        _cache(self, unit, box)
        return box

    def after_space(self, word: str) -> tuple[UnbreakableBox, ...]:
        """The boxes of a word that follows a space of its own kind."""
        boxes = self._spaced.get(word)
        if boxes is None:
            first, *others = unbreakable_units(word)
            box = self[first]
            space = self._space_before(box.runs[0].typeface)
            spaced = UnbreakableBox(box.width, space, box.runs, box.hyphen)
            boxes = (spaced, *[self[unit] for unit in others])
            _cache(self._spaced, word, boxes)
        return boxes

    def _hyphen(self, typeface: Typeface) -> GlyphRun | None:
        if typeface.hyphen is None:
            return None
        width, shown = typeface.hyphen
        return GlyphRun(typeface, shown, width * self._style.scale, self._level, self._style)

    def _space_before(self, typeface: Typeface) -> GlyphRun:
        """A space in the font of the word after it, as wide as one of the style's own."""
        known = self._spaces.get(typeface)
        if known is None:
            shown = typeface.space_of(self._itemizer.main.space_width)
            known = self.space
            if shown:
                known = GlyphRun(typeface, shown, known.width, self._level, self._style)
            self._spaces[typeface] = known
        return known

    def spaces(self, count: int) -> GlyphRun:
        """Several spaces as one run."""
        typeface = self._itemizer.main
        width = typeface.space_width * count * self._style.scale
        return GlyphRun(typeface, typeface.space * count, width, self._level, self._style)


class _FallbackFonts(dict[str, _FallbackFont | None]):
    """The fallbacks of characters; None for those that take a closer look."""

    def __init__(self, fonts: FontBook, style: FontStyle) -> None:
        super().__init__()
        self._fonts = fonts
        self._style = style
        self._shared: dict[tuple[Typeface, str], _FallbackFont] = {}

    def __missing__(self, character: str) -> _FallbackFont | None:
        fallback = None
        script = _script(character)
        if script and not is_invisible(character) and ord(character) not in _PICTURES:
            typeface = self._fonts.choose(self._style, character)
            if typeface:
                fallback = self._shared.get((typeface, script))
                if fallback is None:
                    fallback = self._shared[typeface, script] = _FallbackFont(typeface)
                fallback.characters.add(character)
        self[character] = fallback
        return fallback


class Itemizer:
    """Divides text of one style into stretches of one font and script."""

    def __init__(self, fonts: FontBook, style: FontStyle) -> None:
        self._fonts = fonts
        self._style = style
        self.main = fonts.main(style)
        self._simple = self.main.file.simple
        self._fallbacks = _FallbackFonts(fonts, style)

    def shape(self, text: str, *, right_to_left: bool) -> Sequence[tuple[Typeface, Shaped]]:
        """Shape text of one direction, each stretch for itself."""
        text = as_shown(text)
        if not right_to_left and self._simple.issuperset(text):
            return [(self.main, self.main.shape(text))]
        typeface = self._only_typeface(text)
        if typeface:
            return [(typeface, typeface.shape(text, right_to_left))]
        found = []
        for typeface, clusters in self.stretches(text):
            if typeface:
                found.append((typeface, typeface.shape("".join(clusters), right_to_left)))
            else:
                other, shown = self._fonts.replacement(self._style)
                told = reversed(clusters) if right_to_left else clusters
                found.append((other, other.shape_instead(shown, told)))
        return found

    def stretches(self, text: str) -> list[tuple[Typeface | None, list[str]]]:
        """The clusters of each stretch of one font and script; None where no font can draw it."""
        placed = _words_whole([self._placed(cluster) for cluster in grapheme_clusters(text)])
        return [
            (typeface, [cluster for _, _, cluster in group])
            for (typeface, _), group in groupby(placed, itemgetter(0, 1))
        ]

    def shape_in_columns(self, text: str) -> Sequence[tuple[Typeface, Shaped]]:
        """The same for text from left to right, with whole columns for each wide character."""
        column = self.main.space_width
        found: list[tuple[Typeface, Shaped]] = []
        for part in _COLUMNED_PARTS.findall(text):
            if not _COLUMNED.match(part):
                found += self.shape(part, right_to_left=False)
                continue
            for cluster in grapheme_clusters(part):
                [(typeface, (width, fragment)), *others] = self.shape(cluster, right_to_left=False)
                room = 0 if others else column * columns_of(cluster) - width
                spread = round(room / typeface.size)
                before = spread // 2
                shown = f"){-before}({fragment}){before - spread}(" if spread else fragment
                found += [(typeface, (width + room, shown)), *others]
        return found

    def _placed(self, cluster: str) -> _Placed:
        first = cluster[0]
        picture = _PICTURE_SELECTOR in cluster or ord(first) in _PICTURES
        typeface = self._fonts.choose(self._style, first, picture)
        if typeface and len(cluster) > 1:
            typeface = self._fonts.choose_for_marks(self._style, cluster, typeface)
        return typeface, _script(first), cluster

    def _only_typeface(self, text: str) -> Typeface | None:
        """What draws all of a text of one script, None if that takes a closer look."""
        fallbacks = self._fallbacks
        fallback = fallbacks[text[0]]
        if fallback and not fallback.characters.issuperset(text):
            fallback = (
                fallback if all(fallbacks[character] is fallback for character in text) else None
            )
        return fallback.typeface if fallback else None


def _words_whole(placed: Sequence[_Placed]) -> list[_Placed]:
    """Clusters, those of a word and a script in one typeface if any has all of them."""
    found: list[_Placed] = []
    for _, word in groupby(placed, lambda cluster: cluster[2].isspace()):
        found += _word_whole(list(word))
    return found


def _word_whole(placed: list[_Placed]) -> list[_Placed]:
    used: dict[str, dict[Typeface, None]] = {}
    for typeface, script, _ in placed:
        if typeface and script:
            used.setdefault(script, {})[typeface] = None
    for script, typefaces in used.items():
        if len(typefaces) > 1:
            letters = {letter for _, own, cluster in placed if own == script for letter in cluster}
            whole = [typeface for typeface in typefaces if all(map(typeface.has, letters))]
            placed = [
                (whole[0], own, cluster) if whole and own == script else (typeface, own, cluster)
                for typeface, own, cluster in placed
            ]
    return placed


def _script(character: str) -> str:
    """The character's script, or nothing when it goes with any."""
    script = script_of(character)
    return "" if script in {"Zyyy", "Zinh"} else script
