"""Question banks: what Moodle takes, nothing that stops its import, and no answer too many."""

import io
import random
import re
from typing import Any

import msgspec
import pytest
from PIL import Image

from activities.formats.moodle.declaration import MoodleOptions
from activities.formats.testing import render
from activities.formats.testing.items import data_url, hostile_item, item, png, world_items
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion
from tests.judges.moodle_xml import Question, RefusedError, read


def bank(items: list[Item], **options: Any) -> list[Question]:
    data, _ = render("moodle", items, MoodleOptions(**options))
    return read(data)


def gift(items: list[Item], **options: Any) -> str:
    data, _ = render("moodle", items, MoodleOptions(moodle_layout="gift", **options))
    return data.decode()


def codes(items: list[Item], **options: Any) -> set[str]:
    _, warnings = render("moodle", items, MoodleOptions(**options))
    return {warning.code for warning in warnings}


def cards(count: int, back: str = "back {}", **more: Any) -> Item:
    made = [Flashcard(f"front {n}", back.format(n), f"card-{n}") for n in range(1, count + 1)]
    return item("content-1", title="Cells", flashcards=made, **more)


def test_questions_and_faqs_are_essays_with_what_graders_need() -> None:
    asked = item(
        "content-1",
        faqs=[Faq("Why *green*?", "It reflects.", "faq-1")],
        reading_guide_questions=[ReadingQuestion("Where?", None, "q-1")],
    )
    faq, question = bank([asked])
    assert (faq.kind, faq.name) == ("essay", "1. Why green?")
    assert "Why <em>green</em>?" in faq.asked
    assert "It reflects." in faq.answer
    assert (question.kind, question.answer) == ("essay", "")


def test_cards_of_a_paragraph_each_are_matched_in_groups() -> None:
    for count, sizes in ((4, [4]), (10, [10]), (11, [5, 6]), (23, [7, 8, 8])):
        found = bank([cards(count)])
        assert {question.kind for question in found} == {"matching"}
        assert [len(question.pairs) for question in found] == sizes
        backs = [back for question in found for _, back in question.pairs]
        assert backs == [f"back {n}" for n in range(1, count + 1)]


@pytest.mark.parametrize(
    "back",
    ["x" * 256, "one\n\ntwo", "$x^2$", "a <b> b", "&lt;b&gt;", "- a", "[a](https://a.example)"],
)
def test_card_that_cannot_be_matched_is_an_essay(back: str) -> None:
    odd = Flashcard("odd", back, "card-odd")
    both = msgspec.structs.replace(cards(4), flashcards=[odd, *(cards(4).flashcards or ())])
    matching, essay = bank([both])
    assert (matching.kind, len(matching.pairs)) == ("matching", 4)
    assert essay.kind == "essay"
    assert essay.name == "1. odd"
    assert essay.answer


def test_few_cards_are_essays() -> None:
    assert [question.kind for question in bank([cards(3)])] == ["essay"] * 3


def test_card_without_a_side_is_no_pair() -> None:
    sides = [("", "back"), ("front", ""), ("\u00a0", "b"), ("f", " ")]
    some = [Flashcard(front, back, f"card-{n}") for n, (front, back) in enumerate(sides)]
    assert {question.kind for question in bank([item("content-1", flashcards=some)])} == {"essay"}


def test_learners_bank_has_no_answers() -> None:
    asked = cards(
        12,
        "SECRET {}",
        faqs=[Faq("F?", "SECRET", "f")],
        reading_guide_questions=[ReadingQuestion("R?", "SECRET", "r")],
    )
    for layout in ("xml", "gift"):
        data, _ = render("moodle", [asked], MoodleOptions(moodle_layout=layout, answers="none"))
        assert b"SECRET" not in data
        assert b"front 12" in data
    assert {question.kind for question in bank([asked], answers="none")} == {"essay"}


def test_categories_are_the_course_the_item_with_its_version_and_the_part() -> None:
    both = [cards(4), item("content-2", title="A/B <b> /", faqs=[Faq("F?", "f", "f")])]
    assert [question.category for question in bank(both, title="My course")] == [
        ("My course", "Cells (v3)", "Flashcards"),
        ("My course", "A/B ＜b> / (v3)", "Frequently asked questions"),
    ]
    [one] = bank([cards(4)])
    assert one.category == ("Cells (v3)", "Flashcards")


def test_bank_without_questions_is_a_category() -> None:
    """Moodle dies of a quiz without anything."""
    data, warnings = render("moodle", [item(study_guide="text")], MoodleOptions(title="Course"))
    assert read(data) == []
    assert b"$course$/top/Course<" in data
    assert not warnings
    assert gift([], title="Course") == "$CATEGORY: $course$/top/Course\n\n"


def test_pictures_are_files_of_their_text() -> None:
    picture = f"![a leaf]({data_url(png())})"
    [question] = bank([item(faqs=[Faq(picture, f"{picture} {picture}", "f")])])
    for text in (question.asked, question.answer):
        assert re.search(r'src="@@PLUGINFILE@@/[0-9a-f]{40}\.png" alt="a leaf"', text)


def test_gift_describes_its_pictures_and_says_so() -> None:
    pictured = item(faqs=[Faq(f"See ![a leaf]({data_url(png())})", "A", "f")])
    assert "See &\\#91;a leaf]" in gift([pictured])
    assert codes([pictured], moodle_layout="gift") == {"image-left-out", "reimport-adds"}
    assert codes([pictured]) == {"reimport-adds"}


