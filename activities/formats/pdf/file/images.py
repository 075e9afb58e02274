"""Raster images as PDF image objects: JPEG data as it is, everything else as packed pixels."""

import hashlib
import io

from PIL import Image as Picture
from PIL import ImageOps

from activities.documents.model import Image
from activities.formats.pdf.file.objects import ObjectWriter

_ORIENTATION_TAG = 0x0112
_JPEG_SPACES = {"L": "DeviceGray", "RGB": "DeviceRGB"}


class UnreadableImageError(Exception):
    """The data is not an image of a kind that can be shown."""


class ImageStore:
    """The images of one document; equal ones are written once."""

    def __init__(self, objects: ObjectWriter) -> None:
        self._objects = objects
        self._written: dict[bytes, tuple[str, int]] = {}

    def add(self, image: Image) -> tuple[str, int]:
        """The image's resource name and object number.

        Raises:
            UnreadableImageError: the data cannot be decoded.
        """
        digest = hashlib.sha256(image.data).digest()
        known = self._written.get(digest)
        if known is None:
            try:
                reference = self._write(image.data)
            except (OSError, SyntaxError, ValueError, Picture.DecompressionBombError) as error:
                raise UnreadableImageError from error
            known = self._written[digest] = (f"Im{len(self._written) + 1}", reference)
        return known

    def _write(self, data: bytes) -> int:
        with Picture.open(io.BytesIO(data)) as picture:
            upright = picture.getexif().get(_ORIENTATION_TAG, 1) == 1
            if picture.format == "JPEG" and upright and picture.mode in _JPEG_SPACES:
                picture.load()
                entries = _entries(picture, _JPEG_SPACES[picture.mode])
                number = self._objects.new_number()
                self._objects.write_plain_stream(number, data, entries + "/Filter/DCTDecode")
                return number
            ImageOps.exif_transpose(picture, in_place=True)
            return self._write_pixels(picture)

    def _write_pixels(self, picture: Picture.Image) -> int:
        grey = picture.mode in {"1", "L", "LA"}
        mode, space = ("L", "DeviceGray") if grey else ("RGB", "DeviceRGB")
        entries = _entries(picture, space)
        if picture.has_transparency_data:
            alpha = picture.convert("RGBA").getchannel("A")
            mask = self._objects.write_stream(alpha.tobytes(), _entries(alpha, "DeviceGray"))
            entries += f"/SMask {mask} 0 R"
        return self._objects.write_stream(picture.convert(mode).tobytes(), entries)


def _entries(picture: Picture.Image, space: str) -> str:
    return (
        f"/Type/XObject/Subtype/Image/Width {picture.width}/Height {picture.height}"
        f"/ColorSpace/{space}/BitsPerComponent 8"
    )
