"""What a file tells of what it was made of."""

from collections.abc import Sequence
from typing import NamedTuple

from activities.model.item_versions import ItemVersion


class MadeOf(NamedTuple):
    """What a file is made of."""

    items: Sequence[ItemVersion] = ()
    """For its receipt, if it is to have one."""
    below_quality: Sequence[str] = ()
    """The titles of the items that were left out for their quality."""


NOT_KNOWN = MadeOf()
"""Nothing, as of a fragment."""
