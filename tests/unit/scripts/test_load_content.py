import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.formats.testing import render
from activities.formats.testing.items import full_item, plain_item
from activities.jobs.migrate import migrate
from activities.model.content import Item
from scripts.load_content import UnreadableContentError, load, read_items


def item(item_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": item_id,
        "owner_id": "teacher-1",
        "title": "Photosynthesis",
        "language": "en",
        "version": 1,
        "created_at": "2024-03-01T09:00:00Z",
        "updated_at": "2024-03-04T10:30:00Z",
    } | fields


def json_lines(file: Path, *items: dict[str, Any]) -> Path:
    file.write_text("\n".join(map(json.dumps, items)) + "\n\n")
    return file


def load_and_read(files: list[Path], tmp_path: Path, owner: str, *ids: str) -> list[Item]:
    database = f"sqlite:///{tmp_path / 'content.db'}"
    migrate(database)

    async def run() -> list[Item]:
        await load(files, owner, database)
        connected = connect(database)
        try:
            return await SqlContent(connected).items(owner or "teacher-1", ids)
        finally:
            await connected.close()

    return asyncio.run(run())


def test_json_lines_are_loaded(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a", study_guide="# Light"), item("b"))

    loaded = load_and_read([file], tmp_path, "", "a", "b")

    assert [entry.id for entry in loaded] == ["a", "b"]
    assert loaded[0].study_guide == "# Light"


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_export_is_loaded(tmp_path: Path, indent: int | None) -> None:
    file = tmp_path / "export.json"
    file.write_text(json.dumps({"export": {"items": 1}, "items": [item("a")]}, indent=indent))

    assert [entry.id for entry in load_and_read([file], tmp_path, "", "a")] == ["a"]


def test_an_export_of_this_service_is_loaded(tmp_path: Path) -> None:
    data, _ = render("json", [full_item("a"), plain_item("b")])
    file = tmp_path / "export.json"
    file.write_bytes(data)

    loaded = load_and_read([file], tmp_path, "", "a", "b")

    assert render("json", loaded)[0] == data


def test_empty_texts_are_content(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a", title="", study_guide="", language=""))

    assert load_and_read([file], tmp_path, "", "a")[0].title == ""


def test_another_owner_can_be_given(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a"))

    assert load_and_read([file], tmp_path, "teacher-7", "a")[0].owner_id == "teacher-7"


def test_loading_again_replaces(tmp_path: Path) -> None:
    old = json_lines(tmp_path / "old.jsonl", item("a", title="Old"))
    new = json_lines(tmp_path / "new.jsonl", item("a", title="New"))

    assert [entry.title for entry in load_and_read([old, new], tmp_path, "", "a")] == ["New"]


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a", created_at="2024-03-01T23:30:00"))

    assert load_and_read([file], tmp_path, "", "a")[0].created_at == datetime(
        2024, 3, 1, 23, 30, tzinfo=UTC
    )


def test_a_broken_line_is_named_and_not_quoted(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a"), item("b", study_guide=["secret text"]))

    with pytest.raises(UnreadableContentError, match=r"a\.jsonl:2: .*study_guide") as caught:
        list(read_items(file))
    assert "secret" not in str(caught.value)
