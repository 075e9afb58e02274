"""Decks are imported by Anki itself: once, again, changed, and after their reader changed them."""

import io
import json
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import msgspec
import pytest

from activities.formats.anki.declaration import AnkiOptions
from activities.formats.testing import render
from activities.formats.testing.items import hostile_item, item, world_items
from activities.model.content import Flashcard, Item
from scripts.dev.environment import CHECKOUT
from tests.judges.conformance import Conformance, Judge
from tests.judges.tools import HERE, python_programs, python_version, run

pytestmark = pytest.mark.judges

_CARDS: Final = item(
    "content-1",
    title="Cells",
    flashcards=[Flashcard("Q1", "A1", "card-1"), Flashcard("Q2", "A2", "card-2", ["tag"])],
)


@pytest.fixture
def judge() -> Judge:
    return Judge("Anki", python_version("anki"), "packages that Anki imports and updates")


def deck(directory: Path, name: str, items: Sequence[Item], **options: Any) -> Path:
    data, _ = render("anki", items, AnkiOptions(**options))
    path = directory / f"{name}.apkg"
    path.write_bytes(data)
    return path


def imported(directory: Path, *steps: str | Path) -> list[Any]:
    program = python_programs() / "python"
    done = run([program, HERE / "anki_import.py", *steps], directory)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_package_is_taken_once_and_changes_nothing_when_it_comes_again(
    tmp_path: Path, judge: Judge, conformance: Conformance
) -> None:
    items = [*world_items(), hostile_item()]
    package = deck(tmp_path, "world", items, anki_include="all")
    first, again = imported(tmp_path, package, package)
    conformance.judged(judge, "decks of every script, and of hostile text", len(first["fields"]))
    assert first["new"] == len(first["fields"]) > 10
    assert (again["new"], again["updated"], again["duplicate"]) == (0, 0, first["new"])
    assert again["fields"] == first["fields"]
    for told in (first, again):
        assert told["problems"] == ""
        assert told["conflicting"] == told["sounds"] == 0
        assert told["note_types"] == ["Course flashcard"]


def test_changed_content_updates_notes_and_keeps_their_schedule(
    tmp_path: Path, judge: Judge, conformance: Conformance
) -> None:
    newer = msgspec.structs.replace(
        _CARDS,
        # An import takes what is newer than its reader's collection knows.
        updated_at=_CARDS.updated_at + timedelta(days=20_000),
        flashcards=[*(_CARDS.flashcards or ()), Flashcard("Q3", "A3", "card-3")],
    )
    newer = msgspec.structs.replace(
        newer, flashcards=[Flashcard("Q1 now", "A1", "card-1"), *(newer.flashcards or ())[1:]]
    )
    before, after = deck(tmp_path, "before", [_CARDS]), deck(tmp_path, "after", [newer])
    _, told = imported(tmp_path, before, "study", after)
    conformance.judged(judge, "a deck whose content changed", 1)
    assert (told["new"], told["updated"], told["conflicting"]) == (1, 2, 0)
    assert told["intervals"] == [30, 30, 0]
    assert ["Q1 now" in fields[0] for fields in told["fields"]] == [True, False, False]


def test_what_a_reader_changed_later_stays(
    tmp_path: Path, judge: Judge, conformance: Conformance
) -> None:
    package = deck(tmp_path, "cells", [_CARDS])
    _, told = imported(tmp_path, package, "edit:Back=mine", "edit:Extra1=a note", package)
    conformance.judged(judge, "a deck that its reader changed", 1)
    assert (told["updated"], told["conflicting"]) == (0, 0)
    assert [fields[1] for fields in told["fields"]] == ["mine", "mine"]
    assert [fields[4] for fields in told["fields"]] == ["a note", "a note"]


def _changed(package: Path, name: str, change: Any) -> Path:
    """The package with one member changed, and under another name if need be."""
    out = io.BytesIO()
    with ZipFile(package) as archive, ZipFile(out, "w") as changed:
        for member in archive.namelist():
            data = archive.read(member)
            changed.writestr(member, change(data) if member == name else data)
    path = package.with_stem(f"{package.stem}-changed")
    path.write_bytes(out.getvalue())
    return path


def test_planted_faults_are_found(tmp_path: Path, judge: Judge, conformance: Conformance) -> None:
    loud = deck(tmp_path, "loud", [item("content-1", flashcards=[Flashcard("SOUND1", "A", "c")])])
    # As long as what it takes the place of, so that the database stays whole.
    loud = _changed(loud, "collection.anki2", lambda data: data.replace(b"SOUND1", b"[z:a.m"))
    [told] = imported(tmp_path, loud)
    assert "[z:a.m" in told["fields"][0][0]

    escaping = _changed(
        deck(tmp_path, "escaping", [_CARDS]),
        "media",
        lambda _: json.dumps({"0": "../x.png"}).encode(),
    )
    with ZipFile(escaping, "a") as archive:
        archive.writestr("0", b"x")
    refused = run([python_programs() / "python", HERE / "anki_import.py", escaping], tmp_path)
    assert refused.returncode != 0

    other_fields = _changed(
        deck(tmp_path, "fields", [_CARDS]),
        "collection.anki2",
        lambda data: data.replace(b'"Extra2"', b'"Extra9"').replace(
            b"2711498260056", b"2711498260099"
        ),
    )
    _, told = imported(tmp_path, deck(tmp_path, "usual", [_CARDS]), other_fields)
    assert told["conflicting"] > 0 or len(told["note_types"]) > 1
    for _ in range(3):
        conformance.planted(judge)


def test_bytes_are_those_of_every_sqlite(
    tmp_path: Path, judge: Judge, conformance: Conformance
) -> None:
    package = deck(tmp_path, "cells", [*world_items(), hostile_item()], anki_include="all")
    with ZipFile(package) as archive:
        ours = archive.read("collection.anki2")
    sqlite = Judge("SQLite of APSW", python_version("apsw"), "equal bytes of another SQLite")
    conformance.judged(sqlite, "a deck's database", 1)
    assert _by_apsw(tmp_path / "other.apkg") == ours

    assert _by_apsw(tmp_path / "unsettled.apkg", "unsettled") != ours
    conformance.planted(sqlite)


def _by_apsw(path: Path, *arguments: str) -> bytes:
    """The database of the same deck by another SQLite."""
    command: list[str | Path] = [python_programs() / "python", HERE / "anki_by_apsw.py"]
    command += [path, *arguments]
    modules = {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])}
    done = run(command, path.parent, modules)
    assert done.returncode == 0, done.stderr
    with ZipFile(path) as archive:
        return archive.read("collection.anki2")
