"""All that an owner or a tenant has, walked stretch by stretch."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from activities.common.database import Database
from activities.content import sql_walk
from activities.content.http import HttpContent
from activities.content.source import ContentSource
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from tests.unit.content import platform_server
from tests.unit.content.platform_server import TOKEN, Step, body

pytestmark = pytest.mark.anyio

EARLY = datetime(2024, 1, 1, tzinfo=UTC)
OWNER = "teacher-1"


async def walked(source: ContentSource, content_types: tuple[str, ...] = ()) -> list[str]:
    found: list[str] = []
    after: str | None = None
    while True:
        stretch = await source.walk(OWNER, content_types, after)
        found += stretch.ids
        after = stretch.after
        if after is None:
            return found


@pytest.fixture
async def content(database: Database, monkeypatch: pytest.MonkeyPatch) -> SqlContent:
    monkeypatch.setattr(sql_walk, "WALKED", 3)
    source = SqlContent(database)
    # Some of one moment, so that only ids tell them apart.
    times = [EARLY + timedelta(minutes=number // 4) for number in range(10)]
    await source.store(
        item(f"i-{number}", created_at=at, study_guide="Text" if number % 2 else None)
        for number, at in enumerate(times)
    )
    await source.store([item("foreign", owner_id="teacher-2")])
    return source


async def test_database_gives_each_item_once_the_oldest_first(content: SqlContent) -> None:
    assert await walked(content) == [f"i-{number}" for number in range(10)]
    assert await walked(content, ("study_guide", "faqs")) == ["i-1", "i-3", "i-5", "i-7", "i-9"]


async def test_item_that_comes_meanwhile_is_among_them_and_one_that_goes_moves_no_other(
    content: SqlContent,
) -> None:
    first = await content.walk(OWNER, (), None)
    await content.store([item("late", created_at=EARLY + timedelta(days=1))])
    rest: list[str] = []
    after = first.after
    while after is not None:
        stretch = await content.walk(OWNER, (), after)
        rest += stretch.ids
        after = stretch.after
    assert [*first.ids, *rest] == [*(f"i-{number}" for number in range(10)), "late"]


async def test_database_knows_the_owners_of_a_tenant(content: SqlContent) -> None:
    await content.store_owners("north", ["d", "b", "a", "c"])
    await content.store_owners("south", ["e", "c"])
    first = await content.owners("north", None)
    assert first.ids == ["a", "b", "d"]
    assert (await content.owners("north", first.after)).ids == []
    assert (await content.owners("south", None)).ids == ["c", "e"]


def heads(*ids: str, following: str | None) -> Step:
    listed = [{"id": each, "title": each} for each in ids]
    return body(msgspec.json.encode({"items": listed, "next": following}))


async def test_platform_is_asked_page_by_page_without_a_limit() -> None:
    with platform_server.running([]) as platform:
        source = HttpContent(platform.url, TOKEN)
        platform.plan += [
            heads("a", "b", following="2"),
            heads(following="3"),
            heads("c", following=None),
        ]
        assert await walked(source, ("faqs",)) == ["a", "b", "c"]
        queries = [parse_qs(urlsplit(each).query) for each in platform.requests]
        await source.close()
    assert [each.get("cursor") for each in queries] == [None, ["2"], ["3"]]
    assert all("limit" not in each and each["content_types"] == ["faqs"] for each in queries)


async def test_platform_that_leads_back_to_where_it_was_has_come_to_its_end() -> None:
    with platform_server.running([]) as platform:
        source = HttpContent(platform.url, TOKEN)
        platform.plan += [heads("a", following="2"), heads("a", following="2")]
        assert await walked(source) == ["a", "a"]
        await source.close()


async def test_platform_without_tenants_has_nobody_in_them() -> None:
    with platform_server.running([]) as platform:
        source = HttpContent(platform.url, TOKEN)
        platform.plan += [heads("teacher-1", following=None)]
        assert (await source.owners("north", None)).ids == ["teacher-1"]
        assert urlsplit(platform.requests[0]).path.endswith("/tenants/north/owners")
        assert (await source.owners("south", None)).ids == []
        await source.close()
