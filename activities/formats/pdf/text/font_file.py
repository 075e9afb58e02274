"""A font of this process: text shaped by HarfBuzz, kept for all documents.

Words whose characters all have their nominal glyph are shaped once a process. Shaped words are
kept as fragments that fit between the parentheses of `[(...)]TJ` when the font size is 1 and the
text matrix carries the real size; widths are in thousandths of an em.
"""

import re
from array import array
from collections.abc import Callable, Iterator
from functools import cache, cached_property, partial
from itertools import groupby
from operator import add, itemgetter
from pathlib import Path
from typing import Final, NamedTuple

import uharfbuzz as hb

from activities.documents.segmentation import HELD_SPACE
from activities.formats.pdf.text.joined_glyphs import Ink, Joined, PlacedGlyph

_WORDS_CACHED, _SHAPES_CACHED = 20_000, 10_000
"""Words, and shaped texts, that are cached for each font."""
_CACHED_LENGTH = 40
"""Longer words hardly come again."""
_EM = 1000
_ESCAPES = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)", "\r": "\\r"})
# As plain numbers, which are passed on in half the time.
_GLYPH_IDS = int(hb.BufferSerializeFlags.NO_GLYPH_NAMES)
_NO_CLUSTERS = _GLYPH_IDS | int(hb.BufferSerializeFlags.NO_CLUSTERS)
_NO_LANGUAGE = "und"
_CLUSTER = re.compile(r"=(\d+)")
_GLYPH = re.compile(r"(\d+)(?:@(-?\d+),(-?\d+))?\+(-?\d+)")
"""Glyph id, offsets and advance in HarfBuzz's text form of a glyph."""

_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")

_SIMPLE_RANGES = (
    range(0x20, 0x7F),
    range(0xA0, 0xAD),
    range(0xAE, 0x300),
    range(0x370, 0x483),
    range(0x48A, 0x530),
    range(0x1E00, 0x2000),
    range(0x2010, 0x2028),
    range(0x2030, 0x205F),
    range(0x20A0, 0x20C0),
    range(0x2100, 0x2150),
)
"""Left-to-right characters that need no itemization and break lines only at spaces."""

_UNKNOWN: Final = (-1, "")
"""Stands for a word that was not shaped yet; None for one that was, but has other glyphs than the
nominal ones."""

Shaped = tuple[int, str]
"""The width of a word and the fragment that draws it.

A plain tuple, unlike a named one, leaves the garbage collector's sight; there are many of them.
"""


class Bounds(NamedTuple):
    """The rectangle around ink, in thousandths of an em, from the reference point."""

    left: int
    bottom: int
    right: int
    top: int


class Cluster:
    """One or more glyphs that together stand for one or more characters; one object for all
    clusters that are alike."""

    __slots__ = ("placed", "text")

    def __init__(self, text: str, placed: Joined) -> None:
        self.text = text
        self.placed = placed


