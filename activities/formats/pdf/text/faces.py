"""The faces of the design, and which font of the set each of their weights is."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from activities.documents.design.tokens import Face
from activities.model.themes import Theme, ThemeFonts

Weight = Literal[400, 600, 700]

_WEIGHTS: Mapping[Face, tuple[Weight, ...]] = MappingProxyType(
    {"serif": (400, 700), "sans": (400, 600, 700), "mono": (400, 600), "legible": (400, 700)}
)
FACES = tuple(_WEIGHTS)
_NAMES: Mapping[Weight, str] = MappingProxyType({400: "", 600: "-semibold", 700: "-bold"})
_WITH_ITALICS = frozenset[Face]({"serif", "sans"})
_STRONG = 600


class FontStyle(NamedTuple):
    """What decides on the font of text."""

    face: Face = "serif"
    weight: Weight = 400
    italic: bool = False
    stressed: bool = False
    """The text is emphasised among other that is not: in fonts without italics it is bold."""

    @property
    def strong(self) -> bool:
        """Whether fonts of two weights show it in the heavier one."""
        return self.weight >= _STRONG

    @property
    def leans(self) -> bool:
        """Whether its face shows it in italics."""
        return self.italic and self.face in _WITH_ITALICS

    def run(self, strong: bool = False, emphasis: bool = False, code: bool = False) -> "FontStyle":
        """The style of a run within text of this one."""
        face: Face = "mono" if code else self.face
        weight = _heavier(face, self.weight) if strong else self.weight
        stressed = self.stressed or (emphasis and not self.italic)
        return FontStyle(face, weight, self.italic or emphasis, stressed)

    @property
    def font(self) -> str:
        """The name in the set of the font that has the style's Latin letters."""
        weights = _WEIGHTS[self.face]
        least = self.weight
        if self.stressed and not self.leans:
            least = max(least, weights[1])
        weight = next((weight for weight in weights if weight >= least), weights[-1])
        return f"{self.face}{_NAMES[weight]}{'-italic' if self.leans else ''}"


def _heavier(face: Face, weight: Weight) -> Weight:
    """The next weight of a face."""
    return next((other for other in _WEIGHTS[face] if other > weight), weight)


def fonts_of(theme: Theme) -> dict[str, bytes]:
    """The fonts of a theme, by the names of those of the set whose place they take."""
    found = {}
    families: dict[Face, ThemeFonts | None] = {
        "serif": theme.text_font,
        "sans": theme.heading_font,
    }
    for face, fonts in families.items():
        if fonts is not None:
            for weight in _WEIGHTS[face]:
                upright = fonts.bold if weight >= _STRONG else fonts.regular
                leaning = fonts.bold_italic if weight >= _STRONG else fonts.italic
                name = f"{face}{_NAMES[weight]}"
                found[name] = upright or fonts.regular
                found[f"{name}-italic"] = leaning or upright or fonts.regular
    return found


PLAIN_FONT = FontStyle()
