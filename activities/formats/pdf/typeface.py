"""One font in one PDF: words shaped by HarfBuzz, and the glyphs that were used, embedded.

A code of the embedded font is a glyph together with the text that it stands for, so that the
same glyph can be read in different ways, and any glyph that shaping gives can be drawn.
Shaped words are kept as fragments that fit between the parentheses of `[(...)]TJ` when the
font size is 1 and the text matrix carries the real size; widths are in thousandths of an em.
"""

import hashlib
import re
import struct
from collections.abc import Iterable
from functools import cache
from itertools import groupby
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

_WORDS_KEPT = 20_000
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


class FontFile:
    """A font of this process, shared by all documents."""

    def __init__(self, path: Path) -> None:
        self.face = hb.Face(hb.Blob.from_file_path(str(path)))
        self.font = hb.Font(self.face)
        self.font.scale = (_EM, _EM)
        self.name: str = self.face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or path.stem


@cache
def load_font(path: Path) -> FontFile:
    """The font in this file, opened once a process."""
    return FontFile(path)


class _Code(NamedTuple):
    """A glyph that stands for a certain text."""

    code: str
    """Two characters, escaped for a literal string."""
    advance: int
    glyph: int
    text: str


class _Placed(NamedTuple):
    """A glyph as HarfBuzz placed it."""

    glyph: int
    advance: int
    shift: int
    rise: int


def _placed(found: tuple[str, ...]) -> _Placed:
    glyph, _, shift, rise, advance = found
    return _Placed(int(glyph), int(advance), int(shift or 0), int(rise or 0))


