"""QTI packages: what receivers take of both versions, and no answer too many."""

import io
import re
from collections.abc import Callable
from typing import Any, Final
from zipfile import ZipFile

import pytest

from activities.formats.qti.declaration import QtiOptions
from activities.formats.testing import render
from activities.formats.testing.items import (
    arabic_item,
    data_url,
    hostile_item,
    item,
    png,
    world_items,
)
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion
from tests.judges.qti_package import Package, Question, RefusedError, read

VERSIONS: Final = ("2.1", "3.0")


def data_of(items: list[Item], **options: Any) -> bytes:
    data, _ = render("qti", items, QtiOptions(**options))
    return data


def package(items: list[Item], **options: Any) -> Package:
    return read(data_of(items, **options))


def question(asked: str, answer: str = "A", **options: Any) -> Question:
    [only] = package([item(faqs=[Faq(asked, answer, "f")])], **options).questions
    return only


def codes(items: list[Item], **options: Any) -> dict[str, int]:
    _, warnings = render("qti", items, QtiOptions(**options))
    return {warning.code: warning.count for warning in warnings}


def cells() -> Item:
    return item(
        "content-1",
        title="Cells",
        faqs=[Faq("F?", "SECRET", "f")],
        flashcards=[Flashcard("front", "SECRET", "c")],
        reading_guide_questions=[ReadingQuestion("R?", "SECRET", "r"), ReadingQuestion("Open?")],
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_package_of_every_script_and_of_hostile_text_is_taken(version: str) -> None:
    found = package([*world_items(), hostile_item()], qti_version=version)
    titles = " ".join(each.title for each in found.questions)
    for word in ("oxygen", "叶绿素", "الأوراق", "पत्तियाँ", "πράσινα", "<w:p/>"):
        assert word in titles
    assert found.title == "Exported content"


@pytest.mark.parametrize("version", VERSIONS)
def test_test_has_a_section_for_each_item_and_part(version: str) -> None:
    found = package([cells(), item("content-2", title="T", faqs=[Faq("Q", "A", "f")])])
    assert found.sections == (
        ("Frequently asked questions", "Cells"),
        ("Flashcards", "Cells"),
        ("Reading questions", "Cells"),
        ("Frequently asked questions", "T"),
    )
    assert [each.asked.strip() for each in found.questions] == ["F?", "front", "R?", "Open?", "Q"]
    assert package([cells()], qti_version=version).title == "Cells"


@pytest.mark.parametrize("version", VERSIONS)
def test_answers_are_for_scorers_and_a_comment(version: str) -> None:
    faq, *_, open_question = package([cells()], qti_version=version).questions
    assert faq.answer == "SECRET"
    assert "SECRET" not in faq.asked
    assert open_question.answer is None
    assert not open_question.root.xpath("//*[contains(local-name(), 'eedback')]")


@pytest.mark.parametrize("version", VERSIONS)
def test_learners_package_has_no_answers(version: str) -> None:
    data = data_of([cells()], qti_version=version, answers="none")
    with ZipFile(io.BytesIO(data)) as archive:
        assert not any(b"SECRET" in archive.read(name) for name in archive.namelist())
    assert {each.answer for each in read(data).questions} == {None}


def test_package_without_questions_has_an_empty_test() -> None:
    for items in ([], [item(study_guide="text")]):
        assert package(items, title="Course") == ("Course", (), ())


def test_identifiers_stay_when_texts_change() -> None:
    first, second = (question(text) for text in ("Why?", "Why then?"))
    assert first.id == second.id
    assert re.fullmatch("q_[0-9a-f]{20}", first.id)


def test_picture_is_a_file_that_its_question_lists_once() -> None:
    picture = f"![leaf]({data_url(png())})"
    data = data_of([item(faqs=[Faq(picture, picture, "f"), Faq(picture, "A", "g")])])
    assert len(read(data).questions) == 2
    with ZipFile(io.BytesIO(data)) as archive:
        media = [name for name in archive.namelist() if name.startswith("media/")]
        assert [archive.read(name) for name in media] == [png()]


def test_formulas_are_mathml() -> None:
    [formula] = question("$x^2$").root.xpath("//*[local-name() = 'msup']")
    assert [each.text for each in formula] == ["x", "2"]


def test_version_2_1_marks_what_runs_from_the_right_and_says_so() -> None:
    [only] = package([arabic_item()]).questions
    assert only.asked.startswith("\u200f")
    assert codes([arabic_item()]) == {"direction-left-out": 2}
    assert codes([arabic_item()], qti_version="3.0") == {}
    [newer] = package([arabic_item()], qti_version="3.0").questions
    assert newer.root.xpath("//@dir") == ["rtl"] * 3


def test_what_qti_has_no_elements_for_is_shown_with_others() -> None:
    source = (
        "~~s~~ <u>u</u> ==m== <kbd>K</kbd>\n\n3. c\n4. d\n\n> quoted\n\n| only |\n|---|\n\n"
        "<details><summary>More</summary>text</details>\n\n[x](#later)[^1]\n\n[^1]: note"
    )
    asked = question(source, source).asked
    for shown in ("s u m K", "3. c", "quoted", "only", "More", "note"):
        assert shown in asked


@pytest.mark.parametrize("version", VERSIONS)
def test_words_that_are_no_longer_struck_out_are_told_of(version: str) -> None:
    struck = item(faqs=[Faq("~~Old~~ *new*", "~~a~~ b ~~c~~", id="f1")])
    assert codes([struck], qti_version=version) == {"strike-left-out": 3}
    assert codes([struck], qti_version=version, include_answers=False) == {"strike-left-out": 1}


def changed(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as archive, ZipFile(out, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, change(name, archive.read(name)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'href="q_', b'href="x_'),
        (b'<dependency identifierref="q_', b'<dependency identifierref="x_'),
        (b' identifier="q_', b' identifier="1_'),
        (b"<itemBody>", b"<itemBody><script/>"),
        (b"<itemBody>", b"<itemBody><p dir='rtl'>a</p>"),
        (b"<itemBody>", b"<itemBody><p style='x'>a</p>"),
        (b"<itemBody>", b"<itemBody><img src='../x.png' alt=''/>"),
        (b"<itemBody>", b"<itemBody><a href='javascript:x'>a</a>"),
        (b"<itemBody>", b"<itemBody><table><tr/></table>"),
        (b"<itemBody>", b"<responseProcessing/><itemBody>"),
        (b'view="scorer"', b'view="candidate"'),
        (b'responseIdentifier="RESPONSE"', b'responseIdentifier="OTHER"'),
        (b"<extendedTextInteraction", b"<extendedTextInteraction/><extendedTextInteraction"),
        (b"imsqti_item_xmlv2p1", b"imsqti_item_xmlv2p2"),
        (b"</itemBody>", b"<itemBody>"),
    ],
)
def test_reader_refuses_what_receivers_do_not_take(before: bytes, after: bytes) -> None:
    data = data_of([item(faqs=[Faq("Q", "A", "f")])])
    read(data)
    with pytest.raises(RefusedError):
        read(changed(data, lambda _, content: content.replace(before, after, 1)))
