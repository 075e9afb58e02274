"""Pictures of the first pages of a file: of which format they are, and how large."""

from collections.abc import Mapping
from types import MappingProxyType

FORMAT = "pdf"
"""The format whose pages there are pictures of."""

WIDTH = 700
"""Pixels from side to side: sharp on a screen that has two for each of a picture half as wide."""

HEIGHTS: Mapping[str, int] = MappingProxyType({"a4": 990, "letter": 906})
"""Pixels from top to bottom, by the paper."""

MOST_PICTURES = 2
"""The first page, and one of the content."""

MOST_BYTES = 256 * 1024
"""Bytes of one picture."""
