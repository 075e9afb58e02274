"""JSON lines: the items of the JSON export, one a line, that can be loaded again."""

import io
import json
from typing import Any

import msgspec

from activities.formats.testing import render
from activities.formats.testing.items import hostile_item, item, world_items
from activities.model.content import Flashcard, Item
from activities.model.options import RenderOptions

ITEMS = [*world_items(), hostile_item()]


def lines(items: list[Item], **options: Any) -> list[bytes]:
    data, _ = render("jsonl", items, RenderOptions(**options))
    assert data.endswith(b"\n") or not items
    return data.splitlines()


def test_each_line_is_an_item_of_the_json_export() -> None:
    data, _ = render("json", ITEMS, RenderOptions(include_quality_metrics=True))
    found = [json.loads(line) for line in lines(ITEMS, include_quality_metrics=True)]
    assert found == json.loads(data)["items"]


def test_lines_can_be_read_as_content_again() -> None:
    read = [msgspec.json.decode(line, type=Item) for line in lines(ITEMS)]
    assert [each.id for each in read] == [each.id for each in ITEMS]
    assert lines(read) == lines(ITEMS)


def test_text_of_several_lines_stays_on_one() -> None:
    [line] = lines([item("content-1", study_guide="one\n\u2028two\x85three\r\n")])
    assert json.loads(line)["study_guide"] == "one\n\u2028two\x85three\r\n"
    assert len(list(io.StringIO(line.decode() + "\n"))) == 1


def test_learners_get_no_answer() -> None:
    [line] = lines([item("content-1", flashcards=[Flashcard("Q", "secret")])], answers="none")
    assert b"secret" not in line


def test_nothing_is_an_empty_file() -> None:
    assert lines([]) == []
