"""What a JPEG says of itself, without the pixels: by that it is known whether it is whole.

A decoder raises at what stands in a JPEG's segments, and where the file ends too early. Whatever
the data of a scan is, it decodes to something. So the segments are given to a decoder, and of the
data only where it ends is looked at, which takes a tenth of the time of decoding it.
"""

import re
from io import BytesIO

from PIL.JpegImagePlugin import JpegImageFile

_START_OF_IMAGE = b"\xff\xd8"
_END_OF_IMAGE = b"\xff\xd9"
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The marker that ends the data of a scan: stuffed bytes and restarts are within it (ITU-T T.81,
B.1.1)."""
_START_OF_SCAN = 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Starts of frames that readers of PDF and Word know: sequential and progressive, with Huffman's
codes."""
_TABLES = frozenset({0xC4, 0xDB, 0xDD})
_PASSED_OVER = frozenset({*range(0xE0, 0xF0), 0xFE})
"""Data of applications, and comments."""


def is_whole(data: bytes) -> bool:
    """Whether a JPEG decodes as far as its segments say, and ends; False if that is not clear.

    Raises:
        OSError, SyntaxError: its segments are those of no picture.
    """
    frame = _without_pixels(data)
    if frame is None:
        return False
    with JpegImageFile(BytesIO(frame)) as picture:
        picture.draft(picture.mode, (1, 1))
        picture.load()
    return True


def _without_pixels(data: bytes) -> bytes | None:
    """The file with empty scans; None if it does not end, or has what few files have."""
    kept = [_START_OF_IMAGE]
    place = len(_START_OF_IMAGE)
    while not data.startswith(_END_OF_IMAGE, place):
        marker, end = data[place + 1 : place + 2], _segment_end(data, place)
        if end is None:
            return None
        kind = marker[0]
        if kind == _START_OF_SCAN or kind in _FRAMES or kind in _TABLES:
            kept.append(data[place:end])
        elif kind not in _PASSED_OVER:
            return None
        place = end
        if kind == _START_OF_SCAN:
            after = _AFTER_SCAN.search(data, end)
            if after is None:
                return None
            place = after.start()
    kept.append(_END_OF_IMAGE)
    return b"".join(kept)


def _segment_end(data: bytes, place: int) -> int | None:
    if data[place : place + 1] != b"\xff":
        return None
    end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
    return end if place + 4 <= end <= len(data) else None
