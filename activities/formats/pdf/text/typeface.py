"""One font in one PDF: words shaped by HarfBuzz, and the glyphs that were used, embedded.

A code of the embedded font is a glyph together with the text that it stands for, so that the
same glyph can be read in different ways, and any glyph that shaping gives can be drawn. Words of
glyphs that stand for their own characters are shaped once a process.
Shaped words are kept as fragments that fit between the parentheses of `[(...)]TJ` when the
font size is 1 and the text matrix carries the real size; widths are in thousandths of an em.
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from itertools import groupby
from operator import add, itemgetter
from pathlib import Path
from typing import Final, NamedTuple

import uharfbuzz as hb
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObjectReference,
    PDFString,
)

from activities.formats.pdf.file.objects import ObjectWriter

_WORDS_KEPT, _SHAPES_KEPT = 20_000, 10_000
"""In each font."""
_KEPT_LENGTH = 40
"""Longer words hardly come again."""
_CODE_TEXT_MAX = 100
"""Characters that one code may stand for (Adobe Technical Note 5411 allows 512 bytes)."""
_CODES = 0x10000
_EM = 1000
_ESCAPES = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)", "\r": "\\r"})
_KEPT_TABLES = frozenset({"glyf", "loca", "head", "hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"})
# As plain numbers, which are passed on in half the time.
_GLYPH_IDS = int(hb.BufferSerializeFlags.NO_GLYPH_NAMES)
_NO_CLUSTERS = _GLYPH_IDS | int(hb.BufferSerializeFlags.NO_CLUSTERS)
_NO_LANGUAGE = "und"
_CLUSTER = re.compile(r"=(\d+)")
_GLYPH = re.compile(r"(\d+)(?:@(-?\d+),(-?\d+))?\+(-?\d+)")
"""Glyph id, offsets and advance in HarfBuzz's text form of a glyph."""
_SYMBOLIC, _ITALIC = 4, 64
_SILENT = "\u200b"
"""The text of glyphs after the first of a cluster, which has the whole text."""

_UNKNOWN: Final = (-1, "")
"""Stands for a word that was not shaped yet; None for one that was, but is not plain."""

Shaped = tuple[int, str]
"""The width of a word and the fragment that draws it.

A plain tuple, unlike a named one, leaves the garbage collector's sight; there are many of them.
"""


class _Placed(NamedTuple):
    """A glyph as HarfBuzz placed it."""

    glyph: int
    shift: int
    rise: int
    advance: int


class _Cluster:
    """One or more glyphs that together stand for one or more characters; one object for all
    clusters that are alike."""

    __slots__ = ("placed", "text")

    def __init__(self, text: str, placed: tuple[_Placed, ...]) -> None:
        self.text = text
        self.placed = placed


