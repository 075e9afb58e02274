"""The HTTP content source: facets, collections, words and orders, known to a platform or not."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from activities.content.http import HttpContent
from activities.content.source import (
    BrokenResponseError,
    Collection,
    Filters,
    UnsupportedFilterError,
)
from activities.formats.testing.items import item
from activities.model.facets import FacetValue
from tests.unit.content import platform_server
from tests.unit.content.platform_server import TOKEN, PlatformServer, Step, body

pytestmark = pytest.mark.anyio

OWNER = "teacher-1"
ITEMS = [
    item(
        f"content-{number}",
        title=title,
        created_at=datetime(2024, 3, number, tzinfo=UTC),
    )
    for number, title in enumerate(("Lesson 10", "lesson 2", "Téxt", "Other"), start=1)
]
NARROW = Filters(
    text="100 %",
    facets=(("subject", ("a,b", "c:d")), ("language", ("en",))),
    collection_id="course 1",
)


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with platform_server.running(ITEMS) as server:
        yield server


@pytest.fixture
async def content(platform: PlatformServer) -> AsyncIterator[HttpContent]:
    source = HttpContent(platform.url, TOKEN)
    yield source
    await source.close()


def page(*ids: str, **more: object) -> Step:
    heads = [{"id": each, "title": each} for each in ids]
    return body(msgspec.json.encode({"items": heads, "total": len(heads), **more}))


def asked(platform: PlatformServer, number: int = -1) -> dict[str, str]:
    url = urlsplit(platform.requests[number])
    return {name: values[0] for name, values in parse_qs(url.query).items()}


async def test_a_platform_is_asked_as_the_contract_says(
    content: HttpContent, platform: PlatformServer
) -> None:
    platform.plan = [
        page("b", "a", applied=["text", "facet_values", "collection_id", "sort"]),
    ]
    found = await content.search(OWNER, NARROW, 10, sort="-title")
    assert ([head.id for head in found.heads], found.matching) == (["b", "a"], 2)
    assert asked(platform) == {
        "fields": "head",
        "limit": "11",
        "text": "100 %",
        "facet_values": "subject:a%2Cb,subject:c%3Ad,language:en",
        "collection_id": "course 1",
        "sort": "-title",
    }
    platform.plan = [page("b", "a", applied=["collection_id"])]
    course = Filters(collection_id="course 1")
    found = await content.search(OWNER, course, 10, sort="position")
    assert [head.id for head in found.heads] == ["b", "a"], "the platform's order stays"
    assert "sort" not in asked(platform)


@pytest.mark.parametrize(
    "filters", [Filters(facets=(("subject", ("a",)),)), Filters(collection_id="a")], ids=str
)
async def test_a_platform_that_passes_a_filter_over_is_not_taken_to_have_applied_it(
    content: HttpContent, filters: Filters
) -> None:
    with pytest.raises(UnsupportedFilterError):
        await content.search(OWNER, filters, 10)


async def test_words_and_order_are_seen_to_here_if_need_be(content: HttpContent) -> None:
    async def found(filters: Filters, sort: str, limit: int = 10) -> list[str]:
        excerpt = await content.search(OWNER, filters, limit, sort=sort)  # type: ignore[arg-type]
        return [head.title for head in excerpt.heads]

    assert await found(Filters(text="LESSON"), "title") == ["lesson 2", "Lesson 10"]
    assert await found(Filters(text="text"), "-created_at") == ["Téxt"]
    assert await found(Filters(), "title", 2) == ["lesson 2", "Lesson 10"]
    assert await found(Filters(text="%"), "-created_at") == []
    excerpt = await content.excerpt(OWNER, Filters(text="lesson"), skip=1, size=1, most=9)
    assert ([head.title for head in excerpt.heads], excerpt.matching) == (["Lesson 10"], 2)


async def test_a_platform_without_facets_and_collections_has_none(content: HttpContent) -> None:
    assert await content.facets(OWNER, Filters(), ["subject"]) is None
    listed = await content.collections(OWNER, size=10)
    assert (listed.items, listed.total) == ([], 0)


async def test_facets_are_counted_by_the_platform(
    content: HttpContent, platform: PlatformServer
) -> None:
    told = {"subject": [{"value": "a", "count": 2}], "more": []}
    other = {"tags": [{"value": "x", "count": 1}]}
    platform.plan = [
        body(msgspec.json.encode({"facets": told})),
        body(msgspec.json.encode({"facets": other})),
    ]
    filters = Filters(facets=(("tags", ("y",)),), text="w")
    counted = await content.facets(OWNER, filters, ["subject", "tags"])
    assert counted == {"subject": [FacetValue("a", 2)], "tags": [FacetValue("x", 1)]}
    assert asked(platform, 0) == {"names": "subject", "text": "w", "facet_values": "tags:y"}
    assert asked(platform, 1) == {"names": "tags", "text": "w"}
    for broken in (b"[]", b'{"facets": {"subject": 1}}', b"{"):
        platform.plan = [body(broken)]
        with pytest.raises(BrokenResponseError):
            await content.facets(OWNER, Filters(), ["subject"])


async def test_collections_are_listed_as_far_as_they_can_be_used(
    content: HttpContent, platform: PlatformServer
) -> None:
    told = [
        {"id": "a", "title": "A", "count": 2},
        {"id": "", "title": "no id"},
        {"id": "b"},
        {"id": "c", "title": "C"},
        {"id": "a", "title": "again"},
    ]
    platform.plan = [body(msgspec.json.encode({"items": told}))]
    listed = await content.collections(OWNER, size=10)
    assert listed.items == [Collection("a", "A", 2), Collection("c", "C")]
    platform.plan = [body(msgspec.json.encode({"items": told}))]
    only = await content.collections(OWNER, size=1, only="c")
    assert (only.items, asked(platform)) == ([Collection("c", "C")], {"ids": "c"})
