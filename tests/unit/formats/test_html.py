"""The HTML export: one page that needs nothing but itself."""

import re
from itertools import pairwise
from typing import Any

from lxml import etree

from activities.formats.testing import EVERYTHING, Recorder, render
from activities.formats.testing.items import (
    arabic_item,
    chinese_item,
    data_url,
    full_item,
    hostile_item,
    item,
    plain_item,
    png,
)
from activities.model.content import Faq, Flashcard, Item, ReadingQuestion
from activities.model.content_links import ContentLinks
from activities.model.options import PictureOptions, RenderOptions
from activities.model.themes import Theme


class Html:
    """A page, which is well-formed XML but for its doctype, and XPath over it."""

    def __init__(
        self,
        *items: Item,
        options: RenderOptions = EVERYTHING,
        chunks: int = 1,
        report: Recorder | None = None,
        skipped: int = 0,
    ) -> None:
        data, self.warnings = render(
            "html", items, options, chunks=chunks, report=report, skipped=skipped
        )
        self.text = data.decode()
        self.root = etree.fromstring(self.text.partition("\n")[2])

    def all(self, path: str) -> list[Any]:
        found = self.root.xpath(path)
        assert isinstance(found, list)
        return found

    def texts(self, path: str) -> list[str]:
        return ["".join(element.itertext()) for element in self.all(path)]


def test_nothing_remote_is_asked_for_and_nothing_runs() -> None:
    page = Html(full_item(), hostile_item(), item("p", study_guide=f"![x]({data_url(png())})"))

    assert not page.all("//script|//iframe|//object|//embed|//link|//base|//form|//@onload")
    assert all(source.startswith("data:image/png;base64,") for source in page.all("//@src"))
    assert not re.search(r"@import|url\(", page.text.partition("</style>")[0])
    [policy] = page.all("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert all(re.match("https?://|mailto:|#", link) for link in page.all("//a/@href"))


def test_one_item_is_the_page() -> None:
    page = Html(full_item())

    assert page.texts("//h1") == ["Photosynthesis, in depth"]
    assert page.texts("//title") == ["Photosynthesis, in depth"]
    assert page.texts("//h2")[:3] == ["Contents", "Outline", "Study guide"]
    assert "1\u2002Light reactions" in page.texts("//h3")


def test_several_items_have_a_title_and_contents_of_their_own() -> None:
    page = Html(full_item(), arabic_item())

    assert page.texts("//h1") == ["Exported content"]
    links = page.all("//nav//a/@href")
    assert {link.removeprefix("#") for link in links} <= set(page.all("//@id"))
    assert page.texts("//nav/ol/li/a") == ["Photosynthesis, in depth", "التمثيل الضوئي"]
    assert page.texts("//article//h2") == ["Photosynthesis, in depth", "التمثيل الضوئي"]
    assert [each.get("dir") for each in page.all("//article")] == ["ltr", "rtl"]
    assert [each.get("lang") for each in page.all("//article")] == ["en", "ar"]


def test_the_contents_of_many_items_are_their_titles() -> None:
    page = Html(*[plain_item(f"content-{number}") for number in range(9)])

    assert len(page.all("//nav//a")) == 9


def test_headings_leave_out_no_level() -> None:
    for items in ([full_item()], [full_item(), chinese_item()]):
        found = Html(*items).all("//main//h1|//main//h2|//main//h3|//main//h4|//main//h5")
        levels = [int(each.tag[1]) for each in found]
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_learners_edition_answers_nothing_and_leaves_room() -> None:
    each = item(
        faqs=[Faq("Why?", "Zebra")],
        flashcards=[Flashcard("Front", "Zebra")],
        reading_guide_questions=[ReadingQuestion("Where?", "Zebra")],
    )
    page = Html(each, options=RenderOptions(answers="none"))

    assert "Zebra" not in page.text
    assert not page.all("//details")
    assert len(page.all("//div[@class='room']")) == 1


def test_people_are_led_past_the_contents_in_their_language() -> None:
    page = Html(full_item(), options=PictureOptions(language="de"))

    [skip] = page.all("//body/a[@class='skip']")
    assert (skip.text, skip.get("href")) == ("Zum Inhalt springen", "#content")
    assert page.all("//main/@id") == ["content"]
    assert page.root.get("lang") == "de"
    assert set(page.all("//nav//ul/li/@lang|//h2[parent::section]/@lang")) == {"de"}
    assert skip.get("lang") is None


def test_english_words_around_a_language_without_any_say_that_they_are() -> None:
    page = Html(item("a", language="sw"), item("b", language="sw"))

    assert page.all("//a[@class='skip']/@lang|//nav/h2/@lang") == ["en", "en"]


def test_items_lead_to_each_other_wherever_they_are_cut() -> None:
    first = item("a", study_guide="[to b](item:b)")
    second = item("b", title="Second", study_guide="[to a](item:a)")
    for chunks in (1, 2):
        page = Html(first, second, chunks=chunks)
        links = [link.removeprefix("#") for link in page.all("//main//a/@href")]
        assert links == page.all("//article//h2/@id")[::-1]


def test_a_link_to_an_item_that_was_left_out_is_text() -> None:
    report = Recorder(links=ContentLinks(frozenset({"a", "gone"})))
    page = Html(item("a", study_guide="[to gone](item:gone)"), report=report, skipped=1)

    assert not page.all("//main//a")
    assert "to gone" in page.texts("//main//p")
    assert [(w.code, w.item_id) for w in page.warnings] == [("link-target-missing", "a")]


def test_the_theme_colours_the_page() -> None:
    plain = Html(full_item()).text
    themed = Html(full_item(), report=Recorder(theme=Theme(accent="#7A1FA2"))).text

    assert "#7A1FA2" not in plain
    assert "#7A1FA2" in themed
