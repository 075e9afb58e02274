"""What a database keeps beside each item, so that items are found without reading them."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from activities.model.content import PART_NAMES, CollectionPlace, Item
from activities.model.facets import item_facets
from activities.model.folding import searchable, sort_key
from activities.model.plain_titles import plain_title

WITHOUT_POSITION: Final = 1e18
"""The place of items without a position: after all others."""
_TITLE_CHARACTERS = 1_000
"""Characters of a title that are searched."""
_SORT_KEY_BYTES = 400

TITLES: Final = "content_title"
FACETS: Final = "content_facet"
COLLECTIONS: Final = "content_collection"

Rows = dict[str, list[dict[str, Any]]]
"""By table."""


class Indexed(msgspec.Struct, frozen=True):
    """What is looked at of an item."""

    owner_id: str
    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    parts: Sequence[str]
    language: Any = None
    metadata: Any = None
    collections: Sequence[CollectionPlace] = ()


def indexed(item: Item) -> Indexed:
    """What is looked at of this item."""
    return Indexed(
        item.owner_id,
        item.id,
        item.title,
        item.created_at,
        item.updated_at,
        item.parts(),
        item.language,
        item.metadata,
        item.collections or (),
    )


def collection_key(collection_id: str) -> str:
    """Stands for the id of a collection in indexes."""
    return hashlib.sha256(collection_id.encode(errors="surrogatepass")).hexdigest()[:32]


def parts_mask(parts: Sequence[str]) -> int:
    """A bit for each of these parts."""
    return sum(1 << place for place, name in enumerate(PART_NAMES) if name in parts)


def index_rows(item: Indexed) -> Rows:
    """The rows that the tables beside the items have of one."""
    title = plain_title(item.title[:_TITLE_CHARACTERS])
    whose = {"owner_id": item.owner_id, "id": item.id}
    dated = whose | {"created_at": item.created_at}
    places: dict[str, CollectionPlace] = {}
    for each in item.collections:
        places.setdefault(each.id, each)
    return {
        TITLES: [
            dated
            | {
                "updated_at": item.updated_at,
                "sort_key": sort_key(title, _SORT_KEY_BYTES),
                "searchable": searchable(title),
                "parts": parts_mask(item.parts),
            }
        ],
        FACETS: [
            dated | {"name": each.name, "value": each.key, "label": each.label}
            for each in item_facets(item.language, item.metadata)
        ],
        COLLECTIONS: [
            dated
            | {
                "key": collection_key(each.id),
                "collection_id": each.id,
                "title": each.title,
                "place": WITHOUT_POSITION if each.position is None else float(each.position),
            }
            for each in places.values()
        ],
    }
