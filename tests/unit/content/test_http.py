"""The HTTP content source against a platform that keeps the contract, and one that does not."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime

import msgspec
import pytest

from activities.content import requests
from activities.content.http import HttpContent
from activities.content.source import (
    BrokenContentError,
    BrokenResponseError,
    ContentSourceError,
    Filters,
    ItemHead,
    RefusedError,
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
    found = (await content.items(OWNER, ids)).items
    assert [each.id for each in found] == ["content-3", "content-full", "content-1"]
    assert found[1] == full_item()
    assert {each.owner_id for each in found} == {OWNER}


async def test_no_more_is_read_than_the_caller_takes(
    content: HttpContent, platform: PlatformServer
) -> None:
    """However much more the source would send, of one page or of all."""
    ids = [f"content-{number}" for number in range(1, 8)]
    size = sum(len(msgspec.json.encode(each)) for each in (await content.items(OWNER, ids)).items)
    assert len((await content.items(OWNER, ids, most_bytes=2 * size)).items) == len(ids)
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
    assert [each.title for each in (await content.items(ODD_OWNER, ["a,b&c=d/é"])).items] == ["Odd"]
    assert (await content.items(ODD_OWNER, ["a", "b&c=d/é"])).items == []


@pytest.mark.parametrize("owner", ["", ".", ".."])
async def test_owner_cannot_be_a_path(
    content: HttpContent, platform: PlatformServer, owner: str
) -> None:
    assert (await content.items(owner, ["content-1"])).items == []
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
    found = (await content.search(OWNER, Filters(), 100)).heads
    assert [head.id for head in found] == [
        *(f"content-{number}" for number in range(8, 0, -1)),
        "content-full",
    ]
    assert len(platform.requests) == -(-len(found) // PAGE_SIZE)


async def test_search_takes_no_more_than_its_limit(content: HttpContent) -> None:
    assert [head.id for head in (await content.search(OWNER, Filters(), 2)).heads] == [
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
    assert [head.id for head in (await content.search(OWNER, days, 9)).heads] == [
        "content-4",
        "content-3",
        "content-2",
    ]
    parts = Filters(content_types=("flashcards", "study_guide"))
    found = (await content.search(OWNER, parts, 9)).heads
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
        assert [each.id for each in (await content.items(OWNER, ["content-1"])).items] == [
            "content-1"
        ]
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
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
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


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("5", 5.0), ("86400", 900.0), ("Wed, 21 Oct 2099 07:28:00 GMT", 900.0)],
)
async def test_platform_is_left_alone_for_as_long_as_it_wants(
    content: HttpContent, platform: PlatformServer, retry_after: str, seconds: float
) -> None:
    platform.plan = [platform_server.status(429, retry_after=retry_after)] * 3
    with pytest.raises(ContentSourceError) as raised:
        await content.heads(OWNER, ["content-1"])
    assert raised.value.retry_after == seconds
    assert len(platform.requests) == 1


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
    ("answer", "reason"),
    [
        (b"", "the response is not content: it is not JSON"),
        (b"<html>", "the response is not content: it is not JSON"),
        (b"[]", "the response is not content: expected object, got array"),
        (b'{"items": [{"id": 1}]}', "id: expected str, got int"),
        (b'{"items": [{"id": "content-1"}]}', "without the field owner_id"),
        (b'{"items": ' + b"[" * 100_000, "the response is not content: it is nested too deeply"),
        (b"\xff\xfe", "the response is not content: it is not JSON"),
        (_foreign_item(), "owner_id: another owner"),
    ],
    ids=["nothing", "html", "list", "wrong-type", "no-fields", "deep", "not-json", "foreign"],
)
async def test_what_is_not_content_is_told_at_once(
    content: HttpContent, platform: PlatformServer, answer: bytes, reason: str
) -> None:
    platform.plan = [platform_server.body(answer)]
    read = await content.items(OWNER, ["content-1"])
    assert (read.items, read.broken) == ([], {"content-1": reason})
    assert len(platform.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>login", b'{"items": [', b"\xff\xfe{"])
async def test_a_list_that_is_no_json_is_told(
    content: HttpContent, platform: PlatformServer, body: bytes
) -> None:
    platform.plan = [platform_server.body(body)]
    with pytest.raises(BrokenResponseError, match="it is not JSON"):
        await content.search(OWNER, Filters(), 9)


@pytest.mark.parametrize("code", [400, 404])
async def test_source_that_knows_no_such_requests_is_told_at_once(
    content: HttpContent, platform: PlatformServer, code: int
) -> None:
    platform.plan = [platform_server.status(code)]
    with pytest.raises(RefusedError):
        await content.items(OWNER, ["content-1"])
    assert len(platform.requests) == 1


def _page(*items: bytes, **fields: object) -> Step:
    page = b'{"items":[' + b",".join(items) + b"]"
    for name, value in fields.items():
        page += b',"%b":%b' % (name.encode(), msgspec.json.encode(value))
    return platform_server.body(page + b"}")


def _json(number: int) -> bytes:
    return msgspec.json.encode(dated(number, study_guide="Water is TEXT"))


_FORMAT_OF_NOTHING = b'"title":"Course 2","text_format":{"secret":"html"},'


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (b"TEXT", b"wet \xff\xfe", "it is not UTF-8"),
        (b"TEXT", "caf\u00e9".encode("latin-1"), "it is not UTF-8"),
        (b'"Water is TEXT"', b'{"html": "secret"}', "study_guide: expected str | null, got object"),
        (b'"version":3', b'"version":3.5', "version: expected int, got float"),
        (b'"created_at":"2024', b'"created_at":"soon', "created_at: no time such as "),
        (b'"title":"Course 2",', b"", "without the field title"),
        (b'"title":"Course 2",', _FORMAT_OF_NOTHING, "text_format: a name that cannot be there"),
        (b'"Water is TEXT"', b"NaN", "the response is not content: it is not JSON"),
        (b"TEXT", b"a\nline", "the response is not content: it is not JSON"),
        (b'"Water is TEXT"', b"[" * 5_000 + b"]" * 5_000, "nested too deeply"),
    ],
    ids=["utf-8", "latin-1", "type", "number", "time", "title", "name", "nan", "control", "deep"],
)
async def test_a_bad_item_is_named_with_its_field_and_costs_itself_alone(
    content: HttpContent, platform: PlatformServer, before: bytes, after: bytes, reason: str
) -> None:
    bad = _json(2).replace(before, after)
    assert bad != _json(2)
    # What can be split is read once; else each item is asked for by itself.
    platform.plan = [_page(_json(1), bad, _json(3)), _page(_json(1)), _page(bad), _page(_json(3))]
    read = await content.items(OWNER, ["content-1", "content-2", "content-3"])
    assert [each.id for each in read.items] == ["content-1", "content-3"]
    assert list(read.broken) == ["content-2"]
    assert reason in read.broken["content-2"]
    assert "secret" not in str(read.broken)


async def test_half_a_character_becomes_a_replacement_and_is_counted(
    content: HttpContent, platform: PlatformServer
) -> None:
    half = _json(2).replace(b"TEXT", rb"\ud83d cut, \udc00, \ud83d\ude00 not, \\ud83d neither")
    platform.plan = [_page(_json(1), half)]
    read = await content.items(OWNER, ["content-1", "content-2"])
    assert (
        read.items[1].study_guide == "Water is \ufffd cut, \ufffd, \U0001f600 not, \\ud83d neither"
    )
    assert (read.broken, read.replaced) == ({}, {"content-2": 2})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-12-31T23:59:59.9999999Z", datetime(2024, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("9999-12-31T23:59:59.9999999Z", datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00", datetime(1, 1, 1, tzinfo=UTC)),
        ("2024-01-03", datetime(2024, 1, 3, tzinfo=UTC)),
    ],
)
async def test_times_are_read_as_programs_write_them(
    content: HttpContent, platform: PlatformServer, written: str, read: datetime
) -> None:
    text = _json(1).replace(b"2024-03-01T12:00:00Z", written.encode())
    platform.plan = [_page(text), _page(text)]
    assert (await content.items(OWNER, ["content-1"])).items[0].created_at == read
    assert (await content.heads(OWNER, ["content-1"]))["content-1"].created_at == read


@pytest.mark.parametrize(
    ("bad", "head"),
    [
        (b'{"id":"b","title":null}', ItemHead("b", "b")),
        (rb'{"id":"b","title":"cut \ud83d"}', ItemHead("b", "cut \ufffd")),
        (b'{"id":"b","title":"caf\xe9 \x93\x81 \xe2\x82\xac"}', ItemHead("b", "café “\ufffd €")),
        (b'{"id":"\xe9t\xe9","title":"B"}', ItemHead("été", "B")),
        (b'{"id":"b","title":"B","created_at":"soon"}', ItemHead("b", "B")),
        (b'{"id":"b","title":"B","parts":{"faqs":1}}', ItemHead("b", "B")),
        (b'{"id":"b","title":"B","parts":["faqs",7,"x"]}', ItemHead("b", "B", parts=("faqs",))),
        (b'{"id":7,"title":"B"}', None),
        (b'"b"', None),
    ],
)
async def test_a_bad_head_costs_at_most_itself(
    content: HttpContent, platform: PlatformServer, bad: bytes, head: ItemHead | None
) -> None:
    page = _page(b'{"id":"a","title":"A"}', bad, b'{"id":"c","title":"C"}')
    platform.plan = [page, page]
    expected = [each for each in (ItemHead("a", "A"), head, ItemHead("c", "C")) if each]
    assert (await content.search(OWNER, Filters(), 9)).heads == expected
    found = await content.heads(OWNER, ["a", "b", "été", "c"])
    assert list(found.values()) == expected


@pytest.mark.parametrize(
    ("bad", "title"),
    [
        (b'{"id":"b","title":"B","score":NaN}', "B"),
        (b'{"id":"b","title":"B","score":[-Infinity,1e999]}', "B"),
        (b'{"id":"b","title":"B\tC\x01"}', "B\tC\x01"),
        (b'{"id":"b","title":"B\xff","score":NaN}', "Bÿ"),
        (b'{"id":"b","title":NaN}', "b"),
    ],
)
async def test_a_head_that_is_no_json_costs_at_most_itself(
    content: HttpContent, platform: PlatformServer, bad: bytes, title: str
) -> None:
    page = _page(b'{"id":"a","title":"A"}', bad, b'{"id":"c","title":"C"}', next=None, total=3)
    platform.plan = [page, page]
    expected = [ItemHead("a", "A"), ItemHead("b", title), ItemHead("c", "C")]
    found = await content.search(OWNER, Filters(), 9)
    assert (found.heads, found.matching) == (expected, 3)
    assert list((await content.heads(OWNER, ["a", "b", "c"])).values()) == expected


@pytest.mark.parametrize("charset", ["iso-8859-1", "Windows-1252", "utf-16", '"ISO-8859-15"'])
async def test_a_page_is_in_the_encoding_that_it_says(
    content: HttpContent, platform: PlatformServer, charset: str
) -> None:
    text = _json(1).replace(b'"title":"', '"title":"Été '.encode())
    body = msgspec.json.encode({"items": [msgspec.Raw(text)], "next": None}).decode()
    encoded = body.encode(charset.strip('"'))
    answer = platform_server.body(encoded, media_type=f"application/json; charset={charset}")
    platform.plan = [answer, answer]
    read = await content.items(OWNER, ["content-1"])
    assert read.items[0].title.startswith("Été ")
    heads = await content.heads(OWNER, ["content-1"])
    assert heads["content-1"].title.startswith("Été ")


@pytest.mark.parametrize("charset", ["rot13", "x-unknown", "ascii", "zip"])
async def test_an_encoding_that_a_page_is_not_in_is_passed_over(
    content: HttpContent, platform: PlatformServer, charset: str
) -> None:
    body = '{"items":[{"id":"a","title":"Été"}]}'.encode()
    media_type = f"application/json; charset={charset}"
    platform.plan = [platform_server.body(body, media_type=media_type)]
    assert (await content.search(OWNER, Filters(), 9)).heads == [ItemHead("a", "Été")]


async def test_byte_order_mark_is_no_part_of_a_page(
    content: HttpContent, platform: PlatformServer
) -> None:
    platform.plan = [platform_server.body(b'\xef\xbb\xbf{"items":[' + _json(1) + b"]}")]
    assert (await content.items(OWNER, ["content-1"])).items == [
        dated(1, study_guide="Water is TEXT")
    ]


async def test_page_that_is_not_packed_as_it_says_is_broken(
    content: HttpContent, platform: PlatformServer
) -> None:
    def packed(handler: platform_server.Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"null")

    platform.plan = [packed] * 3
    read = await content.items(OWNER, ["content-1"])
    assert read.broken == {"content-1": "the response is not packed as it says"}


class TestCursors:
    @pytest.mark.parametrize("none", ["", None, False])
    async def test_none_is_the_end(
        self, content: HttpContent, platform: PlatformServer, none: object
    ) -> None:
        platform.plan = [_page(_json(1), next=none)]
        found = await content.search(OWNER, Filters(), 9)
        assert ([head.id for head in found.heads], found.matching) == (["content-1"], 1)
        assert len(platform.requests) == 1

    @pytest.mark.parametrize("nowhere", [True, ["p"], {"cursor": "p"}])
    async def test_what_is_none_cuts_nothing_off(
        self, content: HttpContent, platform: PlatformServer, nowhere: object
    ) -> None:
        platform.plan = [_page(_json(1), next=nowhere)]
        with pytest.raises(BrokenResponseError):
            await content.search(OWNER, Filters(), 9)

    async def test_one_that_came_before_is_the_end(
        self, content: HttpContent, platform: PlatformServer
    ) -> None:
        platform.plan = [_page(_json(1), next="p"), _page(_json(2), next="p")]
        found = (await content.search(OWNER, Filters(), 9)).heads
        assert [head.id for head in found] == ["content-1", "content-2"]
        assert len(platform.requests) == 2

    async def test_number_is_one(self, content: HttpContent, platform: PlatformServer) -> None:
        platform.plan = [_page(_json(1), next=7), _page(_json(2))]
        assert len((await content.search(OWNER, Filters(), 9)).heads) == 2
        assert "cursor=7" in platform.requests[1]

    async def test_nothing_is_asked_for_once_all_ids_are_there(
        self, content: HttpContent, platform: PlatformServer
    ) -> None:
        platform.plan = [_page(_json(2), _json(1), next="more")] * 2
        ids = ["content-1", "content-2"]
        assert len(await content.heads(OWNER, ids)) == 2
        assert len((await content.items(OWNER, ids)).items) == 2
        assert len(platform.requests) == 2

    async def test_item_on_two_pages_is_one(
        self, content: HttpContent, platform: PlatformServer
    ) -> None:
        platform.plan = [_page(_json(1), _json(2), next="p"), _page(_json(2), _json(3))]
        found = (await content.search(OWNER, Filters(), 9)).heads
        assert [head.id for head in found] == ["content-1", "content-2", "content-3"]


@pytest.mark.parametrize("character", ["\u65e5", "\U0001f600", "a", "%", ","])
async def test_no_request_line_is_longer_than_servers_take(character: str) -> None:
    ids = [f"{number:02}-{character * 200}" for number in range(50)]
    with platform_server.running([item(each) for each in ids]) as server:
        source = HttpContent(server.url, TOKEN)
        assert list(await source.heads(OWNER, ids)) == ids
        assert [each.id for each in (await source.items(OWNER, ids)).items] == ids
        await source.close()
    assert max(len(f"GET {path} HTTP/1.1") for path in server.requests) <= 4_000


@pytest.mark.parametrize("tells_total", [True, False])
async def test_search_counts_what_it_leaves_out(
    content: HttpContent, platform: PlatformServer, tells_total: bool
) -> None:
    platform.tells_total = tells_total
    for limit, expected in ((4, (4, 9)), (9, (9, 9)), (20, (9, 9))):
        found = await content.search(OWNER, Filters(), limit)
        assert (len(found.heads), found.matching) == expected


async def test_redirects_are_not_followed(content: HttpContent, platform: PlatformServer) -> None:
    with platform_server.running(ITEMS) as elsewhere:
        platform.plan = [platform_server.redirect(f"{elsewhere.url}/owners/{OWNER}/items")]
        with pytest.raises(RefusedError):
            await content.items(OWNER, ["content-1"])
        assert elsewhere.requests == []


async def test_endless_pages_come_to_an_end(content: HttpContent, platform: PlatformServer) -> None:
    platform.plan = [_page(next=str(number)) for number in range(100)]
    read = await content.items(OWNER, ["content-1"])
    assert read.broken == {"content-1": "the source has no last page"}
    assert len(platform.requests) == 11
    with pytest.raises(BrokenContentError):
        await content.search(OWNER, Filters(), 20)


async def test_oversized_answer_is_refused(
    content: HttpContent, platform: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_LARGEST_RESPONSE", 10_000)
    platform.plan = [platform_server.body(b" " * 10_001)]
    read = await content.items(OWNER, ["content-1"])
    assert read.broken == {"content-1": "the response is too large"}


async def test_dripping_answer_is_given_up(platform: PlatformServer) -> None:
    source = HttpContent(platform.url, TOKEN, seconds=0.05)
    platform.plan = [platform_server.drip] * 3
    with pytest.raises(ContentSourceError):
        await source.items(OWNER, ["content-1"])
    assert len(platform.requests) == 1, "who waited for it once does not wait again"
    await source.close()


async def test_time_without_a_zone_is_utc(content: HttpContent, platform: PlatformServer) -> None:
    answer = msgspec.json.encode({"items": [item("content-1")]})
    platform.plan = [platform_server.body(answer.replace(b"09:00:00Z", b"09:00:00"))]
    assert (await content.items(OWNER, ["content-1"])).items == [item("content-1")]


async def test_items_nobody_asked_for_are_dropped(
    content: HttpContent, platform: PlatformServer
) -> None:
    extra = msgspec.json.encode({"items": [item("content-1"), item("content-9")]})
    platform.plan = [platform_server.body(extra)]
    assert [each.id for each in (await content.items(OWNER, ["content-1"])).items] == ["content-1"]


async def test_items_that_nobody_could_ask_for_are_in_no_list() -> None:
    odd = [item(each) for each in ("a\0b", "x" * 256, "unit\u00e9\u00a01")]
    with platform_server.running(odd) as server:
        source = HttpContent(server.url, TOKEN)
        heads = (await source.search(OWNER, Filters(), 9)).heads
        await source.close()
    assert [head.id for head in heads] == ["unit\u00e9\u00a01"]


async def test_pictures_are_asked_for_as_content_names_them(
    platform: PlatformServer, content: HttpContent
) -> None:
    reference = "@@PLUGINFILE@@/größe 1.png?a=1&b=2#c"
    platform.media[ODD_OWNER, reference] = b"picture"
    assert await content.media(ODD_OWNER, reference, most_bytes=7) == b"picture"
    assert await content.media(ODD_OWNER, reference, most_bytes=6) is None
    assert await content.media(OWNER, reference, most_bytes=7) is None
    assert await content.media("..", reference, most_bytes=7) is None


async def test_a_platform_that_is_away_is_asked_for_a_picture_again(
    platform: PlatformServer, content: HttpContent
) -> None:
    platform.media[OWNER, "/a.png"] = b"picture"
    platform.plan = [lambda handler: handler.answer(b"", status=503)]
    assert await content.media(OWNER, "/a.png", most_bytes=7) == b"picture"
    platform.plan = [lambda handler: handler.answer(b"", status=503)] * 3
    with pytest.raises(ContentSourceError):
        await content.media(OWNER, "/a.png", most_bytes=7)
    platform.plan = [lambda handler: handler.answer(b"", status=302)]
    assert await content.media(OWNER, "/a.png", most_bytes=7) is None
