"""The pages on which a file tells of itself, among the items that it holds."""

from collections.abc import Callable
from types import MappingProxyType

import msgspec

from activities.documents.changes_page import changes_heading
from activities.documents.quality_page import quality_heading
from activities.model.changes import CHANGES_ID
from activities.model.content import Item
from activities.model.options import RenderOptions
from activities.model.quality import QUALITY_ID

_HEADINGS: MappingProxyType[str, Callable[[Item], str]] = MappingProxyType(
    {CHANGES_ID: changes_heading, QUALITY_ID: quality_heading}
)


def is_own_page(item: Item) -> bool:
    """Whether an item is a page that the file tells of itself on."""
    return item.id in _HEADINGS


def page_options(options: RenderOptions) -> RenderOptions:
    """The options with which the page becomes a document: all of it, without ids."""
    return msgspec.structs.replace(
        options, parts=("study_guide",), include_metadata=False, include_quality_metrics=False
    )


def page_heading(item: Item) -> str:
    """What stands above its lists."""
    return _HEADINGS[item.id](item)
