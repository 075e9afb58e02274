"""Facets: what items can be narrowed down by, from their metadata and their language.

A facet is a member of `metadata` that holds a text, a number, true or false, or a list of these.
`language` is the language of the item, whatever its metadata say.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from activities.model.folding import folded, one_line

LANGUAGE: Final = "language"
NAME_BYTES_MAX: Final = 64
"""UTF-8 bytes of a facet's name."""
VALUE_BYTES_MAX: Final = 400
"""UTF-8 bytes of a value: owner, name, value and id have to fit into an entry of an index."""
VALUES_MAX: Final = 1_000
"""Values that an item has of one facet; the first count."""
NAMES_MAX: Final = 100
"""Facets of an item; the first count."""
_LARGEST = 10**30


class FacetValue(msgspec.Struct, frozen=True):
    """A value of a facet, and how many items have it."""

    value: str
    """As one of them writes it."""
    count: int


class ItemFacet(msgspec.Struct, frozen=True):
    """One value that an item has of a facet."""

    name: str
    key: str
    """The value as it is compared."""
    label: str
    """The value as it is shown."""


def value_key(value: str) -> str:
    """A value as it is compared: `Biology` and `biology` are one."""
    return folded(value)


def item_facets(language: Any, metadata: Any) -> list[ItemFacet]:
    """What an item can be found by.

    Args:
        language: the item's language.
        metadata: the item's metadata; whatever in it is no facet is passed over.
    """
    found = {each.key: each for each in _values(LANGUAGE, language)}
    facets = list(found.values())
    names = 0
    for name, value in metadata.items() if isinstance(metadata, dict) else ():
        if not _is_name(name):
            continue
        values: dict[str, ItemFacet] = {}
        for each in _values(name, value):
            values.setdefault(each.key, each)
            if len(values) == VALUES_MAX:
                break
        facets += values.values()
        names += bool(values)
        if names == NAMES_MAX:
            break
    return facets


def _is_name(name: Any) -> bool:
    return (
        isinstance(name, str)
        and name != LANGUAGE
        and one_line(name) == name != ""
        and len(name.encode(errors="replace")) <= NAME_BYTES_MAX
    )


def _values(name: str, value: Any) -> Iterator[ItemFacet]:
    several: Sequence[Any] = value if isinstance(value, list) else (value,)
    for each in several:
        label = _label(each)
        key = value_key(label)
        if key and max(len(label.encode()), len(key.encode())) <= VALUE_BYTES_MAX:
            yield ItemFacet(name, key, label)


def _label(value: Any) -> str:
    match value:
        case str():
            # What is longer than any value is not worth folding.
            return one_line(value) if len(value) <= VALUE_BYTES_MAX else ""
        case bool():
            return "true" if value else "false"
        case int() | float() if abs(value) < _LARGEST:
            return str(int(value)) if value == int(value) else repr(value)
        case _:
            return ""
