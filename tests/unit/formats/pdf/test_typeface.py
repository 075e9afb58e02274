"""Words are put together from pairs of characters, and look as HarfBuzz draws them whole."""

import re
import string
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import reportlab
import uharfbuzz as hb

from activities.formats.fonts import find_font
from activities.formats.pdf.text.font_file import FontFile

CHARACTERS = string.ascii_letters + string.digits + ".,:;-'\"()/\\"
LIGATURES = ("fb", "ff", "fh", "fi", "fj", "fk", "fl", "ft")
WORD = 30

BUNDLED = Path(reportlab.__file__).parent / "fonts"
FONTS = {
    name: find_font(name)
    for name in ("serif", "serif-italic", "sans", "sans-semibold", "mono", "legible")
} | {"Vera": BUNDLED / "Vera.ttf", "VeraBI": BUNDLED / "VeraBI.ttf"}

_SHOWN = re.compile(r"\)(-?\d+)\(|(\\?.)(\\?.)", re.DOTALL)

Placed = list[tuple[int, int]]
"""Glyphs, and where they stand in thousandths of an em."""


def every_three(characters: str) -> str:
    """A text in which each three characters stand next to each other once (de Bruijn)."""
    size = len(characters)
    word = [0] * 3 * size

    def add(place: int, period: int) -> Iterator[str]:
        if place > 3:
            if 3 % period == 0:
                yield "".join(characters[index] for index in word[1 : period + 1])
            return
        word[place] = word[place - period]
        yield from add(place + 1, period)
        for index in range(word[place - period] + 1, size):
            word[place] = index
            yield from add(place + 1, place)

    found = "".join(add(1, 1))
    return found + found[:2]


def put_together(file: FontFile, fragment: str) -> tuple[Placed, int]:
    """What a fragment shows, and where it ends."""
    found, pen = [], 0
    for match in _SHOWN.finditer(fragment):
        if match[1]:
            pen -= int(match[1])
            continue
        high, low = (ord("\r" if byte == "\\r" else byte[-1]) for byte in match.group(2, 3))
        glyph = high << 8 | low
        found.append((glyph, pen))
        pen += file.advance(glyph)
    return found, pen


def drawn_whole(file: FontFile, word: str) -> tuple[Placed, int]:
    buffer = hb.Buffer()
    buffer.add_str(word)
    # Not the machine's own, in whose language some characters may be drawn otherwise.
    buffer.language = "und"
    buffer.guess_segment_properties()
    hb.shape(file.font, buffer)
    found, pen = [], 0
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        found.append((info.codepoint, pen + place.x_offset))
        pen += place.x_advance
    return found, pen


@pytest.mark.parametrize("name", FONTS)
def test_words_from_pairs_are_those_that_harfbuzz_draws(name: str) -> None:
    path = FONTS[name]
    if path is None:
        pytest.skip("python -m activities.formats.fonts fetches the fonts")
    file = FontFile(partial(hb.Blob.from_file_path, str(path)), path.stem)
    text = every_three(CHARACTERS)
    assert len(text) == len(CHARACTERS) ** 3 + 2
    put, ligated = 0, 0
    for start in range(0, len(text) - 2, WORD - 2):
        word = text[start : start + WORD]
        plain = file.nominal_word(word)
        if plain is None:
            ligated += any(pair in word for pair in LIGATURES)
            continue
        width, fragment = plain
        shown = put_together(file, fragment)
        assert shown == drawn_whole(file, word), word
        assert width == shown[1]
        put += 1
    # Whatever has ligatures is looked at as a whole, and nothing else.
    assert put + ligated == len(range(0, len(text) - 2, WORD - 2))
    assert put > ligated * 20
