"""Items as the formats of data have them: JSON with ids, and without what the options leave out."""

import re
from collections.abc import Sequence
from json import dumps
from typing import Any, Final, TypeVar

import msgspec

from activities.documents.own_pages import is_own_page
from activities.model.content import (
    PART_TITLES,
    Faq,
    Flashcard,
    Item,
    ReadingQuestion,
    stable_ids,
)
from activities.model.options import RenderOptions
from activities.model.warnings import Place, Report, place_text, surrogates_replaced

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(rb"\x7f|\xc2[\x80-\x9f]")
"""What JSON may hold as it is, of the control characters, as UTF-8."""
_FIRST_OF_CONTROL = (b"\x7f", b"\xc2")

_Record = TypeVar("_Record", Faq, Flashcard, ReadingQuestion)

_encoder: Final = msgspec.json.Encoder(order="deterministic")
_decode_item = msgspec.json.Decoder(Item).decode


def exported(item: Item, options: RenderOptions) -> Item:
    """The item with an id on each record, and without what the options leave out."""
    if is_own_page(item):
        return item
    changes: dict[str, Any] = {}
    if not _have_ids(item.faqs):
        changes["faqs"] = _with_ids(item.faqs or ())
    if not _have_ids(item.flashcards):
        changes["flashcards"] = _with_ids(item.flashcards or ())
    if not _have_ids(item.reading_guide_questions):
        changes["reading_guide_questions"] = _with_ids(item.reading_guide_questions or ())
    if options.answers == "none":
        # On top of the ids, some of which are derived from the text.
        item = _without_answers(msgspec.structs.replace(item, **changes))
        changes = {}
    wanted = options.part_names()
    changes |= {name: None for name in PART_TITLES if name not in wanted}
    return msgspec.structs.replace(item, **changes) if changes else item


def _without_answers(item: Item) -> Item:
    """The learner's edition: the fields stay, so that the item can be loaded."""
    return msgspec.structs.replace(
        item,
        faqs=_with_each(item.faqs, answer=""),
        flashcards=_with_each(item.flashcards, back=""),
        reading_guide_questions=_with_each(item.reading_guide_questions, answer=None),
    )


def _with_each(records: list[_Record] | None, **change: Any) -> list[_Record] | None:
    return records and [msgspec.structs.replace(record, **change) for record in records]


def _have_ids(records: list[_Record] | None) -> bool:
    return not records or "" not in [record.id for record in records]


def _with_ids(records: Sequence[_Record]) -> list[_Record]:
    return [
        msgspec.structs.replace(record, id=record_id)
        for record, record_id in zip(records, stable_ids(records), strict=True)
    ]


def _encodable(item: Item, report: Report) -> Item:
    text = dumps(msgspec.to_builtins(item), ensure_ascii=False)
    text, replaced = _LONE_SURROGATE.subn("\ufffd", text)
    encodable = _decode_item(text)
    report.warn(
        surrogates_replaced(
            encodable.id, replaced, (Place(encodable.id, place_text(encodable.title)),)
        )
    )
    return encodable


def append_json(item: Item, block: bytearray, report: Report) -> None:
    """Write an item at the end of a block, on one line, with control characters as escapes."""
    start = len(block)
    try:
        _encoder.encode_into(item, block, start)
    except UnicodeEncodeError:
        _encoder.encode_into(_encodable(item, report), block, start)
    if _may_have_control(block, start) and _CONTROL.search(block, start):
        block[start:] = _CONTROL.sub(_escape, block[start:])


def _may_have_control(block: bytearray, start: int) -> bool:
    """Whether a search is worth its time: it takes twice as long as all else."""
    return any(block.find(first, start) >= 0 for first in _FIRST_OF_CONTROL)


def _escape(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % ord(found[0].decode())
