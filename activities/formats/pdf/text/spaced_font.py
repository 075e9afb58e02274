"""A font whose letters and words stand further apart.

The room is part of each glyph's advance. So text is measured, broken and read as any other: a
reader that guesses spaces from gaps finds none within a word.
"""

import io
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import uharfbuzz as hb
from fontTools.ttLib import TTFont

from activities.formats.pdf.text.font_file import FontFile

_JOINING = frozenset({"liga", "clig", "dlig"})
"""Features that make one glyph of letters, which stand apart here."""


class Spacing(NamedTuple):
    """How far apart letters and words are set."""

    letters: float
    """Added to every glyph that takes room, in em."""
    words: float
    """How wide a space is beside that of the font, without what is added to it."""


def spaced(data: bytes, spacing: Spacing) -> bytes:
    """A TrueType font with these distances in its metrics."""
    font = TTFont(io.BytesIO(data), recalcBBoxes=False, recalcTimestamp=False, lazy=True)
    metrics, names = font["hmtx"].metrics, font.getBestCmap()
    spaces = {names[code] for code in (0x20, 0xA0) if code in names}
    more = round(spacing.letters * font["head"].unitsPerEm)
    for name, (advance, bearing) in metrics.items():
        if advance:
            own = round(advance * spacing.words) if name in spaces else advance
            metrics[name] = (own + more, bearing)
    font["hhea"].advanceWidthMax = max(advance for advance, _ in metrics.values())
    if "GSUB" in font:
        for record in font["GSUB"].table.FeatureList.FeatureRecord:
            if record.FeatureTag in _JOINING:
                record.Feature.LookupListIndex, record.Feature.LookupCount = [], 0
    written = io.BytesIO()
    font.save(written, reorderTables=False)
    return written.getvalue()


@cache
def load_spaced_font(path: Path, spacing: Spacing) -> FontFile:
    """The font in this file with these distances, made once a process."""
    return FontFile(partial(hb.Blob, spaced(path.read_bytes(), spacing)), path.stem)
