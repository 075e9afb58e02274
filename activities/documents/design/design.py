"""The design of one file: the tokens, with what its theme changes of them."""

from functools import cached_property
from types import MappingProxyType
from typing import Final, cast, get_args

import msgspec

from activities.documents.design.colours import Colour, Lab, from_lab, lab
from activities.documents.design.tokens import TOKENS, Accent, AccentName, Radii, Tokens
from activities.model.themes import NO_THEME, CoverStyle, Theme

ACCENT_NAMES: Final[tuple[AccentName, ...]] = get_args(AccentName)

_DARKER = 12.0
"""By how much L* of an accent's dark shade is less."""
_DULLER = 0.8
"""The share of the chroma that it keeps."""


class Design:
    """What renderers read instead of `TOKENS`: the same, with a theme.

    Attributes:
        theme: what the theme says beside measures and colours: its lines, logo, fonts and cover.
    """

    def __init__(self, theme: Theme = NO_THEME) -> None:
        """Take the theme of an export, which `Report.theme` has."""
        self.theme = theme

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens, with the accents and radii of the theme."""
        return msgspec.structs.replace(
            TOKENS, accents=self._accents(), radii=_radii(self.theme.radius)
        )

    def accent(self, name: str) -> Accent:
        """The accent of a subject; of one that has none, the default one."""
        accents = self.tokens.accents
        return accents.get(cast("AccentName", name), accents["default"])

    def cover(self, wanted: bool | None, items_total: int) -> CoverStyle:
        """The cover that a file has.

        Args:
            wanted: the option `cover`; it wins over a theme that has none.
            items_total: the number of items that were asked for.
        """
        own = self.theme.cover_style
        if wanted is None:
            return own if items_total > 1 else "none"
        if not wanted:
            return "none"
        return own if own != "none" else "full"

    def _accents(self) -> dict[AccentName, Accent]:
        bases = {name: self.theme.subjects.get(name, self.theme.accent) for name in ACCENT_NAMES}
        return {
            name: derived_accent(Colour(base)) if base else TOKENS.accents[name]
            for name, base in bases.items()
        }


DESIGN: Final = Design()
"""That of files without a theme."""


def derived_accent(base: Colour) -> Accent:
    """The accent of a colour: its dark shade is made by how colours look (CIELAB)."""
    lightness, a, b = lab(base)
    return Accent(base, from_lab(Lab(max(lightness - _DARKER, 0.0), a * _DULLER, b * _DULLER)))


_CARD_SHARES: Final = MappingProxyType(
    {name: getattr(TOKENS.radii, name) / TOKENS.radii.card for name in Radii.__struct_fields__}
)


def _radii(radius: float | None) -> Radii:
    if radius is None:
        return TOKENS.radii
    return Radii(**{name: radius * share for name, share in _CARD_SHARES.items()})