class FontFile:
    """A font of this process, with the shaped words that all documents share."""

    def __init__(self, read: Callable[[], hb.Blob], name: str) -> None:
        """Take what reads the bytes of a font, and what it is called if it does not say so
        itself.
        """
        self._read = read
        self.face = hb.Face(read())
        self.font = hb.Font(self.face)
        self.font.scale = (_EM, _EM)
        self.characters = self.face.unicodes
        """Code points that the font can draw."""
        self.name: str = self.face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or name
        self.family: str = (
            self.face.get_name(hb.OTNameIdPredefined.TYPOGRAPHIC_FAMILY)
            or self.face.get_name(hb.OTNameIdPredefined.FONT_FAMILY)
            or self.name
        )
        self._words: dict[str, Shaped | None] = {}
        self._tokens = _Tokens(self)
        self._pairs = _Pairs(self, self._tokens)
        self._shapes: dict[tuple[str, bool], tuple[Cluster, ...]] = {}
        self._clusters: dict[tuple[str, str], Cluster] = {}

    @cached_property
    def _shared_glyphs(self) -> dict[int, str]:
        """The first character of each glyph that several characters share."""
        glyph_of = self.font.get_nominal_glyph
        # A tenth of what a dictionary takes, of which a font of Han characters makes a large one.
        first = array("L", bytes(array("L").itemsize * self.face.glyph_count))
        shared: dict[int, str] = {}
        for code in self.characters:
            glyph = glyph_of(code)
            if first[glyph]:
                shared[glyph] = chr(first[glyph] - 1)
            else:
                first[glyph] = code + 1
        return shared

    def opened_again(self) -> hb.Face:
        """The same face; what is looked at of the file through it leaves memory with it."""
        return hb.Face(self._read())

    @cached_property
    def simple(self) -> frozenset[str]:
        """Characters that the font draws and that need no itemization, and held spaces."""
        drawn = [chr(code) for codes in _SIMPLE_RANGES for code in codes if code in self.characters]
        return frozenset((*drawn, HELD_SPACE))

    def is_nominal(self, glyph: int, text: str) -> bool:
        """Whether the text is the one character that the glyph stands for by itself.

        Of several characters that share a nominal glyph, it is the first.
        """
        return (
            len(text) == 1
            and not is_private(text)
            and self.font.get_nominal_glyph(ord(text)) == glyph
            and self._shared_glyphs.get(glyph, text) == text
        )

    def nominal_word(self, word: str) -> Shaped | None:
        """A left-to-right word that is drawn by its characters' nominal glyphs, otherwise None."""
        shaped = self._words.get(word, _UNKNOWN)
        if shaped is not _UNKNOWN:
            return shaped
        shaped = self._nominal_word(word)
        if len(word) <= _CACHED_LENGTH:
            if len(self._words) >= _WORDS_CACHED:
                self._words.clear()
            self._words[word] = shaped
        return shaped

    def _nominal_word(self, word: str) -> Shaped | None:
        drawn: list[Shaped | None] = []
        if word.isascii():
            pairs = self._pairs
            drawn = [*map(pairs.__getitem__, map(add, word, word[1:])), pairs[word[-1]]]
        if not drawn or not all(drawn):
            drawn = self._glyphs(word)
        if not drawn or not all(drawn):
            return None
        widths, fragments = zip(*drawn, strict=True)
        return sum(widths), "".join(fragments)

    def _glyphs(self, word: str) -> list[Shaped | None]:
        """What draws each character of a word; nothing unless each has its nominal glyph."""
        if word.isascii() or len(word) == 1:
            tokens = self.tokens(word)
        else:
            shown = self._shaped(word, False)
            if _CLUSTER.findall(shown) != [str(index) for index in range(len(word))]:
                if len(word) <= _CACHED_LENGTH:
                    # It will be asked for as clusters next.
                    self._cache_clusters(word, False, shown)
                return []
            tokens = _tokens(_CLUSTER.sub("", shown))
        if len(tokens) != len(word):
            return []
        return list(map(self._tokens.__getitem__, zip(tokens, word, strict=True)))

    def tokens(self, text: str) -> list[str]:
        """Glyphs from left to right as HarfBuzz writes them, which do not tell what they draw."""
        return _tokens(self._shaped(text, False, _NO_CLUSTERS))

    def advance(self, glyph: int) -> int:
        """The width of a glyph."""
        advance: int = self.font.get_glyph_h_advance(glyph)
        return advance

    def bounds(self, ink: Ink) -> Bounds:
        """The rectangle around the ink of glyphs."""
        placed = (PlacedGlyph(ink, 0, 0, 0),) if isinstance(ink, int) else ink
        boxes = []
        pen = 0
        for glyph, shift, rise, advance in placed:
            extents = self.font.get_glyph_extents(glyph)
            if extents and extents.width:
                left, top = pen + shift + extents.x_bearing, rise + extents.y_bearing
                boxes.append((left, top + extents.height, left + extents.width, top))
            pen += advance
        if not boxes:
            return Bounds(0, 0, 0, 0)
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        return Bounds(min(lefts), min(bottoms), max(rights), max(tops))

    def clusters(self, text: str, right_to_left: bool) -> tuple[Cluster, ...]:
        """Text of one script and one direction, shaped, from left to right."""
        key = (text, right_to_left)
        known = self._shapes.get(key)
        if known is None:
            known = self._cache_clusters(text, right_to_left, self._shaped(text, right_to_left))
        return known

    def _cache_clusters(self, text: str, right_to_left: bool, shown: str) -> tuple[Cluster, ...]:
        clusters = tuple(self._read_clusters(text, shown))
        if len(text) <= _CACHED_LENGTH:
            if len(self._shapes) >= _SHAPES_CACHED:
                self._shapes.clear()
            self._shapes[text, right_to_left] = clusters
        return clusters

    def _read_clusters(self, text: str, shown: str) -> Iterator[Cluster]:
        numbers = list(map(int, _CLUSTER.findall(shown)))
        starts = sorted(set(numbers))
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        tokens = zip(_tokens(_CLUSTER.sub("", shown)), numbers, strict=True)
        for start, group in groupby(tokens, itemgetter(1)):
            yield self._cluster(text[start : ends[start]], "|".join([token for token, _ in group]))

    def _cluster(self, text: str, shown: str) -> Cluster:
        known = self._clusters.get((text, shown))
        if known is None:
            if len(self._clusters) >= _SHAPES_CACHED:
                self._clusters.clear()
            known = Cluster(text, tuple(map(_placed, shown.split("|"))))
            self._clusters[text, shown] = known
        return known

    def _shaped(self, text: str, right_to_left: bool, flags: int = _GLYPH_IDS) -> str:
        buffer = hb.Buffer()
        buffer.add_str(text)
        # Without a language HarfBuzz takes the machine's, and draws Marathi or Turkish forms there.
        buffer.language = _NO_LANGUAGE
        buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_CHARACTERS
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if right_to_left else "ltr"
        hb.shape(self.font, buffer)
        # Asking for each glyph's attributes takes longer than shaping; the text form does not.
        shown: str = buffer.serialize(self.font, flags=flags)
        return shown


