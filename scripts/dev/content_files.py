"""Files of content: what is in them, and whether loading them would lose anything.

A file holds JSON lines, one item a line, or is one of our JSON exports. A byte order mark in front
is no part of it (RFC 8259, 8.1).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from activities.content.decoding import UnusableItemError, decode_item, without_lone_surrogates
from activities.formats.json.renderer import FORMAT_VERSION
from activities.model.changes import CHANGES_ID
from activities.model.content import (
    ID_RULE,
    PART_NAMES,
    CollectionPlace,
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Section,
    is_usable_id,
)
from activities.model.quality import QUALITY_ID
from web.auth.tokens import is_usable_subject

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_OWN_PAGES = frozenset({CHANGES_ID, QUALITY_ID})
_PARTIAL = "--partial loads it all the same"
_RECORDS: dict[str, type[msgspec.Struct]] = {
    "faqs": Faq,
    "flashcards": Flashcard,
    "reading_guide_questions": ReadingQuestion,
    "collections": CollectionPlace,
}

_Kind = TypeVar("_Kind")


class UnreadableContentError(ValueError):
    """A file holds something that is not content; the message says where, not what."""


class _Options(msgspec.Struct):
    include_metadata: bool = True
    include_quality_metrics: bool = True
    parts: list[str] | None = None
    include_answers: bool = True

    def left_out(self) -> list[str]:
        """What an export with these options does not have of its items, in words."""
        return [
            words
            for words, left_out in (
                ("answers (it is a learner's edition)", not self.include_answers),
                (f"parts other than {', '.join(self.parts or ())}", self._lacks_parts()),
                ("metadata", not self.include_metadata),
                ("quality metrics", not self.include_quality_metrics),
            )
            if left_out
        ]

    def _lacks_parts(self) -> bool:
        return self.parts is not None and not set(PART_NAMES).issubset(self.parts)


class _Identified(msgspec.Struct):
    id: str = ""


class _Head(msgspec.Struct):
    format_version: int = FORMAT_VERSION
    options: _Options = msgspec.field(default_factory=_Options)


class _JsonExport(msgspec.Struct):
    items: list[msgspec.Raw]
    export: _Head = msgspec.field(default_factory=_Head)


class _ExportHead(msgspec.Struct):
    """What is looked at before the items, which another version may have in another form."""

    export: _Head = msgspec.field(default_factory=_Head)


def read_items(
    file: Path, tell: Callable[[str], None], owner: str = "", *, partial: bool = False
) -> Iterator[Item]:
    """The items of a file.

    Args:
        file: its path, which may be that of a pipe.
        tell: called with a sentence for what is read otherwise than it is written.
        owner: whose the items are, whatever they say; empty when they have to say it.
        partial: take what would lose something: exports that leave things out of their items, and
            fields that are not known here.

    Raises:
        UnreadableContentError: there are no items, or something that is not one, that would lose
            what is in the file, or that the API would refuse by its id or owner.
        OSError: the file cannot be read.
    """
    text = file.read_bytes().removeprefix(_BYTE_ORDER_MARK)
    lines = [(number, line) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]
    if not lines:
        raise UnreadableContentError(f"{file}: there are no items in it")
    if _begins_export(without_lone_surrogates(lines[0][1])[0]):
        whole = _mended(text, str(file), tell)
        yield from _read_export(whole, str(file), owner, partial=partial)
        return
    for number, line in lines:
        place = f"{file}:{number}"
        mended = _mended(line, place, tell)
        if not _is_own_page(mended):
            yield _read_item(mended, place, owner, partial=partial)


def _mended(text: bytes, place: str, tell: Callable[[str], None]) -> bytes:
    mended, replaced = without_lone_surrogates(text)
    if replaced:
        tell(f"{place}: halves of characters replaced by U+FFFD: {replaced}")
    return mended


def _begins_export(line: bytes) -> bool:
    try:
        return "items" in msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (ValueError, RecursionError):
        # The first of an export's many lines, indented or not, is no document by itself.
        return line.strip() in (b"{", b"[") or line.startswith(b'{"export":')


def _read_export(text: bytes, file: str, owner: str, *, partial: bool) -> Iterator[Item]:
    head = _decode(text, _ExportHead, file).export
    if head.format_version > FORMAT_VERSION:
        raise UnreadableContentError(
            f"{file}: format version {head.format_version} is newer than what this version of the "
            f"service reads ({FORMAT_VERSION})"
        )
    left_out = head.options.left_out()
    if left_out and not partial:
        raise UnreadableContentError(
            f"{file}: this export has no {', no '.join(left_out)}, which items here would lose; "
            f"{_PARTIAL}"
        )
    items = _decode(text, _JsonExport, file).items
    if not items:
        raise UnreadableContentError(f"{file}: there are no items in it")
    for number, item in enumerate(items, 1):
        if _is_own_page(item):
            continue
        yield _read_item(bytes(item), f"{file}: item {number}", owner, partial=partial)


def _is_own_page(text: bytes | msgspec.Raw) -> bool:
    """Whether an item is what an export tells of itself, and no content."""
    try:
        return msgspec.json.decode(text, type=_Identified).id in _OWN_PAGES
    except (msgspec.DecodeError, RecursionError):
        return False


def _read_item(text: bytes, place: str, owner: str, *, partial: bool) -> Item:
    if owner:
        given = _decode(text, dict[str, msgspec.Raw], place)
        given["owner_id"] = msgspec.Raw(msgspec.json.encode(owner))
        text = msgspec.json.encode(given)
    fields = _decode(text, dict[str, Any], place)
    try:
        item = decode_item(text).item
    except UnusableItemError as error:
        raise UnreadableContentError(f"{place}: {error.reason}") from None
    if not is_usable_id(item.id):
        raise UnreadableContentError(f"{place}: the id cannot be used: {ID_RULE}")
    unknown = sorted(set(_unknown(fields)))
    if unknown and not partial:
        raise UnreadableContentError(
            f"{place}: there are no fields {', '.join(unknown)}, so they would be lost; {_PARTIAL}"
        )
    _check_owner(item.owner_id, place)
    return item


def _check_owner(owner: str, place: str) -> None:
    """See that somebody can be the owner.

    Raises:
        UnreadableContentError: no token is taken that names it.
    """
    if not is_usable_subject(owner):
        raise UnreadableContentError(
            f"{place}: the owner cannot be used: up to 255 printable characters in NFC, without "
            "blanks around them"
        )


def _decode(text: bytes, kind: type[_Kind], place: str) -> _Kind:
    try:
        return msgspec.json.decode(text, type=kind)
    except UnicodeDecodeError:
        raise UnreadableContentError(f"{place}: this is not UTF-8") from None
    except RecursionError:
        raise UnreadableContentError(f"{place}: this is nested too deeply") from None
    except msgspec.ValidationError as error:
        raise UnreadableContentError(f"{place}: {error}") from None
    except msgspec.DecodeError as error:
        said = error if _is_utf_8(text) else "this is not UTF-8"
        raise UnreadableContentError(f"{place}: {said}") from None


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unknown(item: dict[str, Any]) -> Iterator[str]:
    """The names of fields that no item has."""
    yield from _not_in(item, Item)
    for name, record in _RECORDS.items():
        for entry in item.get(name) or ():
            yield from _not_in(entry, record)
    if outline := item.get("outline"):
        yield from _not_in(outline, Outline)
        yield from _unknown_in_sections(outline.get("sections", ()))


def _unknown_in_sections(sections: list[dict[str, Any]]) -> Iterator[str]:
    for section in sections:
        yield from _not_in(section, Section)
        yield from _unknown_in_sections(section.get("sections", ()))


def _not_in(given: dict[str, Any], kind: type[msgspec.Struct]) -> set[str]:
    return given.keys() - {field.encode_name for field in msgspec.structs.fields(kind)}
