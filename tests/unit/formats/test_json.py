"""The JSON export, read with the standard library, jsonschema and as content again."""

import json
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

import activities.model
from activities.formats.json import renderer as json_format
from activities.formats.testing import render
from activities.formats.testing.items import full_item, hostile_item, item, plain_item, world_items
from activities.model.content import CollectionPlace, Faq, Flashcard, Item, ReadingQuestion
from activities.model.options import RenderOptions

SCHEMA = json.loads(
    (Path(activities.model.__path__[0]) / "export.schema.json").read_text(encoding="utf-8")
)
HTML_ITEMS = [
    item("content-a", study_guide="<p>a</p>", text_format="html"),
    item("content-b", study_guide="<p>b</p>", text_format={"study_guide": "html"}),
]
COURSES = [
    CollectionPlace("course-1", "How *life* works", 3),
    CollectionPlace("course-2", "", 1.5),
    CollectionPlace("course-3", "Without a position"),
]


def export(items: list[Item], options: RenderOptions | None = None, chunks: int = 1) -> Any:
    data, _ = render("json", items, options or RenderOptions(), chunks)
    return json.loads(data)


def test_published_schema_is_valid_itself() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [plain_item()],
        world_items(),
        [hostile_item(), item()],
        HTML_ITEMS,
        [item(collections=COURSES)],
    ],
    ids=["none", "plain", "world", "hostile", "html", "courses"],
)
@pytest.mark.parametrize("everything", [True, False])
def test_file_is_as_the_schema_says(items: list[Item], everything: bool) -> None:
    options = RenderOptions(include_metadata=everything, include_quality_metrics=everything)
    Draft202012Validator(SCHEMA, format_checker=FormatChecker()).validate(export(items, options))


def test_schema_refuses_what_an_export_never_holds() -> None:
    validator = Draft202012Validator(SCHEMA)
    without_id = export([full_item()])
    del without_id["items"][0]["faqs"][1]["id"]
    assert not validator.is_valid(without_id)


def test_schema_lets_fields_come_that_this_version_does_not_know() -> None:
    """Readers pass over them, so they need no new format version."""
    whole = export([full_item()])
    item_, head = whole["items"][0], whole["export"]
    objects = [whole, head, head["options"], head["counts"], item_, item_["outline"]]
    objects += [item_[name][0] for name in ("faqs", "flashcards", "reading_guide_questions")]
    objects.append(item_["outline"]["sections"][0])
    for each in objects:
        each["new"] = 1
    Draft202012Validator(SCHEMA).validate(whole)


def test_head_tells_version_options_time_and_counts() -> None:
    head = export([full_item(), plain_item(), item()], chunks=2)["export"]
    assert head == {
        "format_version": 1,
        "options": {"include_metadata": True, "include_quality_metrics": False},
        "snapshot_time": "2024-03-04T10:30:00Z",
        "counts": {
            "items": 3,
            "outline": 1,
            "study_guide": 2,
            "faqs": 3,
            "flashcards": 3,
            "reading_guide_questions": 2,
        },
    }


