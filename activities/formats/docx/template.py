"""The package around the text: made once by python-docx, then only copied.

python-docx knows what a package needs (relationships, content types, theme, settings); the
styles and lists come from this project, in place of those of its own template.
"""

from functools import cache
from io import BytesIO
from types import MappingProxyType
from zipfile import ZipFile

import docx
import msgspec
from docx.document import Document as WordDocument
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml import etree

from activities.formats.docx.design import run, spacing
from activities.formats.docx.font_table import FONT_TABLE
from activities.formats.docx.numbering import bullet_level, glance_level, number_level
from activities.formats.docx.page import Page
from activities.formats.docx.styles import (
    BULLET_LIST,
    LIST_LEVELS,
    NUMBERED_LIST,
    OBJECTIVES_LIST,
    POINTS_LIST,
    glance_indent,
    styles,
)

EAST_ASIA = b"{east-asia}"
"""Stands in the settings for the language by which Word picks its East Asian font."""
HYPHENATE = b"{hyphenate}"
"""Stands in the settings for whether Word divides words, 0 or 1."""

NAMESPACES = nsdecls("w", "r", "wp", "a", "pic", "m") + (
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' mc:Ignorable="w14"'
)
"""The namespaces that the root elements of the text, its footnotes, heads and feet declare."""

_KEPT_STYLES = frozenset({"Normal", "DefaultParagraphFont", "TableNormal", "NoList"})
_UNUSED_PARTS = frozenset(
    {
        RELATIONSHIP_TYPE.CUSTOM_XML,
        RELATIONSHIP_TYPE.WEB_SETTINGS,
        RELATIONSHIP_TYPE.THUMBNAIL,
        RELATIONSHIP_TYPE.EXTENDED_PROPERTIES,
        "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects",
    }
)
_IMAGE_TYPES = "".join(
    f'<Default Extension="{extension}" ContentType="image/{extension}"/>'
    for extension in ("jpeg", "png")
)
_BULLETS = "•◦▪"


class Template(msgspec.Struct, frozen=True):
    """The package without its text."""

    members: MappingProxyType[str, bytes]
    """By name: everything but the text, its notes, heads and feet, and the core properties. The
    types of members, the relationships of the document and its numbering lack their end tag,
    because those of the text follow. The theme and the styles wait for the accent."""


@cache
def template(page: Page) -> Template:
    """The template for such pages, the same bytes in every process."""
    document = docx.Document()
    _drop_unused_parts(document)
    _set_settings(document, page)
    _set_styles(document, page)
    _set_numbering(document, page)
    _add_footnotes(document)
    out = BytesIO()
    document.save(out)
    with ZipFile(out) as package:
        members = {name: package.read(name) for name in package.namelist()}
    for name in ("docProps/core.xml", "word/document.xml", "word/footnotes.xml"):
        del members[name]
    types = members["[Content_Types].xml"].rstrip().removesuffix(b"</Types>")
    members["[Content_Types].xml"] = types + _IMAGE_TYPES.encode()
    for name, end in (
        ("word/_rels/document.xml.rels", b"</Relationships>"),
        ("word/numbering.xml", b"</w:numbering>"),
    ):
        members[name] = members[name].rstrip().removesuffix(end)
    members["word/fontTable.xml"] = FONT_TABLE.encode()
    return Template(MappingProxyType(members))


def _drop_unused_parts(document: WordDocument) -> None:
    for relationships in (document.part.rels, document.part.package.rels):
        for key in [key for key, rel in relationships.items() if rel.reltype in _UNUSED_PARTS]:
            del relationships[key]


def _replace_children(parent: etree._Element, xml: str) -> None:
    for child in list(parent):
        parent.remove(child)
    parent.extend(parse_xml(f"<w:body {NAMESPACES}>{xml}</w:body>"))


def _set_settings(document: WordDocument, page: Page) -> None:
    settings = document.settings.element
    for name in ("w:savePreviewPicture", "w:rsids", "w:shapeDefaults", "w14:docId"):
        settings.remove(settings.find(qn(name)))
    # The template's zoom fits the page and lacks the percentage that the schema requires.
    zoom = settings.find(qn("w:zoom"))
    zoom.attrib.clear()
    zoom.set(qn("w:percent"), "100")
    if page.look.ground == "paper":
        shown = f"<w:displayBackgroundShape {nsdecls('w')}/>"
        zoom.addnext(parse_xml(shown))
    settings.find(qn("w:defaultTabStop")).addnext(
        parse_xml(f'<w:autoHyphenation {nsdecls("w")} w:val="{HYPHENATE.decode()}"/>')
    )
    theme_languages = settings.find(qn("w:themeFontLang"))
    theme_languages.set(qn("w:eastAsia"), EAST_ASIA.decode())
    theme_languages.set(qn("w:bidi"), "ar-SA")
    compatibility = settings.find(qn("w:compat"))
    compatibility.remove(compatibility.find(qn("w:useFELayout")))
    # Any lower mode and Word says "Compatibility Mode" in its title bar.
    compatibility.find(qn("w:compatSetting")).set(qn("w:val"), "15")
    compatibility.addprevious(
        parse_xml(
            f'<w:footnotePr {nsdecls("w")}><w:footnote w:id="-1"/><w:footnote w:id="0"/>'
            "</w:footnotePr>"
        )
    )


def _set_styles(document: WordDocument, page: Page) -> None:
    element = document.styles.element
    for style in element.findall(qn("w:style")):
        if style.get(qn("w:styleId")) not in _KEPT_STYLES:
            element.remove(style)
    # In tables LibreOffice takes what the defaults alone say for direct formatting, which is
    # stronger than the font of a character style.
    [normal] = (style for style in element if style.get(qn("w:styleId")) == "Normal")
    body = page.types["body"]
    paragraph = f"<w:pPr><w:widowControl/>{spacing(body, exact=False)}</w:pPr>"
    text = f"<w:rPr>{run(body)}</w:rPr>".replace('<w:b w:val="0"/><w:bCs w:val="0"/>', "")
    for xml in (paragraph, text):
        normal.append(parse_xml(xml.replace("r>", f"r {nsdecls('w')}>", 1)))
    own = "".join(style.xml() for style in styles(page))
    element.extend(parse_xml(f"<w:styles {nsdecls('w')}>{own}</w:styles>"))


def _set_numbering(document: WordDocument, page: Page) -> None:
    levels, step, beside = range(LIST_LEVELS), page.list_indent, glance_indent(page)
    definitions = {
        BULLET_LIST: [
            bullet_level(level, _BULLETS[level % len(_BULLETS)], step) for level in levels
        ],
        NUMBERED_LIST: [number_level(level, step) for level in levels],
        OBJECTIVES_LIST: [glance_level("☐", "GlanceObjective", beside)],
        POINTS_LIST: [glance_level(_BULLETS[0], "GlancePoint", beside)],
    }
    xml = "".join(
        f'<w:abstractNum w:abstractNumId="{list_id}">'
        f'<w:multiLevelType w:val="hybridMultilevel"/>{"".join(content)}</w:abstractNum>'
        for list_id, content in definitions.items()
    ) + "".join(
        f'<w:num w:numId="{list_id}"><w:abstractNumId w:val="{list_id}"/></w:num>'
        for list_id in definitions
    )
    _replace_children(document.part.numbering_part.element, xml)


def _add_footnotes(document: WordDocument) -> None:
    # Only for its relationship and content type: the notes are written with the text.
    notes = Part(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, b"", None)
    document.part.relate_to(notes, RELATIONSHIP_TYPE.FOOTNOTES)
