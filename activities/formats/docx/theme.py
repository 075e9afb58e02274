"""The theme: the colours and fonts that Word's Design tab changes, and what stands for the fonts.

The fonts are free ones that few have installed; `w:altName` names what Office has in their place.
"""

from typing import Final

from lxml import etree

from activities.documents.design.tokens import Accent
from activities.formats.docx.design import theme_colours
from activities.formats.shared.ooxml import XML_DECLARATION
from activities.model.themes import Theme

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_NAME: Final = "Export"
_FONTS: Final = {"majorFont": "Source Sans 3", "minorFont": "Source Serif 4"}
_SUBSTITUTES: Final = (
    ("Source Sans 3", "Calibri", "swiss", "variable", "020B0503030403020204"),
    ("Source Serif 4", "Cambria", "roman", "variable", "02040603050405020204"),
    ("Source Code Pro", "Consolas", "modern", "fixed", "020B0509030403020204"),
)
"""Name, name of the other, family, pitch and class (PANOSE)."""

FONT_TABLE: Final = (
    f'{XML_DECLARATION}<w:fonts xmlns:w="{_WORD}">'
    + "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:panose1 w:val="{panose}"/>'
        f'<w:charset w:val="00"/><w:family w:val="{family}"/><w:pitch w:val="{pitch}"/></w:font>'
        for name, other, family, pitch, panose in _SUBSTITUTES
    )
    + "</w:fonts>"
)
"""The fonts of Latin text."""


def with_theme(theme: bytes, accent: Accent, own: Theme) -> bytes:
    """A theme with the colours of an accent, and fonts for Latin text.

    Args:
        theme: that of the template.
        accent: of the file.
        own: names the fonts; those that it does not are of the design.
    """
    root = etree.fromstring(theme)
    root.set("name", _NAME)
    for scheme in root.iter(f"{_DRAWING}clrScheme", f"{_DRAWING}fontScheme"):
        scheme.set("name", _NAME)
    for name, value in theme_colours(accent).items():
        for slot in root.iter(f"{_DRAWING}{name}"):
            slot[:] = [etree.Element(f"{_DRAWING}srgbClr", val=value.digits)]
    fonts = {"majorFont": own.heading_font, "minorFont": own.text_font}
    for kind, usual in _FONTS.items():
        font = fonts[kind]
        typeface = usual if font is None else font.name
        for latin in root.iterfind(f".//{_DRAWING}{kind}/{_DRAWING}latin"):
            latin.set("typeface", typeface)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
