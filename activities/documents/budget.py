"""What an item of content may make of itself: the bound on all that its texts become.

Some kilobytes of Markdown can become millions of table cells, and each costs every format time,
memory and bytes. So what is counted is what is made, for the item as a whole, and in one currency
for all formats: the reader's tokens. A cell is four of them, a paragraph three, a run one
to three. What is beyond the bound is shown as its source, which costs by the character. What all
items of an export became together has a bound as well, in `activities.model.limits`.
"""

from collections.abc import Mapping
from typing import Any, Final

from workflows.contracts import Produced

TOKENS_MAX: Final = 200_000
"""Tokens of an item: some 50,000 cells, or two megabytes of plain paragraphs. A book of 400 pages
takes more than half of them, the demonstration's largest item 2,548. What a reader holds at once
is half a kilobyte for each, and what a document's XML has for one is a hundred bytes."""
CELL_TOKENS: Final = 4
"""Tokens of a cell of a table."""
_FORMULA_TOKENS = 8
_FORMULA_CHARACTERS = 3
"""A formula costs more than other text: so many tokens, and one for so many characters."""
PIXELS_MAX: Final = 200_000_000
"""Pixels of an item's images, one that comes again included: a hundred of two megapixels."""


_BUDGET: Final = "budget"
"""The key of the item's `Budget` in the environment of the parser of Markdown."""


class Budget:
    """The tokens and pixels that an item has left."""

    def __init__(self) -> None:
        self.tokens = TOKENS_MAX
        """Below 0 when the last text took more than there were."""
        self.refusals = 0
        """How often something was kept as source for want of tokens."""
        self.texts = 0
        """How many texts there were: each takes a place of its own in every format."""
        self._pixels = PIXELS_MAX

    @property
    def produced(self) -> Produced:
        """What was taken so far. Each text counts as a token, even one that is nothing but text."""
        return Produced(TOKENS_MAX - self.tokens + self.texts, PIXELS_MAX - self._pixels)

    def take_formula(self, tex: str) -> bool:
        """Take what a formula costs beside its own token; False when that is not there."""
        cost = _FORMULA_TOKENS + len(tex) // _FORMULA_CHARACTERS
        if cost > self.tokens:
            self.refusals += 1
            return False
        self.tokens -= cost
        return True

    def take_pixels(self, count: int) -> bool:
        """Take what an image needs; False, and nothing is taken, when it is not there."""
        if count > self._pixels:
            return False
        self._pixels -= count
        return True

    def environment(self) -> dict[str, Any]:
        """What the parser of Markdown is given, so that its rules find the budget."""
        return {_BUDGET: self}


def budget_of(environment: Mapping[str, Any]) -> Budget:
    """The budget that the parser of Markdown was given."""
    budget: Budget = environment[_BUDGET]
    return budget
