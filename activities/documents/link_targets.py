"""Links to places in the file: to items of the export, and to what has a name in the same item.

A link within an item is first read as its fragment. Which heading, text, picture or formula that
names is known once all of the item is read; what names none is text. Until then `anchors` are the
names that the author gave; afterwards they are those that links lead to.
"""

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

import msgspec
import regex

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.model import (
    PART_LEVEL,
    CodeBlock,
    Heading,
    Image,
    MathBlock,
    MissingPicture,
    Part,
    Run,
    Runs,
)
from activities.model.content import Item as ContentItem

LOCAL_LINK: Final = "#local:"
"""A fragment follows, as long as the item is being read."""

_MAYBE_LOCAL = re.compile(
    rb"[\"'(=<][\s\\nrt]*#(?![# ])|\]:[\s\\nrt]*<?#|&#0*35|&#[xX]0*23|&num|\\#"
)
"""The beginning of an address in JSON, or whatever may be one; in most texts there is none."""
_UNSLUGGED = regex.compile(r"[^\p{L}\p{M}\p{N}\p{Pc}\- ]")
_HYPHENS = re.compile("-+")
_SAFE = "-_.~"

_LINKED: Final = (Run, Image, MissingPicture)
_Linked = Run | Image | MissingPicture
_NAMED: Final = (Heading, Run, Image, MissingPicture, CodeBlock, MathBlock)
_Named = Heading | Run | Image | MissingPicture | CodeBlock | MathBlock

Item = tuple[Heading, tuple[Part, ...]]
"""The title of an item and its parts."""
_ValueT = TypeVar("_ValueT")


class LocalNames:
    """The names that authors gave to places in one item: most lead nowhere, as editors give one to
    each paragraph.

    Attributes:
        are_given: whether something has one in the document so far.
    """

    def __init__(self, may_be_linked: Callable[[], bool]) -> None:
        """Ask only when there is a name whether links may lead to it."""
        self._may_be_linked = may_be_linked
        self.are_given = False

    @cached_property
    def are_wanted(self) -> bool:
        """Whether links may lead to them."""
        return self._may_be_linked()


def may_have_local_link(item: ContentItem) -> bool:
    """Whether there may be a link to a place in the item itself in its texts."""
    try:
        return bool(_MAYBE_LOCAL.search(msgspec.json.encode(item)))
    except UnicodeEncodeError:
        return True


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
    """The item with links that lead to places in it, and text where there is no such place."""
    return _Resolver(item_id, item, warnings).resolved()


class _Resolver:
    def __init__(self, item_id: str, item: Item, warnings: ConversionWarnings) -> None:
        self._item = item
        self._warnings = warnings
        self._anchor = item_anchor(item_id)
        self._met = 0
        """How many places were met."""
        self._places: dict[str, int] = {}
        """The places, by their number in the item, that fragments name: headings, and what the
        author gave a name to."""
        self._similar: dict[str, int] = {}
        """The same by fragments without what people leave out."""
        self._anchors: dict[int, str] = {0: self._anchor}
        """The names of the places to which links lead."""
        values = _of_type(item, msgspec.Struct)
        self._name_places([each for each in values if isinstance(each, _NAMED) and _is_place(each)])
        for value in _of_type(item, msgspec.Struct):
            link = value.link if isinstance(value, _LINKED) else None
            if link and link.startswith(LOCAL_LINK):
                self._want(link.removeprefix(LOCAL_LINK))

    def _name_places(self, places: list[_Named]) -> None:
        used: dict[str, int] = {}
        for place, value in enumerate(places):
            for name in value.anchors:
                self._places.setdefault(name, place)
        # The author's own headings before those that stand around them.
        headings = [(at, value) for at, value in enumerate(places) if isinstance(value, Heading)]
        headings.sort(key=lambda each: each[1].level <= PART_LEVEL)
        for place, heading in headings:
            name = _unused(slug(_text(heading.runs)), used)
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
        if not isinstance(value, _NAMED):
            return _with_parts_changed(value, self._changed)
        if isinstance(value, Heading):
            self._warnings.heading = value.runs if value.level > PART_LEVEL else ""
        anchors: tuple[str, ...] = ()
        if _is_place(value):
            anchor = self._anchors.get(self._met)
            anchors = (anchor,) if anchor else ()
            self._met += 1
        changed = _with_parts_changed(value, self._changed)
        if changed.anchors != anchors:
            changed = msgspec.structs.replace(changed, anchors=anchors)
        return self._linked(changed) if isinstance(changed, _LINKED) else changed

    def _linked(self, value: _Linked) -> _Linked:
        if not value.link or not value.link.startswith(LOCAL_LINK):
            return value
        place = self._place(value.link.removeprefix(LOCAL_LINK))
        if place is None:
            self._warnings.add("link-target-missing")
            return msgspec.structs.replace(value, link=None)
        return msgspec.structs.replace(value, link=f"#{self._anchors[place]}")


def _is_place(value: _Named) -> bool:
    return isinstance(value, Heading) or bool(value.anchors)


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