def test_many_pictures_are_told() -> None:
    file = io.BytesIO()
    noise = random.Random(1).randbytes(3 * 400 * 400)
    Image.frombytes("RGB", (400, 400), noise).save(file, "PNG")
    pictures = {"p.png": file.getvalue()}
    for count, told in ((10, False), (30, True)):
        questions = [Faq("![p](p.png)", "A", f"f{n}") for n in range(count)]
        _, warnings = render("moodle", [item(faqs=questions)], pictures=pictures)
        assert ("pictures-large" in {warning.code for warning in warnings}) == told


def test_formulas_are_tex_and_what_only_looks_like_one_is_text() -> None:
    [question] = bank([item(faqs=[Faq("$x^2$ and `\\(y\\)`", "$$z$$", "f")])])
    assert r"\( x^2 \)" in question.asked
    assert r"\(y" not in question.asked
    assert r"\[ z \]" in question.answer


def test_texts_have_no_ids_that_others_on_the_page_have_too() -> None:
    [question] = bank([item(faqs=[Faq("# One\n\n[to it](#one)", "# One", "f")])])
    assert " id=" not in question.asked + question.answer


def test_ids_stay_when_texts_change() -> None:
    before, after = (
        [question.id for question in bank([item(faqs=[Faq(text, "A", "faq-1")])])]
        for text in ("Why?", "Why then?")
    )
    assert before == after
    assert re.fullmatch("[0-9a-f]{20}", before[0])


def test_hostile_text_is_text() -> None:
    hostile = "]]> <![CDATA[ &nbsp; <script>alert(1)</script> @@PLUGINFILE@@/x {{Back}} <!-- \x01"
    some = [Flashcard(hostile, f"back {n}", f"c{n}", [hostile]) for n in range(4)]
    attack = item(title=hostile, flashcards=some, faqs=[Faq(hostile, hostile, hostile)])
    found = bank([attack, hostile_item()])
    assert len(found) > 4
    assert all("<script" not in question.asked + question.answer for question in found)


def test_every_script_and_part_is_there() -> None:
    names = "".join(question.name for question in bank(world_items()))
    for word in ("光合作用", "叶绿素", "الأوراق", "पत्तियाँ", "πράσινα", "oxygen"):
        assert word in names or any(word in q.asked + q.category[1] for q in bank(world_items()))
    arabic = next(q for q in bank(world_items()) if "الأوراق" in q.name)
    assert '<div lang="ar" dir="rtl">' in arabic.asked


def test_gift_escapes_what_means_something_to_it() -> None:
    source = "a = {b} ~c #d :: e\\\\f\n\n```\n// g\n\n=h\n```"
    text = gift([item(title="T \\ =", faqs=[Faq(source, source, "f")])])
    category, question, rest = text.split("\n\n")
    assert category == "$CATEGORY: $course$/top/T \\\\ = (v3)/Frequently asked questions"
    assert rest == ""
    told, line = question.split("\n")
    assert re.fullmatch(r"// \[id:[0-9a-f]{20}\]", told)
    # What is left when all escapes are gone is what we wrote ourselves.
    bare = re.sub(r"\\.", "", line)
    assert bare.count("{") == bare.count("}") == 1
    assert bare.count("####") == 1
    assert re.findall("[=~]", bare) == []


def test_gift_pairs_are_lines() -> None:
    tagged = [Flashcard(f"f{n} -> x", f"b{n} = {n}", f"c{n}", ["a]b<c", "d"]) for n in range(4)]
    told, *lines = gift([item(flashcards=tagged)]).split("\n\n")[1].split("\n")
    assert told.endswith("[tag:a b c] [tag:d]")
    assert lines[1].startswith("=[html]<div")
    assert lines[1].endswith("</div> -> b0 \\= 0")
    assert lines[-1] == "}"


def test_file_of_gift_is_text() -> None:
    data, _ = render("moodle", [cards(4)])
    assert data.startswith(b"<?xml")
    assert gift([cards(4)]).startswith("$CATEGORY")


@pytest.mark.parametrize(
    ("change", "to"),
    [
        (b"back 2<", b"<"),
        (b"back 2<", b"x" * 256 + b"<"),
        (b"back 2<", b"&#1;<"),
        (b"back 2<", b"&nbsp;<"),
        (b"<![CDATA[", b""),
        (b"$course$/top", b"elsewhere"),
        (b'type="matching"', b'type="riddle"'),
        (b"Flashcards 1", b""),
        (b'format="html"', b'format="md"'),
        (b"<![CDATA[<div", b"<![CDATA[<script/><div"),
        (b"<![CDATA[<div", b"<![CDATA[<img src='@@PLUGINFILE@@/../x.png'/><div"),
        (b"<![CDATA[<div", b"<![CDATA[<b><div"),
        (b"</quiz>", b"</quiz"),
    ],
)
def test_reader_refuses_what_moodle_does_not_take(change: bytes, to: bytes) -> None:
    data, _ = render("moodle", [cards(4)], MoodleOptions())
    assert change in data
    read(data)
    with pytest.raises(RefusedError):
        read(data.replace(change, to, 1))
