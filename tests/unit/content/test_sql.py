"""The SQL content source: each owner's own content, filtered and in order."""

import tracemalloc
from datetime import UTC, date, datetime, timedelta, timezone

import msgspec
import pytest
from sqlalchemy import text

from activities.common.database import Database
from activities.content.source import (
    ContentSourceError,
    Filters,
    ItemHead,
    TooMuchContentError,
)
from activities.content.sql import SqlContent
from activities.formats.testing.items import full_item, hostile_item, item, world_items
from activities.model.content import Item
from tests.unit.jobs.jobs_kit import executed_statements

pytestmark = pytest.mark.anyio

OWNER = "teacher-1"
STRANGER = "teacher-2"


@pytest.fixture
def content(database: Database) -> SqlContent:
    return SqlContent(database)


def created(item_id: str, moment: datetime, **fields: str) -> Item:
    return item(item_id, created_at=moment, **fields)


async def found(content: SqlContent, filters: Filters, limit: int = 100) -> list[str]:
    return [head.id for head in (await content.search(OWNER, filters, limit)).heads]


async def titles(content: SqlContent, owner: str, ids: list[str]) -> dict[str, str]:
    return {item_id: head.title for item_id, head in (await content.heads(owner, ids)).items()}


async def test_items_come_back_whole_and_in_the_order_asked_for(content: SqlContent) -> None:
    originals = [*world_items(), hostile_item()]
    assert await content.store(originals) == len(originals)
    ids = [each.id for each in reversed(originals)]
    assert (await content.items(OWNER, ids)).items == list(reversed(originals))
    assert (await content.items(OWNER, ["missing", ids[2], ids[0]])).items == [
        originals[-3],
        originals[-1],
    ]


async def test_no_more_is_read_than_the_caller_takes(content: SqlContent) -> None:
    items = [item("content-1", title="é" * 1_000), item("content-2", study_guide="x" * 100_000)]
    await content.store(items)
    ids = [each.id for each in items]
    size = sum(len(msgspec.json.encode(each)) for each in items)
    assert (await content.items(OWNER, ids, most_bytes=size)).items == items
    for most_bytes in (size - 1, 50_000):
        with pytest.raises(TooMuchContentError):
            await content.items(OWNER, ids, most_bytes=most_bytes)
    with executed_statements() as executed:
        assert (await content.items(OWNER, ids[:1], most_bytes=50_000)).items == items[:1]
    assert len(executed) == 1


async def test_item_that_is_too_large_never_leaves_the_database(
    content: SqlContent,
) -> None:
    await content.store([item("content-1", study_guide="x" * 20_000_000)])
    tracemalloc.start()
    try:
        with pytest.raises(TooMuchContentError):
            await content.items(OWNER, ["content-1"], most_bytes=256 * 1024)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


async def test_owners_see_nothing_of_each_other(content: SqlContent) -> None:
    mine, theirs = item("same-id", title="Mine"), item("same-id", title="Theirs", owner_id=STRANGER)
    await content.store([mine, item("private"), theirs])
    assert await titles(content, OWNER, ["same-id"]) == {"same-id": "Mine"}
    assert await titles(content, STRANGER, ["same-id", "private"]) == {"same-id": "Theirs"}
    assert (await content.items(STRANGER, ["private"])).items == []
    assert [head.title for head in (await content.search(STRANGER, Filters(), 9)).heads] == [
        "Theirs"
    ]
    assert (await content.count(OWNER), await content.count(STRANGER)) == (2, 1)


async def test_heads_say_when_an_item_was_created_and_which_parts_it_has(
    content: SqlContent,
) -> None:
    whole, bare = full_item(), item("bare", outline=None)
    await content.store([whole, bare])
    expected = {
        each.id: ItemHead(each.id, each.title, each.created_at, each.parts(), each.updated_at)
        for each in (whole, bare)
    }
    assert len(expected[whole.id].parts) == 5
    assert await content.heads(OWNER, [whole.id, "bare"]) == expected
    assert {head.id: head for head in (await content.search(OWNER, Filters(), 9)).heads} == expected


async def test_storing_again_replaces(content: SqlContent) -> None:
    await content.store([item("content-1", title="Old", study_guide="x")])
    await content.store([item("content-1", title="New")])
    assert await content.count(OWNER) == 1
    assert [each.title for each in (await content.items(OWNER, ["content-1"])).items] == ["New"]
    assert await found(content, Filters(content_types=("study_guide",))) == []


