"""The package around the text: made once by python-docx, then only copied.

python-docx knows what a package needs (relationships, content types, theme, settings); the
styles and lists come from this project, in place of those of its own template.
"""

from copy import deepcopy
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
from docx.shared import Mm
from lxml import etree

from activities.formats.docx.numbering import bullet_level, number_level
from activities.formats.docx.page import (
    BOTTOM_MARGIN_MM,
    SIDE_MARGIN_MM,
    TOP_MARGIN_MM,
    Page,
)
from activities.formats.docx.runs import plain_run
from activities.formats.docx.styles import (
    BULLET_LIST,
    LIST_LEVELS,
    NUMBERED_LIST,
    TEXT_GAP,
    styles,
)

TITLE = b"{title}"
"""Stands in the header for the escaped title."""
TITLE_DIRECTION = b"{title-direction}"
"""Stands there for whether the title is written from right to left: 1 or 0."""
EAST_ASIA = b"{east-asia}"
"""Stands in the settings for the language by which Word picks its East Asian font."""
HYPHENATE = b"{hyphenate}"
"""Stands in the settings for whether Word divides words, 0 or 1."""

NAMESPACES = nsdecls("w", "r", "wp", "a", "pic", "m") + (
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' mc:Ignorable="w14"'
)
"""The namespaces that the root elements of the text and of its footnotes declare."""

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
    """By name: everything but the text, its notes and the core properties. The relationships
    of the document and its numbering lack their end tag, because those of the text follow."""
    section: str
    """The `w:sectPr` that ends the text."""


@cache
def template(page: Page) -> Template:
    """The template for pages of this size, the same bytes in every process."""
    document = docx.Document()
    _drop_unused_parts(document)
    _set_page(document, page)
    _set_settings(document)
    _set_styles(document, page)
    _set_numbering(document)
    _add_footnotes(document)
    out = BytesIO()
    document.save(out)
    with ZipFile(out) as package:
        members = {name: package.read(name) for name in package.namelist()}
    for name in ("docProps/core.xml", "word/document.xml", "word/footnotes.xml"):
        del members[name]
    members["[Content_Types].xml"] = _with_image_types(members["[Content_Types].xml"])
    for name, end in (
        ("word/_rels/document.xml.rels", b"</Relationships>"),
        ("word/numbering.xml", b"</w:numbering>"),
    ):
        members[name] = members[name].rstrip().removesuffix(end)
    members["word/theme/theme1.xml"] = _with_calibri(members["word/theme/theme1.xml"])
    section = etree.tostring(document.element.body.sectPr, encoding="unicode")
    return Template(MappingProxyType(members), section)


def _drop_unused_parts(document: WordDocument) -> None:
    for relationships in (document.part.rels, document.part.package.rels):
        for key in [key for key, rel in relationships.items() if rel.reltype in _UNUSED_PARTS]:
            del relationships[key]


def _set_page(document: WordDocument, page: Page) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(page.width_mm), Mm(page.height_mm)
    section.left_margin = section.right_margin = Mm(SIDE_MARGIN_MM)
    section.top_margin = Mm(TOP_MARGIN_MM)
    section.bottom_margin = Mm(BOTTOM_MARGIN_MM)
    section.header_distance = section.footer_distance = Mm(BOTTOM_MARGIN_MM // 2)
    section.different_first_page_header_footer = True
    page_number = _field("PAGE", "1") + plain_run(" / ") + _field("NUMPAGES", "1")
    direction = f'<w:bidi w:val="{TITLE_DIRECTION.decode()}"/>'
    for story, style, content in (
        (section.header, f'<w:pStyle w:val="Header"/>{direction}', _field("TITLE", TITLE.decode())),
        (section.footer, '<w:pStyle w:val="Footer"/>', page_number),
    ):
        story.is_linked_to_previous = False
        paragraph = f"<w:p><w:pPr>{style}</w:pPr>{content}</w:p>"
        _replace_children(story.part.element, paragraph)


def _field(instruction: str, result: str) -> str:
    return f'<w:fldSimple w:instr=" {instruction} "><w:r><w:t>{result}</w:t></w:r></w:fldSimple>'


def _replace_children(parent: etree._Element, xml: str) -> None:
    for child in list(parent):
        parent.remove(child)
    parent.extend(parse_xml(f"<w:body {NAMESPACES}>{xml}</w:body>"))


def _set_settings(document: WordDocument) -> None:
    settings = document.settings.element
    for name in ("w:savePreviewPicture", "w:rsids", "w:shapeDefaults", "w14:docId"):
        settings.remove(settings.find(qn(name)))
    # The template's zoom fits the page and lacks the percentage that the schema requires.
    zoom = settings.find(qn("w:zoom"))
    zoom.attrib.clear()
    zoom.set(qn("w:percent"), "100")
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
    defaults = element.find(qn("w:docDefaults"))
    defaults.find(f".//{qn('w:spacing')}").set(qn("w:after"), str(TEXT_GAP))
    # In tables LibreOffice takes what the defaults alone say for direct formatting, which is
    # stronger than the font of a character style.
    [normal] = (style for style in element if style.get(qn("w:styleId")) == "Normal")
    properties = deepcopy(defaults.find(f".//{qn('w:rPr')}"))
    properties.remove(properties.find(qn("w:lang")))
    normal.append(properties)
    own = "".join(style.xml() for style in styles(page.text_width))
    element.extend(parse_xml(f"<w:styles {nsdecls('w')}>{own}</w:styles>"))


def _set_numbering(document: WordDocument) -> None:
    levels = range(LIST_LEVELS)
    definitions = {
        BULLET_LIST: [bullet_level(level, _BULLETS[level % len(_BULLETS)]) for level in levels],
        NUMBERED_LIST: [number_level(level) for level in levels],
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


def _with_image_types(content_types: bytes) -> bytes:
    end = b"</Types>"
    return content_types.rstrip().removesuffix(end) + _IMAGE_TYPES.encode() + end


def _with_calibri(theme: bytes) -> bytes:
    return theme.replace(b'<a:latin typeface="Cambria"/>', b'<a:latin typeface="Calibri"/>')
