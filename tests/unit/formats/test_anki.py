"""Anki decks: a database that Anki takes, the same bytes everywhere, and nothing that runs."""

import io
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zipfile import ZipFile

import msgspec
import pytest

from activities.formats.anki.collection import Collection, Note, in_memory
from activities.formats.anki.declaration import AnkiOptions
from activities.formats.anki.note_type import FIELDS, NOTE_TYPE_ID, note_types
from activities.formats.anki.sqlite_image import PAGE_BYTES, settled
from activities.formats.testing import render
from activities.formats.testing.items import hostile_item, item, world_items
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion

TIME = datetime(2024, 6, 1, 12, tzinfo=UTC)


@contextmanager
def opened(data: bytes) -> Iterator[sqlite3.Connection]:
    with ZipFile(io.BytesIO(data)) as archive:
        image = archive.read("collection.anki2")
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(image)
        yield database


def deck(items: list[Item], **options: Any) -> bytes:
    data, _ = render("anki", items, AnkiOptions(**options))
    return data


def notes(items: list[Item], **options: Any) -> list[dict[str, Any]]:
    with opened(deck(items, **options)) as database:
        database.row_factory = sqlite3.Row
        found = [dict(row) for row in database.execute("SELECT * FROM notes ORDER BY id")]
    for note in found:
        note |= dict(zip(FIELDS, note["flds"].split("\x1f"), strict=True))
    return found


def decks(data: bytes) -> dict[str, int]:
    """The names of the decks that have cards, and how many."""
    with opened(data) as database:
        [(told,)] = database.execute("SELECT decks FROM col")
        names = {int(number): each["name"] for number, each in json.loads(told).items()}
        counted = database.execute("SELECT did, count(*) FROM cards GROUP BY did ORDER BY did")
        return {names[number]: count for number, count in counted}


def cards(*pairs: tuple[str, str], **more: Any) -> Item:
    made = [Flashcard(front, back, f"card-{n}") for n, (front, back) in enumerate(pairs, 1)]
    return item("content-1", title="Cells", flashcards=made, **more)


