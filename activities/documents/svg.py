"""Drawings in SVG become pixels.

resvg draws them: a library without scripts, network, animation or the fonts of the machine. What
could make it open a file, and pictures within a drawing that were not judged, are taken out before.
Not vectors: what PDF and Word can show of SVG is less than what drawings hold.
"""

import base64
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree

import resvg_py

_BYTES_MAX: Final = 4 * 1024 * 1024
"""Of a drawing, which takes some twenty times as much once it is read."""
_ENTITIES_BYTES_MAX: Final = 256 * 1024
"""Of a drawing that declares entities, which the parser lets grow a hundred times."""
_PICTURES_MAX: Final = 100
_SIDE_MAX: Final = 2_400
"""Pixels."""
_SCALE: Final = 3.0
"""Pixels for one of CSS: 288 an inch, on which print shows no steps."""
_DEFAULT_SIZE = (300.0, 150.0)
"""Of a drawing that says nothing of its size (CSS 2.1, 10.3.2)."""

_SVG = "{http://www.w3.org/2000/svg}svg"
_LENGTH = re.compile(r"\s*\+?(\d*\.?\d+(?:[eE][+-]?\d{1,2})?)\s*(px|pt|pc|mm|cm|in|em|ex)?\s*")
_UNITS = MappingProxyType(
    {
        None: 1.0,
        "px": 1.0,
        "pt": 4 / 3,
        "pc": 16.0,
        "mm": 96 / 25.4,
        "cm": 96 / 2.54,
        "in": 96.0,
        "em": 16.0,
        "ex": 8.0,
    }
)
"""Pixels of CSS in each unit of length."""
_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE\s+svg|<svg[\s>])",
    re.DOTALL | re.IGNORECASE,
)
_LOOKED_AT: Final = 4_096
"""Bytes at the beginning in which a drawing says that it is one."""

_finders: list[Callable[[], Sequence[Path]]] = []


class UnreadableDrawingError(Exception):
    """The data is no drawing that can be shown."""


def use_fonts(find: Callable[[], Sequence[Path]]) -> None:
    """Draw the text of drawings in these fonts, and in no others; without any it is left out."""
    _finders[:] = [find]


def is_svg(data: bytes) -> bool:
    """Whether a file is a drawing, by its beginning."""
    return _START.match(data[:_LOOKED_AT]) is not None


def rasterized(
    data: bytes, read_picture: Callable[[bytes], tuple[bytes, str]]
) -> tuple[bytes, float]:
    """A drawing as a PNG file, and the width that it is to be shown in, in pixels of CSS.

    Args:
        data: the file.
        read_picture: gives a picture within it as one that can be decoded, and its media type.

    Raises:
        UnreadableDrawingError: it is no drawing, or too large.
    """
    if len(data) > (_ENTITIES_BYTES_MAX if b"<!ENTITY" in data else _BYTES_MAX):
        raise UnreadableDrawingError
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - no entity leads out, and growth is bounded
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise UnreadableDrawingError from error
    if root.tag != _SVG:
        raise UnreadableDrawingError
    _tame(root, read_picture)
    width, height = _size(root)
    # Said in so many pixels, else it would be as large as what is in it.
    root.set("width", f"{width:g}")
    root.set("height", f"{height:g}")
    scale = min(_SCALE, _SIDE_MAX / max(width, height))
    try:
        text = ElementTree.tostring(root, encoding="unicode")
    except RecursionError as error:
        raise UnreadableDrawingError from error
    fonts = [str(file) for find in _finders for file in find()] if "text" in text else []
    return _drawn(text, max(1, round(width * scale)), fonts), width


def _drawn(text: str, width: int, fonts: list[str]) -> bytes:
    try:
        return resvg_py.svg_to_bytes(
            svg_string=text,
            width=width,
            skip_system_fonts=True,
            font_files=fonts,
            font_family="Noto Sans",
            serif_family="Noto Sans",
            sans_serif_family="Noto Sans",
            cursive_family="Noto Sans",
            fantasy_family="Noto Sans",
            monospace_family="Noto Sans Mono",
        )
    except ValueError as error:
        raise UnreadableDrawingError from error
    except BaseException as error:
        # What Rust panics at comes as an exception that is none of `Exception`.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableDrawingError from error


def _tame(root: ElementTree.Element, read_picture: Callable[[bytes], tuple[bytes, str]]) -> None:
    """Leave no reference in a drawing but those to its own parts and to judged pictures."""
    pictures = 0
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name.rpartition("}")[2] != "href" or value.lstrip().startswith("#"):
                continue
            head, _, encoded = value.partition(";base64,")
            pictures += 1
            del element.attrib[name]
            if pictures > _PICTURES_MAX or not head.lstrip().lower().startswith("data:image/"):
                continue
            try:
                picture, media_type = read_picture(base64.b64decode(encoded))
            except (ValueError, UnreadableDrawingError):
                continue
            url = f"data:{media_type};base64,{base64.b64encode(picture).decode()}"
            element.set(name, url)


def _size(root: ElementTree.Element) -> tuple[float, float]:
    """Width and height in pixels of CSS."""
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    _, _, across, down = (_number(part) for part in (box if len(box) == 4 else ["", "", "", ""]))
    width, height = _length(root.get("width", "")), _length(root.get("height", ""))
    if across and down:
        if width is None and height is None:
            width, height = across, down
        elif width is None:
            width = (height or down) * across / down
        elif height is None:
            height = width * down / across
    size = (width or _DEFAULT_SIZE[0], height or _DEFAULT_SIZE[1])
    if not all(math.isfinite(side) and 0.01 <= side <= 1e6 for side in size):
        raise UnreadableDrawingError
    return size


def _length(text: str) -> float | None:
    found = _LENGTH.fullmatch(text)
    return float(found[1]) * _UNITS[found[2]] if found else None


def _number(text: str) -> float | None:
    found = _LENGTH.fullmatch(text)
    return float(found[1]) if found else None
