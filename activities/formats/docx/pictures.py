"""Pictures: the files in the package and the drawings that show them."""

import hashlib
from io import BytesIO

from PIL.WebPImagePlugin import WebPImageFile

from activities.documents.model import Image
from activities.formats.docx.fragment import UNIQUE, Picture, mark
from activities.formats.shared.ooxml import xml_attribute

_EMU_PER_PIXEL = 9525
"""At 96 pixels an inch; there are 914,400 English Metric Units in an inch."""
_EMU_PER_TWIP = 635
_EXTENSIONS = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif"}


def picture(image: Image) -> Picture:
    """The file for an image; WebP becomes PNG, because Word shows no WebP.

    Raises:
        OSError: the pixels of a WebP image cannot be decoded.
    """
    extension = _EXTENSIONS.get(image.media_type)
    if extension is not None:
        return Picture(extension, image.data)
    out = BytesIO()
    with WebPImageFile(BytesIO(image.data)) as pixels:
        pixels.save(out, "PNG")
    return Picture("png", out.getvalue())


def relation_id(content: bytes) -> str:
    """A relationship id made of what the relationship is to."""
    return "r" + hashlib.blake2b(content, digest_size=10).hexdigest()


def drawing(image: Image, relation: str, unique: int, *, width_max: int, height_max: int) -> str:
    """An inline `w:drawing` of the image in its own size, or smaller to fit.

    Args:
        image: gives size and alternative text.
        relation: id of the relationship to the picture.
        unique: the item's own number for this drawing.
        width_max: the most width, in twips.
        height_max: the most height, in twips.
    """
    width, height = image.width * _EMU_PER_PIXEL, image.height * _EMU_PER_PIXEL
    scale = min(1.0, width_max * _EMU_PER_TWIP / width, height_max * _EMU_PER_TWIP / height)
    width, height = max(1, int(width * scale)), max(1, int(height * scale))
    number = mark(UNIQUE, unique)
    alt = xml_attribute(image.alt)
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{width}" cy="{height}"/>'
        f'<wp:docPr id="{number}" name="Picture {number}" descr="{alt}"/>'
        '<wp:cNvGraphicFramePr><a:graphicFrameLocks noChangeAspect="1"/>'
        "</wp:cNvGraphicFramePr><a:graphic><a:graphicData"
        ' uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="{number}" name="Picture {number}"/><pic:cNvPicPr/>'
        f'</pic:nvPicPr><pic:blipFill><a:blip r:embed="{relation}"/>'
        "<a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>"
        f'<a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )
