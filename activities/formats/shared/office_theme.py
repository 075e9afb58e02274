"""The theme of Office's files: the colours and fonts that the Design tab changes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from lxml import etree

from activities.documents.callouts import CalloutKind
from activities.documents.design.colours import Colour
from activities.documents.design.tokens import CALLOUTS, TOKENS, Accent

CALLOUT_SLOTS: Final[MappingProxyType[CalloutKind, str]] = MappingProxyType(
    {
        "note": "accent2",
        "tip": "accent3",
        "important": "accent4",
        "warning": "accent5",
        "caution": "accent6",
    }
)
"""The slots for colours of callouts."""
SANS: Final = "Source Sans 3"
SERIF: Final = "Source Serif 4"
LEGIBLE: Final = "Atkinson Hyperlegible Next"
"""For readers whom similar letters trouble."""
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_NAME: Final = "Export"


def _colours(accent: Accent) -> dict[str, Colour]:
    """The colours of the theme by the names of DrawingML (ECMA-376 part 1, 20.1.6.2)."""
    colours = {
        "dk1": TOKENS.neutrals.ink,
        "lt1": TOKENS.neutrals.white,
        "dk2": accent.dark,
        "lt2": accent.tint,
        "accent1": accent.base,
    }
    colours |= {slot: CALLOUTS[kind].base for kind, slot in CALLOUT_SLOTS.items()}
    return colours | {"hlink": accent.base, "folHlink": accent.dark}


def with_theme(
    theme: bytes,
    accent: Accent,
    fonts: Mapping[str, str],
    ground: Literal["white", "paper"] = "white",
) -> bytes:
    """A theme with the colours of an accent.

    Args:
        theme: what any program of Office has.
        accent: the file's.
        fonts: for Latin text, as `majorFont` and `minorFont`.
        ground: what pages have.
    """
    root = etree.fromstring(theme)
    root.set("name", _NAME)
    for scheme in root.iter(f"{_DRAWING}clrScheme", f"{_DRAWING}fontScheme"):
        scheme.set("name", _NAME)
    colours = _colours(accent)
    if ground == "paper":
        colours |= {"lt1": TOKENS.neutrals.paper, "lt2": TOKENS.neutrals.shade}
    for name, value in colours.items():
        for slot in root.iter(f"{_DRAWING}{name}"):
            slot[:] = [etree.Element(f"{_DRAWING}srgbClr", val=value.digits)]
    for kind, typeface in fonts.items():
        for latin in root.iterfind(f".//{_DRAWING}{kind}/{_DRAWING}latin"):
            latin.set("typeface", typeface)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