class _Tokens(dict[tuple[str, str], Shaped | None]):
    """What draws a glyph as HarfBuzz writes it; None if it is not the character's nominal one, or
    not in its place.
    """

    def __init__(self, file: FontFile) -> None:
        super().__init__()
        self._file = file

    def __missing__(self, key: tuple[str, str]) -> Shaped | None:
        if len(self) >= _WORDS_CACHED:
            self.clear()
        file, (token, character) = self._file, key
        placed = _placed(token)
        read = None
        if is_in_line(placed) and file.is_nominal(placed.glyph, character):
            fragment = show(placed, escaped_code(placed.glyph), file.advance(placed.glyph))
            read = (placed.advance, fragment)
        self[key] = read
        return read


class _Pairs(dict[str, Shaped | None]):
    """What draws the first character of a pair, or of a word's last character alone.

    None if the two change more about each other than how far apart they are: then the word has to
    be looked at as a whole. Otherwise the next character is all that a character depends on, as a
    test shows for every three of them.
    """

    def __init__(self, file: FontFile, tokens: _Tokens) -> None:
        super().__init__()
        self._file = file
        self._tokens = tokens

    def __missing__(self, pair: str) -> Shaped | None:
        first, *second = self._file.tokens(pair)
        alone = [token for character in pair[1:] for token in self._file.tokens(character)]
        drawn = self._tokens[first, pair[0]] if second == alone else None
        self[pair] = drawn
        return drawn


def _tokens(shown: str) -> list[str]:
    return shown[1:-1].split("|")


def _placed(token: str) -> PlacedGlyph:
    [(glyph, shift, rise, advance)] = _GLYPH.findall(token)
    return PlacedGlyph(int(glyph), int(shift or 0), int(rise or 0), int(advance))


def is_private(text: str) -> bool:
    """Whether any of the characters is one of those that mean what two parties agree on."""
    return _PRIVATE.search(text) is not None


def escaped_code(code: int) -> str:
    """A code's two bytes as they stand in a literal string."""
    return (chr(code >> 8) + chr(code & 255)).translate(_ESCAPES)


def is_in_line(placed: PlacedGlyph) -> bool:
    """Whether a glyph is drawn behind the one before it, kerned at most."""
    return not placed.rise and (placed.advance > 0 or not placed.shift)


def show(placed: PlacedGlyph, code: str, own: int) -> str:
    """The fragment that draws a glyph in line, whose own width is `own`."""
    before, after = placed.shift, own - placed.advance + placed.shift
    shown = f"){-before}({code}" if before else code
    return f"{shown}){after}(" if after else shown


@cache
def load_font(path: Path) -> FontFile:
    """The font in this file, opened once a process."""
    return FontFile(partial(hb.Blob.from_file_path, str(path)), path.stem)
