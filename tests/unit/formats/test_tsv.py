"""Cards as lines: what Quizlet and the like take, and what Anki imports from text."""

import csv
from typing import Any

from activities.formats.testing import render
from activities.formats.testing.items import hostile_item, item, world_items
from activities.formats.tsv.declaration import TsvOptions
from activities.model.content import Faq, Flashcard, Item


def lines(items: list[Item], **options: Any) -> list[str]:
    data, _ = render("tsv", items, TsvOptions(**options))
    return data.decode().splitlines()


def rows(items: list[Item], **options: Any) -> list[list[str]]:
    return list(csv.reader(lines(items, **options), delimiter="\t"))


def cards(*pairs: tuple[str, str]) -> Item:
    made = [Flashcard(front, back, f"card-{n}", ["a tag"]) for n, (front, back) in enumerate(pairs)]
    return item("content-1", flashcards=made)


def test_line_is_front_and_back() -> None:
    assert lines([cards(("Cell", "The *least* unit"), ("ATP", "Energy"))]) == [
        "Cell\tThe least unit",
        "ATP\tEnergy",
    ]


def test_text_of_several_lines_stays_on_one() -> None:
    [row] = rows([cards(("one\n\ntwo", "- a\n- b"))])
    assert row[0] == "one / two"
    assert "\n" not in row[1]
    assert "a" in row[1]
    assert " / " in row[1]


def test_tab_in_a_text_begins_no_column() -> None:
    assert all(len(row) == 2 for row in rows([cards(("a\tb", "`c\td`")), hostile_item()]))


def test_comment_and_quotation_are_read_as_text() -> None:
    [first, second] = rows([cards(("#hashtag", "A"), ('"so" he said', "B"))])
    assert first == ["#hashtag", "A"]
    assert second == ['"so" he said', "B"]
    assert not lines([cards(("\\#hashtag", "A"))])[0].startswith("#")


def test_what_looks_like_a_formula_stays_on_the_card() -> None:
    assert rows([cards(("=1+1", "-5"))]) == [["=1+1", "-5"]]


def test_learners_lines_have_no_backs() -> None:
    assert lines([cards(("Q", "secret"))], answers="none") == ["Q\t"]


def test_other_parts_are_no_lines() -> None:
    assert lines([item("content-1", study_guide="text", faqs=[Faq("Q", "A")])]) == []


def test_notes_for_anki_have_keys_html_and_tags() -> None:
    told = lines([cards(("$x^2$", "**b** [sound:x.mp3]"))], tsv_layout="anki")
    assert told[:4] == ["#separator:tab", "#html:true", "#guid column:1", "#tags column:4"]
    [[guid, front, back, tags]] = csv.reader(told[4:], delimiter="\t")
    assert len(guid) == 20
    assert r"\( x^2 \)" in front
    assert "<strong>b</strong>" in back
    assert "[" not in front + back
    assert tags == "a_tag"


def test_keys_are_those_of_the_deck() -> None:
    again = lines([cards(("changed", "too"))], tsv_layout="anki")[4].split("\t")[0]
    assert lines([cards(("Q", "A"))], tsv_layout="anki")[4].split("\t")[0] == again


def test_lines_of_every_script_are_utf_8() -> None:
    assert len(rows(world_items())) > 1
