"""Items as JSON: nothing is lost, nothing is made up, ids stay the same."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from time import process_time

import msgspec
import pytest

from activities.formats.testing.items import full_item, hostile_item, item, world_items
from activities.model.content import (
    PART_NAMES,
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Record,
    stable_ids,
)

ROOT = Path(__file__).parents[3]
REQUIRED = {"id", "owner_id", "title", "language", "version", "created_at", "updated_at"}


@pytest.mark.parametrize(
    "original", [*world_items(), hostile_item(), item()], ids=lambda each: each.id
)
def test_json_keeps_all_of_an_item(original: Item) -> None:
    encoded = msgspec.json.encode(original)
    assert msgspec.json.decode(encoded, type=Item) == original
    assert msgspec.json.encode(msgspec.json.decode(encoded, type=Item)) == encoded


def test_absent_parts_stay_absent() -> None:
    assert set(msgspec.json.decode(msgspec.json.encode(item()))) == REQUIRED


def test_missing_answer_is_written_as_null() -> None:
    encoded = msgspec.json.decode(msgspec.json.encode(ReadingQuestion("Why?")))
    assert encoded["answer"] is None


def test_item_may_have_fields_that_this_version_does_not_know() -> None:
    fields = msgspec.json.decode(msgspec.json.encode(item())) | {"colour": "green"}
    assert msgspec.json.decode(msgspec.json.encode(fields), type=Item) == item()


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
def test_time_without_a_zone_is_utc(field: str) -> None:
    fields = msgspec.json.decode(msgspec.json.encode(item()))
    without = fields | {field: fields[field].removesuffix("Z")}
    assert without != fields
    assert msgspec.convert(without, Item) == item()


def test_time_in_another_zone_is_the_same_moment() -> None:
    fields = msgspec.json.decode(msgspec.json.encode(item()))
    fields["created_at"] = "2024-03-01T14:30:00+05:30"
    decoded = msgspec.convert(fields, Item)
    assert decoded.created_at - item().created_at == timedelta(0)


@pytest.mark.parametrize("field", ["created_at", "updated_at"])
@pytest.mark.parametrize("time", ["9999-12-31T23:59:00-05:00", "0001-01-01T00:00:00+05:30"])
def test_time_that_utc_does_not_have_is_no_content(field: str, time: str) -> None:
    fields = msgspec.json.decode(msgspec.json.encode(item()))
    with pytest.raises(msgspec.ValidationError, match=field):
        msgspec.convert(fields | {field: time}, Item)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_first_and_last_moment_of_utc_are_content(time: str) -> None:
    fields = msgspec.json.decode(msgspec.json.encode(item()))
    assert msgspec.convert(fields | {"updated_at": time}, Item).updated_at.tzinfo is not None


@pytest.mark.parametrize("missing", sorted(REQUIRED))
def test_required_fields_are_required(missing: str) -> None:
    fields = msgspec.json.decode(msgspec.json.encode(item()))
    del fields[missing]
    with pytest.raises(msgspec.ValidationError, match=missing):
        msgspec.convert(fields, Item)


def test_parts_are_those_with_something_in_them() -> None:
    assert full_item().parts() == PART_NAMES
    empty = item(study_guide="", faqs=[], flashcards=[], reading_guide_questions=[])
    assert empty.parts() == ()
    assert item(study_guide="x", outline=Outline(summary="y")).parts() == (
        "outline",
        "study_guide",
    )


def test_given_ids_are_kept_and_derived_ones_follow_the_text() -> None:
    def id_of(record: Record) -> str:
        return stable_ids([record])[0]

    assert id_of(Faq("Why?", "So.", "faq-1")) == "faq-1"
    assert id_of(Faq("Why?", "So.")) == id_of(Faq("Why?", "Because."))
    assert id_of(Faq("Why?", "So.")) != id_of(Faq("How?", "So."))
    same_text: list[Record] = [Faq("Why?", ""), Flashcard("Why?", ""), ReadingQuestion("Why?")]
    assert len(set(map(id_of, same_text))) == 3, "parts do not share ids"
    assert id_of(Flashcard("\ud800", ""))


def test_no_spreadsheet_takes_a_derived_id_for_a_number() -> None:
    """These two would be `0001648741361472` and `409637908389e188` without their letter."""
    ids = stable_ids([Flashcard("Card 495", "b"), Flashcard("Card 4384", "b")])
    assert all(each[0].isalpha() for each in ids)


def test_no_two_records_share_a_derived_id() -> None:
    again = Faq("Why?", "Because.")
    first, second, third = stable_ids([Faq("Why?", "So."), again, Faq("Why?", "")])
    assert len({first, second, third}) == 3
    # As an export has it that is loaded again, beside one that is new.
    assert stable_ids([Faq("Why?", "So.", first), again]) == [first, second]
    started = process_time()
    assert len(set(stable_ids([Flashcard("", "")] * 60_000))) == 60_000
    assert process_time() - started < 5


def test_derived_ids_are_the_same_in_another_process() -> None:
    code = (
        "from activities.model.content import Faq, stable_ids;"
        "print(stable_ids([Faq('Why?', '')])[0], end='')"
    )
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    derived = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert [derived] == stable_ids([Faq("Why?", "")])


def test_texts_are_markdown_unless_the_item_or_a_part_says_otherwise() -> None:
    assert item().format_of("study_guide") == "markdown"
    of_all = item(text_format="html")
    assert {of_all.format_of(part) for part in PART_NAMES} == {"html"}
    of_one = item(text_format={"study_guide": "html"})
    assert of_one.format_of("study_guide") == "html"
    assert of_one.format_of("faqs") == "markdown"


def test_markdown_is_not_written_down() -> None:
    assert b"text_format" not in msgspec.json.encode(item())


@pytest.mark.parametrize("wrong", ["textile", {"study_guide": "rtf"}, {"summary": "html"}, None])
def test_other_text_formats_are_no_content(wrong: object) -> None:
    fields = msgspec.to_builtins(item()) | {"text_format": wrong}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, Item)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "a"},
        {"id": "", "title": "A"},
        {"id": "a\x00", "title": "A"},
        {"id": "a" * 256, "title": "A"},
        {"id": "a", "title": "A" * 1_001},
        {"id": "a", "title": None},
        {"id": "a", "title": "A", "position": "3"},
        {"id": "a", "title": "A", "position": True},
        {"id": "a", "title": "A", "position": 10**16},
        {"id": "a", "title": "A", "position": [1]},
        "a",
    ],
    ids=str,
)
def test_what_is_no_collection_is_no_content(wrong: object) -> None:
    fields = msgspec.to_builtins(item()) | {"collections": [wrong]}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields, Item)


def test_an_item_is_in_a_hundred_collections_at_most() -> None:
    course = {"id": "a", "title": "A"}
    fields = msgspec.to_builtins(item())
    assert msgspec.convert(fields | {"collections": [course] * 100}, Item).collections
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields | {"collections": [course] * 101}, Item)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(fields | {"collections": course}, Item)
