"""Items as XHTML with what a page, a chapter or a module around them needs."""

import re
from collections.abc import Sequence

import msgspec

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.design.tokens import AccentName
from activities.documents.formulas.readable import readable_text
from activities.documents.link_targets import item_anchor
from activities.documents.model import Block, Document
from activities.documents.pictures import described
from activities.formats.shared.xhtml.blocks import XhtmlWriter, part_anchor
from activities.formats.shared.xhtml.label_languages import label_attributes
from activities.formats.shared.xhtml.pictures import PictureAddress
from activities.formats.shared.xhtml.places import element_id
from activities.formats.shared.xhtml.profiles import Profile
from activities.model.warnings import Report

_ID = re.compile(r' id="(p[0-9a-f]{16}r?)"')


class UnitPart(msgspec.Struct, frozen=True, gc=False):
    """A part of an item."""

    id: str
    """Of its element."""
    label: str
    """Its heading, as text."""
    xhtml: bytes
    has_maths: bool


class Unit(msgspec.Struct, frozen=True, gc=False):
    """An item."""

    item_id: str
    id: str
    """Of the element of its title, to which links lead."""
    language: str
    right_to_left: bool
    accent: AccentName
    title: str
    """As a line of text."""
    heading: bytes
    """As the content of an element."""
    heading_has_maths: bool
    contents: str
    """The label of a table of contents."""
    label_attributes: str
    """Those of an element that holds the label of a part, if its language is another."""
    parts: tuple[UnitPart, ...]

    @property
    def has_maths(self) -> bool:
        """Whether there is MathML anywhere in it."""
        return self.heading_has_maths or any(part.has_maths for part in self.parts)

    @property
    def attributes(self) -> str:
        """The language and direction of an element that holds it."""
        direction = "rtl" if self.right_to_left else "ltr"
        return f'lang="{self.language}" dir="{direction}"'


def write_unit(
    document: Document,
    profile: Profile,
    report: Report,
    picture_address: PictureAddress,
    *,
    levels_above: int = 0,
) -> Unit:
    """The document for one kind of receiver; what that cannot hold goes to the report."""
    writer = XhtmlWriter(document, profile, report, picture_address, levels_above=levels_above)
    heading = writer.runs(document.title.runs).encode()
    heading_has_maths = writer.has_maths
    parts = []
    for part in document.parts:
        xhtml = writer.part(part)
        parts.append(
            UnitPart(
                id=element_id(part_anchor(document.item_id, part.name)),
                label=document.labels.part(part.name),
                xhtml=xhtml.encode(),
                has_maths="<math " in xhtml,
            )
        )
    writer.warnings.flush(report, document.title.runs)
    return Unit(
        item_id=document.item_id,
        id=element_id(item_anchor(document.item_id)),
        language=document.language,
        right_to_left=document.right_to_left,
        accent=document.accent,
        title=line_of_title(document),
        heading=heading,
        heading_has_maths=heading_has_maths,
        contents=document.labels.contents,
        label_attributes=label_attributes(document.labels, document.language, profile),
        parts=tuple(parts),
    )


def standing_alone(blocks: Sequence[Block], document: Document, writer: XhtmlWriter) -> str:
    """Blocks that a receiver shows apart from their item, in its language and direction."""
    direction = "rtl" if document.right_to_left else "ltr"
    return f'<div lang="{document.language}" dir="{direction}">{writer.blocks(blocks)}</div>'


def ids_in(xhtml: bytes) -> list[str]:
    """The ids of the elements of some XHTML of ours."""
    return _ID.findall(xhtml.decode())


def line_of_title(document: Document) -> str:
    """The title of a document as a line of text."""
    text = "".join(readable_text(run) for run in described(document.title.runs))
    return close_bidi_controls(" ".join(text.split())) or document.item_id