class FontFile:
    """A font of this process, with the plain words that all documents share."""

    def __init__(self, path: Path) -> None:
        self.face = hb.Face(hb.Blob.from_file_path(str(path)))
        self.font = hb.Font(self.face)
        self.font.scale = (_EM, _EM)
        self.characters = self.face.unicodes
        """Code points that the font can draw."""
        self.name: str = self.face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or path.stem
        self._words: dict[str, Shaped | None] = {}
        self._tokens = _Tokens(self)
        self._pairs = _Pairs(self, self._tokens)
        self._shapes: dict[tuple[str, bool], tuple[_Cluster, ...]] = {}
        self._clusters: dict[tuple[str, str], _Cluster] = {}

    @cached_property
    def _shared_glyphs(self) -> dict[int, str]:
        """The first character of each glyph that several characters share."""
        glyph_of = self.font.get_nominal_glyph
        first: dict[int, int] = {}
        shared: dict[int, str] = {}
        for code in sorted(self.characters):
            glyph = glyph_of(code)
            if first.setdefault(glyph, code) != code:
                shared[glyph] = chr(first[glyph])
        return shared

    def is_own(self, glyph: int, text: str) -> bool:
        """Whether the glyph is the text's own: each glyph is that of one character at most."""
        return (
            len(text) == 1
            and self.font.get_nominal_glyph(ord(text)) == glyph
            and self._shared_glyphs.get(glyph, text) == text
        )

    def plain(self, word: str) -> Shaped | None:
        """A left-to-right word whose characters all have their own glyph, otherwise None."""
        plain = self._words.get(word, _UNKNOWN)
        if plain is not _UNKNOWN:
            return plain
        plain = self._plain(word)
        if len(word) <= _KEPT_LENGTH:
            if len(self._words) >= _WORDS_KEPT:
                self._words.clear()
            self._words[word] = plain
        return plain

    def _plain(self, word: str) -> Shaped | None:
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
        """What draws each character of a word; nothing unless each has a glyph of its own."""
        if word.isascii() or len(word) == 1:
            tokens = self.tokens(word)
        else:
            shown = self._shaped(word, False)
            if _CLUSTER.findall(shown) != [str(index) for index in range(len(word))]:
                if len(word) <= _KEPT_LENGTH:
                    # It will be asked for as clusters next.
                    self._keep_clusters(word, False, shown)
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

    def clusters(self, text: str, right_to_left: bool) -> tuple[_Cluster, ...]:
        """Text of one script and one direction, shaped, from left to right."""
        key = (text, right_to_left)
        known = self._shapes.get(key)
        if known is None:
            known = self._keep_clusters(text, right_to_left, self._shaped(text, right_to_left))
        return known

    def _keep_clusters(self, text: str, right_to_left: bool, shown: str) -> tuple[_Cluster, ...]:
        clusters = tuple(self._read_clusters(text, shown))
        if len(text) <= _KEPT_LENGTH:
            if len(self._shapes) >= _SHAPES_KEPT:
                self._shapes.clear()
            self._shapes[text, right_to_left] = clusters
        return clusters

    def _read_clusters(self, text: str, shown: str) -> Iterator[_Cluster]:
        numbers = list(map(int, _CLUSTER.findall(shown)))
        starts = sorted(set(numbers))
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        tokens = zip(_tokens(_CLUSTER.sub("", shown)), numbers, strict=True)
        for start, group in groupby(tokens, itemgetter(1)):
            yield self._cluster(text[start : ends[start]], "|".join([token for token, _ in group]))

    def _cluster(self, text: str, shown: str) -> _Cluster:
        known = self._clusters.get((text, shown))
        if known is None:
            if len(self._clusters) >= _SHAPES_KEPT:
                self._clusters.clear()
            known = _Cluster(text, tuple(map(_placed, shown.split("|"))))
            self._clusters[text, shown] = known
        return known

    def _shaped(self, text: str, right_to_left: bool, flags: int = _GLYPH_IDS) -> str:
        buffer = hb.Buffer()
        buffer.add_str(text)
        # Without a language HarfBuzz takes the machine's, and draws Marathi or Turkish forms there.
        buffer.language = _NO_LANGUAGE
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if right_to_left else "ltr"
        hb.shape(self.font, buffer)
        # Asking for each glyph's attributes takes longer than shaping; the text form does not.
        shown: str = buffer.serialize(self.font, flags=flags)
        return shown


class _Tokens(dict[tuple[str, str], Shaped | None]):
    """What draws a glyph as HarfBuzz writes it; None if it is not the character's own."""

    def __init__(self, file: FontFile) -> None:
        super().__init__()
        self._file = file

    def __missing__(self, key: tuple[str, str]) -> Shaped | None:
        if len(self) >= _WORDS_KEPT:
            self.clear()
        file, (token, character) = self._file, key
        placed = _placed(token)
        read = None
        if file.is_own(placed.glyph, character):
            fragment = _show(placed, _escaped(placed.glyph), file.advance(placed.glyph))
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


def _placed(token: str) -> _Placed:
    [(glyph, shift, rise, advance)] = _GLYPH.findall(token)
    return _Placed(int(glyph), int(shift or 0), int(rise or 0), int(advance))


def _shares(text: str, glyphs: int) -> list[str]:
    """What each glyph of a cluster tells readers: the first one all of it, if a code can."""
    shares = [text[i : i + _CODE_TEXT_MAX] for i in range(0, len(text), _CODE_TEXT_MAX)]
    return shares[:glyphs] + [_SILENT] * (glyphs - len(shares))


def _escaped(code: int) -> str:
    """A code's two bytes as they stand in a literal string."""
    return (chr(code >> 8) + chr(code & 255)).translate(_ESCAPES)


def _show(placed: _Placed, code: str, advance: int) -> str:
    """The fragment that draws a glyph whose own width is `advance` at its place."""
    shown = code
    if placed.shift:
        shown = f"){-placed.shift}({shown}){placed.shift}("
    if placed.rise:
        shown = f")]TJ {placed.rise / _EM:g} Ts[({shown})]TJ 0 Ts[("
    if placed.advance != advance:
        shown += f"){advance - placed.advance}("
    return shown


@cache
def load_font(path: Path) -> FontFile:
    """The font in this file, opened once a process."""
    return FontFile(path)


