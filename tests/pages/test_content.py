"""Browsing one's content and choosing from it."""

from datetime import UTC, datetime

import pytest

from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import Api

TITLES = "//span[@class='item-title']"


def numbers(page: Page) -> list[str]:
    return [title.removeprefix("Lesson ") for title in page.texts(TITLES)]


def test_content_is_listed_newest_first_with_what_it_has(
    api: Api, owner: str, visitor: Visitor
) -> None:
    api.add_content(owner, 3, faqs=[], flashcards=None)

    page = visitor.get("/")

    assert numbers(page) == ["2", "1", "0"]
    assert page.texts("//h2") == ["3 items"]
    assert page.texts("(//ul[@class='items']/li)[1]//span[@class='chip']") == ["Study guide"]
    assert page.texts("(//ul[@class='items']/li)[1]//time") == ["1 March 2024"]


def test_filters_leave_out_what_does_not_match(api: Api, owner: str, visitor: Visitor) -> None:
    api.add_content(owner, 2, day=datetime(2024, 1, 1, tzinfo=UTC))
    api.add_content(owner, 2, day=datetime(2024, 6, 1, tzinfo=UTC), title="**Ünder** _the_ Sea")
    api.add_content(owner, 1, day=datetime(2024, 6, 2, tzinfo=UTC), study_guide=None)

    assert len(visitor.get("/").texts(TITLES)) == 5
    assert numbers(visitor.get("/", until="2024-05-31")) == ["1", "0"]
    assert len(visitor.get("/", since="2024-06-01").texts(TITLES)) == 3
    assert len(visitor.get("/", since="2024-06-02", until="2024-06-02").texts(TITLES)) == 1
    assert len(visitor.get("/", type="study_guide").texts(TITLES)) == 4
    assert visitor.get("/", text="sea ÜNDER the").texts(TITLES) == ["Ünder the Sea"] * 2
    nothing = visitor.get("/", text="whales")
    assert "Nothing matches." in nothing.text
    assert nothing.texts("//button[@formaction]") == []
    assert nothing.form("/")["text"] == ["whales"], "the filter stays as it was set"


@pytest.mark.parametrize("query", ["since=yesterday", "until=2024-02-30", "since=2024-13-01"])
def test_a_date_that_is_none_is_said_to_be_none(visitor: Visitor, query: str) -> None:
    page = visitor.get(f"/?{query}")

    assert page.status == 400
    assert "A date is written like 2024-03-01. That is YYYY-MM-DD." in page.alert


def test_what_is_chosen_stays_chosen_on_other_pages(api: Api, owner: str, visitor: Visitor) -> None:
    ids = api.add_content(owner, 60)
    first = visitor.get("/", item=[ids[59], ids[0]])
    assert "2 chosen · 1 of them not on this page" in first.text

    second = visitor.get("/", page="2", **first.form("/"))

    assert second.texts("//div[@class='pager']/span") == ["Page 2 of 2"]
    assert len(second.texts(TITLES)) == 10
    assert sorted(second.form("/")["item"]) == sorted([ids[59], ids[0]])
    forgotten = visitor.get("/", page="2", forget="1", **second.form("/"))
    assert forgotten.form("/")["item"] == [ids[0]]


def test_pages_that_there_are_not_are_those_that_there_are(
    api: Api, owner: str, visitor: Visitor
) -> None:
    api.add_content(owner, 51)

    for asked, shown in (("2", 1), ("99", 1), ("9" * 40, 1), ("0", 50), ("-1", 50), ("x", 50)):
        assert len(visitor.get("/", page=asked).texts(TITLES)) == shown


def test_titles_are_text_whatever_they_hold(api: Api, owner: str, visitor: Visitor) -> None:
    title = "<script>alert(1)</script> & `code` **bold**"
    api.add_content(owner, 1, title=title)

    page = visitor.get("/")

    assert page.texts(TITLES) == ["<script>alert(1)</script> & code bold"]
    assert len(page.find("//script")) == 1
    assert page.find(f"{TITLES}/@dir") == ["auto"]
