"""The direction of a paragraph: that of its first strong character (UAX #9, rules P2 and P3)."""

from collections.abc import Sequence
from unicodedata import bidirectional

from activities.documents.model import Block, Heading, ListBlock, Paragraph, Quote, Runs

_ISOLATES = frozenset({"LRI", "RLI", "FSI"})
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def is_right_to_left(text: str, *, otherwise: bool) -> bool:
    """The direction of a text; `otherwise` when no character of it has one.

    What stands in an isolate has no say.
    """
    isolates = 0
    for character in text:
        kind = bidirectional(character)
        if kind == "L" and not isolates:
            return False
        if kind in _RIGHT_TO_LEFT and not isolates:
            return True
        if kind in _ISOLATES:
            isolates += 1
        elif kind == "PDI" and isolates:
            isolates -= 1
    return otherwise


def runs_are_right_to_left(runs: Runs, *, otherwise: bool) -> bool:
    """The direction of a paragraph of these runs, among which formulas have none."""
    text = "".join([run.text for run in runs if not run.math])
    return is_right_to_left(text, otherwise=otherwise)


def starts_right_to_left(blocks: Sequence[Block], *, otherwise: bool) -> bool:
    """The direction of the paragraph that blocks start with; `otherwise` for anything else."""
    first = blocks[0] if blocks else None
    while isinstance(first, ListBlock | Quote):
        within = first.items[0].blocks if isinstance(first, ListBlock) else first.blocks
        first = within[0] if within else None
    if isinstance(first, Paragraph | Heading):
        return runs_are_right_to_left(first.runs, otherwise=otherwise)
    return otherwise
