"""The Common Cartridge: its manifest, its pages and quizzes, and what learners must not find."""

import io
import re
from html import unescape
from typing import Any
from zipfile import ZipFile

import lxml.html
import pytest
from lxml import etree

from activities.formats.imscc.declaration import ImsccOptions
from activities.formats.testing import Recorder, render
from activities.formats.testing.items import (
    arabic_item,
    data_url,
    full_item,
    hostile_item,
    item,
    plain_item,
    png,
    world_items,
)
from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion
from activities.model.content_links import ContentLinks

PICTURE = data_url(png())
ASKED = item(
    "content-asked",
    title="Cells",
    study_guide="Text",
    faqs=[Faq("Why?", "Zebra one", "f-1")],
    flashcards=[Flashcard("Front", "Zebra two", "c-1")],
    reading_guide_questions=[
        ReadingQuestion("Where?", "Zebra three", "q-1"),
        ReadingQuestion("Who?", None, "q-2"),
    ],
)


class Cartridge:
    """A cartridge, and XPath over its files without their namespaces."""

    def __init__(
        self,
        *items: Item,
        chunks: int = 1,
        report: Recorder | None = None,
        skipped: int = 0,
        **options: Any,
    ) -> None:
        self.data, warnings = render(
            "imscc", items, ImsccOptions(**options), chunks, report, skipped
        )
        self.warnings = {warning.code: warning.count for warning in warnings}
        self.package = ZipFile(io.BytesIO(self.data))
        self.names = self.package.namelist()
        self.manifest = self._parsed("imsmanifest.xml")

    def _parsed(self, name: str) -> Any:
        root = etree.fromstring(self.package.read(name))
        for element in root.iter():
            element.tag = etree.QName(element).localname
        return root

    def all(self, path: str) -> list[Any]:
        found = self.manifest.xpath(path)
        assert isinstance(found, list)
        return found

    def questions(self, path: str, name: str) -> list[Any]:
        found = self._parsed(name).xpath(path)
        assert isinstance(found, list)
        return found

    @property
    def pages(self) -> dict[str, Any]:
        """The pages by the titles that learners see."""
        titles = {each.get("identifierref"): each.findtext("title") for each in self.all("//item")}
        return {
            titles[each.get("identifier")]: lxml.html.fromstring(
                self.package.read(each.get("href"))
            )
            for each in self.all("//resource[@href]")
            if each.get("href").endswith(".html")
        }

    @property
    def quizzes(self) -> list[str]:
        return [name for name in self.names if name.startswith("quizzes/")]

    @property
    def text(self) -> str:
        """All that is in the file, references read."""
        whole = b"\n".join(self.package.read(n) for n in self.names if not n.endswith(".png"))
        return unescape(unescape(whole.decode()))


def titles(cartridge: Cartridge) -> list[list[str]]:
    """The titles of each module: its own, and what it shows."""
    modules = cartridge.all("//organization/item/item")
    return [[each.findtext("title") for each in module.iter("item")] for module in modules]


def test_an_item_is_a_module_of_pages_and_a_quiz() -> None:
    cartridge = Cartridge(full_item(), arabic_item(), title="Course")

    assert titles(cartridge)[0] == [
        *("Photosynthesis, in depth",) * 2,
        "Photosynthesis, in depth: Frequently asked questions",
        "Photosynthesis, in depth: Flashcards",
        "Photosynthesis, in depth: Reading questions",
    ]
    assert len(titles(cartridge)) == 2
    assert cartridge.all("//general/title/string/text()") == ["Course"]
    [root] = cartridge.all("//organization/item")
    assert root.find("title") is None
    [page] = [page for title, page in cartridge.pages.items() if "depth" in title][:1]
    assert [each.text_content() for each in page.iter("h2")] == [
        *("Outline", "Study guide", "Metadata"),
    ]


def test_a_single_item_gives_the_course_its_title() -> None:
    assert Cartridge(full_item()).all("//general/title/string/text()") == [
        "Photosynthesis, in depth"
    ]


