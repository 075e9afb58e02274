"""The page: its paper, with margins for a binder."""

from types import MappingProxyType
from typing import Final

import msgspec

SIDE_MARGIN_MM: Final = 20
TOP_MARGIN_MM: Final = 25
BOTTOM_MARGIN_MM: Final = 20

_TWIPS_PER_MM = 1440 / 25.4


class Page(msgspec.Struct, frozen=True):
    """A page of this size."""

    width_mm: float
    height_mm: float

    @property
    def text_width(self) -> int:
        """Between the margins, in twentieths of a point (twips)."""
        return int((self.width_mm - 2 * SIDE_MARGIN_MM) * _TWIPS_PER_MM)

    @property
    def text_height(self) -> int:
        """Between the margins, in twips."""
        return int((self.height_mm - TOP_MARGIN_MM - BOTTOM_MARGIN_MM) * _TWIPS_PER_MM)


PAGES: Final = MappingProxyType({"a4": Page(210, 297), "letter": Page(215.9, 279.4)})
"""By the name of the paper."""
