"""The page: A4 with margins for a binder."""

from typing import Final

WIDTH_MM: Final = 210
HEIGHT_MM: Final = 297
SIDE_MARGIN_MM: Final = 20
TOP_MARGIN_MM: Final = 25
BOTTOM_MARGIN_MM: Final = 20

_TWIPS_PER_MM = 1440 / 25.4

TEXT_WIDTH: Final = int((WIDTH_MM - 2 * SIDE_MARGIN_MM) * _TWIPS_PER_MM)
"""Between the margins, in twentieths of a point (twips)."""
TEXT_HEIGHT: Final = int((HEIGHT_MM - TOP_MARGIN_MM - BOTTOM_MARGIN_MM) * _TWIPS_PER_MM)
"""Between the margins, in twips."""