def test_entries_stand_in_the_order_that_was_asked_for() -> None:
    cartridge = Cartridge(ASKED, parts=("reading_guide_questions", "faqs", "study_guide"))

    assert titles(cartridge)[0][1:] == [
        *("Cells: Reading questions", "Cells: Frequently asked questions", "Cells"),
    ]


def test_a_long_page_is_one_for_each_part_and_links_lead_across() -> None:
    guide = "# Target\n\n[up](#far)\n\n" + "word " * 9_000
    long = item(
        "content-long",
        title="Long",
        outline=Outline("# Far\n\n[down](#target)"),
        study_guide=guide,
    )
    cartridge = Cartridge(long)

    assert list(cartridge.pages) == ["Long: Outline", "Long: Study guide"]
    for title, page in cartridge.pages.items():
        [link] = page.xpath("//a/@href")
        name, _, place = link.removeprefix("$IMS-CC-FILEBASE$/").partition("#")
        assert f'id="{place}"'.encode() in cartridge.package.read(f"web_resources/{name}"), title


def test_items_lead_to_each_other_wherever_they_are_cut() -> None:
    first = item("a", study_guide="[to b](item:b)")
    second = item("b", title="Second", study_guide="[to a](item:a)")
    whole = Cartridge(first, second)
    assert Cartridge(first, second, chunks=2).data == whole.data
    for page in whole.pages.values():
        [link] = page.xpath("//a/@href")
        name, _, place = link.removeprefix("$IMS-CC-FILEBASE$/").partition("#")
        assert f'<h1 id="{place}"'.encode() in whole.package.read(f"web_resources/{name}")


def test_a_link_to_an_item_that_begins_with_its_quiz_leads_to_its_page() -> None:
    asked = [ReadingQuestion("Where?")]
    items = [
        item("a", study_guide="[to b](item:b)"),
        item("b", title="Second", study_guide="Text", reading_guide_questions=asked),
    ]
    cartridge = Cartridge(*items, parts=("reading_guide_questions", "study_guide"))

    [link] = [link for page in cartridge.pages.values() for link in page.xpath("//a/@href")]
    name = link.removeprefix("$IMS-CC-FILEBASE$/").partition("#")[0]
    assert f"web_resources/{name}" in cartridge.names


QUIZ_ALONE = item("b", reading_guide_questions=[ReadingQuestion("?")])


@pytest.mark.parametrize("target", [[], [QUIZ_ALONE]], ids=["left-out", "quiz-alone"])
def test_a_link_to_what_has_no_page_is_text(target: list[Item]) -> None:
    report = Recorder(links=ContentLinks(frozenset({"a", "b"})))
    first = item("a", study_guide="[to b](item:b)")
    cartridge = Cartridge(first, *target, report=report, skipped=1)

    assert not [link for page in cartridge.pages.values() for link in page.iter("a")]
    assert cartridge.warnings == {"link-target-missing": 1}


def test_questions_are_essays_with_keys_that_stay() -> None:
    def found(each: Item) -> list[tuple[str, str]]:
        cartridge = Cartridge(each)
        names = [*cartridge.quizzes, "question_bank.xml"]
        items = [each for name in names for each in cartridge.questions("//item", name)]
        profiles = {each.xpath("string(.//qtimetadatafield[1]/fieldentry)") for each in items}
        assert profiles == {"cc.essay.v0p1"}
        return [(each.get("ident"), each.get("title")) for each in items]

    keys = found(ASKED)
    assert [title for _, title in keys] == [
        *("Question 1", "Question 2"),
        *("Cells: Frequently asked questions 1", "Cells: Flashcards 1"),
    ]
    edited = item(
        "content-asked",
        faqs=[Faq("Why now?", "", "f-1")],
        flashcards=[Flashcard("New", "", "c-1")],
        reading_guide_questions=[ReadingQuestion("Where now?", None, "q-1"), ReadingQuestion("?")],
    )
    assert found(edited)[0][0] == keys[0][0]
    assert [key for key, _ in found(edited)][2:] == [key for key, _ in keys][2:]


