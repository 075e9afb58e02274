"""Items as JSON: nothing is lost, nothing is made up, ids stay the same."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from activities.formats.testing.items import full_item, hostile_item, item, world_items
from activities.model.content import PART_NAMES, Faq, Flashcard, Item, Outline, ReadingQuestion

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
    assert Faq("Why?", "So.", "faq-1").stable_id == "faq-1"
    assert Faq("Why?", "So.").stable_id == Faq("Why?", "Because.").stable_id
    assert Faq("Why?", "So.").stable_id != Faq("How?", "So.").stable_id
    same_text = {
        Faq("Why?", "").stable_id,
        Flashcard("Why?", "").stable_id,
        ReadingQuestion("Why?").stable_id,
    }
    assert len(same_text) == 3, "parts do not share ids"
    assert Flashcard("\ud800", "").stable_id


def test_derived_ids_are_the_same_in_another_process() -> None:
    code = "from activities.model.content import Faq; print(Faq('Why?', '').stable_id, end='')"
    environment = os.environ | {"PYTHONHASHSEED": "4711"}
    derived = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert derived == Faq("Why?", "").stable_id
