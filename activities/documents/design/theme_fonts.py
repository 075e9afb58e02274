"""Fonts of themes: what of them can be embedded in every format, and in print."""

from io import BytesIO
from typing import Final

from fontTools.ttLib import TTFont

from activities.documents.design.theme_error import ThemeError

_SFNT: Final = (b"\x00\x01\x00\x00", b"true")
"""How TrueType begins; OpenType with CFF outlines and WOFF begin otherwise."""
_RESTRICTED, _NO_SUBSETTING, _BITMAPS_ONLY = 0x0002, 0x0100, 0x0200
"""Bits of `fsType` (OpenType, OS/2) with which a font cannot be embedded in parts."""
_LATIN_1: Final = frozenset({*range(0x21, 0x7F), *range(0xA1, 0x100)} - {0xAD})
"""Its characters that leave ink."""
_FAMILY, _TYPOGRAPHIC_FAMILY = 1, 16


def family_of(member: str, data: bytes) -> str:
    """The name of the family that a font is of.

    Args:
        member: what the theme calls it, for the message.
        data: the file.

    Raises:
        ThemeError: it cannot be embedded, or lacks what every text has; says which.
    """
    if data[:4] == b"OTTO":
        raise ThemeError(f"{member}: has CFF outlines; give the TrueType version of the font.")
    if data[:4] not in _SFNT:
        raise ThemeError(f"{member}: is no TrueType font.")
    try:
        with TTFont(BytesIO(data), lazy=True) as font:
            return _checked(member, font)
    except ThemeError:
        raise
    except Exception as error:
        # A damaged font raises whatever its damage leads to.
        raise ThemeError(
            f"{member}: is a font that cannot be read ({type(error).__name__})."
        ) from error


def _checked(member: str, font: TTFont) -> str:
    if "CFF " in font or "CFF2" in font or "glyf" not in font:
        raise ThemeError(f"{member}: has CFF outlines; give the TrueType version of the font.")
    if "fvar" in font:
        raise ThemeError(f"{member}: is a variable font; give one of fixed weight.")
    rights = font["OS/2"].fsType
    if rights & _RESTRICTED:
        raise ThemeError(f"{member}: its licence forbids to embed it (fsType {rights:#06x}).")
    if rights & (_NO_SUBSETTING | _BITMAPS_ONLY):
        raise ThemeError(f"{member}: cannot be embedded in parts (fsType {rights:#06x}).")
    if lacking := sorted(_LATIN_1 - font.getBestCmap().keys()):
        examples = " ".join(map(chr, lacking[:5]))
        raise ThemeError(
            f"{member}: lacks {len(lacking)} characters of Latin-1, such as {examples}"
        )
    name = font["name"].getDebugName(_TYPOGRAPHIC_FAMILY) or font["name"].getDebugName(_FAMILY)
    if not name or not name.isprintable():
        raise ThemeError(f"{member}: does not say the name of its family.")
    return str(name)