def test_database_is_whole_and_has_a_new_card_for_each_note() -> None:
    with opened(deck([*world_items(), hostile_item()], anki_include="all")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT ver FROM col").fetchall() == [(11,)]
        unmatched = "SELECT count(*) FROM notes LEFT JOIN cards ON nid = notes.id WHERE nid IS NULL"
        assert database.execute(unmatched).fetchall() == [(0,)]
        dues = [due for (due,) in database.execute("SELECT due FROM cards ORDER BY id")]
        assert dues == list(range(1, len(dues) + 1))
        states = database.execute("SELECT DISTINCT type, queue, ord, ivl, reps FROM cards")
        assert states.fetchall() == [(0, 0, 0, 0, 0)]


def test_note_type_is_the_one_of_all_decks_for_ever() -> None:
    """With another id or another list of fields, nobody's decks would ever be updated again."""
    [(number, kind)] = note_types().items()
    assert (number, NOTE_TYPE_ID) == ("1732924800417", 1732924800417)
    assert [(field["name"], field["id"]) for field in kind["flds"]] == [
        ("Front", 2711498260051),
        ("Back", 2711498260052),
        ("Course", 2711498260053),
        ("Source", 2711498260054),
        ("Extra1", 2711498260055),
        ("Extra2", 2711498260056),
    ]
    assert [template["id"] for template in kind["tmpls"]] == [2711498260061]


def test_record_keeps_its_guid_when_its_text_changes() -> None:
    [before] = notes([cards(("What is ATP?", "Energy"))])
    [after] = notes([cards(("What is ATP now?", "Money of cells"))])
    assert before["guid"] == after["guid"]
    assert re.fullmatch("[0-9a-f]{20}", before["guid"])
    [other] = notes([msgspec.structs.replace(cards(("Q", "A")), owner_id="somebody-else")])
    assert other["guid"] != before["guid"]


def test_equal_ids_within_an_item_are_different_notes() -> None:
    twice = [Flashcard("A", "1", "same"), Flashcard("B", "2", "same")]
    first, second = notes([item("content-1", flashcards=twice)])
    assert first["guid"] != second["guid"]


def test_note_is_as_old_as_its_content() -> None:
    changed = TIME - timedelta(days=3)
    [note] = notes([cards(("Q", "A"), updated_at=changed)])
    assert note["mod"] == int(changed.timestamp())


def test_what_anki_would_run_is_text() -> None:
    hostile = "[sound:../../x.mp3] [latex]a[/latex] [$]b[/$] [anki:tts]c[/anki:tts] {{Back}}"
    first, second = notes([cards((hostile, "<script>alert(1)</script>"), ("Q", r"`\(x\)`"))])
    for note in (first, second):
        assert "[" not in note["flds"]
        assert "<script" not in note["flds"]
    assert r"\(" not in second["flds"]


def test_formulas_are_between_the_marks_of_mathjax() -> None:
    [note] = notes([cards(("$E = mc^2$", "$$\\frac{a}{b}$$"))])
    assert r"\( E = mc^2 \)" in note["Front"]
    assert r"\[ \frac{a}{b} \]" in note["Back"]


def test_decks_are_the_course_and_its_items() -> None:
    data = deck(
        [cards(("Q", "A")), item("content-2", title="A::B", flashcards=[Flashcard("C", "D")])]
    )
    assert list(decks(data)) == ["Exported content::Cells", "Exported content::A:B"]
    assert list(decks(deck([cards(("Q", "A"))]))) == ["Cells"]


def test_faqs_and_answered_questions_are_decks_of_their_own_if_asked_for() -> None:
    asked = item(
        "content-1",
        title="Cells",
        faqs=[Faq("F?", "f.")],
        flashcards=[Flashcard("C", "c")],
        reading_guide_questions=[ReadingQuestion("R?", "r."), ReadingQuestion("Open?")],
    )
    assert decks(deck([asked])) == {"Cells": 1}
    all_of_it = decks(deck([asked], anki_include="all"))
    assert list(all_of_it.values()) == [1, 1, 1]
    assert [name.split("::")[0] for name in all_of_it] == ["Cells"] * 3


def test_learners_deck_has_no_backs() -> None:
    data = deck([cards(("Q", "secret"))], answers="none")
    with opened(data) as database:
        assert b"secret" not in database.serialize()


def test_tags_are_single_words() -> None:
    tagged = [Flashcard("Q", "A", "card-1", ["cell biology", 'a"b', "x::y", "  "])]
    [note] = notes([item("content-1", flashcards=tagged)])
    assert note["tags"] == " cell_biology a_b x_y "


def test_pictures_are_named_by_what_is_in_them() -> None:
    pixel = (
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwAD"
        "hgGAWjR9awAAAABJRU5ErkJggg=="
    )
    data = deck([cards((f"![dot]({pixel})", f"![again]({pixel})"))])
    with ZipFile(io.BytesIO(data)) as archive:
        [(number, name)] = json.loads(archive.read("media")).items()
        assert archive.read(number).startswith(b"\x89PNG")
    assert re.fullmatch(r"[0-9a-f]{40}\.png", name)
    with opened(data) as database:
        [(fields,)] = database.execute("SELECT flds FROM notes")
        assert fields.count(f'src="{name}"') == 2


def test_deck_without_cards_is_one() -> None:
    assert decks(deck([])) == {}
    with ZipFile(io.BytesIO(deck([]))) as archive:
        assert json.loads(archive.read("media")) == {}


@pytest.mark.parametrize("count", [1, 300])
def test_what_a_database_forgot_is_not_in_the_file(count: int) -> None:
    """Versions of SQLite leave different bytes there, and count changes in different ways."""

    def image() -> bytes:
        collection = Collection(in_memory(), TIME)
        number = collection.add_deck("Deck")
        for n in range(count):
            note = Note(f"{n:020x}", TIME, [f"{n}" * 40] * 6, f"{n}", ["tag"])
            collection.add_notes(number, [note])
        return collection.finish()

    whole = image()
    spoilt = bytearray(whole)
    spoilt[24:28] = spoilt[92:96] = spoilt[96:100] = b"\x01\x02\x03\x04"
    for page in range(len(whole) // PAGE_BYTES):
        start = page * PAGE_BYTES
        head = start + (100 if page == 0 else 0)
        if whole[head] == 13:
            cells = int.from_bytes(whole[head + 3 : head + 5])
            content = int.from_bytes(whole[head + 5 : head + 7])
            gap = range(head + 8 + 2 * cells, start + content)
            spoilt[gap.start : gap.stop] = b"\xaa" * len(gap)
    assert bytes(spoilt) != whole
    assert settled(bytes(spoilt)) == whole
