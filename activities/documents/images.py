"""Pictures as content has them become pictures that every format can show.

Each is read once, here. What a format gets is upright, has 8 bits a channel, is PNG or JPEG and
can be decoded: cameras, scanners and browsers make more kinds than Word or a PDF can hold.
"""

import binascii
import math
import re
import struct
from io import BytesIO
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from urllib.parse import unquote_to_bytes

import PIL.Image
from msgspec.structs import replace
from PIL import AvifImagePlugin, ImageOps
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import DecompressionBombError, DecompressionBombWarning
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from activities.documents.colours import in_srgb, means_srgb
from activities.documents.jpeg_frame import is_whole
from activities.documents.model import Image
from activities.documents.picture_parts import has_too_many_parts
from activities.documents.svg import UnreadableDrawingError, is_svg, rasterized
from activities.model.limits import PICTURE_BYTES_MAX

SIDE_MAX: Final = 20_000
"""Width or height; a row of pixels is held for each of some filters."""
PIXELS_MAX: Final = 20_000_000
"""Width times height: what a renderer may have to hold in memory, several times, with up to eight
bytes a pixel."""
JPEG_PIXELS_MAX: Final = 40_000_000
"""The same of JPEG, whose pixels are mostly not decoded: cameras take as many. One that has to be
turned is halved first when it has more than `PIXELS_MAX`."""

_DATA_URL = re.compile(r"\s*data:image/[a-z0-9.+-]+(?:;[a-z0-9=_-]+)*;base64,", re.IGNORECASE)
_WHITE = re.compile(rb"\s+")
_PNG_DEPTH = 24
"""Where a PNG says how many bits a channel has (ISO/IEC 15948, 11.2.2)."""
_ORIENTATION: Final = 0x0112
_QUALITY: Final = 90
"""Of a photograph that becomes a JPEG: no eye sees a difference to the source."""
_PLAIN_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA"})
_OTHER_COLOURS = frozenset({"CMYK", "LAB"})
_DEEPEST = 65_535
_WHITES = MappingProxyType({"I": (255, _DEEPEST), "F": (1, 255, _DEEPEST)})
_REFUSED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    IndexError,
    KeyError,
    EOFError,
    OverflowError,
    RuntimeError,
    struct.error,
)
"""What Pillow raises at bytes that are not what they begin as."""

# Pillow itself refuses what is twice as large, before it allocates anything for it.
PIL.Image.MAX_IMAGE_PIXELS = JPEG_PIXELS_MAX
# A render has one processor.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_MediaType = Literal["image/png", "image/jpeg"]


class _Kind(NamedTuple):
    """A kind of picture file."""

    name: str
    reader: type[ImageFile]


_PNG = _Kind("PNG", PngImageFile)
_JPEG = _Kind("JPEG", JpegImageFile)
_WEBP = _Kind("WEBP", WebPImageFile)
_AVIF = _Kind("AVIF", AvifImageFile)
_STARTS: Final = (
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\xff\xd8\xff", _JPEG),
    (b"GIF87a", _Kind("GIF", GifImageFile)),
    (b"GIF89a", _Kind("GIF", GifImageFile)),
    (b"BM", _Kind("BMP", BmpImageFile)),
    (b"II*\0", _Kind("TIFF", TiffImageFile)),
    (b"MM\0*", _Kind("TIFF", TiffImageFile)),
)
_AVIF_BRANDS = (b"avif", b"avis", b"mif1", b"miaf")


