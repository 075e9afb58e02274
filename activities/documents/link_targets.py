"""Links to places in the file: to items of the export, and to headings of the same item.

A link within an item is first read as its fragment. Which heading that names is known once all of
the item is read; what names none is text.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

import msgspec
import regex

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import PART_LEVEL, Heading, Image, MissingPicture, Part, Run, Runs

LOCAL_LINK: Final = "#local:"
"""A fragment follows, as long as the item is being read."""

_UNSLUGGED = regex.compile(r"[^\p{L}\p{M}\p{N}\p{Pc}\- ]")
_HYPHENS = re.compile("-+")
_SAFE = "-_.~"

_LINKED: Final = (Run, Image, MissingPicture)
_Linked = Run | Image | MissingPicture

Item = tuple[Heading, tuple[Part, ...]]
"""The title of an item and its parts."""
_ValueT = TypeVar("_ValueT")


def item_anchor(item_id: str) -> str:
    """The name of an item's title within the file; like all of them it is ASCII."""
    return f"item:{quote(item_id, safe=_SAFE)}"


def slug(text: str) -> str:
    """The fragment by which GitHub and others name a heading.

    It is in lower case, without punctuation, and with hyphens for spaces
    (https://github.com/Flet/github-slugger).
    """
    return _UNSLUGGED.sub("", text.strip().lower()).replace(" ", "-")


def resolve_links(item_id: str, item: Item, warnings: ConversionWarnings) -> Item:
    """The item with links that lead to its headings, and text where there is no such heading."""
    return _Resolver(item_id, item, warnings).resolved()


class _Resolver:
    def __init__(self, item_id: str, item: Item, warnings: ConversionWarnings) -> None:
        self._item = item
        self._warnings = warnings
        self._anchor = item_anchor(item_id)
        self._headings = 0
        """How many headings were met."""
        self._places: dict[str, int] = {}
        """The headings, by their place in the item, that fragments name."""
        self._similar: dict[str, int] = {}
        """The same by fragments without what people leave out."""
        self._anchors: dict[int, str] = {0: self._anchor}
        """The names of the headings to which links lead."""
        self._name_headings(list(_of_type(item, Heading)))
        for value in _of_type(item, msgspec.Struct):
            link = value.link if isinstance(value, _LINKED) else None
            if link and link.startswith(LOCAL_LINK):
                self._want(link.removeprefix(LOCAL_LINK))

    def _name_headings(self, headings: list[Heading]) -> None:
        used: dict[str, int] = {}
        for place, heading in enumerate(headings):
            for name in heading.anchors:
                self._places.setdefault(name, place)
        # The author's own headings before those that stand around them.
        places = sorted(range(len(headings)), key=lambda at: headings[at].level <= PART_LEVEL)
        for place in places:
            name = _unused(slug(_text(headings[place].runs)), used)
            self._places.setdefault(name, place)
            self._similar.setdefault(_similar(name), place)

    def _want(self, fragment: str) -> None:
        place = self._place(fragment)
        if place is not None:
            anchor = f"{self._anchor}#{quote(unquote(fragment), safe=_SAFE)}"
            self._anchors.setdefault(place, anchor)

    def _place(self, fragment: str) -> int | None:
        name = unquote(fragment)
        if name.lower() in ("", "top"):
            return 0
        for places, key in (
            (self._places, name),
            (self._places, name.lower()),
            (self._similar, _similar(slug(name))),
        ):
            if key and key in places:
                return places[key]
        return None

    def resolved(self) -> Item:
        """See `resolve_links`."""
        title, parts = self._item
        return self._changed(title), tuple(map(self._part, parts))

    def _part(self, part: Part) -> Part:
        self._warnings.begin_part(part.name)
        changed: Part = self._changed(part)
        return changed

    def _changed(self, value: Any) -> Any:
        if isinstance(value, _LINKED):
            return self._linked(_with_parts_changed(value, self._changed))
        if isinstance(value, Heading):
            place = self._headings
            self._headings += 1
            self._warnings.heading = value.runs if value.level > PART_LEVEL else ""
            anchor = self._anchors.get(place)
            changed = _with_parts_changed(value, self._changed)
            return msgspec.structs.replace(changed, anchors=(anchor,) if anchor else ())
        return _with_parts_changed(value, self._changed)

    def _linked(self, value: _Linked) -> _Linked:
        if not value.link or not value.link.startswith(LOCAL_LINK):
            return value
        place = self._place(value.link.removeprefix(LOCAL_LINK))
        if place is None:
            self._warnings.add("link-target-missing")
            return msgspec.structs.replace(value, link=None)
        return msgspec.structs.replace(value, link=f"#{self._anchors[place]}")


def _of_type(value: object, kind: type[_ValueT]) -> Iterator[_ValueT]:
    """What there is of a type in a value of the model, in the order of reading."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, msgspec.Struct):
        value = tuple(getattr(value, name) for name in value.__struct_fields__)
    if isinstance(value, tuple):
        for part in value:
            yield from _of_type(part, kind)


def _with_parts_changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A value of the model in which what it holds is changed, in the order of reading."""
    if isinstance(value, tuple):
        return tuple(map(change, value))
    if isinstance(value, msgspec.Struct):
        changes = {
            name: change(part)
            for name in value.__struct_fields__
            if isinstance(part := getattr(value, name), tuple | msgspec.Struct)
        }
        return msgspec.structs.replace(value, **changes)
    return value


def _unused(name: str, used: dict[str, int]) -> str:
    """The name, with a number when it was used before (`-1` the second time)."""
    unique = name
    while unique in used:
        used[name] += 1
        unique = f"{name}-{used[name]}"
    used[unique] = 0
    return unique


def _similar(name: str) -> str:
    return _HYPHENS.sub("-", name).strip("-")


def _text(runs: Runs) -> str:
    return "".join([run.text for run in runs if not run.is_note_reference])
