"""What a file tells of what it was made of."""

from collections.abc import Sequence
from typing import NamedTuple

from activities.model.item_versions import ItemVersion
from activities.model.quality import PoorItem


class MadeOf(NamedTuple):
    """What a file is made of."""

    items: Sequence[ItemVersion] = ()
    """For its receipt, if it is to have one."""
    below_quality: Sequence[PoorItem] = ()
    """The items below the quality asked for, which were left out or marked."""


NOT_KNOWN = MadeOf()
"""Nothing, as of a fragment."""
