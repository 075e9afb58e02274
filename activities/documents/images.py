"""Images that came inside a text as data: URLs."""

import binascii
import re
import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

import PIL.Image
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import DecompressionBombError, DecompressionBombWarning
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from activities.documents.model import Image

BYTES_MAX: Final = 10 * 1024 * 1024
"""Size of an image file."""
SIDE_MAX: Final = 20_000
"""Width or height; a row of pixels is held for each of some filters."""
PIXELS_MAX: Final = 20_000_000
"""Width times height: what a renderer may have to hold in memory, several times, with up to eight
bytes a pixel."""
JPEG_PIXELS_MAX: Final = 40_000_000
"""The same of JPEG, whose pixels are decoded to see that they can be, and let go: cameras take as
many."""
_SCANS_MAX = 100
"""Scans of a progressive JPEG, each of which costs a pass over all pixels. Encoders make ten."""
_SEGMENTS_MAX = 1_000
"""Segments before a JPEG's first scan: a colour profile has up to 255, long metadata some 150."""
_CHUNKS_MAX = 10_000
"""Chunks of a PNG: those of an image of 10 MB in pieces of one kilobyte."""
_BLOCKS_MAX = 10_000
"""Blocks of a GIF before its first image, and bytes between them: metadata has some hundreds."""
_START_OF_SCAN = b"\xff\xda"

_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)

_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xDA), 0xFF})
"""Second bytes after which no length follows: no markers, or markers that stand alone."""

_MediaType = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
_ImageFile = PngImageFile | JpegImageFile | GifImageFile | WebPImageFile


# Pillow itself refuses what is twice as large, before it allocates anything for it.
PIL.Image.MAX_IMAGE_PIXELS = JPEG_PIXELS_MAX


class ImageError(Exception):
    """An image that cannot be shown; `code` is the code of the warning."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_data_url(url: str, alt: str) -> Image:
    """The image in a base64 data: URL (RFC 2397). Its pixels are not decoded.

    The type is what the bytes say, not what the URL says.

    Raises:
        ImageError: `image-not-embedded`, `image-too-large` or `image-unreadable`.
    """
    head = _DATA_URL.match(url)
    if head is None:
        known = url[:5].lower() == "data:"
        raise ImageError("image-unreadable" if known else "image-not-embedded")
    if len(url) > BYTES_MAX * 4:  # room for four thirds of base64, percent-encoded in part
        raise ImageError("image-too-large")
    try:
        data = binascii.a2b_base64(unquote_to_bytes(url[head.end() :]), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise ImageError("image-unreadable") from None
    if len(data) > BYTES_MAX:
        raise ImageError("image-too-large")
    media_type, width, height = _inspect(data)
    pixels_max = JPEG_PIXELS_MAX if media_type == "image/jpeg" else PIXELS_MAX
    if max(width, height) > SIDE_MAX or width * height > pixels_max:
        raise ImageError("image-too-large")
    return Image(data=data, media_type=media_type, alt=alt, width=width, height=height)


def _inspect(data: bytes) -> tuple[_MediaType, int, int]:
    media_type: _MediaType
    reader: type[_ImageFile]
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        media_type, reader = "image/png", PngImageFile
    elif data.startswith(b"\xff\xd8\xff"):
        media_type, reader = "image/jpeg", JpegImageFile
    elif data.startswith((b"GIF87a", b"GIF89a")):
        media_type, reader = "image/gif", GifImageFile
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        media_type, reader = "image/webp", WebPImageFile
    else:
        raise ImageError("image-unreadable")
    if _parts_exceeded(media_type, data):
        raise ImageError("image-too-large")
    try:
        # The class itself instead of PIL.Image.open, which loads every plugin and would
        # warn about sizes that the limit above refuses anyway.
        with reader(BytesIO(data)) as image:
            width, height = image.size
    except (DecompressionBombError, DecompressionBombWarning):
        raise ImageError("image-too-large") from None
    except (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, struct.error):
        raise ImageError("image-unreadable") from None
    if width < 1 or height < 1:
        raise ImageError("image-unreadable")
    return media_type, width, height


def _parts_exceeded(media_type: _MediaType, data: bytes) -> bool:
    """Whether a file has more parts than anybody reads or decodes in a moment."""
    if media_type == "image/png":
        return _count(_png_chunks(data), _CHUNKS_MAX) > _CHUNKS_MAX
    if media_type == "image/jpeg":
        return (
            data.count(_START_OF_SCAN) > _SCANS_MAX
            or _count(_jpeg_segments(data), _SEGMENTS_MAX) > _SEGMENTS_MAX
        )
    if media_type == "image/gif":
        return _count(_gif_blocks(data), _BLOCKS_MAX) > _BLOCKS_MAX
    return False


def _count(parts: Iterator[None], most: int) -> int:
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
