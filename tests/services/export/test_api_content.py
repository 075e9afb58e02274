"""Listing one's content and collections over HTTP, and exporting by what lists narrow down."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.jobs.records import JobRecords
from activities.model.content import CollectionPlace, Item
from tests.services.export.api_kit import Api, owner_id

START = datetime(2024, 3, 1, 9, tzinfo=UTC)
COURSE = "course/1 & more"


def lesson(owner: str, number: int, **fields: Any) -> Item:
    return item(
        f"lesson-{number}",
        owner_id=owner,
        created_at=START + timedelta(days=number),
        updated_at=START + timedelta(days=50 - number),
        **({"title": f"Lesson {number}"} | fields),
    )


@pytest.fixture(scope="module")
def teacher(api: Api) -> str:
    """An owner of twelve lessons, of which eight are a course in another order."""
    owner = owner_id()
    items = [
        lesson(
            owner,
            number,
            metadata={
                "subject": "Biology" if number % 2 else "Physics",
                "tags": ["a", f"only-{number}"],
                "target_audience": "Grade: 9",
            },
            language="de" if number == 3 else "en",
            study_guide="# Guide" if number > 6 else None,
            collections=[CollectionPlace(COURSE, "How *life* works", 100 - number)]
            if number <= 8
            else None,
        )
        for number in range(1, 13)
    ]
    api.in_database(lambda database: SqlContent(database).store(items))
    return owner


def get(api: Api, owner: str, path: str = "content", **query: Any) -> httpx.Response:
    with api.client(owner) as client:
        return client.get(f"/api/export/{path}", params=query)


def listed(api: Api, owner: str, **query: Any) -> list[int]:
    response = get(api, owner, **query)
    assert response.status_code == 200, response.text
    return [int(each["id"].removeprefix("lesson-")) for each in response.json()["items"]]


def test_a_list_has_items_facets_and_links_to_other_pages(api: Api, teacher: str) -> None:
    response = get(api, teacher, page=2, page_size=5, subject=["biology", "physics"])
    body = response.json()
    assert [each["id"] for each in body["items"]] == [f"lesson-{n}" for n in (7, 6, 5, 4, 3)]
    assert {name: body[name] for name in ("page", "page_size", "total", "pages")} == {
        "page": 2,
        "page_size": 5,
        "total": 12,
        "pages": 3,
    }
    assert body["items"][0] == {
        "id": "lesson-7",
        "title": "Lesson 7",
        "created_at": "2024-03-08T09:00:00Z",
        "updated_at": "2024-04-13T09:00:00Z",
        "parts": ["study_guide"],
    }
    assert list(body["facets"]) == ["subject", "language", "target_audience", "tags"]
    assert body["facets"]["subject"] == [
        {"value": "Biology", "count": 6},
        {"value": "Physics", "count": 6},
    ]
    assert body["facets"]["tags"][0] == {"value": "a", "count": 12}
    with api.client(teacher) as client:
        for relation, first in (("prev", "lesson-12"), ("next", "lesson-2"), ("last", "lesson-2")):
            page = client.get(response.links[relation]["url"]).json()
            assert page["items"][0]["id"] == first


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"text": "LESSON 1", "sort": "title"}, [1, 10, 11, 12]),
        ({"text": "%"}, []),
        ({"subject": "BIOLOGY", "language": "de"}, [3]),
        ({"tag": ["only-4", "only-9"]}, [9, 4]),
        ({"facet": "target_audience:grade: 9", "part": "study_guide"}, [12, 11, 10, 9, 8, 7]),
        ({"collection": COURSE}, [8, 7, 6, 5, 4, 3, 2, 1]),
        ({"collection": COURSE, "sort": "-created_at", "subject": "Physics"}, [8, 6, 4, 2]),
        ({"collection": "none"}, []),
        ({"date_from": "2024-03-12", "sort": "created_at"}, [11, 12]),
        ({"sort": "updated_at", "date_from": "2024-03-12"}, [12, 11]),
    ],
    ids=str,
)
def test_lists_are_narrowed_down_and_put_in_order(
    api: Api, teacher: str, query: dict[str, Any], numbers: list[int]
) -> None:
    assert listed(api, teacher, **query) == numbers


def test_facets_are_counted_as_asked(api: Api, teacher: str) -> None:
    assert "facets" not in get(api, teacher, facets="none").json()
    with api.client(teacher) as client:
        described = client.get("/docs/openapi.json").json()["components"]["schemas"]
    assert "facets" not in described["ContentPage"]["required"]
    assert list(get(api, teacher, facets="tags,subject").json()["facets"]) == ["tags", "subject"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"sort": "size"}, "sort"),
        ({"sort": "position"}, "sort"),
        ({"date_from": "yesterday"}, "date_from"),
        ({"date_from": "2024-03-02", "date_to": "2024-03-01"}, "date_to"),
        ({"part": "slides"}, "part"),
        ({"facet": "subject"}, "facet"),
        ({"facets": "model"}, "facets"),
        ({"tag": " "}, "tag"),
        ({"collection": "\x07"}, "collection"),
        ({"text": "x" * 201}, "text"),
        ({"page": 0}, "page"),
        ({"page": 2_000, "page_size": 100}, "page"),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_query_is_named(
    api: Api, teacher: str, query: dict[str, Any], parameter: str
) -> None:
    response = get(api, teacher, **query)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert [each["parameter"] for each in response.json()["errors"]] == [parameter]


def test_collections_are_listed_to_their_owner(api: Api, teacher: str) -> None:
    body = get(api, teacher, "collections").json()
    assert body["items"] == [{"id": COURSE, "title": "How *life* works", "count": 8}]
    assert (body["total"], body["pages"]) == (1, 1)
    stranger = owner_id()
    assert get(api, stranger, "collections").json()["items"] == []
    assert listed(api, stranger, collection=COURSE) == []
    assert get(api, stranger).json()["facets"]["subject"] == []


def bulk(api: Api, owner: str, **body: Any) -> httpx.Response:
    with api.client(owner) as client:
        return client.post("/api/export/bulk", json={"format": "txt", **body})


def test_a_course_is_exported_in_its_order_and_under_its_title(api: Api, teacher: str) -> None:
    response = bulk(api, teacher, filters={"collection_id": COURSE}, max_items=6, skip=1)
    assert response.status_code == 202, response.text
    job = response.json()
    ids = api.in_database(lambda database: JobRecords(database).content_ids(job["job_id"], teacher))
    assert ids == [f"lesson-{number}" for number in (7, 6, 5, 4, 3, 2)]
    assert job["options"]["title"] == "How life works"
    assert [each["code"] for each in job["warnings"]] == ["more-matched"]
    own = bulk(api, teacher, filters={"collection_id": COURSE}, title="Mine")
    assert own.json()["options"]["title"] == "Mine"


def test_bulk_exports_take_facets(api: Api, teacher: str) -> None:
    filters = {"subjects": ["biology"], "languages": ["en", "fr"], "tags": ["a"]}
    assert bulk(api, teacher, filters=filters).json()["progress"]["items_total"] == 5
    refused = bulk(api, teacher, filters={"tags": ["nothing"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "no-content-matched")
    theirs = bulk(api, owner_id(), filters={"collection_id": COURSE})
    assert theirs.status_code == 422
