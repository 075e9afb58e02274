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
from collections.abc import Iterable
from functools import cache, cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import uharfbuzz as hb
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObjectReference,
    PDFString,
)

from activities.formats.pdf.objects import ObjectWriter

_WORDS_KEPT, _SHAPES_KEPT = 30_000, 10_000
_EM = 1000
_ESCAPES = str.maketrans({"\\": "\\\\", "(": "\\(", ")": "\\)", "\r": "\\r"})
_KEPT_TABLES = frozenset({"glyf", "loca", "head", "hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"})
_GLYPH_IDS = hb.BufferSerializeFlags.NO_GLYPH_NAMES
_GLYPH = re.compile(r"(\d+)=(\d+)(?:@(-?\d+),(-?\d+))?\+(-?\d+)")
"""Glyph id, cluster, offsets and advance in HarfBuzz's text form of a buffer."""
_SYMBOLIC, _ITALIC = 4, 64
_SILENT = "\u200b"
"""The text of glyphs after the first of a cluster, which has the whole text."""

Shaped = tuple[int, str]
"""The width of a word and the fragment that draws it."""

_PlainWord = tuple[int, str, tuple[int, ...]]
"""A word that any document draws in the same way: width, fragment, glyphs.

A plain tuple, unlike a named one, leaves the garbage collector's sight; there are many of them.
"""


class _Placed(NamedTuple):
    """A glyph as HarfBuzz placed it."""

    glyph: int
    cluster: int
    advance: int
    shift: int
    rise: int


class FontFile:
    """A font of this process, with the plain words that all documents share."""

    def __init__(self, path: Path) -> None:
        self.face = hb.Face(hb.Blob.from_file_path(str(path)))
        self.font = hb.Font(self.face)
        self.font.scale = (_EM, _EM)
        self.name: str = self.face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or path.stem
        self._words: dict[str, _PlainWord | None] = {}
        self._tokens: dict[tuple[str, str], tuple[int, str, int, int] | None] = {}
        self._shapes: dict[tuple[str, bool], list[_Placed]] = {}

    @cached_property
    def _shared_glyphs(self) -> dict[int, str]:
        """The first character of each glyph that several characters share."""
        glyph_of = self.font.get_nominal_glyph
        first: dict[int, int] = {}
        shared: dict[int, str] = {}
        for code in sorted(self.face.unicodes):
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

    def plain(self, word: str) -> _PlainWord | None:
        """A left-to-right word whose characters all have their own glyph, otherwise None."""
        if word not in self._words:
            if len(self._words) >= _WORDS_KEPT:
                self._words.clear()
            self._words[word] = self._plain(word)
        return self._words[word]

    def _plain(self, word: str) -> _PlainWord | None:
        tokens = self._shaped(word, False)[1:-1].split("|")
        if len(tokens) != len(word):
            return None
        if len(self._tokens) >= _WORDS_KEPT:
            self._tokens.clear()
        width = 0
        pieces = []
        glyphs = []
        for index, token in enumerate(zip(tokens, word, strict=True)):
            known = self._tokens.get(token) or self._read_token(*token)
            if not known or known[3] != index:
                return None
            width += known[0]
            pieces.append(known[1])
            glyphs.append(known[2])
        return width, "".join(pieces), tuple(glyphs)

    def _read_token(self, token: str, character: str) -> tuple[int, str, int, int] | None:
        """Advance, fragment, glyph and cluster of a glyph that is the character's own."""
        (placed,) = _read(token)
        read = None
        if self.is_own(placed.glyph, character):
            fragment = _show(placed, _escaped(placed.glyph), self.advance(placed.glyph))
            read = (placed.advance, fragment, placed.glyph, placed.cluster)
        self._tokens[token, character] = read
        return read

    def advance(self, glyph: int) -> int:
        """The width of a glyph."""
        advance: int = self.font.get_glyph_h_advance(glyph)
        return advance

    def shape(self, text: str, right_to_left: bool) -> list[_Placed]:
        """The glyphs of text of one script and one direction, from left to right."""
        key = (text, right_to_left)
        known = self._shapes.get(key)
        if known is None:
            if len(self._shapes) >= _SHAPES_KEPT:
                self._shapes.clear()
            known = self._shapes[key] = _read(self._shaped(text, right_to_left))
        return known

    def _shaped(self, text: str, right_to_left: bool) -> str:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if right_to_left else "ltr"
        hb.shape(self.font, buffer)
        # Asking for each glyph's attributes takes longer than shaping; the text form does not.
        shown: str = buffer.serialize(self.font, flags=_GLYPH_IDS)
        return shown


def _read(shown: str) -> list[_Placed]:
    return [
        _Placed(int(glyph), int(cluster), int(advance), int(shift or 0), int(rise or 0))
        for glyph, cluster, shift, rise, advance in _GLYPH.findall(shown)
    ]


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
        self._own: dict[int, str] = {0: ""}
        self._others: dict[tuple[int, str], int] = {}
        self._codes: dict[tuple[int, str], str] = {}
        self.space_width, self.space = self.shape(" ")

    def has(self, character: str) -> bool:
        """Whether the font can draw the character."""
        return self._file.font.get_nominal_glyph(ord(character)) is not None

    def supported(self, characters: Iterable[str]) -> frozenset[str]:
        """Those of the characters that the font can draw."""
        return frozenset(filter(self.has, characters))

    def shape(self, text: str, right_to_left: bool = False) -> Shaped:
        """Shape text of one script and one direction, without line breaks."""
        plain = None if right_to_left else self._file.plain(text)
        if plain:
            width, fragment, glyphs = plain
            self._own.update(zip(glyphs, text, strict=True))
            return width, fragment
        return self._clusters(text, self._file.shape(text, right_to_left))

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

    def _clusters(self, text: str, placed: list[_Placed]) -> Shaped:
        starts = sorted({glyph.cluster for glyph in placed})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        width = 0
        fragments = []
        for start, group in groupby(placed, attrgetter("cluster")):
            advance, fragment = self._cluster(text[start : ends[start]], list(group))
            width += advance
            fragments.append(fragment)
        return width, "".join(fragments)

    def _cluster(self, text: str, placed: list[_Placed]) -> Shaped:
        """One or more glyphs that together stand for one or more characters."""
        width = sum([glyph.advance for glyph in placed])
        if len(placed) == 1:
            return width, self._shown(placed[0], text)
        advancing = [index for index, glyph in enumerate(placed) if glyph.advance]
        if len(advancing) != 1:
            texts = [text] + [_SILENT] * (len(placed) - 1)
            shown = "".join(map(self._shown, placed, texts))
            return width, _with_actual_text(shown, text)
        # Readers place a cluster where its first glyph is: the base has to come before its marks.
        base = advancing[0]
        marks = []
        for index, mark in enumerate(placed):
            if index != base:
                back = mark.shift - (width if index < base else 0)
                marks.append(self._shown(mark._replace(shift=back), _SILENT))
        return width, self._shown(placed[base], text) + _with_actual_text("".join(marks), "")

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
        self._others[glyph, text] = number
        return number

    @property
    def drawn(self) -> bool:
        """Whether anything but .notdef and the space was shaped with this font."""
        return len(self._own) + len(self._others) > 2

    def embed(self, objects: ObjectWriter) -> PDFObjectReference:
        """Write the glyphs that were used as a subset (ISO 32000-1, 9.6.4 and 9.7)."""
        codes = {glyph: glyph for glyph in self._own}
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
                    "CIDToGIDMap": objects.write_stream({}, _glyph_map(codes)),
                    "FontDescriptor": objects.add(self._descriptor(name, data, objects)),
                    "W": self._widths(codes),
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
                    "ToUnicode": objects.write_stream({}, self._to_unicode()),
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
                "FontFile2": objects.write_stream({"Length1": len(data)}, data),
            }
        )

    def _widths(self, codes: dict[int, int]) -> PDFArray:
        entries: list[object] = []
        run: list[int] = []
        previous = -2
        for code in sorted(codes):
            if code != previous + 1:
                run = []
                entries += [code, run]
            run.append(self._file.advance(codes[code]))
            previous = code
        return PDFArray(
            [PDFArray(entry) if isinstance(entry, list) else entry for entry in entries]
        )

    def _to_unicode(self) -> bytes:
        texts = {glyph: text for glyph, text in self._own.items() if glyph}
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
    return f")]TJ/Span<</ActualText<FEFF{actual}>>>BDC[({fragment})]TJ EMC[("
