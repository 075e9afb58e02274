"""Pictures as PDF image objects: JPEG data as it is, everything else as packed pixels."""

import hashlib
import io

from PIL import Image as Picture

from activities.documents.model import Image
from activities.formats.pdf.file.objects import ObjectWriter

_FORMATS = ("PNG", "JPEG")
_JPEG_SPACES = {"L": "DeviceGray", "RGB": "DeviceRGB"}


class ImageStore:
    """The images of one document; equal ones are written once."""

    def __init__(self, objects: ObjectWriter) -> None:
        self._objects = objects
        self._written: dict[bytes, tuple[str, int]] = {}

    def add(self, image: Image) -> tuple[str, int]:
        """The image's resource name and object number."""
        digest = hashlib.sha256(image.data).digest()
        known = self._written.get(digest)
        if known is None:
            known = self._written[digest] = (f"Im{len(self._written) + 1}", self._write(image))
        return known

    def _write(self, image: Image) -> int:
        with Picture.open(io.BytesIO(image.data), formats=_FORMATS) as picture:
            if image.media_type == "image/png":
                return self._write_pixels(picture)
            entries = _entries(picture, _JPEG_SPACES[picture.mode])
            number = self._objects.new_number()
            self._objects.write_plain_stream(number, image.data, entries + "/Filter/DCTDecode")
            return number

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
