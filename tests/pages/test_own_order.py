"""Facets and courses on the page, and an order of one's own, without a script."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.jobs.records import JobRecords
from activities.model.content import CollectionPlace
from tests.pages.visitor import Page, Visitor
from tests.services.export.api_kit import Api, owner_id

TITLES = "//span[@class='item-title']"
PLACES = "//ol[@id='move']//span[@class='place']"
START = datetime(2024, 3, 1, tzinfo=UTC)
HOSTILE = '<b>Biology</b> & "chemistry": a'


def add_course(api: Api, owner: str, lessons: int = 4, others: int = 2) -> None:
    """Lessons in a course, the newest of them first in it, and items that are in none."""
    items = [
        item(
            f"item-{number}",
            owner_id=owner,
            title=f"Lesson {number}",
            study_guide="# Guide",
            created_at=START + timedelta(days=number),
            metadata={"subject": "Physics" if number % 2 else HOSTILE, "tags": [f"t{number}"]},
            collections=[CollectionPlace("course", "**Light**", -number)]
            if number < lessons
            else None,
        )
        for number in range(lessons + others)
    ]
    api.in_database(lambda database: SqlContent(database).store(items))


def numbers(page: Page, path: str = TITLES) -> list[int]:
    return [int(title.removeprefix("Lesson ")) for title in page.texts(path)]


def test_facets_and_courses_narrow_content_down(api: Api, owner: str, visitor: Visitor) -> None:
    add_course(api, owner)
    page = visitor.get("/")
    assert page.texts("//select[@id='collection']/option") == ["All content", "Light (4)"]
    assert page.texts("//fieldset[@class='facet']/legend") == ["Subject", "Language", "Tags"]
    assert page.texts("//fieldset[legend='Subject']/label") == [f"{HOSTILE} 3", "Physics 3"]

    hostile = visitor.get("/", facet=f"subject:{HOSTILE}")
    assert numbers(hostile) == [4, 2, 0]
    assert hostile.form("/")["facet"] == [f"subject:{HOSTILE}"]
    assert numbers(visitor.get("/", facet=["subject:physics", "tags:t3"])) == [3]
    assert numbers(visitor.get("/", collection="course")) == [3, 2, 1, 0]
    assert numbers(visitor.get("/", collection="course", sort="created_at")) == [0, 1, 2, 3]
    assert numbers(visitor.get("/", sort="title")) == [0, 1, 2, 3, 4, 5]
    gone = visitor.get("/", facet="subject:none")
    assert "Nothing matches." in gone.text
    assert gone.form("/")["facet"] == ["subject:none"], "what is chosen can be taken back"


def test_content_without_facets_has_none_on_the_page(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert page.find("//fieldset[@class='facet']") == []
    assert page.find("//select[@id='collection']") == []


def test_all_of_a_result_is_chosen_over_its_pages(api: Api, visitor: Visitor, owner: str) -> None:
    add_course(api, owner, lessons=60, others=60)
    whole = visitor.get("/")
    assert "Choose the first 100 of 120, on all pages" in whole.text
    first = visitor.get("/", choose="all", **whole.form("/"))
    assert "The first 100 are chosen; 20 more match. One export takes 100 at most." in first.text
    assert "100 chosen · 50 of them not on this page" in first.text
    course = visitor.get("/", choose="all", collection="course")
    assert "60 chosen" in course.text
    after = visitor.get("/exports/new", **course.form("/"))
    assert numbers(after, PLACES) == list(reversed(range(60)))


def test_a_course_is_exported_in_its_order_and_under_its_title(
    api: Api, visitor: Visitor, owner: str
) -> None:
    add_course(api, owner)
    page = visitor.get("/exports/new", collection="course", all="1")
    assert numbers(page, PLACES) == [3, 2, 1, 0]
    assert page.form("/exports")["title"] == ["Light"]
    page = visitor.get("/exports/new", collection="course", item=["item-1", "item-5"])
    assert page.form("/exports")["title"] == [""], "not all of it is of the course"


def moved(visitor: Visitor, page: Page, **button: str) -> Page:
    fields = page.form("/exports")
    fields.pop("form_key")
    return visitor.get("/exports/new", **fields, **button)


def test_items_and_parts_are_moved_by_buttons(api: Api, visitor: Visitor, owner: str) -> None:
    add_course(api, owner)
    page = visitor.get("/exports/new", collection="course", all="1")
    page = moved(visitor, page, move="down-0")
    assert numbers(page, PLACES) == [2, 3, 1, 0]
    assert "Lesson 3: now 2 of 4" in page.texts("//*[@role='status']")
    (focused,) = page.find("//button[@autofocus]/@aria-label")
    assert focused == "Move up: Lesson 3"
    page = moved(visitor, page, move="up-3")
    page = moved(visitor, page, move_part="up-faqs")
    page = moved(visitor, page, move_part="up-faqs")
    order = [2, 3, 0, 1]
    assert numbers(page, PLACES) == order
    assert page.find("//input[@name='parts']/@value")[0] == "faqs"
    fields: dict[str, Any] = page.form("/exports") | {"format": ["txt"]}
    fields["parts"].remove("outline")
    job = visitor.send("/exports", fields)
    assert job.path.startswith("/exports/")
    job_id = job.path.removeprefix("/exports/")
    ids = api.in_database(lambda database: JobRecords(database).content_ids(job_id, owner))
    assert ids == [f"item-{number}" for number in order]
    with api.client(owner) as client:
        options = client.get(f"/api/export/jobs/{job_id}").json()["options"]
    assert options["parts"] == ["faqs", "study_guide", "flashcards", "reading_guide_questions"]
    assert options["title"] == "Light"


def test_a_way_back_keeps_the_order(api: Api, visitor: Visitor, owner: str) -> None:
    add_course(api, owner)
    page = visitor.get("/exports/new", item=[f"item-{number}" for number in (1, 4, 0, 5)])
    assert page.find("//button[text()='Change the choice']/@formaction") == ["/"]
    chosen = visitor.get("/", **page.form("/exports")).form("/")
    chosen["item"].append("item-2")
    assert numbers(visitor.get("/exports/new", **chosen), PLACES) == [1, 4, 0, 5, 2]


@pytest.mark.parametrize(
    ("how", "order"), [("title", [0, 1, 4, 5]), ("oldest", [0, 1, 4, 5]), ("reverse", [5, 0, 4, 1])]
)
def test_items_are_put_in_order_at_once(
    api: Api, visitor: Visitor, owner: str, how: str, order: list[int]
) -> None:
    add_course(api, owner)
    page = visitor.get("/exports/new", item=[f"item-{number}" for number in (1, 4, 0, 5)])
    assert numbers(moved(visitor, page, arrange=how), PLACES) == order


@pytest.mark.parametrize("move", ["up-0", "down-3", "left-1", "up-x", "up--1", "down-99999999999"])
def test_a_move_that_is_none_changes_nothing(
    api: Api, visitor: Visitor, owner: str, move: str
) -> None:
    add_course(api, owner)
    page = visitor.get("/exports/new", collection="course", all="1", move=move, move_part=move)
    assert (page.status, numbers(page, PLACES)) == (200, [3, 2, 1, 0])


def test_another_owners_course_is_no_course(api: Api, owner: str, visitor: Visitor) -> None:
    add_course(api, owner_id())
    assert visitor.get("/").find("//select[@id='collection']") == []
    assert "Nothing matches." in visitor.get("/", collection="course").text
