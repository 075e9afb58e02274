"""Keys by which receivers know what a file holds again."""

import re

from activities.formats.shared.stable_keys import (
    item_key,
    part_key,
    record_keys,
    warn_of_derived_ids,
)
from activities.formats.testing import Recorder
from activities.formats.testing.items import item
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion

NAMESPACE = "export-service"
CARDS = [Flashcard("One", "1", "c-1"), Flashcard("Two", "2", "c-2")]


def keys(each: Item, namespace: str = NAMESPACE) -> list[str]:
    return record_keys(namespace, each, "flashcards")


def test_keys_never_change() -> None:
    each = item(flashcards=CARDS)

    assert item_key(NAMESPACE, each).startswith("5dc1e93a3c0185a5")
    assert part_key(NAMESPACE, each, "faqs").startswith("8adea3c5f8a81aa5")
    assert [key[:16] for key in keys(each)] == ["7e8f8555a42b26d1", "9e85c3dc80dcbf65"]


def test_a_record_with_an_id_keeps_its_key_whatever_else_changes() -> None:
    before = keys(item(flashcards=CARDS))
    edited = item(
        title="Another", language="de", version=9,
        flashcards=[Flashcard("New", "0", "c-0"), Flashcard("Edited", "2", "c-2"), CARDS[0]],
    )  # fmt: skip

    assert keys(edited)[1:] == before[::-1]


def test_what_differs_in_namespace_owner_item_part_or_id_has_another_key() -> None:
    each = item(flashcards=CARDS, faqs=[Faq("One", "1", "c-1")])
    found = [
        *keys(each),
        *keys(each, "another-service"),
        *keys(item(flashcards=CARDS, owner_id="teacher-2")),
        *keys(item("content-2", flashcards=CARDS)),
        *record_keys(NAMESPACE, each, "faqs"),
        item_key(NAMESPACE, each),
        part_key(NAMESPACE, each, "flashcards"),
    ]

    assert len(set(found)) == len(found)
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in found)


def test_equal_ids_in_a_part_are_told_apart_by_their_order() -> None:
    twice = [Flashcard("One", "1", "same"), Flashcard("Two", "2", "same")]

    first, second = keys(item(flashcards=twice))
    assert first != second
    assert keys(item(flashcards=twice[:1])) == [first]


def test_half_characters_in_an_id_do_no_harm() -> None:
    assert len(keys(item(flashcards=[Flashcard("One", "1", "\ud800")]))) == 1


def test_ids_that_come_from_texts_are_told() -> None:
    report = Recorder()
    warn_of_derived_ids(
        item(
            flashcards=[Flashcard("One", "1"), CARDS[0], Flashcard("Three", "3")],
            reading_guide_questions=[ReadingQuestion("Why?", id="q-1")],
        ),
        report,
    )

    (warning,) = report.warnings
    assert (warning.code, warning.part, warning.count) == ("ids-derived", "flashcards", 2)
    assert "changed: 2." in warning.detail
