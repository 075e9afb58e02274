"""What crosses between workers comes over whole, readable, and without content."""

import inspect
import json
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Any, get_type_hints

import msgspec
import pytest
from temporalio.api.common.v1 import Payload

from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section
from workflows import contracts
from workflows.contracts import Slice, SnapshotPart
from workflows.converter import DATA_CONVERTER

STRUCTS = [
    value
    for value in vars(contracts).values()
    if inspect.isclass(value) and issubclass(value, msgspec.Struct)
]
MOMENT = datetime(2024, 3, 4, 10, 30, 0, 123456, tzinfo=UTC)

CONTENT_FIELDS = {
    name
    for struct in (Outline, Section, Faq, Flashcard, ReadingQuestion)
    for name in struct.__struct_fields__
} | set(Item.__struct_fields__) - {"id", "owner_id", "version", "created_at", "updated_at"}


def sample(kind: Any) -> Any:
    if kind in STRUCTS:
        return kind(**{name: sample(hint) for name, hint in get_type_hints(kind).items()})
    if isinstance(kind, UnionType):
        return sample(kind.__args__[0])
    samples = {str: "Ω/1", int: 7, float: 0.25, bool: True, datetime: MOMENT, list[str]: ["a", "b"]}
    return samples.get(kind) or [sample(kind.__args__[0])]


def converted(value: Any, kind: Any) -> tuple[Payload, Any]:
    converter = DATA_CONVERTER.payload_converter
    [payload] = converter.to_payloads([value])
    [back] = converter.from_payloads([payload], [kind])
    return payload, back


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_struct_comes_over_whole_and_readable(struct: type[msgspec.Struct]) -> None:
    original = sample(struct)
    payload, back = converted(original, struct)
    assert back == original
    assert payload.metadata["encoding"] == b"json/plain"
    assert set(json.loads(payload.data)) == set(struct.__struct_fields__)


@pytest.mark.parametrize("value", [0, 12, "text", [1, 2], {"a": 1}, True, MOMENT])
def test_plain_values_come_over(value: Any) -> None:
    assert converted(value, type(value))[1] == value


def test_nothing_is_nothing() -> None:
    payload, back = converted(None, SnapshotPart)
    assert back is None
    assert payload.metadata["encoding"] == b"binary/null"


def test_time_stays_aware() -> None:
    part = SnapshotPart("staging/job/snapshot-0000.run.1", 2, MOMENT)
    _, back = converted(part, SnapshotPart)
    assert back.newest.utcoffset() is not None


def test_older_worker_takes_what_a_newer_one_added() -> None:
    payload = Payload(
        metadata={"encoding": b"json/plain"},
        data=b'{"chunk": 1, "start": 0, "stop": 5, "added_later": true}',
    )
    [back] = DATA_CONVERTER.payload_converter.from_payloads([payload], [Slice])
    assert back == Slice(1, 0, 5)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
def test_no_struct_has_a_place_for_content(struct: type[msgspec.Struct]) -> None:
    assert not set(struct.__struct_fields__) & CONTENT_FIELDS
    for hint in get_type_hints(struct).values():
        kinds = {hint, *getattr(hint, "__args__", ())}
        assert not kinds & {dict, Any, object, bytes}
        assert all(
            kind in STRUCTS or kind in {str, int, float, bool, datetime, NoneType, list[str]}
            for kind in kinds
            if not hasattr(kind, "__args__")
        )
