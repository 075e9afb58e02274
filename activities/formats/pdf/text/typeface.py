"""A font as one PDF uses it: the codes of its glyphs, and the glyphs that were used, embedded.

A code of the embedded font is a glyph together with the text that it stands for, so that the
same glyph can be read in different ways, and any glyph that shaping gives can be drawn.
"""

import hashlib
import struct
from collections.abc import Iterable

import uharfbuzz as hb
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObjectReference,
    PDFString,
)

from activities.formats.pdf.file.objects import ObjectWriter
from activities.formats.pdf.text.font_file import (
    Cluster,
    FontFile,
    PlacedGlyph,
    Shaped,
    escaped_code,
    show_glyph,
)

_CODE_TEXT_MAX = 100
"""Characters that one code may stand for (Adobe Technical Note 5411 allows 512 bytes)."""
_CODES = 0x10000
_EM = 1000
_KEPT_TABLES = frozenset({"glyf", "loca", "head", "hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"})
_SYMBOLIC, _ITALIC = 4, 64
_ZERO_WIDTH_SPACE = "\u200b"
"""The text of glyphs after the first of a cluster, which has the whole text."""


class Typeface:
    """A font as one document uses it.

    A nominal glyph that stands for its character has its id as its code. Codes beyond the last
    glyph are given to glyphs that stand for other text.
    """

    def __init__(self, file: FontFile, resource: str) -> None:
        """Take `resource` as the font's name in the pages' resources, such as `F1`."""
        self.resource = resource
        self.file = file
        self._characters: set[str] = set()
        """The characters of words that their nominal glyphs draw."""
        self._nominal: dict[int, str] = {0: ""}
        self._others: dict[tuple[int, str], int] = {}
        self._codes: dict[tuple[int, str], str] = {}
        self._drawn: dict[Cluster, Shaped] = {}
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
                space = PlacedGlyph(0, 0, 0, width)
                known = show_glyph(space, self.space, self.space_width)
            self._spaces[width] = known
        return known

    def has(self, character: str) -> bool:
        """Whether the font can draw the character."""
        return ord(character) in self.file.characters

    def supported(self, characters: Iterable[str]) -> frozenset[str]:
        """Those of the characters that the font can draw."""
        return frozenset(filter(self.has, characters))

    def shape(self, text: str, right_to_left: bool = False) -> Shaped:
        """Shape text of one script and one direction, without line breaks."""
        nominal = None if right_to_left else self.file.nominal_word(text)
        if nominal:
            self._characters.update(text)
            return nominal
        width = 0
        fragments = []
        drawn = self._drawn
        for cluster in self.file.clusters(text, right_to_left):
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
        return self.file.advance(glyph), self._code(glyph, text or _ZERO_WIDTH_SPACE)

    def shape_instead(self, shown: str, text: str) -> Shaped:
        """Shape `shown` where the reader is to be told `text`."""
        width, fragment = self.shape(shown)
        return width, _with_actual_text(fragment, text)

    def _draw(self, text: str, placed: tuple[PlacedGlyph, ...]) -> Shaped:
        width = sum([glyph.advance for glyph in placed])
        texts = _split_actual_text(text, len(placed))
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

    def _shown(self, placed: PlacedGlyph, text: str) -> str:
        return show_glyph(placed, self._code(placed.glyph, text), self.file.advance(placed.glyph))

    def _code(self, glyph: int, text: str) -> str:
        known = self._codes.get((glyph, text))
        if known is None:
            known = self._codes[glyph, text] = escaped_code(self._number(glyph, text))
        return known

    def _number(self, glyph: int, text: str) -> int:
        if glyph == 0:
            return glyph
        if self.file.is_nominal(glyph, text):
            self._nominal[glyph] = text
            return glyph
        number: int = self.file.face.glyph_count + len(self._others)
        if number >= _CODES:
            # Drawn all the same; a reader is told what the glyph stood for first.
            self._nominal.setdefault(glyph, text)
            return glyph
        self._others[glyph, text] = number
        return number

    @property
    def drawn(self) -> bool:
        """Whether anything but .notdef and the space was shaped with this font."""
        return not self._characters <= {" "} or len(self._nominal) > 1 or bool(self._others)

    def _nominal_texts(self) -> dict[int, str]:
        """The character of each glyph that stands for just that one."""
        glyph_of = self.file.font.get_nominal_glyph
        return self._nominal | {
            glyph_of(ord(character)): character for character in self._characters
        }

    def embed(self, objects: ObjectWriter) -> PDFObjectReference:
        """Write the glyphs that were used as a subset (ISO 32000-1, 9.6.4 and 9.7)."""
        nominal = self._nominal_texts()
        codes = {glyph: glyph for glyph in nominal}
        codes.update({number: glyph for (glyph, _), number in self._others.items()})
        data = self._subset(codes.values())
        tag = "".join(chr(65 + byte % 26) for byte in hashlib.sha256(data).digest()[:6])
        name = PDFName(f"{tag}+{self.file.name}")
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
                    "ToUnicode": objects.reference_to(
                        objects.write_stream(self._to_unicode(nominal))
                    ),
                }
            )
        )

    def _subset(self, glyphs: Iterable[int]) -> bytes:
        request = hb.SubsetInput()
        request.flags = hb.SubsetFlags.RETAIN_GIDS | hb.SubsetFlags.NO_LAYOUT_CLOSURE
        request.glyph_set.update(glyphs)
        dropped = [tag for tag in self.file.face.table_tags if tag not in _KEPT_TABLES]
        request.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in dropped)
        return bytes(request.subset(self.file.face).blob.data)

    def _descriptor(self, name: str, data: bytes, objects: ObjectWriter) -> PDFDictionary:
        extents = self.file.font.get_font_extents("ltr")
        upem = self.file.face.upem
        box = struct.unpack(">4h", bytes(self.file.face.reference_table("head").data[36:44]))
        italic = "Italic" in self.file.name
        return PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": name,
                "Flags": _SYMBOLIC | (_ITALIC if italic else 0),
                "FontBBox": PDFArray([round(edge * _EM / upem) for edge in box]),
                "ItalicAngle": -12 if italic else 0,
                "Ascent": extents.ascender,
                "Descent": extents.descender,
                "CapHeight": self.file.font.get_metric_position(hb.OTMetricsTag.CAP_HEIGHT) or 700,
                "StemV": 140 if "Bold" in self.file.name else 80,
                "FontFile2": objects.reference_to(
                    objects.write_stream(data, f"/Length1 {len(data)}")
                ),
            }
        )

    def _write_widths(self, codes: dict[int, int], objects: ObjectWriter) -> int:
        """Write the widths of all codes; the object's number."""
        advance = self.file.advance
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

    def _to_unicode(self, nominal: dict[int, str]) -> bytes:
        texts = {glyph: text for glyph, text in nominal.items() if glyph}
        texts.update({number: text for (_, text), number in self._others.items()})
        lines = [f"<{code:04X}><{_told(texts[code])}>" for code in sorted(texts)]
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


def _told(text: str) -> str:
    """Text as ToUnicode takes it, which forbids U+FEFF (ISO 32000-1, 9.10.3, and PDF/UA-1, 7.21.7):
    what Unicode has in its place since 3.2 is U+2060.
    """
    return text.replace("\ufeff", "\u2060").encode("utf-16-be").hex()


def _split_actual_text(text: str, glyphs: int) -> list[str]:
    """What each glyph of a cluster tells readers: the first one all of it, if a code can."""
    parts = [text[i : i + _CODE_TEXT_MAX] for i in range(0, len(text), _CODE_TEXT_MAX)]
    return parts[:glyphs] + [_ZERO_WIDTH_SPACE] * (glyphs - len(parts))


def _glyph_map(codes: dict[int, int]) -> bytes:
    table = bytearray(2 * (max(codes) + 1))
    for code, glyph in codes.items():
        struct.pack_into(">H", table, 2 * code, glyph)
    return bytes(table)


def _with_actual_text(fragment: str, text: str) -> str:
    actual = text.encode("utf-16-be").hex()
    return f")]TJ/ByteRange<</ActualText<FEFF{actual}>>>BDC[({fragment})]TJ EMC[("
