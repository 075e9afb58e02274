"""A font as one PDF uses it: the codes of its glyphs, and the glyphs that were used, embedded.

A code of the embedded font is a glyph together with the text that it stands for, so that the
same glyph can be read in different ways, and any glyph that shaping gives can be drawn.
"""

import hashlib
import struct
from collections.abc import Iterable
from functools import cached_property

import regex
import uharfbuzz as hb
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFObjectReference,
    PDFString,
)

from activities.documents.segmentation import SOFT_HYPHEN
from activities.formats.pdf.file.objects import ObjectWriter
from activities.formats.pdf.text.font_file import (
    Cluster,
    FontFile,
    Shaped,
    escaped_code,
    is_in_line,
    is_private,
    show,
)
from activities.formats.pdf.text.joined_glyphs import (
    Ink,
    Joined,
    PlacedGlyph,
    width_of,
    with_joined,
)

_CODE_TEXT_MAX = 100
"""Characters that one code may stand for (Adobe Technical Note 5411 allows 512 bytes)."""
_PIECE = regex.compile(
    r"\p{Cf}+|\p{Mn}(?:.*\P{Cf})?|[^\p{Mn}\p{Cf}](?:\P{Mn}*[^\p{Mn}\p{Cf}])?", regex.S
)
"""Text of which pdf.js does not lose the width or the characters: to it whatever has a mark within
is as wide as a mark, and what ends with a format character is nothing."""
_CODES = 0x10000
_EM = 1000
_KEPT_TABLES = frozenset({"glyf", "loca", "head", "hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"})
_SYMBOLIC, _ITALIC = 4, 64


