"""The HTTP content source against a platform that keeps the contract, and one that does not."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime

import msgspec
import pytest

from activities.content import http
from activities.content.http import HttpContent
from activities.content.source import (
    BrokenContentError,
    ContentSourceError,
    Filters,
    ItemHead,
    TooMuchContentError,
)
from activities.formats.testing.items import full_item, item
from activities.model.content import Item
from tests.unit.content import platform_server
from tests.unit.content.platform_server import PAGE_SIZE, TOKEN, PlatformServer, Step

pytestmark = pytest.mark.anyio

OWNER = "teacher-1"
ODD_OWNER = "école/7?a=b#c"


def dated(number: int, **fields: str) -> Item:
    return item(
        f"content-{number}",
        title=f"Course {number}",
        created_at=datetime(2024, 3, number, 12, tzinfo=UTC),
        **fields,
    )


ITEMS = [
    full_item(),
    *(dated(number) for number in range(1, 8)),
    dated(8, study_guide="Water"),
    item("a,b&c=d/é", owner_id=ODD_OWNER, title="Odd"),
    item("content-1", owner_id="teacher-2", title="Not yours"),
]


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    with platform_server.running(ITEMS) as server:
        yield server


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds for which the source would have been left alone."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr("stamina._core._smart_sleep", sleep)
    return asked


@pytest.fixture
async def content(platform: PlatformServer) -> AsyncIterator[HttpContent]:
    source = HttpContent(f"{platform.url}/", TOKEN)
    yield source
    await source.close()


async def test_whole_items_come_in_the_order_asked_for(content: HttpContent) -> None:
    ids = ["content-3", "content-full", "missing", "content-1"]
    found = await content.items(OWNER, ids)
    assert [each.id for each in found] == ["content-3", "content-full", "content-1"]
    assert found[1] == full_item()
    assert {each.owner_id for each in found} == {OWNER}


async def test_no_more_is_read_than_the_caller_takes(
    content: HttpContent, platform: PlatformServer
) -> None:
    """However much more the source would send, of one page or of all."""
    ids = [f"content-{number}" for number in range(1, 8)]
    size = sum(len(msgspec.json.encode(each)) for each in await content.items(OWNER, ids))
    assert len(await content.items(OWNER, ids, most_bytes=2 * size)) == len(ids)
    with pytest.raises(TooMuchContentError):
        await content.items(OWNER, ids, most_bytes=size)

    sent = 0

    def go_on(handler: platform_server.Handler) -> None:
        nonlocal sent
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1_000):
            handler.wfile.write(bytes(64 * 1024))
            sent += 64 * 1024

    platform.plan = [go_on]
    with pytest.raises(TooMuchContentError):
        await content.items(OWNER, ids, most_bytes=256 * 1024)
    assert sent < 32 * 1024 * 1024


async def test_heads_of_those_that_exist(content: HttpContent) -> None:
    assert await content.heads(OWNER, ["content-2", "missing"]) == {
        "content-2": ItemHead("content-2", "Course 2")
    }
    assert await content.heads("teacher-3", ["content-2"]) == {}


async def test_ids_and_owners_of_any_form_arrive_whole(content: HttpContent) -> None:
    assert [each.title for each in await content.items(ODD_OWNER, ["a,b&c=d/é"])] == ["Odd"]
    assert await content.items(ODD_OWNER, ["a", "b&c=d/é"]) == []


@pytest.mark.parametrize("owner", ["", ".", ".."])
async def test_owner_cannot_be_a_path(
    content: HttpContent, platform: PlatformServer, owner: str
) -> None:
    assert await content.items(owner, ["content-1"]) == []
    assert platform.requests == []


async def test_many_ids_are_asked_for_in_several_requests(
    content: HttpContent, platform: PlatformServer
) -> None:
    ids = [f"content-{number}" for number in range(120)]
    assert len(await content.heads(OWNER, ids)) == 8
    assert max(len(request) for request in platform.requests) < 2_000


async def test_search_follows_the_pages_newest_first(
    content: HttpContent, platform: PlatformServer
) -> None:
    found = await content.search(OWNER, Filters(), 100)
    assert [head.id for head in found] == [
        *(f"content-{number}" for number in range(8, 0, -1)),
        "content-full",
    ]
    assert len(platform.requests) == -(-len(found) // PAGE_SIZE)


async def test_search_takes_no_more_than_its_limit(content: HttpContent) -> None:
    assert [head.id for head in await content.search(OWNER, Filters(), 2)] == [
        "content-8",
        "content-7",
    ]


async def test_one_stretch_of_the_newest_is_read_alone(
    content: HttpContent, platform: PlatformServer
) -> None:
    found = await content.excerpt(OWNER, Filters(), skip=0, size=PAGE_SIZE, most=9)
    assert [head.id for head in found.heads] == ["content-8", "content-7", "content-6"]
    assert found.matching == 9
    assert len(platform.requests) == 1


@pytest.mark.parametrize("tells_total", [True, False])
async def test_a_stretch_is_the_same_whether_or_not_the_platform_says_how_many_match(
    content: HttpContent, platform: PlatformServer, tells_total: bool
) -> None:
    platform.tells_total = tells_total
    for skip, size, most, ids, matching in (
        (0, 2, 100, ["content-8", "content-7"], 9),
        (4, 3, 100, ["content-4", "content-3", "content-2"], 9),
        (8, 3, 100, ["content-full"], 9),
        (12, 3, 100, [], 9),
        (2, 3, 4, ["content-6", "content-5"], 4),
    ):
        found = await content.excerpt(OWNER, Filters(), skip=skip, size=size, most=most)
        assert [head.id for head in found.heads] == ids
        assert found.matching == matching


async def test_search_passes_its_filters_on(content: HttpContent) -> None:
    days = Filters(date(2024, 3, 2), date(2024, 3, 4))
    assert [head.id for head in await content.search(OWNER, days, 9)] == [
        "content-4",
        "content-3",
        "content-2",
    ]
    parts = Filters(content_types=("flashcards", "study_guide"))
    found = await content.search(OWNER, parts, 9)
    assert {head.id for head in found} == {"content-8", "content-full"}


async def test_check_asks_the_health_of_the_platform(
    content: HttpContent, platform: PlatformServer
) -> None:
    await content.check()
    assert platform.requests == ["/api/health"]
    platform.plan = [platform_server.status(503)] * 3
    with pytest.raises(ContentSourceError):
        await content.check()


@pytest.mark.parametrize(
    "trouble",
    [
        platform_server.status(500),
        platform_server.status(503),
        platform_server.status(429),
        platform_server.status(401),
        platform_server.status(403),
        platform_server.status(408),
        platform_server.truncated,
        platform_server.reset,
        platform_server.hang_up,
    ],
    ids=["500", "503", "429", "401", "403", "408", "truncated", "reset", "hang-up"],
)
class TestTroubleThatPasses:
    async def test_is_tried_again(
        self, content: HttpContent, platform: PlatformServer, trouble: Step
    ) -> None:
        platform.plan = [trouble, trouble]
        assert [each.id for each in await content.items(OWNER, ["content-1"])] == ["content-1"]
        assert len(platform.requests) == 3

    async def test_is_told_when_it_lasts(
        self, content: HttpContent, platform: PlatformServer, trouble: Step
    ) -> None:
        platform.plan = [trouble] * 3
        with pytest.raises(ContentSourceError):
            await content.items(OWNER, ["content-1"])
        assert len(platform.requests) == 3


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("1", 1.0),
        ("3600", 2.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 2.0),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_platform_says_when_to_ask_again(
    content: HttpContent,
    platform: PlatformServer,
    pauses: list[float],
    status: int,
    retry_after: str,
    seconds: float,
) -> None:
    platform.plan = [platform_server.status(status, retry_after=retry_after)] * 2
    await content.items(OWNER, ["content-1"])
    assert pauses == [seconds, seconds]


@pytest.mark.parametrize("retry_after", ["", "soon", "-1"])
async def test_pauses_grow_and_none_follows_the_last_attempt(
    content: HttpContent, platform: PlatformServer, pauses: list[float], retry_after: str
) -> None:
    platform.plan = [platform_server.status(503, retry_after=retry_after)] * 3
    with pytest.raises(ContentSourceError):
        await content.items(OWNER, ["content-1"])
    first, second = pauses
    assert 0.2 <= first <= 0.4 <= second <= 0.6


async def test_platform_that_is_not_there_is_told() -> None:
    with platform_server.running([]) as gone:
        url = gone.url
    source = HttpContent(url, TOKEN)
    with pytest.raises(ContentSourceError):
        await source.heads(OWNER, ["content-1"])
    await source.close()


def _foreign_item() -> bytes:
    return msgspec.json.encode({"items": [item("content-1", owner_id="teacher-2")]})


@pytest.mark.parametrize(
    "answer",
    [
        platform_server.body(b""),
        platform_server.body(b"<html>"),
        platform_server.body(b"[]"),
        platform_server.body(b'{"items": [{"id": 1}]}'),
        platform_server.body(b'{"items": [{"id": "content-1"}]}'),
        platform_server.body(b'{"items": ' + b"[" * 100_000),
        platform_server.body(b"\xff\xfe"),
        platform_server.body(_foreign_item()),
        platform_server.status(400),
        platform_server.status(404),
    ],
    ids=[
        "nothing",
        "html",
        "list",
        "wrong-type",
        "no-fields",
        "deep",
        "not-utf-8",
        "foreign",
        "400",
        "404",
    ],
)
async def test_what_is_not_content_is_refused_at_once(
    content: HttpContent, platform: PlatformServer, answer: Step
) -> None:
    platform.plan = [answer]
    with pytest.raises(BrokenContentError) as raised:
        await content.items(OWNER, ["content-1"])
    assert len(platform.requests) == 1
    assert "Photosynthesis" not in str(raised.value)
    assert raised.value.__cause__ is None


async def test_redirects_are_not_followed(content: HttpContent, platform: PlatformServer) -> None:
    with platform_server.running(ITEMS) as elsewhere:
        platform.plan = [platform_server.redirect(f"{elsewhere.url}/owners/{OWNER}/items")]
        with pytest.raises(BrokenContentError):
            await content.items(OWNER, ["content-1"])
        assert elsewhere.requests == []


async def test_endless_pages_come_to_an_end(
    content: HttpContent, platform: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_MOST_PAGES", 5)
    platform.plan = [platform_server.endless] * 10
    with pytest.raises(BrokenContentError):
        await content.items(OWNER, ["content-1"])
    assert len(platform.requests) == 5


async def test_oversized_answer_is_refused(
    content: HttpContent, platform: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_LARGEST_RESPONSE", 10_000)
    platform.plan = [platform_server.body(b" " * 10_001)]
    with pytest.raises(BrokenContentError):
        await content.items(OWNER, ["content-1"])


async def test_dripping_answer_is_given_up(
    content: HttpContent, platform: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "_LONGEST_RESPONSE_SECONDS", 0.1)
    platform.plan = [platform_server.drip] * 3
    with pytest.raises(ContentSourceError):
        await content.items(OWNER, ["content-1"])


async def test_time_without_a_zone_is_utc(content: HttpContent, platform: PlatformServer) -> None:
    answer = msgspec.json.encode({"items": [item("content-1")]})
    platform.plan = [platform_server.body(answer.replace(b"09:00:00Z", b"09:00:00"))]
    assert await content.items(OWNER, ["content-1"]) == [item("content-1")]


async def test_items_nobody_asked_for_are_dropped(
    content: HttpContent, platform: PlatformServer
) -> None:
    extra = msgspec.json.encode({"items": [item("content-1"), item("content-9")]})
    platform.plan = [platform_server.body(extra)]
    assert [each.id for each in await content.items(OWNER, ["content-1"])] == ["content-1"]


async def test_items_that_nobody_could_ask_for_are_in_no_list() -> None:
    odd = [item(each) for each in ("a\0b", "x" * 256, "unit\u00e9\u00a01")]
    with platform_server.running(odd) as server:
        source = HttpContent(server.url, TOKEN)
        heads = await source.search(OWNER, Filters(), 9)
        await source.close()
    assert [head.id for head in heads] == ["unit\u00e9\u00a01"]
