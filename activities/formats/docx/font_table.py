"""What stands for the fonts, which are free ones that few have installed."""

from typing import Final

from activities.documents.design.tokens import Look
from activities.formats.shared.office_theme import LEGIBLE, SANS, SERIF
from activities.formats.shared.ooxml import XML_DECLARATION
from activities.model.themes import Theme

CODE: Final = "Consolas"
"""LibreOffice knows what is like it, and nothing like a font that it does not know."""
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SUBSTITUTES: Final = (
    (SANS, "Calibri", "swiss", "variable", "020B0503030403020204"),
    (LEGIBLE, "Verdana", "swiss", "variable", "00000000000000000000"),
    (SERIF, "Cambria", "roman", "variable", "02040603050405020204"),
)
"""Name, name of what Office has in its place, family, pitch and class (PANOSE)."""

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


def fonts_of(theme: Theme, look: Look) -> dict[str, str]:
    """The fonts in Word's theme: that of a look which has one for its readers' sake, those that a
    theme names, otherwise those of the design.
    """
    if look.face == "legible":
        return {"majorFont": LEGIBLE, "minorFont": LEGIBLE}
    heading, text = theme.heading_font, theme.text_font
    return {
        "majorFont": SANS if heading is None else heading.name,
        "minorFont": SERIF if text is None else text.name,
    }