def test_answers_of_a_quiz_are_nowhere_unless_they_are_asked_for() -> None:
    usual = Cartridge(ASKED)
    assert usual.warnings == {"answers-left-out": 1}
    assert "Zebra three" not in usual.text
    assert not usual.questions("//itemfeedback|//resprocessing", "question_bank.xml")

    told = Cartridge(ASKED, lms_answers="feedback")
    assert told.warnings == {}
    [quiz] = told.quizzes
    [feedback] = told.questions("//itemfeedback[@ident='general_fb']//mattext/text()", quiz)
    assert "Zebra three" in feedback
    assert told.questions("//displayfeedback/@linkrefid", quiz) == ["general_fb"]
    assert len(told.questions("//itemfeedback", "question_bank.xml")) == 2
    assert "solution" not in told.text + usual.text


@pytest.mark.parametrize("lms_answers", ["none", "feedback"])
def test_learners_cartridge_answers_nothing(lms_answers: str) -> None:
    cartridge = Cartridge(ASKED, answers="none", lms_answers=lms_answers)

    assert "Zebra" not in cartridge.text
    assert cartridge.warnings == {}


def test_what_has_no_questions_has_no_quiz_and_no_bank() -> None:
    cartridge = Cartridge(item(study_guide="Text"), item("b"))

    assert cartridge.names == [cartridge.all("//resource/@href")[0], "imsmanifest.xml"]
    assert [len(module) for module in titles(cartridge)] == [2, 1]


def test_a_picture_is_there_once_and_whoever_shows_it_depends_on_it() -> None:
    shown = item(
        "a",
        study_guide=f"![One]({PICTURE})",
        faqs=[Faq(f"![Two]({PICTURE})", "Text")],
        reading_guide_questions=[ReadingQuestion(f"![Three]({PICTURE})")],
    )
    cartridge = Cartridge(shown, item("b", study_guide="None $IMS-CC-FILEBASE$/media/x.png"))

    [picture] = [name for name in cartridge.names if name.endswith(".png")]
    [resource] = cartridge.all("//resource[contains(@href, '.png')]/@identifier")
    depending = cartridge.all("//resource[dependency]")
    assert {each.find("dependency").get("identifierref") for each in depending} == {resource}
    assert len(depending) == 4  # two pages, a quiz and the bank
    sources = [source for page in cartridge.pages.values() for source in page.xpath("//img/@src")]
    assert set(sources) == {picture.replace("web_resources", "$IMS-CC-FILEBASE$")}


def test_hostile_content_brings_no_address_no_script_and_no_broken_page() -> None:
    cartridge = Cartridge(hostile_item(), *world_items(), lms_answers="feedback")

    for name in (*cartridge.quizzes, "question_bank.xml"):
        for text in cartridge.questions("//mattext/text()", name):
            etree.fromstring(text)
    for page in cartridge.pages.values():
        assert not page.xpath("//script|//style|//link|//iframe|//object|//@onerror|//@style")
        for address in page.xpath("//@href|//@src"):
            assert re.match(r"https?://|mailto:|#p|\$IMS-CC-FILEBASE\$/[\w/]+\.(png|html)", address)


def test_questions_bring_no_ids_of_which_others_have_the_same() -> None:
    noted = "Why[^n]?\n\n# Because\n\n[^n]: Note."
    questions = [ReadingQuestion(noted, noted, "q-1"), ReadingQuestion(noted, noted, "q-2")]
    cartridge = Cartridge(item(reading_guide_questions=questions), lms_answers="feedback")

    texts = cartridge.questions("//mattext/text()", cartridge.quizzes[0])
    assert len(texts) == 4
    assert not any(etree.fromstring(text).xpath("//@id|//@href") for text in texts)


def test_ids_tell_services_apart() -> None:
    other = Recorder()
    other.id_namespace = "another-service"
    mine, theirs = Cartridge(plain_item()), Cartridge(plain_item(), report=other)
    assert not set(mine.all("//@identifier")) & set(theirs.all("//@identifier"))
