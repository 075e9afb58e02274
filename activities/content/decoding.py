"""Items and heads from the JSON of a source, each by itself: what is wrong with one is that one's.

Where something is wrong the reason names the field and the types, never what is in it.
"""

import json
import math
import re
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from activities.content.source import ItemHead
from activities.model.content import PART_NAMES, Item, is_usable_id
from activities.model.times import time_of

_UNUSUAL_TIME = re.compile(rb'"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:(?:60|\d\d\.\d{7})')
"""What msgspec rounds, or refuses."""
_ESCAPE = re.compile(
    rb"\\(?:(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
"""An escape of a JSON text: a pair of surrogates, one without its other half, or any other."""
_WINDOWS_1252 = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
}
"""By the halves of surrogates that stand for bytes (PEP 383)."""
_TIMES = ("created_at", "updated_at")
_PLACED = re.compile(r"(.*) - at `(?:(key)` in `)?\$\.?(.*)`", re.DOTALL)
_SAID = re.compile(
    r"Expected `[^`]*`(, got `[^`]*`)?|Object missing required field `\w+`|\w+ is no time in UTC"
)
_INVALID_TIME = re.compile(r"Invalid RFC3339 .*")

_Kind = TypeVar("_Kind")


class UnusableItemError(Exception):
    """A text is no item.

    Attributes:
        reason: why, without anything of its content.
        item_id: the id that it has all the same; empty when it has none.
    """

    def __init__(self, reason: str, item_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.item_id = item_id


class DecodedItem(msgspec.Struct, frozen=True):
    """An item, and what was changed to read it."""

    item: Item
    replaced: int = 0
    """The halves of surrogate pairs for which U+FFFD stands."""


class _WithId(msgspec.Struct):
    id: str


_decode = msgspec.json.Decoder(Item).decode
_decode_id = msgspec.json.Decoder(_WithId).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def decode_item(text: bytes) -> DecodedItem:
    """The item that a JSON text is.

    Raises:
        UnusableItemError: it is none.
    """
    try:
        if not _UNUSUAL_TIME.search(text):
            return DecodedItem(_decode(text))
    except Exception:  # noqa: BLE001, S110 - what is wrong is mended or told below
        pass
    mended, replaced = without_lone_surrogates(text)
    try:
        fields = _with_times(_decode_object(mended))
        return DecodedItem(msgspec.convert(fields, Item), replaced)
    except Exception as error:  # noqa: BLE001 - whatever cannot be read is this one item's fault
        raise UnusableItemError(why_not(error), id_of(mended)) from None


def decode_head(text: bytes) -> ItemHead | None:
    """The head of an item; None if it has no id by which the item could be asked for.

    Whatever else is wrong is left out: the item itself says it when it is read.
    """
    mended, _ = without_lone_surrogates(_as_utf8(text))
    item_id = id_of(mended)
    if not is_usable_id(item_id):
        return None
    fields = _decode_fields(mended)
    title = _value(fields, "title", str)
    parts = _value(fields, "parts", list[Any]) or ()
    return ItemHead(
        item_id,
        item_id if title is None else title,
        _time(fields, "created_at"),
        tuple(name for name in PART_NAMES if name in parts),
        _time(fields, "updated_at"),
    )


def id_of(text: bytes) -> str:
    """The id in the JSON text of an item; empty if there is none that can be read."""
    try:
        return _decode_id(text).id
    except Exception:  # noqa: BLE001 - see `decode_item`
        return ""


def as_strict_json(text: bytes) -> bytes:
    """What a JSON text that is not quite JSON says, as programs write it: with control characters
    in strings, with bytes that are not UTF-8 (see `_as_utf8`), and with `NaN`, `Infinity` and
    numbers that no double holds, which become null.

    Raises:
        ValueError, RecursionError: it says nothing.
    """
    value = json.loads(
        _as_utf8(text),
        strict=False,
        parse_constant=lambda _: None,
        parse_float=_finite,
    )
    spelled, _ = without_lone_surrogates(json.dumps(value).encode())
    return spelled


def _as_utf8(text: bytes) -> bytes:
    """A text in which letters of Windows-1252 stand for the bytes that are not UTF-8.

    What a program writes that does not know of UTF-8 is mostly that.
    """
    try:
        text.decode()
    except UnicodeDecodeError:
        return text.decode("utf-8", "surrogateescape").translate(_WINDOWS_1252).encode()
    return text


def _finite(spelled: str) -> float | None:
    value = float(spelled)
    return value if math.isfinite(value) else None


def without_lone_surrogates(text: bytes) -> tuple[bytes, int]:
    """A JSON text of the same length with U+FFFD for each half of a surrogate pair, and how many.

    Programs that cut strings at sixteen bits leave such halves as escapes, and UTF-8 has none.
    """
    if b"\\u" not in text:
        return text, 0
    replaced = 0

    def whole(found: "re.Match[bytes]") -> bytes:
        nonlocal replaced
        if found[2] is None:
            return found[0]
        replaced += 1
        return rb"\ufffd"

    mended = _ESCAPE.sub(whole, text)
    return mended, replaced


def why_not(error: Exception) -> str:
    """Why a text could not be read, without anything of its content."""
    match error:
        case UnicodeDecodeError():
            return "it is not UTF-8"
        case RecursionError():
            return "it is nested too deeply"
        case msgspec.ValidationError():
            return _wrong_field(str(error))
        case msgspec.DecodeError() | json.JSONDecodeError():
            return "it is not JSON"
        case _:
            return f"it cannot be read ({type(error).__name__})"


def _wrong_field(message: str) -> str:
    """What msgspec says of a field; a value that it quotes is left out."""
    found = _PLACED.fullmatch(message)
    said, place = (found[1], found[3]) if found else (message, "")
    if _INVALID_TIME.fullmatch(said):
        said = "no time such as 2024-03-01T09:00:00Z"
    elif not _SAID.fullmatch(said):
        said = f"a {'name' if found and found[2] else 'value'} that cannot be there"
    said = said.replace("Expected", "expected").replace("Object missing required", "without the")
    said = said.replace("`", "")
    return f"{place}: {said}" if place else said


def _with_times(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with times that can be read; others are refused where their place is known."""
    for name in _TIMES:
        with suppress(KeyError, TypeError, ValueError):
            fields[name] = time_of(fields[name])
    return fields


def _value(fields: dict[str, msgspec.Raw], name: str, kind: type[_Kind]) -> _Kind | None:
    """One field of an object; None if it is not there or of another type."""
    try:
        return msgspec.json.decode(fields[name], type=kind)
    except Exception:  # noqa: BLE001 - see `decode_head`
        return None


def _time(fields: dict[str, msgspec.Raw], name: str) -> datetime | None:
    text = _value(fields, name, str)
    try:
        return time_of(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None
