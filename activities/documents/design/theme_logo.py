"""Logos of themes, as far as they are judged without decoding them: render children do that."""

import struct
from typing import Final
from xml.etree import ElementTree

from activities.documents.design.theme_error import ThemeError

LOGO_BYTES_MAX: Final = 1_000_000
LOGO_WIDTH: Final = 180.0
"""Points that a logo may be wide."""
LOGO_HEIGHT: Final = 48.0
_DOTS_PER_INCH: Final = 300
_POINTS_PER_INCH: Final = 72

_PNG_HEAD = struct.Struct(">8s4x4sII")
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
_SVG = "{http://www.w3.org/2000/svg}"
_SHAPES = frozenset({"svg", "g", "path", "title", "desc"})
_PAINTS = ("fill", "stroke", "color")


def check_logo(data: bytes) -> None:
    """Refuse what is no logo.

    Raises:
        ThemeError: it is too large, too coarse for print, or of another kind.
    """
    if len(data) > LOGO_BYTES_MAX:
        raise ThemeError(f"logo: has {len(data):,} bytes; {LOGO_BYTES_MAX:,} are allowed.")
    if data.lstrip()[:1] == b"<":
        _check_drawing(data)
        return
    width, height = _pixels(data)
    shown = min(LOGO_WIDTH / width, LOGO_HEIGHT / height)
    dots = int(_POINTS_PER_INCH / shown)
    if dots < _DOTS_PER_INCH:
        raise ThemeError(
            f"logo: its {width} by {height} pixels are {dots} an inch where it fits into "
            f"{LOGO_WIDTH:g} by {LOGO_HEIGHT:g} points; {_DOTS_PER_INCH} are needed."
        )


def _pixels(data: bytes) -> tuple[int, int]:
    if len(data) >= _PNG_HEAD.size and data.startswith(b"\x89PNG\r\n\x1a\n"):
        _, kind, width, height = _PNG_HEAD.unpack_from(data)
        size = (width, height) if kind == b"IHDR" else (0, 0)
    elif data.startswith(b"\xff\xd8"):
        size = _jpeg_size(data)
    else:
        raise ThemeError("logo: is neither PNG, JPEG nor SVG.")
    if 0 in size:
        raise ThemeError("logo: does not say its size.")
    return size


def _jpeg_size(data: bytes) -> tuple[int, int]:
    place = 2
    while data[place : place + 1] == b"\xff" and place + 9 <= len(data):
        if data[place + 1] in _JPEG_FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        place += 2 + max(2, int.from_bytes(data[place + 2 : place + 4]))
    return 0, 0


def _check_drawing(data: bytes) -> None:
    if b"<!" in data.replace(b"<!--", b""):
        raise ThemeError("logo: the SVG declares types or entities.")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - without entities nothing grows
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ThemeError("logo: the SVG cannot be read.") from error
    paints = set[str]()
    for element in root.iter():
        name = element.tag.removeprefix(_SVG)
        if name not in _SHAPES:
            raise ThemeError(f"logo: the SVG has an element <{name[:40]}>; only paths are allowed.")
        if "style" in element.attrib or "class" in element.attrib:
            raise ThemeError("logo: the SVG has styles; give its colour as fill.")
        paints |= {value.strip().lower() for key, value in element.items() if key in _PAINTS}
    if root.tag != f"{_SVG}svg":
        raise ThemeError("logo: is neither PNG, JPEG nor SVG.")
    if len(paints - {"none"}) > 1:
        raise ThemeError("logo: the SVG has several colours; one is allowed.")
