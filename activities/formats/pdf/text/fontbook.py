"""Which typeface draws which character, for one document.

Every style looks for a glyph first in its own font, then in the fonts of the set for other
scripts and symbols, last in the plain Latin fonts that come with reportlab: without the set a
PDF still renders, with a warning that names the characters that are missing.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import reportlab
from fontTools import unicodedata
from reportlab.pdfbase.pdfdoc import BasicFonts, PDFDictionary

from activities.formats.fonts import find_font
from activities.formats.pdf.file.objects import ObjectWriter
from activities.formats.pdf.text.font_file import load_font
from activities.formats.pdf.text.typeface import Typeface

_SCRIPTS = (
    *("arabic", "hebrew", "thai", "armenian", "georgian", "bengali", "gujarati", "gurmukhi"),
    *("kannada", "malayalam", "tamil", "telugu", "sinhala", "ethiopic", "khmer", "lao", "myanmar"),
)
_SYMBOLS = ("math", "symbols", "symbols-2", "emoji")
_RARE_SCRIPTS = (
    *("oriya", "tibetan", "thaana", "syriac", "cherokee", "canadian-aboriginal", "javanese"),
    *("ol-chiki", "nko", "mongolian", "tifinagh"),
)
_REGULAR_ALONE = frozenset({*_SYMBOLS, "nko", "mongolian", "tifinagh"})
_HAN = ("han", "japanese", "taiwan", "hong-kong", "korean")
"""Fonts of the same characters as different places write them; Simplified Chinese is the usual."""
_Order = tuple[tuple[str, ...], tuple[str, ...]]
"""The fonts that are tried one after the other for text that is not strong, and that is."""


def _order(*names: str) -> _Order:
    return names, tuple(name if name in _REGULAR_ALONE else f"{name}-bold" for name in names)


class _Orders(NamedTuple):
    """The fonts that are tried for a text of one language."""

    usual: _Order
    han_first: _Order
    """For the largest scripts by far, which come last otherwise."""


@cache
def _orders(han: str) -> _Orders:
    """The orders for a language whose Han characters are those of a font."""
    first, *others = sorted(_HAN, key=lambda name: name != han)
    return _Orders(
        _order("sans", *_SCRIPTS, *_SYMBOLS, first, *_RARE_SCRIPTS, *others),
        _order(first, *others, "sans", *_SCRIPTS, *_SYMBOLS),
    )


_EMOJI_FIRST = _order("emoji", "symbols-2", "symbols", "math")
_HAN_OF_LANGUAGES = {"ja": "japanese", "ko": "korean", "yue": "hong-kong"}
_HAN_OF_PLACES = {"hk": "hong-kong", "mo": "hong-kong", "tw": "taiwan", "hant": "taiwan"}
"""Of Chinese, by region and script."""
_HAN_SCRIPTS = frozenset({"Hani", "Hira", "Kana", "Bopo"})
_VARIATION_SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_UPRIGHT_IN_ITALICS = frozenset({"Deva"})
"""Scripts whose letters do not lean in the italics of the Latin font that has them."""
_REPLACEMENT = "\ufffd"

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


class FontStyle(NamedTuple):
    """What decides on the font of a run."""

    strong: bool = False
    emphasis: bool = False
    code: bool = False
    stressed: bool = False
    """The run is emphasised among others that are not: in fonts without italics it is bold."""


PLAIN_FONT = FontStyle()
_STRONG_FONT = FontStyle(strong=True)

_MAIN_FONTS = {
    FontStyle(False, False, False): ("sans", "Vera.ttf"),
    FontStyle(True, False, False): ("sans-bold", "VeraBd.ttf"),
    FontStyle(False, True, False): ("sans-italic", "VeraIt.ttf"),
    FontStyle(True, True, False): ("sans-bold-italic", "VeraBI.ttf"),
    FontStyle(False, False, True): ("mono", "Vera.ttf"),
    FontStyle(True, False, True): ("mono-bold", "VeraBd.ttf"),
    FontStyle(False, True, True): ("mono", "VeraIt.ttf"),
    FontStyle(True, True, True): ("mono-bold", "VeraBI.ttf"),
}


class FontBook:
    """The typefaces of one document, opened when they are first needed."""

    def __init__(self, on_missing_glyph: Callable[[str], None]) -> None:
        """Call `on_missing_glyph` with each character that no font can draw."""
        self._on_missing_glyph = on_missing_glyph
        self._main: dict[FontStyle, Typeface] = {}
        self._by_name: dict[str, Typeface | None] = {}
        self._opened: list[Typeface] = []
        self._missing: set[str] = set()
        """What was told of."""
        self._simple: dict[FontStyle, frozenset[str]] = {}
        self._orders = _orders(_HAN[0])

    def prefer(self, language: str) -> bool:
        """Use the forms of a language (a BCP 47 tag) from now on; whether they are others."""
        before, self._orders = self._orders, _orders(han_font(language))
        return self._orders is not before

    def main(self, style: FontStyle) -> Typeface:
        """The typeface that draws the style's Latin text."""
        known = self._main.get(style)
        if known is None:
            name, bundled = _MAIN_FONTS[style._replace(stressed=False)]
            known = self.of_set(name) or self._bundled(bundled)
            self._main[style] = known
        return known

    def _bundled(self, file_name: str) -> Typeface:
        if file_name not in self._by_name:
            path = Path(reportlab.__file__).parent / "fonts" / file_name
            self._by_name[file_name] = self._open(path)
        typeface = self._by_name[file_name]
        assert typeface
        return typeface

    def simple(self, style: FontStyle) -> frozenset[str]:
        """Characters that `main` draws and that need no itemization."""
        known = self._simple.get(style)
        if known is None:
            candidates = (chr(code) for codes in _SIMPLE_RANGES for code in codes)
            known = self._simple[style] = self.main(style).supported(candidates)
        return known

    def choose(self, style: FontStyle, character: str, emoji: bool = False) -> Typeface | None:
        """The typeface for a character, or None when no font of the set can draw it.

        With `emoji`, the pictures come before the text symbols.
        """
        if emoji:
            return self._search(style, character, _EMOJI_FIRST)
        found = self._search(style, character, self._orders.usual)
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

    def _search(self, style: FontStyle, character: str, names: _Order) -> Typeface | None:
        main = self.main(style)
        if names is not _EMOJI_FIRST:
            if main.has(character):
                if style.stressed and script_of(character) in _UPRIGHT_IN_ITALICS:
                    return self.main(_STRONG_FONT)
                return main
            if script_of(character) in _HAN_SCRIPTS:
                names = self._orders.han_first
        for name in names[style.strong or style.stressed]:
            typeface = self.of_set(name)
            if typeface and typeface.has(character):
                return typeface
        return main if main.has(character) else None

    def of_set(self, name: str) -> Typeface | None:
        """A typeface by its name in the set, None when it is not there."""
        if name not in self._by_name:
            path = find_font(name)
            self._by_name[name] = self._open(path) if path else None
        return self._by_name[name]

    def name_in_set(self, typeface: Typeface) -> str | None:
        """The name of a typeface in the set; None for one that is not of the set."""
        return next((name for name, known in self._by_name.items() if known is typeface), None)

    def _open(self, path: Path) -> Typeface:
        typeface = Typeface(load_font(path), f"F{len(self._opened) + 1}")
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
