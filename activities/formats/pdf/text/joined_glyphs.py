"""Several glyphs of a font, each at its place, as one glyph more of it.

Readers take each glyph's text, in the order in which glyphs are drawn, and guess spaces from gaps
between them. What stands for one or more characters together, or is not where the glyph before
it ends, is therefore one glyph: a composite one (OpenType specification, "glyf").
"""

import io
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import _g_l_y_f as glyf

_EM = 1000
_COUNT_MAX: Final = 0xFFFF
_PLACE_MAX: Final = 0x7FFF


class PlacedGlyph(NamedTuple):
    """A glyph as HarfBuzz placed it, in thousandths of an em."""

    glyph: int
    shift: int
    rise: int
    advance: int


Joined = tuple[PlacedGlyph, ...]
"""Glyphs that are one; none at all draw nothing and take no room."""
Ink = int | Joined
"""A glyph by its id, or several as one."""


def width_of(joined: Joined) -> int:
    """The width of all of them, in thousandths of an em."""
    return sum([placed.advance for placed in joined])


def with_joined(data: bytes, joined: Sequence[Joined]) -> tuple[bytes, int]:
    """A TrueType font with a glyph more for each of these; the id of the first.

    Args:
        data: The font, whose metrics and outlines stay as they are.
        joined: Glyphs that the font has.
    """
    font = TTFont(io.BytesIO(data), recalcBBoxes=False, recalcTimestamp=False, lazy=True)
    outlines, metrics, profile = font["glyf"], font["hmtx"], font["maxp"]
    first: int = profile.numGlyphs
    scale = font["head"].unitsPerEm / _EM
    for number, parts in enumerate(joined, first):
        name = f"glyph{number:05}"
        made = _composite(outlines, parts, scale)
        outlines[name] = made
        metrics[name] = (round(width_of(parts) * scale), getattr(made, "xMin", 0))
    font.setGlyphOrder(outlines.glyphOrder)
    profile.numGlyphs = first + len(joined)
    most = max(map(len, joined))
    profile.maxComponentElements = max(profile.maxComponentElements, most)
    profile.maxComponentDepth += 1
    for simple, composite in (
        ("maxPoints", "maxCompositePoints"),
        ("maxContours", "maxCompositeContours"),
    ):
        of_one = max(getattr(profile, simple), getattr(profile, composite))
        setattr(profile, composite, min(of_one * most, _COUNT_MAX))
    written = io.BytesIO()
    font.save(written, reorderTables=False)
    return written.getvalue(), first


def _composite(outlines: glyf.table__g_l_y_f, parts: Joined, scale: float) -> glyf.Glyph:
    made = glyf.Glyph()
    starts = accumulate((placed.advance for placed in parts), initial=0)
    components = []
    boxes = []
    for start, placed in zip(starts, parts, strict=False):
        name = f"glyph{placed.glyph:05}"
        outline = outlines[name]
        if not outline.numberOfContours:
            continue
        part = glyf.GlyphComponent()
        part.glyphName = name
        # What is further away than a font can say is on no page.
        part.x = _within(round((start + placed.shift) * scale), outline.xMin, outline.xMax)
        part.y = _within(round(placed.rise * scale), outline.yMin, outline.yMax)
        part.flags = glyf.ROUND_XY_TO_GRID | glyf.OVERLAP_COMPOUND
        components.append(part)
        boxes.append(
            (
                outline.xMin + part.x,
                outline.yMin + part.y,
                outline.xMax + part.x,
                outline.yMax + part.y,
            )
        )
    if components:
        lefts, bottoms, rights, tops = zip(*boxes, strict=True)
        made.numberOfContours = -1
        made.components = components
        made.xMin, made.yMin, made.xMax, made.yMax = (
            min(lefts),
            min(bottoms),
            max(rights),
            max(tops),
        )
    return made


def _within(offset: int, least: int, most: int) -> int:
    return max(-_PLACE_MAX - least, min(offset, _PLACE_MAX - most))
