"""Pictures: the files in the package and the drawings that show them."""

import hashlib
from typing import NamedTuple

from activities.documents.model import Image
from activities.formats.docx.fragment import UNIQUE, Picture, mark
from activities.formats.shared.xml_escaping import xml_attribute

_EMU_PER_PIXEL = 9525
"""At 96 pixels an inch; there are 914,400 English Metric Units in an inch."""
_EMU_PER_TWIP = 635


def picture(image: Image) -> Picture:
    """The file for an image."""
    return Picture(image.media_type.removeprefix("image/"), image.data)


def relation_id(content: bytes) -> str:
    """A relationship id made of what the relationship is to."""
    return "r" + hashlib.blake2b(content, digest_size=10).hexdigest()


class Room(NamedTuple):
    """The most that a picture may take, in twips."""

    width: int
    height: int


def drawing(image: Image, relation: str, unique: int, room: Room) -> str:
    """An inline `w:drawing` of the image in the size that its author wants, or smaller to fit.

    Args:
        image: gives size and alternative text.
        relation: id of the relationship to the picture.
        unique: the item's own number for this drawing.
        room: what it may take.
    """
    width, height = image.shown_width * _EMU_PER_PIXEL, image.shown_height * _EMU_PER_PIXEL
    scale = min(1.0, room.width * _EMU_PER_TWIP / width, room.height * _EMU_PER_TWIP / height)
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