class Typeface:
    """A font as one document uses it."""

    def __init__(self, file: FontFile, resource: str) -> None:
        """Take `resource` as the font's name in the pages' resources, such as `F1`."""
        self.resource = resource
        self._file = file
        self._font = file.font
        self._codes: dict[tuple[int, str], _Code] = {}
        self._tokens: dict[tuple[str, str], tuple[int, str, int]] = {}
        self._words: dict[tuple[str, bool], Shaped] = {}
        self._add_code(0, "\ufffd")
        self.space_width, self.space = self.shape(" ")

    def has(self, character: str) -> bool:
        """Whether the font can draw the character."""
        return self._font.get_nominal_glyph(ord(character)) is not None

    def supported(self, characters: Iterable[str]) -> frozenset[str]:
        """Those of the characters that the font can draw."""
        return frozenset(filter(self.has, characters))

    def shape(self, text: str, right_to_left: bool = False) -> Shaped:
        """Shape text of one script and one direction, without line breaks."""
        known = self._words.get((text, right_to_left))
        if known is None:
            if len(self._words) >= _WORDS_KEPT:
                self._words.clear()
            known = self._words[text, right_to_left] = self._shape(text, right_to_left)
        return known

    def glyph(self, glyph: int, text: str) -> Shaped:
        """A glyph by its id: its advance and what draws it.

        Args:
            glyph: The glyph's id in the font.
            text: What it stands for; when empty, another glyph says so.
        """
        code = self._codes.get((glyph, text or _SILENT)) or self._add_code(glyph, text or _SILENT)
        return code.advance, code.code

    def shape_instead(self, shown: str, text: str) -> Shaped:
        """Shape `shown` where the reader is to be told `text`."""
        width, fragment = self.shape(shown)
        return width, _with_actual_text(fragment, text)

    def _shape(self, text: str, right_to_left: bool) -> Shaped:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = "rtl" if right_to_left else "ltr"
        hb.shape(self._font, buffer)
        # Asking for each glyph's attributes takes longer than shaping; the text form does not.
        shown = buffer.serialize(self._font, flags=_GLYPH_IDS)
        plain = None if right_to_left else self._one_to_one(text, shown[1:-1].split("|"))
        return plain or self._clusters(text, _GLYPH.findall(shown))

    def _one_to_one(self, text: str, tokens: list[str]) -> Shaped | None:
        """Text in which each character has a glyph of its own, otherwise None."""
        if len(tokens) != len(text):
            return None
        width = 0
        pieces = []
        for index, token in enumerate(zip(tokens, text, strict=True)):
            advance, piece, cluster = self._tokens.get(token) or self._add_token(*token)
            if cluster != index:
                return None
            width += advance
            pieces.append(piece)
        return width, "".join(pieces)

    def _add_token(self, token: str, character: str) -> tuple[int, str, int]:
        (found,) = _GLYPH.findall(token)
        width, fragment = self._fragment([_placed(found)], [character])
        added = self._tokens[token, character] = (width, fragment, int(found[1]))
        return added

    def _clusters(self, text: str, found: list[tuple[str, ...]]) -> Shaped:
        starts = sorted({int(glyph[1]) for glyph in found})
        ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
        width = 0
        fragments = []
        for start, group in groupby(found, lambda glyph: int(glyph[1])):
            advance, fragment = self._cluster(text[start : ends[start]], list(map(_placed, group)))
            width += advance
            fragments.append(fragment)
        return width, "".join(fragments)

    def _cluster(self, text: str, placed: list[_Placed]) -> Shaped:
        """One or more glyphs that together stand for one or more characters."""
        advancing = [index for index, glyph in enumerate(placed) if glyph.advance]
        if len(placed) == 1 or len(advancing) != 1:
            texts = [text] + [_SILENT] * (len(placed) - 1)
            width, fragment = self._fragment(placed, texts)
            return width, fragment if len(placed) == 1 else _with_actual_text(fragment, text)
        # Readers place a cluster where its first glyph is: the base has to come before its marks.
        base = advancing[0]
        width, fragment = self._fragment([placed[base]], [text])
        marks = []
        for index, mark in enumerate(placed):
            if index != base:
                back = mark.shift - (width if index < base else 0)
                marks.append(self._mark(mark.glyph, back, mark.rise))
        return width, fragment + _with_actual_text("".join(marks), "")

    def _mark(self, glyph: int, shift: int, rise: int) -> str:
        code = self._codes.get((glyph, _SILENT)) or self._add_code(glyph, _SILENT)
        shown = f"){-shift}({code.code}){shift + code.advance}("
        return f")]TJ {rise / _EM:g} Ts[({shown})]TJ 0 Ts[(" if rise else shown

    def _add_code(self, glyph: int, text: str) -> _Code:
        number = len(self._codes)
        code = (chr(number >> 8) + chr(number & 255)).translate(_ESCAPES)
        added = _Code(code, self._font.get_glyph_h_advance(glyph), glyph, text)
        self._codes[glyph, text] = added
        return added

    def _fragment(self, placed: list[_Placed], texts: list[str]) -> Shaped:
        total = 0
        pieces: list[str] = []
        for (glyph, advance, shift, rise), text in zip(placed, texts, strict=True):
            known = self._codes.get((glyph, text)) or self._add_code(glyph, text)
            shown = known.code
            if shift:
                shown = f"){-shift}({shown}){shift}("
            if rise:
                shown = f")]TJ {rise / _EM:g} Ts[({shown})]TJ 0 Ts[("
            pieces.append(shown)
            if advance != known.advance:
                pieces.append(f"){known.advance - advance}(")
            total += advance
        return total, "".join(pieces)

    @property
    def drawn(self) -> bool:
        """Whether anything but .notdef and the space was shaped with this font."""
        return len(self._codes) > 2

    def embed(self, objects: ObjectWriter) -> PDFObjectReference:
        """Write the glyphs that were used as a subset (ISO 32000-1, 9.6.4 and 9.7)."""
        data = self._subset()
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
                    "CIDToGIDMap": objects.write_stream({}, self._glyph_map()),
                    "FontDescriptor": objects.add(self._descriptor(name, data, objects)),
                    "W": PDFArray([0, PDFArray([code.advance for code in self._codes.values()])]),
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

    def _subset(self) -> bytes:
        request = hb.SubsetInput()
        request.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        request.glyph_set.update(code.glyph for code in self._codes.values())
        dropped = [tag for tag in self._file.face.table_tags if tag not in _KEPT_TABLES]
        request.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in dropped)
        return bytes(request.subset(self._file.face).blob.data)

    def _descriptor(self, name: str, data: bytes, objects: ObjectWriter) -> PDFDictionary:
        extents = self._font.get_font_extents("ltr")
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
                "CapHeight": self._font.get_metric_position(hb.OTMetricsTag.CAP_HEIGHT) or 700,
                "StemV": 140 if "Bold" in self._file.name else 80,
                "FontFile2": objects.write_stream({"Length1": len(data)}, data),
            }
        )

    def _glyph_map(self) -> bytes:
        return b"".join([code.glyph.to_bytes(2, "big") for code in self._codes.values()])

    def _to_unicode(self) -> bytes:
        lines = [
            f"<{number:04X}><{code.text.encode('utf-16-be').hex()}>"
            for number, code in enumerate(self._codes.values())
        ]
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


def _with_actual_text(fragment: str, text: str) -> str:
    actual = text.encode("utf-16-be").hex()
    return f")]TJ/Span<</ActualText<FEFF{actual}>>>BDC[({fragment})]TJ EMC[("
