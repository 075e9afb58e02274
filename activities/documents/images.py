"""Images that came inside a text as data: URLs."""

import binascii
import re
import struct
from io import BytesIO
from typing import Final, Literal
from urllib.parse import unquote_to_bytes

from PIL.GifImagePlugin import GifImageFile
from PIL.Image import DecompressionBombError, DecompressionBombWarning
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from activities.documents.model import Image

BYTES_MAX: Final = 10 * 1024 * 1024
"""Size of an image file."""
PIXELS_MAX: Final = 40_000_000
"""Width times height: what a renderer may have to hold in memory, four bytes a pixel."""

_DATA_URL = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)

_MediaType = Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
_ImageFile = PngImageFile | JpegImageFile | GifImageFile | WebPImageFile


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
    if width * height > PIXELS_MAX:
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
