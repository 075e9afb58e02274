"""An order of one's own: of the items that are chosen, and of the parts of each.

Forms carry items by their order alone. Where a page has them in another, it carries along a short
mark of each in the order that was chosen.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from activities.content.source import ItemHead
from activities.model.folding import sort_key
from activities.model.plain_titles import plain_title

T = TypeVar("T")

_KEY_BYTES = 400
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
_KEYS: dict[str, Callable[[ItemHead], Any]] = {
    "title": lambda head: sort_key(plain_title(head.title), _KEY_BYTES),
    "oldest": lambda head: head.created_at or _BEFORE_ALL,
}


def marks(ids: Sequence[str]) -> str:
    """The order of these ids, in ten characters for each."""
    return ".".join(map(_mark, ids))


def in_order(ids: Sequence[str], order: str) -> list[str]:
    """The ids in the order of these marks; those without any come last, as they are."""
    places = {mark: place for place, mark in enumerate(order.split("."))}
    return sorted(ids, key=lambda item_id: places.get(_mark(item_id), len(places)))


def moved(entries: Sequence[T], move: str) -> tuple[list[T], int | None]:
    """The entries after a move such as `up-3`, by the place from 0, and the new place.

    What is no move, or leads beyond an end, changes nothing, and the place is None.
    """
    direction, _, place = move.partition("-")
    changed = list(entries)
    if not (place.isascii() and place.isdecimal() and len(place) < 6):
        return changed, None
    old = int(place)
    new = {"up": old - 1, "down": old + 1}.get(direction, -1)
    if not (0 <= old < len(changed) and 0 <= new < len(changed)):
        return changed, None
    changed.insert(new, changed.pop(old))
    return changed, new


def arranged(heads: Sequence[ItemHead], how: str) -> list[ItemHead]:
    """The items by `title`, `oldest` first, or the other way round (`reverse`)."""
    if how == "reverse":
        return list(reversed(heads))
    return sorted(heads, key=_KEYS[how]) if how in _KEYS else list(heads)


def _mark(item_id: str) -> str:
    return hashlib.blake2s(item_id.encode(errors="surrogatepass"), digest_size=5).hexdigest()
