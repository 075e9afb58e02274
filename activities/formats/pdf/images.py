"""Raster images as PDF image objects: JPEG data as it is, everything else as packed pixels."""

import hashlib
import io

from PIL import Image as Picture
from PIL import ImageOps
from reportlab.pdfbase.pdfdoc import PDFName, PDFObjectReference

from activities.documents.model import Image
from activities.formats.pdf.objects import ObjectWriter

_ORIENTATION_TAG = 0x0112
_JPEG_SPACES = {"L": "DeviceGray", "RGB": "DeviceRGB"}


class UnreadableImageError(Exception):
    """The data is not an image of a kind that can be shown."""


class ImageStore:
    """The images of one document; equal ones are written once."""

    def __init__(self, objects: ObjectWriter) -> None:
        self._objects = objects
        self._written: dict[bytes, tuple[str, PDFObjectReference]] = {}

    def add(self, image: Image) -> tuple[str, PDFObjectReference]:
        """The image's resource name and object.

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

    def _write(self, data: bytes) -> PDFObjectReference:
        with Picture.open(io.BytesIO(data)) as picture:
            upright = picture.getexif().get(_ORIENTATION_TAG, 1) == 1
            if picture.format == "JPEG" and upright and picture.mode in _JPEG_SPACES:
                picture.load()
                entries = _entries(picture, _JPEG_SPACES[picture.mode])
                return self._objects.write_stream({**entries, "Filter": PDFName("DCTDecode")}, data)
            return self._write_pixels(ImageOps.exif_transpose(picture))

    def _write_pixels(self, picture: Picture.Image) -> PDFObjectReference:
        grey = picture.mode in {"1", "L", "LA"}
        mode, space = ("L", "DeviceGray") if grey else ("RGB", "DeviceRGB")
        entries = _entries(picture, space)
        if picture.has_transparency_data:
            alpha = picture.convert("RGBA").getchannel("A")
            entries["SMask"] = self._objects.write_stream(
                _entries(alpha, "DeviceGray"), alpha.tobytes()
            )
        return self._objects.write_stream(entries, picture.convert(mode).tobytes())


def _entries(picture: Picture.Image, space: str) -> dict[str, object]:
    return {
        "Type": PDFName("XObject"),
        "Subtype": PDFName("Image"),
        "Width": picture.width,
        "Height": picture.height,
        "ColorSpace": PDFName(space),
        "BitsPerComponent": 8,
    }