class ImageError(Exception):
    """An image that cannot be shown; `code` is the code of the warning."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_data_url(address: str) -> bool:
    """Whether an address holds its data itself (RFC 2397)."""
    return address.lstrip()[:5].lower() == "data:"


def _data_of_url(url: str) -> bytes:
    """What a base64 data: URL holds. White space in it, as mails and wikis break lines, is skipped.

    Raises:
        ImageError: `image-too-large` or `image-unreadable`.
    """
    head = _DATA_URL.match(url)
    if head is None:
        raise ImageError("image-unreadable")
    if len(url) > PICTURE_BYTES_MAX * 4:  # room for four thirds of base64, percent-encoded in part
        raise ImageError("image-too-large")
    encoded = _WHITE.sub(b"", unquote_to_bytes(url[head.end() :]))
    try:
        return binascii.a2b_base64(encoded, strict_mode=True)
    except binascii.Error:
        raise ImageError("image-unreadable") from None


def read_data_url(url: str, alt: str) -> Image:
    """The picture that a data: URL holds, as every format can show it.

    Raises:
        ImageError: `image-too-large` or `image-unreadable`.
    """
    return read_image(_data_of_url(url), alt)


def read_image(data: bytes, alt: str) -> Image:
    """A picture file as every format can show it.

    The type is what the bytes say, whatever name or header they came with.

    Raises:
        ImageError: `image-too-large` or `image-unreadable`.
    """
    if len(data) > PICTURE_BYTES_MAX:
        raise ImageError("image-too-large")
    if is_svg(data):
        return _drawing(data, alt)
    return _read_raster(data, alt)


def _drawing(data: bytes, alt: str) -> Image:
    def read_picture(inner: bytes) -> tuple[bytes, str]:
        try:
            picture = _read_raster(inner, "")
        except ImageError as error:
            raise UnreadableDrawingError from error
        return picture.data, picture.media_type

    try:
        png, width = rasterized(data, read_picture)
    except UnreadableDrawingError:
        raise ImageError("image-unreadable") from None
    return replace(_read_raster(png, alt), display_width=width)


def _read_raster(data: bytes, alt: str) -> Image:
    kind = _kind_of(data)
    if kind is None:
        raise ImageError("image-unreadable")
    if has_too_many_parts(kind.name, data):
        raise ImageError("image-too-large")
    try:
        # The class itself instead of PIL.Image.open, which loads every plugin and would
        # warn about sizes that the limit below refuses anyway.
        with kind.reader(BytesIO(data)) as picture:
            _check_size(picture, kind)
            return _shown(picture, kind, data, alt)
    except (DecompressionBombError, DecompressionBombWarning, MemoryError):
        raise ImageError("image-too-large") from None
    except _REFUSED:
        raise ImageError("image-unreadable") from None


def _kind_of(data: bytes) -> _Kind | None:
    for start, kind in _STARTS:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _AVIF_BRANDS:
        return _AVIF
    return None


def _check_size(picture: ImageFile, kind: _Kind) -> None:
    width, height = picture.size
    if width < 1 or height < 1:
        raise ImageError("image-unreadable")
    pixels_max = JPEG_PIXELS_MAX if kind is _JPEG else PIXELS_MAX
    if max(width, height) > SIDE_MAX or width * height > pixels_max:
        raise ImageError("image-too-large")


def _shown(picture: ImageFile, kind: _Kind, data: bytes, alt: str) -> Image:
    if kind is _PNG:
        picture.load()
        if data[_PNG_DEPTH] <= 8 and _is_upright(picture) and means_srgb(picture):
            return Image(data, "image/png", alt, *picture.size)
    elif kind is _JPEG:
        if picture.mode in {"L", "RGB"} and _is_upright(picture) and means_srgb(picture):
            if not is_whole(data):
                picture.load()
            return Image(data, "image/jpeg", alt, *picture.size)
        if picture.width * picture.height > PIXELS_MAX:
            picture.draft(picture.mode, (picture.width // 2, picture.height // 2))
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    simple = in_srgb(_simplified(upright), picture)
    photograph = kind in (_JPEG, _AVIF) or (kind is _WEBP and _is_lossy_webp(data))
    out = BytesIO()
    media_type: _MediaType
    if photograph and simple.mode in {"L", "RGB"}:
        media_type = "image/jpeg"
        simple.save(out, "JPEG", quality=_QUALITY, icc_profile=None, exif=b"", comment=b"")
    else:
        media_type = "image/png"
        simple.save(out, "PNG", icc_profile=None, exif=b"")
    return Image(out.getvalue(), media_type, alt, *simple.size)


def _is_upright(picture: ImageFile) -> bool:
    orientation: object = picture.getexif().get(_ORIENTATION, 1)
    return orientation == 1


def _is_lossy_webp(data: bytes) -> bool:
    """Whether the first picture is stored as VP8 (WebP container specification)."""
    place = 12
    while place + 8 <= len(data):
        name, length = (
            data[place : place + 4],
            int.from_bytes(data[place + 4 : place + 8], "little"),
        )
        if name in (b"VP8 ", b"VP8L"):
            return name == b"VP8 "
        if name == b"ANMF":
            place += 8 + 16
        else:
            place += 8 + length + length % 2
    return False


def _simplified(picture: PIL.Image.Image) -> PIL.Image.Image:
    """The picture in a mode that both formats have or whose colours are known, without clipping
    what is deeper than 8 bits.
    """
    if picture.mode in _PLAIN_MODES or picture.mode in _OTHER_COLOURS:
        return picture
    if picture.mode == "F" or picture.mode.startswith("I"):
        return _eight_bits(picture)
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _eight_bits(picture: PIL.Image.Image) -> PIL.Image.Image:
    deep = picture if picture.mode in {"I", "F"} else picture.convert("I")
    low, high = deep.getextrema()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ImageError("image-unreadable")
    # White is the largest number of the depth; where that is not known, of the picture.
    for white in _WHITES.get(picture.mode, (_DEEPEST,)):
        if low >= 0 and high <= white:
            low, high = 0, white
            break
    scale = 255 / ((high - low) or 1)
    offset = 0.5 - low * scale
    return deep.point(lambda value: value * scale + offset).convert("L")