async def test_both_days_of_a_range_belong_to_it(content: SqlContent) -> None:
    first, last = date(2024, 3, 1), date(2024, 3, 31)
    start = datetime(2024, 3, 1, tzinfo=UTC)
    end = datetime(2024, 4, 1, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    await content.store(
        [
            created("before", start - tick),
            created("first", start),
            created("last", end - tick),
            created("after", end),
        ]
    )
    assert await found(content, Filters(first, last)) == ["last", "first"]
    assert await found(content, Filters(date_from=first)) == ["after", "last", "first"]
    assert await found(content, Filters(date_to=last)) == ["last", "first", "before"]
    assert await found(content, Filters(last, first)) == []


@pytest.mark.parametrize("types", [(), ("study_guide",), ("study_guide", "faqs")])
async def test_a_stretch_of_the_newest_comes_with_the_count_of_all(
    content: SqlContent, types: tuple[str, ...]
) -> None:
    first = datetime(2024, 3, 1, tzinfo=UTC)
    await content.store(
        created(f"item-{n}", first + timedelta(days=n), study_guide="x") for n in range(9)
    )
    filters = Filters(date_from=date(2024, 3, 2), content_types=types)
    whole = await found(content, filters)
    assert len(whole) == 8
    for skip, size, most in ((0, 3, 20), (3, 3, 20), (6, 3, 20), (9, 3, 20), (3, 3, 5), (6, 3, 5)):
        stretch = await content.excerpt(OWNER, filters, skip=skip, size=size, most=most)
        assert [head.id for head in stretch.heads] == whole[:most][skip : skip + size]
        assert stretch.matching == min(len(whole), most)


async def test_days_are_those_of_utc(content: SqlContent) -> None:
    india = timezone(timedelta(hours=5, minutes=30))
    await content.store([created("early", datetime(2024, 3, 2, 3, 0, tzinfo=india))])
    assert await found(content, Filters(date(2024, 3, 1), date(2024, 3, 1))) == ["early"]
    assert await found(content, Filters(date(2024, 3, 2), date(2024, 3, 2))) == []


async def test_an_item_matches_with_one_of_the_types(content: SqlContent) -> None:
    await content.store(
        [
            full_item("full"),
            item("guide", study_guide="x"),
            item("empty", study_guide="", faqs=[]),
        ]
    )
    assert set(await found(content, Filters(content_types=("study_guide", "faqs")))) == {
        "full",
        "guide",
    }
    assert await found(content, Filters(content_types=("flashcards",))) == ["full"]
    assert len(await found(content, Filters())) == 3


async def test_newest_come_first_and_no_more_than_the_limit(content: SqlContent) -> None:
    start = datetime(2024, 3, 1, tzinfo=UTC)
    await content.store(created(f"content-{day}", start + timedelta(days=day)) for day in range(5))
    await content.store([created("content-4b", start + timedelta(days=4))])
    assert await found(content, Filters(), 3) == ["content-4b", "content-4", "content-3"]


async def test_more_ids_than_fit_one_query(content: SqlContent) -> None:
    ids = [f"content-{number:04}" for number in range(701)]
    await content.store(item(item_id) for item_id in ids[::2])
    assert list(await content.heads(OWNER, ids)) == ids[::2]
    assert [each.id for each in (await content.items(OWNER, ids)).items] == ids[::2]


async def test_no_ids_are_no_items(content: SqlContent) -> None:
    assert (await content.items(OWNER, [])).items == []
    assert await content.heads(OWNER, []) == {}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{}", "without the field id"),
        ("nonsense", "it is not JSON"),
        ('{"id": 1}', "id: expected str, got int"),
        ('{"outline":' * 100_000, "it is nested too deeply"),
    ],
    ids=["fields", "json", "type", "deep"],
)
async def test_stored_nonsense_is_told_without_quoting_it(
    content: SqlContent, database: Database, document: str, reason: str
) -> None:
    await content.store([item("content-1")])
    statement = text("UPDATE content_item SET document = :document")
    await database.run(lambda connection: connection.execute(statement, {"document": document}))
    await content.store([item("content-2")])
    read = await content.items(OWNER, ["content-1", "content-2"])
    assert [each.id for each in read.items] == ["content-2"]
    assert read.broken == {"content-1": reason}


async def test_nul_in_a_title_or_an_asked_id_is_no_trouble(content: SqlContent) -> None:
    original = item("content-1", title="Light\0 and water")
    await content.store([original])
    assert await titles(content, OWNER, ["content-1", "content-1\0", "\0"]) == {
        "content-1": "Light and water"
    }
    assert (await content.items(OWNER, ["content-1"])).items == [original]


async def test_broken_database_is_a_source_that_is_away(
    content: SqlContent, database: Database
) -> None:
    await content.check()
    await database.run(lambda connection: connection.execute(text("DROP TABLE content_item")))
    with pytest.raises(ContentSourceError):
        await content.heads(OWNER, ["content-1"])


async def test_the_last_day_there_is_ends_no_range(content: SqlContent) -> None:
    await content.store([item("content-1")])
    assert await found(content, Filters(date.min, date.max)) == ["content-1"]


async def test_items_that_nobody_could_ask_for_are_in_no_list(content: SqlContent) -> None:
    usable = ["unit\u00e9\u00a01", "\u0645\u06cc\u200c\u0631\u0648\u0645", "x" * 255]
    await content.store([item(each) for each in (*usable, "x" * 256, "a\u2028b", "a\u202eb")])
    assert sorted(await found(content, Filters())) == sorted(usable)
    assert set(await content.heads(OWNER, [*usable, "a\0b", "x" * 256])) == set(usable)