class Typeface:
    """A font as one document uses it.

    The code of a glyph that stands for its own character is the glyph's id. Codes beyond the
    last glyph are given to glyphs that stand for other text.
    """

    def __init__(self, file: FontFile, resource: str) -> None:
        """Take `resource` as the font's name in the pages' resources, such as `F1`."""
        self.resource = resource
        self._file = file
        self._characters: set[str] = set()
        """Of words whose characters all have their own glyph."""
        self._own: dict[int, str] = {0: ""}
        self._others: dict[tuple[int, str], int] = {}
        self._codes: dict[tuple[int, str], str] = {}
        self._drawn: dict[_Cluster, Shaped] = {}
        self._begins: dict[float, str] = {}
        self._spaces: dict[int, str] = {}
        self.usual_begin = self.begin(1)
        self.space_width, self.space = self.shape(" ")

    def begin(self, scale: float) -> str:
        """The operators before fragments that are so many times the size of the text matrix."""
        known = self._begins.get(scale)
        if known is None:
            known = self._begins[scale] = f"/{self.resource} {scale:g} Tf[("
        return known

    def space_of(self, width: int) -> str:
        """The fragment of a space of any width; nothing if the font has no space."""
        known = self._spaces.get(width)
        if known is None:
            known = ""
            if self.has(" "):
                space = _Placed(0, 0, 0, width)
                known = _show(space, self.space, self.space_width)
            self._spaces[width] = known
        return known

    def has(self, character: str) -> bool:
        """Whether the font can draw the character."""
        return ord(character) in self._file.characters

    def supported(self, characters: Iterable[str]) -> frozenset[str]:
        """Those of the characters that the font can draw."""
        return frozenset(filter(self.has, characters))

    def shape(self, text: str, right_to_left: bool = False) -> Shaped:
        """Shape text of one script and one direction, without line breaks."""
        plain = None if right_to_left else self._file.plain(text)
        if plain:
            self._characters.update(text)
            return plain
        width = 0
        fragments = []
        drawn = self._drawn
        for cluster in self._file.clusters(text, right_to_left):
            shown = drawn.get(cluster)
            if shown is None:
                shown = drawn[cluster] = self._draw(cluster.text, cluster.placed)
            width += shown[0]
            fragments.append(shown[1])
        return width, "".join(fragments)

    def glyph(self, glyph: int, text: str) -> Shaped:
        """A glyph by its id: its advance and what draws it.

        Args:
            glyph: The glyph's id in the font.
            text: What it stands for; when empty, another glyph says so.
        """
        return self._file.advance(glyph), self._code(glyph, text or _SILENT)

    def shape_instead(self, shown: str, text: str) -> Shaped:
        """Shape `shown` where the reader is to be told `text`."""
        width, fragment = self.shape(shown)
        return width, _with_actual_text(fragment, text)

    def _draw(self, text: str, placed: tuple[_Placed, ...]) -> Shaped:
        width = sum([glyph.advance for glyph in placed])
        texts = _shares(text, len(placed))
        if len(placed) == 1:
            return width, self._shown(placed[0], texts[0])
        advancing = [index for index, glyph in enumerate(placed) if glyph.advance]
        if len(advancing) != 1:
            shown = "".join(map(self._shown, placed, texts))
            return width, _with_actual_text(shown, text)
        # Readers place a cluster where its first glyph is: the base has to come before its marks.
        base = advancing[0]
        first, *others = texts
        marks: list[str] = []
        for index, mark in enumerate(placed):
            if index != base:
                back = mark.shift - (width if index < base else 0)
                marks.append(self._shown(mark._replace(shift=back), others[len(marks)]))
        shown = _with_actual_text("".join(marks), text[len(first) :])
        return width, self._shown(placed[base], first) + shown

    def _shown(self, placed: _Placed, text: str) -> str:
        return _show(placed, self._code(placed.glyph, text), self._file.advance(placed.glyph))

    def _code(self, glyph: int, text: str) -> str:
        known = self._codes.get((glyph, text))
        if known is None:
            known = self._codes[glyph, text] = _escaped(self._number(glyph, text))
        return known

    def _number(self, glyph: int, text: str) -> int:
        if glyph == 0:
            return glyph
        if self._file.is_own(glyph, text):
            self._own[glyph] = text
            return glyph
        number: int = self._file.face.glyph_count + len(self._others)
        if number >= _CODES:
            # Drawn all the same; a reader is told what the glyph stood for first.
            self._own.setdefault(glyph, text)
            return glyph
        self._others[glyph, text] = number
        return number

    @property
    def drawn(self) -> bool:
        """Whether anything but .notdef and the space was shaped with this font."""
        return not self._characters <= {" "} or len(self._own) > 1 or bool(self._others)

    def _own_texts(self) -> dict[int, str]:
        """The glyphs that stand for their own character."""
        nominal = self._file.font.get_nominal_glyph
        return self._own | {nominal(ord(character)): character for character in self._characters}

    def embed(self, objects: ObjectWriter) -> PDFObjectReference:
        """Write the glyphs that were used as a subset (ISO 32000-1, 9.6.4 and 9.7)."""
        own = self._own_texts()
        codes = {glyph: glyph for glyph in own}
        codes.update({number: glyph for (glyph, _), number in self._others.items()})
        data = self._subset(codes.values())
        tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(data).digest()[:6])
        name = PDFName(f"{tag}+{self._file.name}")
        descendant = objects.add(
            PDFDictionary(
                {
                    "Type": PDFName("Font"),
                    "Subtype": PDFName("CIDFontType2"),
                    "BaseFont": name,
                    "CIDSystemInfo": PDFDictionary(
                        {
                            "Registry": PDFString("Adobe"),
                            "Ordering": PDFString("Identity"),
                            "Supplement": 0,
                        }
                    ),
                    "CIDToGIDMap": objects.reference_to(objects.write_stream(_glyph_map(codes))),
                    "FontDescriptor": objects.add(self._descriptor(name, data, objects)),
                    "W": objects.reference_to(self._write_widths(codes, objects)),
                }
            )
        )
        return objects.add(
            PDFDictionary(
                {
                    "Type": PDFName("Font"),
                    "Subtype": PDFName("Type0"),
                    "BaseFont": name,
                    "Encoding": PDFName("Identity-H"),
                    "DescendantFonts": PDFArray([descendant]),
                    "ToUnicode": objects.reference_to(objects.write_stream(self._to_unicode(own))),
                }
            )
        )

    def _subset(self, glyphs: Iterable[int]) -> bytes:
        request = hb.SubsetInput()
        request.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        request.glyph_set.update(glyphs)
        dropped = [tag for tag in self._file.face.table_tags if tag not in _KEPT_TABLES]
        request.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in dropped)
        return bytes(request.subset(self._file.face).blob.data)

    def _descriptor(self, name: str, data: bytes, objects: ObjectWriter) -> PDFDictionary:
        extents = self._file.font.get_font_extents("ltr")
        upem = self._file.face.upem
        box = struct.unpack(">4h", bytes(self._file.face.reference_table("head").data[36:44]))
        italic = "Italic" in self._file.name
        return PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": name,
                "Flags": _SYMBOLIC | (_ITALIC if italic else 0),
                "FontBBox": PDFArray([round(edge * _EM / upem) for edge in box]),
                "ItalicAngle": -12 if italic else 0,
                "Ascent": extents.ascender,
                "Descent": extents.descender,
                "CapHeight": self._file.font.get_metric_position(hb.OTMetricsTag.CAP_HEIGHT) or 700,
                "StemV": 140 if "Bold" in self._file.name else 80,
                "FontFile2": objects.reference_to(
                    objects.write_stream(data, f"/Length1 {len(data)}")
                ),
            }
        )

    def _write_widths(self, codes: dict[int, int], objects: ObjectWriter) -> int:
        """Write the widths of all codes; the object's number."""
        advance = self._file.advance
        entries: list[str] = []
        previous = -2
        for code in sorted(codes):
            if code != previous + 1:
                entries.append(f"]{code}[" if entries else f"{code}[")
            entries.append(f"{advance(codes[code])} ")
            previous = code
        number = objects.new_number()
        objects.write_object(number, f"[{''.join(entries)}]]")
        return number

    def _to_unicode(self, own: dict[int, str]) -> bytes:
        texts = {glyph: text for glyph, text in own.items() if glyph}
        texts.update({number: text for (_, text), number in self._others.items()})
        lines = [f"<{code:04X}><{texts[code].encode('utf-16-be').hex()}>" for code in sorted(texts)]
        blocks = [
            f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar"
            for part in (lines[start : start + 100] for start in range(0, len(lines), 100))
        ]
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"
            + "\n".join(blocks)
            + "\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def _glyph_map(codes: dict[int, int]) -> bytes:
    table = bytearray(2 * (max(codes) + 1))
    for code, glyph in codes.items():
        struct.pack_into(">H", table, 2 * code, glyph)
    return bytes(table)


def _with_actual_text(fragment: str, text: str) -> str:
    actual = text.encode("utf-16-be").hex()
    return f")]TJ/ByteRange<</ActualText<FEFF{actual}>>>BDC[({fragment})]TJ EMC[("
