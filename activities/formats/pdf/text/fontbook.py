"""Which typeface draws which character, for one document.

Every style looks for a glyph first in its own font, then in the fonts of the set for other
scripts and symbols, last in the plain Latin fonts that come with reportlab: without the set a
PDF still renders, with a warning that names the characters that are missing.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import reportlab
import uharfbuzz as hb
from fontTools import unicodedata
from reportlab.pdfbase.pdfdoc import BasicFonts, PDFDictionary

from activities.documents.design.tokens import TOKENS, Face
from activities.formats.fonts import find_font
from activities.formats.pdf.file.objects import ObjectWriter
from activities.formats.pdf.text.faces import FACES, FontStyle
from activities.formats.pdf.text.font_file import FontFile, load_font
from activities.formats.pdf.text.spaced_font import Spacing, load_spaced_font
from activities.formats.pdf.text.typeface import Typeface

_SCRIPTS = (
    *("hebrew", "thai", "armenian", "georgian", "bengali", "gujarati", "gurmukhi", "kannada"),
    *("malayalam", "tamil", "telugu", "sinhala", "ethiopic", "khmer", "lao", "myanmar"),
)
_SYMBOLS = ("math", "symbols", "symbols-2", "music", "emoji")
_RARE_SCRIPTS = (
    *("oriya", "tibetan", "thaana", "syriac", "cherokee", "canadian-aboriginal", "javanese"),
    *("ol-chiki", "nko", "mongolian", "tifinagh"),
)
_REGULAR_ALONE = frozenset({*_SYMBOLS, "nko", "mongolian", "tifinagh"})
_HAN = ("han", "japanese", "taiwan", "hong-kong", "korean")
"""Fonts of the same characters as different places write them; Simplified Chinese is the usual."""
_EMOJI_FIRST = ("emoji", "symbols-2", "symbols", "math")
_BEFORE_OTHERS: Mapping[Face, tuple[str, ...]] = MappingProxyType(
    {
        "serif": ("naskh", "arabic"),
        "sans": ("arabic",),
        "mono": ("noto-mono", "arabic"),
        "legible": ("sans", "arabic"),
    }
)
"""What draws the letters that a face has not."""
_SPACED = ("legible", "sans")
"""Faces of Latin, Greek and Cyrillic letters that may stand further apart; others would lose their
columns, or letters that are joined.
"""
_SIGNS_FONT = "maths"
"""What draws the signs that the serif face has not."""
_SIGNS = (range(0x2000, 0x2C00), range(0x1D400, 0x1D800))
_SIZES = MappingProxyType(
    {
        "naskh": TOKENS.sizes.arabic,
        "arabic": TOKENS.sizes.arabic_headings,
        _SIGNS_FONT: 1.0,
        **dict.fromkeys(_HAN, 1.0),
    }
)
"""How large fonts are beside the faces of the design, so that their letters look as high."""


class _Orders(NamedTuple):
    """The fonts that are tried one after the other for a text of one language and style."""

    usual: tuple[str, ...]
    han_first: tuple[str, ...]
    """For the largest scripts by far, which come last otherwise."""
    emoji_first: tuple[str, ...]


@cache
def _orders(style: FontStyle, han: str) -> _Orders:
    """The orders for a style and a language whose Han characters are those of a font."""
    first, *others = sorted(_HAN, key=lambda name: name != han)
    before = _BEFORE_OTHERS[style.face]
    leaning: tuple[str, ...] = ()
    if style.italic:
        leaning = ("noto-sans-bold-italic" if style.strong else "noto-sans-italic",)

    def of_weight(*names: str) -> tuple[str, ...]:
        bold = style.strong or style.stressed
        return tuple(
            [f"{name}-bold" if bold and name not in _REGULAR_ALONE else name for name in names]
        )

    common = (*of_weight(*before), *leaning, *of_weight("noto-sans", *_SCRIPTS, *_SYMBOLS))
    return _Orders(
        (*common, *of_weight(first, *_RARE_SCRIPTS, *others)),
        (*of_weight(first, *others), *common),
        of_weight(*_EMOJI_FIRST),
    )


_HAN_OF_LANGUAGES = {"ja": "japanese", "ko": "korean", "yue": "hong-kong"}
_HAN_OF_PLACES = {"hk": "hong-kong", "mo": "hong-kong", "tw": "taiwan", "hant": "taiwan"}
"""Of Chinese, by region and script."""
_HAN_SCRIPTS = frozenset({"Hani", "Hira", "Kana", "Bopo"})
_VARIATION_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UPRIGHT_IN_ITALICS = frozenset({"Deva"})
"""Scripts whose letters do not lean in the italics of the Latin font that has them."""
_REPLACEMENT = "\ufffd"

_BUNDLED_FONTS = ("Vera.ttf", "VeraIt.ttf", "VeraBd.ttf", "VeraBI.ttf")
"""Plain, leaning, strong, and both."""


class FontBook:
    """The typefaces of one document, opened when they are first needed."""

    def __init__(
        self,
        on_missing_glyph: Callable[[str], None],
        own: Mapping[str, bytes] = MappingProxyType({}),
        spacing: Spacing | None = None,
    ) -> None:
        """Call `on_missing_glyph` with each character that no font can draw.

        Args:
            on_missing_glyph: What is told of them.
            own: The document's own fonts, by the names of those of the set whose place they take.
            spacing: How far apart the letters of faces for reading are, if not as usual.
        """
        self._own = own
        self._spacing = spacing
        self._on_missing_glyph = on_missing_glyph
        self._main: dict[FontStyle, Typeface] = {}
        self._by_name: dict[str, Typeface | None] = {}
        self._opened: list[Typeface] = []
        self._missing: set[str] = set()
        """What was told of."""
        self._han = _HAN[0]

    def prefer(self, language: str) -> bool:
        """Use the forms of a language (a BCP 47 tag) from now on; whether they are others."""
        before, self._han = self._han, han_font(language)
        return self._han != before

    def main(self, style: FontStyle) -> Typeface:
        """The typeface that draws the style's Latin text."""
        known = self._main.get(style)
        if known is None:
            bundled = _BUNDLED_FONTS[2 * style.strong + style.italic]
            known = self.of_set(style.font) or self._bundled(bundled)
            self._main[style] = known
        return known

    def _bundled(self, file_name: str) -> Typeface:
        if file_name not in self._by_name:
            path = Path(reportlab.__file__).parent / "fonts" / file_name
            self._by_name[file_name] = self._open(path)
        typeface = self._by_name[file_name]
        assert typeface
        return typeface

    def choose(self, style: FontStyle, character: str, emoji: bool = False) -> Typeface | None:
        """The typeface for a character, or None when no font of the set can draw it.

        With `emoji`, the pictures come before the text symbols.
        """
        orders = _orders(style, self._han)
        main = self.main(style)
        if emoji:
            found = self._search(character, orders.emoji_first)
            return found or (main if main.has(character) else None)
        if main.has(character):
            return main
        script = script_of(character)
        if script in _HAN_SCRIPTS:
            names = orders.han_first
        elif style.face == "serif" and any(ord(character) in signs for signs in _SIGNS):
            names = (_SIGNS_FONT, *orders.usual)
        elif script in _UPRIGHT_IN_ITALICS:
            names = tuple([name for name in orders.usual if not name.endswith("-italic")])
        else:
            names = orders.usual
        found = self._search(character, names)
        if found is None:
            self._tell_missing(character)
        return found

    def choose_for_marks(self, style: FontStyle, cluster: str, chosen: Typeface) -> Typeface | None:
        """A typeface that has the marks of a character too, or None when there is none.

        Args:
            style: The run's.
            cluster: A character with its marks.
            chosen: What draws the character alone.
        """
        missing = [c for c in cluster if not is_invisible(c) and not chosen.has(c)]
        if not missing:
            return chosen
        whole = unicodedata.normalize("NFC", cluster)
        for mark in missing:
            other = self.choose(style, mark)
            if other and all(is_invisible(c) or other.has(c) for c in whole):
                return other
        for mark in missing:
            self._tell_missing(mark)
        return None

    def forget_missing(self) -> bool:
        """Tell anew of what no font can draw; whether there was any since the last time."""
        had_missing = bool(self._missing)
        self._missing.clear()
        return had_missing

    def _tell_missing(self, character: str) -> None:
        if character not in self._missing:
            self._missing.add(character)
            self._on_missing_glyph(character)

    def _search(self, character: str, names: Sequence[str]) -> Typeface | None:
        for name in names:
            typeface = self.of_set(name)
            if typeface and typeface.has(character):
                return typeface
        return None

    def of_set(self, name: str) -> Typeface | None:
        """A typeface by its name in the set, None when it is not there."""
        if name not in self._by_name:
            self._by_name[name] = self._found(name)
        return self._by_name[name]

    def _found(self, name: str) -> Typeface | None:
        if name in self._own:
            return self._add(FontFile(partial(hb.Blob, self._own[name]), name))
        path = find_font(name)
        if path and self._spacing and name.startswith(_SPACED):
            return self._add(load_spaced_font(path, self._spacing))
        return self._open(path, _size_of(name)) if path else None

    def name_in_set(self, typeface: Typeface) -> str | None:
        """The name of a typeface in the set; None for one that is not of the set."""
        return next((name for name, known in self._by_name.items() if known is typeface), None)

    def _open(self, path: Path, size: float = 1.0) -> Typeface:
        return self._add(load_font(path), size)

    def _add(self, font: FontFile, size: float = 1.0) -> Typeface:
        typeface = Typeface(font, f"F{len(self._opened) + 1}", size)
        self._opened.append(typeface)
        return typeface

    def replacement(self, style: FontStyle) -> tuple[Typeface, str]:
        """What stands for a character that cannot be drawn."""
        typeface = self.choose(style, _REPLACEMENT)
        return (typeface, _REPLACEMENT) if typeface else (self.main(style), "?")

    @property
    def has_private(self) -> bool:
        """Whether characters of private use were drawn."""
        return any(typeface.has_private for typeface in self._opened)

    def families(self) -> list[str]:
        """The names of the families of type that were drawn with, by their first use."""
        drawn = [typeface.file.family for typeface in self._opened if typeface.drawn]
        return list(dict.fromkeys(drawn))

    def embed(self, objects: ObjectWriter) -> None:
        """Write the fonts that were drawn with, for all pages to share."""
        # Spaces between words come from the style's own font even if nothing else does.
        main = self._main.values()
        resources = {
            typeface.resource: typeface.embed(objects)
            for typeface in self._opened
            if typeface.drawn or typeface in main
        }
        fonts = objects.idToObject[BasicFonts]
        assert isinstance(fonts, PDFDictionary)
        for name, reference in resources.items():
            fonts[name] = reference


def _size_of(name: str) -> float:
    if name.startswith(FACES):
        return 1.0
    return _SIZES.get(name.removesuffix("-bold"), TOKENS.sizes.other_scripts)


def han_font(language: str) -> str:
    """The font that has the Han characters of a language (a BCP 47 tag) in its forms."""
    primary, *subtags = language.lower().split("-")
    if primary in _HAN_OF_LANGUAGES:
        return _HAN_OF_LANGUAGES[primary]
    if primary == "zh":
        places = [_HAN_OF_PLACES[tag] for tag in reversed(subtags) if tag in _HAN_OF_PLACES]
        return next(iter(places), _HAN[0])
    return _HAN[0]


def is_invisible(character: str) -> bool:
    """Whether the character only tells how others are joined or shown."""
    return (
        unicodedata.category(character) == "Cf" or _VARIATION_SELECTOR.match(character) is not None
    )


@cache
def script_of(character: str) -> str:
    """The code of the character's script (ISO 15924)."""
    return str(unicodedata.script(character))
