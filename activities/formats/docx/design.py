"""The design of all files as Word has it: its lengths, and its colours by the slots of a theme.

Whoever picks other colours or fonts in Word's Design tab changes the whole document, because
nothing names a colour or a font of text by itself.
"""

from colorsys import rgb_to_hls
from types import MappingProxyType
from typing import Final, NamedTuple

from activities.documents.callouts import CalloutKind
from activities.documents.design.colours import Colour
from activities.documents.design.tokens import (
    CALLOUTS,
    TOKENS,
    Accent,
    CalloutLook,
    ColourRole,
    Type,
)
from activities.formats.docx.font_table import CODE
from activities.formats.shared.office_theme import CALLOUT_SLOTS

_TWIPS_PER_POINT: Final = 20
_EIGHTHS_PER_POINT: Final = 8
_TINT_MAX: Final = 255
_SEMI_BOLD: Final = 600
"""A theme has no weights between: from this one on text is bold."""

BOLD: Final = "<w:b/><w:bCs/>"
ITALIC: Final = "<w:i/><w:iCs/>"
MAJOR_FONT: Final = (
    '<w:rFonts w:asciiTheme="majorHAnsi" w:eastAsiaTheme="majorEastAsia"'
    ' w:hAnsiTheme="majorHAnsi" w:cstheme="majorBidi"/>'
)
MINOR_FONT: Final = (
    '<w:rFonts w:asciiTheme="minorHAnsi" w:eastAsiaTheme="minorEastAsia"'
    ' w:hAnsiTheme="minorHAnsi" w:cstheme="minorBidi"/>'
)
CODE_FONT: Final = f'<w:rFonts w:ascii="{CODE}" w:hAnsi="{CODE}" w:cs="Courier New"/>'
"""A theme has no third font."""
_FONTS: Final = MappingProxyType({"sans": MAJOR_FONT, "serif": MINOR_FONT, "mono": CODE_FONT})


def twips(points: float) -> int:
    """A length in twentieths of a point."""
    return round(points * _TWIPS_PER_POINT)


def half_points(points: float) -> int:
    """A size of text."""
    return round(points * 2)


class Slot(NamedTuple):
    """A colour of the theme, or a lighter shade of one."""

    name: str
    """Empty for one that the theme does not have."""
    value: str
    """What programs that know no theme show; the accent's are filled in with the text."""
    tint: str = ""


BASE, DARK, TINT = "{base}", "{dark}", "{tint}"
"""Stand in the styles for the accent's colours, which each file has its own of."""


def filled_with(accent: Accent, xml: bytes) -> bytes:
    """A part of the package with this accent."""
    for mark, colour in ((BASE, accent.base), (DARK, accent.dark), (TINT, accent.tint)):
        xml = xml.replace(mark.encode(), colour.digits.encode())
    return xml


def _lightness(colour: Colour) -> float:
    return rgb_to_hls(*colour.rgb)[1]


def _grey(colour: Colour) -> Slot:
    """A neutral as a shade of the colour of text (ECMA-376 part 1, 17.3.2.6)."""
    share = (1 - _lightness(colour)) / (1 - _lightness(TOKENS.neutrals.ink))
    return Slot("text1", colour.digits, f"{round(share * _TINT_MAX):02X}")


_NEUTRALS = TOKENS.neutrals
INK: Final = Slot("text1", _NEUTRALS.ink.digits)
G700, G600, G500 = _grey(_NEUTRALS.g700), _grey(_NEUTRALS.g600), _grey(_NEUTRALS.g500)
G300, G200, G50 = _grey(_NEUTRALS.g300), _grey(_NEUTRALS.g200), _grey(_NEUTRALS.g50)
ACCENT: Final = Slot("accent1", BASE)
ACCENT_DARK: Final = Slot("text2", DARK)
ACCENT_TINT: Final = Slot("background2", TINT)
LINK: Final = Slot("hyperlink", BASE)
_ROLES: Final[MappingProxyType[ColourRole, Slot]] = MappingProxyType(
    {
        "ink": INK,
        "g700": G700,
        "g600": G600,
        "white": Slot("background1", _NEUTRALS.white.digits),
        "base": ACCENT,
        "dark": ACCENT_DARK,
    }
)


def callout_slots(kind: CalloutKind) -> tuple[Slot, Slot]:
    """The colour of a kind of callout, and that of its ground."""
    look: CalloutLook = CALLOUTS[kind]
    if kind not in CALLOUT_SLOTS:
        return _grey(look.base), G50
    name = CALLOUT_SLOTS[kind]
    share = (1 - _lightness(look.tint)) / (1 - _lightness(look.base))
    tint = f"{round(share * _TINT_MAX):02X}"
    return Slot(name, look.base.digits), Slot(name, look.tint.digits, tint)


def colour(slot: Slot) -> str:
    """The colour of text."""
    tint = f' w:themeTint="{slot.tint}"' if slot.tint else ""
    return f'<w:color w:val="{slot.value}" w:themeColor="{slot.name}"{tint}/>'


def shade(slot: Slot | None) -> str:
    """The ground of a paragraph, a cell or some text; None is that of the page."""
    if slot is None:
        return ""
    named = f' w:themeFill="{slot.name}"' if slot.name else ""
    tint = f' w:themeFillTint="{slot.tint}"' if slot.tint else ""
    return f'<w:shd w:val="clear" w:color="auto" w:fill="{slot.value}"{named}{tint}/>'


def border(side: str, slot: Slot, points: float, space: float = 0) -> str:
    """A line of this thickness, `space` points away from the text."""
    tint = f' w:themeTint="{slot.tint}"' if slot.tint else ""
    return (
        f'<w:{side} w:val="single" w:sz="{max(2, round(points * _EIGHTHS_PER_POINT))}"'
        f' w:space="{round(space)}" w:color="{slot.value}" w:themeColor="{slot.name}"{tint}/>'
    )


def size(points: float) -> str:
    """The size of text."""
    return f'<w:sz w:val="{half_points(points)}"/><w:szCs w:val="{half_points(points)}"/>'


def spacing(
    kind: Type, *, exact: bool = True, before: float | None = None, after: float | None = None
) -> str:
    """What is free above and below a paragraph of this type, and the distance of its lines.

    Args:
        kind: the type.
        exact: whether its lines stay as far apart when something in them is higher.
        before: what is free above, in points, where it is not what the type says.
        after: likewise below.
    """
    rule = "exact" if exact else "atLeast"
    above = kind.before if before is None else before
    below = kind.after if after is None else after
    return (
        f'<w:spacing w:before="{twips(above)}" w:after="{twips(below)}"'
        f' w:line="{twips(kind.leading)}" w:lineRule="{rule}"/>'
    )


def run(kind: Type, slot: Slot | None = None) -> str:
    """The properties of text of this type, in the order of the schema."""
    bold = BOLD if kind.weight >= _SEMI_BOLD else '<w:b w:val="0"/><w:bCs w:val="0"/>'
    return _FONTS[kind.face] + bold + colour(slot or _ROLES[kind.colour]) + size(kind.size)