class Typeface:
    """A font as one document uses it.

    A nominal glyph that stands for its character has its id as its code. Codes beyond the last
    glyph are given to glyphs that stand for other text.
    """

    def __init__(self, file: FontFile, resource: str, size: float = 1.0) -> None:
        """Make the typeface.

        Args:
            file: The font.
            resource: Its name in the pages' resources, such as `F1`.
            size: How large it is drawn beside the font of the text that it stands in.
        """
        self.resource = resource
        self.file = file
        self.size = size
        self.has_private = False
        """Whether it drew characters of private use."""
        self._characters: set[str] = set()
        """The characters of words that their nominal glyphs draw."""
        self._nominal: dict[int, str] = {0: ""}
        self._others: dict[tuple[Ink, str], int] = {}
        self._codes: dict[tuple[Ink, str], str] = {}
        self._drawn: dict[Cluster, Shaped] = {}
        self._begins: dict[float, str] = {}
        self._spaces: dict[int, str] = {}
        self._space_glyph: int | None = file.font.get_nominal_glyph(ord(" "))
        self.usual_begin = self.begin(1)
        self.space_width, self.space = self.shape(" ")

    def begin(self, scale: float) -> str:
        """The operators before fragments that are so many times the size of the text matrix."""
        known = self._begins.get(scale)
        if known is None:
            known = self._begins[scale] = f"/{self.resource} {scale * self.size:g} Tf[("
        return known

    def space_of(self, width: int) -> str:
        """The fragment of a space of any width in the text; nothing if the font has no space."""
        known = self._spaces.get(width)
        if known is None:
            known = ""
            if self.has(" "):
                own = self.file.advance(self.file.font.get_nominal_glyph(ord(" ")))
                known = show(PlacedGlyph(0, 0, 0, round(width / self.size)), self.space, own)
            self._spaces[width] = known
        return known

    def has(self, character: str) -> bool:
        """Whether the font can draw the character."""
        return ord(character) in self.file.characters

    def shape(self, text: str, right_to_left: bool = False) -> Shaped:
        """Shape text of one script and one direction, without line breaks.

        The width is that in the text; what a fragment moves by is of the font's own size.
        """
        shaped = None if right_to_left else self.file.nominal_word(text)
        if shaped:
            self._characters.update(text)
        else:
            shaped = self._shape_clusters(text, right_to_left)
        if self.size == 1:
            return shaped
        width, fragment = shaped
        return round(width * self.size), fragment

    def _shape_clusters(self, text: str, right_to_left: bool) -> Shaped:
        width = 0
        fragments = []
        drawn = self._drawn
        for cluster in self.file.clusters(text, right_to_left):
            shown = drawn.get(cluster)
            if shown is None:
                shown = drawn[cluster] = self._draw(cluster, right_to_left)
            width += shown[0]
            fragments.append(shown[1])
        return width, "".join(fragments)

    def glyph(self, ink: Ink, text: str) -> Shaped:
        """A glyph by its id, or several as one: the advance in the font and what draws it.

        Args:
            ink: The glyph's id in the font, or the glyphs.
            text: What it stands for.
        """
        return self._advance(ink), self._code(ink, text)

    def shape_instead(self, shown: str, texts: Iterable[str]) -> Shaped:
        """The nominal glyph of a character for each of the texts, which it stands for."""
        glyph = self.file.font.get_nominal_glyph(ord(shown))
        codes = [self._code(glyph, text) for text in texts]
        return round(self.file.advance(glyph) * len(codes) * self.size), "".join(codes)

    @cached_property
    def hyphen(self) -> Shaped | None:
        """A hyphen that stands for nothing but a soft one; None when the font has none."""
        sign = next(filter(self.has, "\u2010-"), None)
        return self.shape_instead(sign, [SOFT_HYPHEN]) if sign else None

    def _draw(self, cluster: Cluster, right_to_left: bool) -> Shaped:
        placed = cluster.placed
        width = width_of(placed)
        first, *others = _pieces(cluster.text)
        if len(placed) == 1 and is_in_line(placed[0]):
            glyph = placed[0].glyph
            # HarfBuzz shows what is invisible as a space without a width.
            hidden = not width and glyph == self._space_glyph
            own = 0 if hidden else self.file.advance(glyph)
            shown = show(placed[0], self._code(() if hidden else glyph, first), own)
        else:
            shown = self._joined(placed, width, first)
        codes = [shown, *[self._code((), other) for other in others]]
        return width, "".join(reversed(codes) if right_to_left else codes)

    def _joined(self, placed: Joined, width: int, text: str) -> str:
        """The fragment that draws glyphs as one; what is narrower than nothing, as the dot of the
        Catalan l·l can be, takes no room, as a font has no such glyph, and moves back behind it.
        """
        if width >= 0:
            return self._code(placed, text)
        *others, last = placed
        ink = (*others, last._replace(advance=last.advance - width))
        return f"{self._code(ink, text)}){-width}("

    def _advance(self, ink: Ink) -> int:
        return self.file.advance(ink) if isinstance(ink, int) else width_of(ink)

    def _code(self, ink: Ink, text: str) -> str:
        known = self._codes.get((ink, text))
        if known is None:
            known = self._new_code(ink, text)
            if is_private(text):
                self.has_private = True
                # PDF/A-2a asks for it (ISO 19005-2, 6.2.11.7.3).
                actual = text.encode("utf-16-be").hex()
                known = f")]TJ/Span<</ActualText<FEFF{actual}>>>BDC[({known})]TJ EMC[("
            self._codes[ink, text] = known
        return known

    def _new_code(self, ink: Ink, text: str) -> str:
        if ink == 0:
            return escaped_code(0)
        if isinstance(ink, int) and self.file.is_nominal(ink, text):
            self._nominal[ink] = text
            return escaped_code(ink)
        number: int = self.file.face.glyph_count + len(self._others)
        if number < _CODES:
            self._others[ink, text] = number
            return escaped_code(number)
        # Drawn all the same, if not in its place; a reader is told what a glyph stood for first.
        glyphs = [ink] if isinstance(ink, int) else [placed.glyph for placed in ink]
        for glyph in glyphs:
            self._nominal.setdefault(glyph, text)
        return "".join(map(escaped_code, glyphs))

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
        inks: dict[int, Ink] = {glyph: glyph for glyph in nominal}
        inks.update({number: ink for (ink, _), number in self._others.items()})
        data, codes = self._subset(inks)
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
                    "W": objects.reference_to(self._write_widths(inks, objects)),
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

    def _subset(self, inks: dict[int, Ink]) -> tuple[bytes, dict[int, int]]:
        """A font of the glyphs that codes draw, and the glyph of each code."""
        joined = {ink: None for ink in inks.values() if not isinstance(ink, int)}
        request = hb.SubsetInput()
        request.flags = hb.SubsetFlags.NO_LAYOUT_CLOSURE
        request.glyph_set.update(ink for ink in inks.values() if isinstance(ink, int))
        request.glyph_set.update(placed.glyph for parts in joined for placed in parts)
        dropped = [tag for tag in self.file.face.table_tags if tag not in _KEPT_TABLES]
        request.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in dropped)
        # Glyphs are all over the file, which would stay in memory nearly whole.
        plan = hb.SubsetPlan(self.file.opened_again(), request)
        data = bytes(plan.execute().blob.data)
        numbers: dict[Ink, int] = dict(plan.old_to_new_glyph_mapping)
        if joined:
            renumbered = [
                tuple(placed._replace(glyph=numbers[placed.glyph]) for placed in parts)
                for parts in joined
            ]
            data, first = with_joined(data, renumbered)
            numbers.update((parts, number) for number, parts in enumerate(joined, first))
        return data, {code: numbers[ink] for code, ink in inks.items()}

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

    def _write_widths(self, inks: dict[int, Ink], objects: ObjectWriter) -> int:
        """Write the widths of all codes; the object's number."""
        entries: list[str] = []
        previous = -2
        for code in sorted(inks):
            if code != previous + 1:
                entries.append(f"]{code}[" if entries else f"{code}[")
            entries.append(f"{self._advance(inks[code])} ")
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


def _pieces(text: str) -> list[str]:
    """The text of a cluster as codes can tell it; all but the first are told by empty glyphs."""
    return [
        piece[start : start + _CODE_TEXT_MAX]
        for piece in _PIECE.findall(text)
        for start in range(0, len(piece), _CODE_TEXT_MAX)
    ]


def _glyph_map(codes: dict[int, int]) -> bytes:
    table = bytearray(2 * (max(codes) + 1))
    for code, glyph in codes.items():
        struct.pack_into(">H", table, 2 * code, glyph)
    return bytes(table)
