"""Keys of what files hold, the same in every export, by which a receiver knows it again.

A platform that gave its records ids has the same keys after each edit. Where an id is derived from
a text, an edited text is another record.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from activities.model.content import Item, PartName, stable_ids
from activities.model.warnings import ExportWarning, Place, Report, place_text

ID_DIGITS: Final = 20
"""Digits of a key that an id within a file holds; a letter stands before them."""
_RECORDS: tuple[PartName, ...] = ("faqs", "flashcards", "reading_guide_questions")


def item_key(namespace: str, item: Item) -> str:
    """The key of an item, 64 digits of hexadecimal."""
    return _key(namespace, item.owner_id, item.id)


def part_key(namespace: str, item: Item, part: str) -> str:
    """The key of a part of an item."""
    return _key(namespace, item.owner_id, item.id, part)


def record_keys(namespace: str, item: Item, part: PartName) -> list[str]:
    """The key of each question or card of a part, in order; all of them differ.

    Args:
        namespace: tells this service from others whose content has the same ids.
        item: the owner of which counts as well.
        part: one that has records.
    """
    seen = Counter[str]()
    keys = []
    for stable_id in stable_ids(getattr(item, part) or []):
        seen[stable_id] += 1
        again = (str(seen[stable_id]),) if seen[stable_id] > 1 else ()
        keys.append(_key(namespace, item.owner_id, item.id, part, stable_id, *again))
    return keys


def file_key(namespace: str, item_ids: Iterable[str]) -> str:
    """The key of a file: the same for the same items."""
    return _key(namespace, *item_ids)


def warn_of_derived_ids(item: Item, report: Report, parts: Iterable[PartName] = _RECORDS) -> None:
    """Tell how many records of an item have no id of their own, so that a receiver takes an edited
    one for a new one.

    Args:
        item: the item.
        report: takes the warnings.
        parts: those whose records are in the file.
    """
    for part in parts:
        derived = sum(not record.id for record in getattr(item, part) or [])
        if derived:
            report.warn(
                ExportWarning(
                    "ids-derived",
                    "Questions and cards without an id of their own, which a second import adds "
                    "again once their text was changed: {}.",
                    item.id,
                    part,
                    derived,
                    (Place(item.id, place_text(item.title), part),),
                )
            )


def _key(*names: str) -> str:
    return sha256("\x1f".join(names).encode("utf-8", "surrogatepass")).hexdigest()
