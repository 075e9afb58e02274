"""Where in the document the headings of a text stand."""

from typing import Final

import msgspec

HEADING_LEVEL_MAX: Final = 6


class HeadingLevels(msgspec.Struct, frozen=True, gc=False):
    """Gives a heading its level in the document, from the one that it has in its text."""

    first: int
    """The level in the document of the text's highest headings; lower ones follow."""
    highest: int
    """The level in the text of its highest headings."""

    def __call__(self, level: int) -> int:
        """The level in the document, `HEADING_LEVEL_MAX` at most."""
        return min(self.first + level - self.highest, HEADING_LEVEL_MAX)
