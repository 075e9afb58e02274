"""How many parts a picture's file has: a bound on what reading it can cost beside its pixels."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from types import MappingProxyType
from typing import Final

_SCANS_MAX: Final = 100
"""Scans of a progressive JPEG, each of which costs a pass over all pixels. Encoders make ten."""
_SEGMENTS_MAX: Final = 1_000
"""Segments before a JPEG's first scan: a colour profile has up to 255, long metadata some 150."""
_CHUNKS_MAX: Final = 10_000
"""Chunks of a PNG: those of an image of 10 MB in pieces of one kilobyte."""
_BLOCKS_MAX: Final = 10_000
"""Blocks of a GIF before its first image, and bytes between them: metadata has some hundreds."""
_START_OF_SCAN = b"\xff\xda"
_SCAN = re.compile(_START_OF_SCAN)
_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xDA), 0xFF})
"""Second bytes after which no length follows: no markers, or markers that stand alone."""


def has_too_many_parts(kind: str, data: bytes) -> bool:
    """Whether a file of a kind (Pillow's name for it) has more parts than anybody reads or
    decodes in a moment.
    """
    exceeded = _EXCEEDED.get(kind)
    return exceeded is not None and exceeded(data)


def _png_exceeded(data: bytes) -> bool:
    return _count(_png_chunks(data), _CHUNKS_MAX) > _CHUNKS_MAX


def _jpeg_exceeded(data: bytes) -> bool:
    return (
        _count(_SCAN.finditer(data), _SCANS_MAX) > _SCANS_MAX
        or _count(_jpeg_segments(data), _SEGMENTS_MAX) > _SEGMENTS_MAX
    )


def _gif_exceeded(data: bytes) -> bool:
    return _count(_gif_blocks(data), _BLOCKS_MAX) > _BLOCKS_MAX


def _count(parts: Iterator[object], most: int) -> int:
    """The number of parts; of more than `most`, one more than that."""
    return sum(1 for _ in islice(parts, most + 1))


def _png_chunks(data: bytes) -> Iterator[None]:
    place = 8
    while place + 12 <= len(data):
        yield
        place += 12 + int.from_bytes(data[place : place + 4])


def _gif_blocks(data: bytes) -> Iterator[None]:
    """Blocks of extensions up to the first image (GIF89a, appendix A), and what is between them."""
    flags = data[10] if len(data) > 10 else 0
    place = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while place < len(data) and data[place] not in b",;":
        yield
        if data[place] != 0x21:
            place += 1
            continue
        place += 2
        while place < len(data) and data[place]:
            yield
            place += 1 + data[place]
        place += 1


def _jpeg_segments(data: bytes) -> Iterator[None]:
    """Segments up to the first scan (ITU-T T.81, B.1.1)."""
    place = 2
    while (place := data.find(b"\xff", place)) >= 0 and place + 4 <= len(data):
        if data.startswith(_START_OF_SCAN, place):
            return
        yield
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        has_length = marker not in _WITHOUT_LENGTH
        place += 2 + length if has_length else 1


_EXCEEDED: MappingProxyType[str, Callable[[bytes], bool]] = MappingProxyType(
    {"PNG": _png_exceeded, "JPEG": _jpeg_exceeded, "GIF": _gif_exceeded}
)
