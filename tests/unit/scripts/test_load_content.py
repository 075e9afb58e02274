import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.common.database import connect
from activities.content.source import Filters
from activities.content.sql import SqlContent
from activities.formats.testing import render
from activities.formats.testing.items import full_item, plain_item
from activities.jobs.migrate import migrate
from activities.model.content import PART_NAMES, Item, is_usable_id
from scripts.dev.content_files import UnreadableContentError, read_items
from scripts.load_content import load, main, read_all


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
        await load(read_all(files, print, owner), database)
        connected = connect(database)
        try:
            return (await SqlContent(connected).items(owner or "teacher-1", ids)).items
        finally:
            await connected.close()

    return asyncio.run(run())


def test_json_lines_are_loaded(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a", study_guide="# Light"), item("b"))

    loaded = load_and_read([file], tmp_path, "", "a", "b")

    assert [entry.id for entry in loaded] == ["a", "b"]
    assert loaded[0].study_guide == "# Light"


def test_html_is_loaded_as_html(tmp_path: Path) -> None:
    file = json_lines(
        tmp_path / "a.jsonl", item("a", study_guide="<p>x", text_format={"study_guide": "html"})
    )

    [loaded] = load_and_read([file], tmp_path, "", "a")

    assert loaded.format_of("study_guide") == "html"


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


def test_loaded_items_are_in_their_courses(tmp_path: Path) -> None:
    course = {"id": "course", "title": "Light"}
    file = json_lines(
        tmp_path / "a.jsonl",
        item("a", collections=[course | {"position": 2}]),
        item("b", collections=[course | {"position": 1}]),
        item("c"),
    )
    load_and_read([file], tmp_path, "")

    async def run() -> list[str]:
        connected = connect(f"sqlite:///{tmp_path / 'content.db'}")
        try:
            found = await SqlContent(connected).search(
                "teacher-1", Filters(collection_id="course"), 9, sort="position"
            )
            return [head.id for head in found.heads]
        finally:
            await connected.close()

    assert asyncio.run(run()) == ["b", "a"]


def test_a_field_of_a_collection_that_is_not_known_is_told(tmp_path: Path) -> None:
    place = {"id": "course", "title": "Light", "colour": "red"}
    file = json_lines(tmp_path / "a.jsonl", item("a", collections=[place]))
    with pytest.raises(UnreadableContentError, match="colour"):
        list(read_items(file, print))


def test_empty_texts_are_content(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a", title="", study_guide="", language=""))

    assert load_and_read([file], tmp_path, "", "a")[0].title == ""


def test_another_owner_can_be_given(tmp_path: Path) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a"))

    assert load_and_read([file], tmp_path, "teacher-7", "a")[0].owner_id == "teacher-7"


@pytest.mark.parametrize("is_export", [True, False])
def test_who_gives_an_owner_needs_none_in_the_items(tmp_path: Path, is_export: bool) -> None:
    entries = [item("a"), item("b", owner_id=None)]
    del entries[0]["owner_id"]
    file = tmp_path / "a.json"
    if is_export:
        file.write_text(json.dumps({"export": {}, "items": entries}))
    else:
        json_lines(file, *entries)

    loaded = load_and_read([file], tmp_path, "teacher-7", "a", "b")

    assert [entry.owner_id for entry in loaded] == ["teacher-7", "teacher-7"]
    with pytest.raises(UnreadableContentError, match="owner_id"):
        read_all([file], print, "")


@pytest.mark.parametrize("owner", [" teacher-1", "a" * 256])
def test_an_owner_who_cannot_have_a_token_is_refused(tmp_path: Path, owner: str) -> None:
    file = json_lines(tmp_path / "a.jsonl", item("a"))

    with pytest.raises(UnreadableContentError, match="the owner cannot be used"):
        read_all([file], print, owner)


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
        list(read_items(file, print))
    assert "secret" not in str(caught.value)


def lines(*texts: bytes) -> bytes:
    return b"\n".join(texts)


def encoded(**fields: Any) -> bytes:
    return json.dumps(item(fields.pop("id", "a"), **fields), ensure_ascii=False).encode()


def exported(options: dict[str, Any], **head: Any) -> bytes:
    return json.dumps({"export": {"options": options} | head, "items": [item("a")]}).encode()


def deep(depth: int) -> bytes:
    sections = "[" + '{"title": "x", "sections": [' * depth + "]}" * depth + "]"
    return encoded()[:-1] + f', "outline": {{"sections": {sections}}}}}'.encode()


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command, with these bytes as its file, and a database of its own."""

    def run(content: bytes, *options: str) -> int:
        file = tmp_path / "file"
        file.write_bytes(content)
        arguments = ["load_content.py", str(file), "--data-dir", str(tmp_path / "a?b"), *options]
        monkeypatch.setattr("sys.argv", arguments)
        return main()

    return run


def stored(tmp_path: Path) -> list[str]:
    database = tmp_path / "a?b/export.db"
    if not database.exists():
        return []
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM content_item ORDER BY id")]


def document(tmp_path: Path, item_id: str) -> dict[str, Any]:
    with contextlib.closing(sqlite3.connect(tmp_path / "a?b/export.db")) as connection:
        query = "SELECT document FROM content_item WHERE id = ?"
        [(text,)] = connection.execute(query, (item_id,)).fetchall()
    read: dict[str, Any] = json.loads(text)
    return read


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there are no items"),
        (b"\n \n", "there are no items"),
        (b'{"export": {}, "items": []}', "there are no items"),
        (encoded(title="Müller").decode().encode("cp1252"), "file:1: this is not UTF-8"),
        ("\ufeff".encode("utf-16") + encoded(), "file:1: this is not UTF-8"),
        (deep(5_000), "file:1: this is nested too deeply"),
        (lines(encoded(id="a"), encoded(id="b"), b"{}", encoded(id="c")), "file:3: without the"),
        (exported({}, format_version=2), "format version 2 is newer"),
        (exported({"include_answers": False}), "no answers"),
        (exported({"parts": ["faqs"]}), "no parts other than faqs"),
        (exported({"include_quality_metrics": False}), "no quality metrics"),
        (exported({"include_metadata": False}), "no metadata"),
        (encoded(flash_cards=[], difficulty=3), "no fields difficulty, flash_cards"),
        (encoded(faqs=[{"question": "", "answer": "", "hint": ""}]), "no fields hint"),
        (
            encoded(outline={"sections": [{"title": "", "sections": [{"title": "", "aim": 1}]}]}),
            "aim",
        ),
        (encoded(id=""), "the id cannot be used"),
        (encoded(id="x" * 256), "the id cannot be used"),
        (encoded(id="a\0b"), "the id cannot be used"),
        (encoded(id="a\u202eb"), "the id cannot be used"),
        (encoded(owner_id=" teacher-1"), "the owner cannot be used"),
        (encoded(owner_id=""), "the owner cannot be used"),
    ],
)
def test_what_would_be_lost_or_cannot_be_read_is_refused_whole(
    content: bytes,
    said: str,
    command: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(content) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "Nothing was loaded." in told
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    "content",
    [
        exported({"include_answers": False, "parts": ["faqs"], "include_metadata": False}),
        encoded(flash_cards=[], difficulty=3),
    ],
)
def test_what_would_be_lost_is_loaded_when_that_is_asked_for(
    content: bytes, command: Callable[..., int], tmp_path: Path
) -> None:
    assert command(content, "--partial") == 0
    assert stored(tmp_path) == ["a"]


def test_newer_form_is_refused_even_then(command: Callable[..., int]) -> None:
    assert command(exported({}, format_version=2), "--partial") == 1


@pytest.mark.parametrize("content", [encoded(), exported({}), b"\n" + exported({})])
def test_byte_order_mark_and_blank_lines_in_front_are_nothing(
    content: bytes, command: Callable[..., int], tmp_path: Path
) -> None:
    assert command(b"\xef\xbb\xbf" + content) == 0
    assert stored(tmp_path) == ["a"]


HALF = encoded().replace(b"Photosynthesis", rb"Cut \ud83d here, \ud83d\ude00 not, \\ud83d neither")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (HALF, "file:1"),
        (lines(encoded(id="b"), HALF), "file:2"),
        (b'{"items": [' + HALF + b"]}", "file"),
        (b'{"export": {},\n"items": [' + HALF + b"]}", "file"),
    ],
    ids=["line", "second line", "export", "export of lines"],
)
@pytest.mark.parametrize("owner", [(), ("--owner", "teacher-1")], ids=["its owner", "another"])
def test_half_an_emoji_becomes_the_replacement_character_and_is_told(
    content: bytes,
    place: str,
    owner: tuple[str, ...],
    command: Callable[..., int],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command(content, *owner) == 0

    assert document(tmp_path, "a")["title"] == "Cut \ufffd here, \U0001f600 not, \\ud83d neither"
    assert f"{place}: halves of characters replaced by U+FFFD: 1\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-12-31T23:59:59.9999999Z", "2024-12-31T23:59:59.999999Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.999999Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("2024-01-03", "2024-01-03T00:00:00Z"),
        ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
    ],
)
@pytest.mark.parametrize("is_export", [True, False])
def test_times_are_read_as_programs_write_them(
    written: str, read: str, is_export: bool, command: Callable[..., int], tmp_path: Path
) -> None:
    content = encoded(created_at=written, updated_at=written)
    assert command(b'{"items": [' + content + b"]}" if is_export else content) == 0

    stored_item = document(tmp_path, "a")
    assert (stored_item["created_at"], stored_item["updated_at"]) == (read, read)


def test_export_that_names_all_parts_leaves_out_none(
    command: Callable[..., int], tmp_path: Path
) -> None:
    assert command(exported({"parts": list(reversed(PART_NAMES))})) == 0
    assert command(exported({"parts": list(PART_NAMES[1:])})) == 1
    assert stored(tmp_path) == ["a"]


def test_item_that_is_there_twice_counts_once(
    command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(lines(encoded(title="Old"), encoded(title="New"))) == 0
    assert capsys.readouterr().out == "teacher-1: 1 item\n"


def test_file_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["load_content.py", str(tmp_path / "none.jsonl")])
    assert main() == 1
    assert "none.jsonl: No such file or directory\n" in capsys.readouterr().err


def test_content_that_the_service_will_not_see_is_told(
    command: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("EXPORT_CONTENT_URL", "https://platform.example")
    assert command(encoded()) == 0
    assert "EXPORT_CONTENT_URL is set" in capsys.readouterr().err


def test_database_of_a_newer_version_is_told(
    command: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(encoded()) == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "a?b/export.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert command(encoded()) == 1
    assert "a newer version of this service" in capsys.readouterr().err


@pytest.mark.parametrize(
    "item_id", ["می\u200cروم", "👩\u200d🏫", "unité\u00a01", "co\u00adop", "\U0001fae8", "x" * 255]
)
def test_ids_in_any_script_are_ids(
    item_id: str, command: Callable[..., int], tmp_path: Path
) -> None:
    assert is_usable_id(item_id)
    assert command(encoded(id=item_id)) == 0
    assert stored(tmp_path) == [item_id]