def test_snapshot_time_is_utc_whatever_zone_the_content_has() -> None:
    updated = datetime(2024, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert export([item(updated_at=updated)])["export"]["snapshot_time"] == "2024-06-30T23:30:00Z"


def test_content_comes_back_as_it_was() -> None:
    items = [*world_items(), hostile_item()]
    data, warnings = render("json", items)
    loaded = msgspec.convert(json.loads(data)["items"], list[Item])
    for loaded_item, original in zip(loaded, items, strict=True):
        assert loaded_item.title == original.title
        assert loaded_item.study_guide == original.study_guide
        assert loaded_item.outline == original.outline
        assert loaded_item.metadata == original.metadata
        assert loaded_item.quality_metrics == original.quality_metrics
        assert loaded_item.updated_at == original.updated_at
        assert [faq.answer for faq in loaded_item.faqs or []] == [
            faq.answer for faq in original.faqs or []
        ]
    assert warnings == []


def test_export_of_what_was_loaded_is_the_same_file() -> None:
    items = [full_item(), hostile_item(), item("in-courses", collections=COURSES)]
    data, _ = render("json", items)
    again, _ = render("json", msgspec.convert(json.loads(data)["items"], list[Item]))
    assert again == data


def test_metadata_and_metrics_follow_the_options() -> None:
    bare = export([full_item()], RenderOptions(False, False))["items"][0]
    assert "metadata" not in bare
    assert "quality_metrics" not in bare
    full = export([full_item()], RenderOptions(True, True))["items"][0]
    assert full["metadata"]["target_audience"] == ["grade 9", "grade 10"]
    assert full["quality_metrics"] == {"overall": 0.91, "readability": 0.88, "drift": -0.5}


def test_records_without_an_id_get_one_that_follows_from_their_text() -> None:
    def ids(**parts: Any) -> list[str]:
        exported = export([item(**parts)])["items"][0]
        return [record["id"] for name in parts for record in exported[name]]

    first = ids(
        faqs=[Faq("Why?", "Because.")],
        flashcards=[Flashcard("Front", "Back")],
        reading_guide_questions=[ReadingQuestion("Why?")],
    )
    assert all(first)
    assert len(set(first)) == 3
    assert ids(faqs=[Faq("Other?", "Because."), Faq("Why?", "A better answer.")])[1] == first[0]
    assert ids(faqs=[Faq("Why?", "Because.", "given")]) == ["given"]


def test_an_answer_left_to_the_learner_is_null() -> None:
    [exported] = export([full_item()])["items"]
    assert exported["reading_guide_questions"][1]["answer"] is None


def test_control_characters_are_kept_as_escapes() -> None:
    text = "a\x00b\x1f\u2028\ufffe\x7f «\x80é\x85\x9f\xa0"
    items = [item("a", title=text), item("b", study_guide=text)]
    data, warnings = render("json", items)
    first, second = json.loads(data)["items"]
    assert first["title"] == second["study_guide"] == text
    for escape in (b"\\u0000", b"\\u001f", b"\\u007f", b"\\u0080", b"\\u0085", b"\\u009f"):
        assert data.count(escape) == 2
    assert {each for each in data.decode() if unicodedata.category(each) == "Cc"} == {"\n"}
    assert warnings == []


def test_lone_surrogates_become_replacement_characters_and_are_counted() -> None:
    data, [warning] = render("json", [item(title="\ud800", study_guide="\udfff and \udfff, 😀")])
    [exported] = json.loads(data.decode("utf-8"))["items"]
    assert exported["title"] == "\ufffd"
    assert exported["study_guide"] == "\ufffd and \ufffd, 😀"
    assert (warning.code, warning.item_id) == ("lone-surrogates-replaced", "content-1")
    assert "3" in warning.detail


@pytest.mark.parametrize("chunks", [1, 2])
def test_a_file_of_more_than_is_held_in_memory_is_the_same(
    monkeypatch: pytest.MonkeyPatch, chunks: int
) -> None:
    items = [*world_items(), hostile_item(), plain_item()]
    whole, _ = render("json", items)
    monkeypatch.setattr(json_format, "_BLOCK_SIZE", 1000)
    assert render("json", items, chunks=chunks)[0] == whole


def test_each_item_is_one_line() -> None:
    data, _ = render("json", [plain_item("a"), plain_item("b")])
    lines = data.decode().splitlines()
    assert [json.loads(line.rstrip(","))["id"] for line in lines[2:4]] == ["a", "b"]


def test_order_of_metadata_does_not_depend_on_the_source() -> None:
    one, _ = render("json", [item(metadata={"b": 1, "a": 2})])
    other, _ = render("json", [item(metadata={"a": 2, "b": 1})])
    assert one == other


def test_options_that_choose_are_told_in_the_head_and_heeded() -> None:
    options = RenderOptions(parts=("faqs", "outline"), include_metadata=False, title="Bio 9")
    exported = export([full_item()], options)
    Draft202012Validator(SCHEMA).validate(exported)
    assert exported["export"]["options"] == {
        "include_metadata": False,
        "include_quality_metrics": False,
        "parts": ["faqs", "outline"],
        "title": "Bio 9",
    }
    [source] = exported["items"]
    assert {"faqs", "outline"} < source.keys()
    assert not {"study_guide", "flashcards", "reading_guide_questions", "metadata"} & source.keys()
    assert exported["export"]["counts"]["flashcards"] == 0


def test_the_learners_edition_keeps_the_fields_and_the_ids() -> None:
    [teachers] = export([full_item()])["items"]
    learners = export([full_item()], RenderOptions(include_answers=False))
    Draft202012Validator(SCHEMA).validate(learners)
    assert learners["export"]["options"]["include_answers"] is False
    [source] = learners["items"]
    assert [(faq["id"], faq["question"], faq["answer"]) for faq in source["faqs"]] == [
        (faq["id"], faq["question"], "") for faq in teachers["faqs"]
    ]
    assert [(card["id"], card["back"]) for card in source["flashcards"]] == [
        (card["id"], "") for card in teachers["flashcards"]
    ]
    assert [question["answer"] for question in source["reading_guide_questions"]] == [None, None]


def test_html_stays_as_it_is_and_says_so() -> None:
    exported = export(HTML_ITEMS)["items"]
    assert [entry["text_format"] for entry in exported] == ["html", {"study_guide": "html"}]
    assert msgspec.convert(exported, list[Item]) == HTML_ITEMS
