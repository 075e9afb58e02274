"""The HTTP content source: a content platform that serves items over a small REST contract.

The contract, for a base URL B and an owner O (percent-encoded), with `Authorization: Bearer`:

    GET B/owners/O/items?ids=a,b&fields=head        the items of these ids that are O's
    GET B/owners/O/items?ids=a,b                    the same, whole
    GET B/owners/O/items?fields=head&date_from=...&date_to=...&content_types=a,b&limit=n
                                                    the newest that match, newest first
    GET B/owners/O/media?ref=r                      the picture that O's content refers to by r
    GET B/health                                    any 2xx when it can serve

The newest are asked for with every look at the page of content: an index of owner and `created_at`
for each type finds few items of a rare type as soon as many of another.

A picture is the response's body, of whatever type; what it is, is seen from its bytes. `r` is
percent-encoded and otherwise as the content has it: a path, a token of the platform or a URL. 404,
or any other response that is no success, says that there is none for this owner.

Of the others all but the last respond with `{"items": [...], "next": "<cursor>" or null}`; the
next page is asked for with the same query and `cursor=<cursor>`. An empty cursor, `false`, none,
and one that came before are the end, and so is the page that has the last of the ids that were
asked for. When the newest are asked for, a response may say with `"total": n` how many match in
all, if only up to 2,000; without it a look at the page of content takes the heads of 2,000 items
instead of those that it shows, and so does a bulk export that leaves some out. `date_from` and
`date_to` are days in UTC, both included, or moments with their zone.

A head has `id` and `title`, and may have `created_at`, `updated_at` and `parts` (names in an
array); an item is the content JSON. Its texts are Markdown, or HTML where its `text_format` says
so: `"html"` for all of its parts, or an object of parts (`{"study_guide": "html", "faqs": "html"}`,
also `outline`, `flashcards` and `reading_guide_questions`), of which those that are not named are
Markdown. Titles are Markdown always. Responses are UTF-8, or what the `charset` of their type says.
What is wrong with a head or an item is that one's alone, and so is what is no UTF-8: in an item
that is a fault, in a head such bytes are read as Windows-1252. In `ids` a comma, a percent sign and
whatever of ASCII is not a letter, a digit or one of `-._~` is percent-encoded by itself, so that a
comma in an id separates nothing; the query is then encoded as a whole. A request line has at most
4,000 bytes, if not a single id or a cursor needs more. An id has 1 to 255 characters and no control
character; what has another is in no list of ours. A request for items that do not exist gets the
others, never a 404. A request with the response 401, 403, 408, 425, 429 or 5xx is repeated, and not
before the time in its `Retry-After`.
"""

import re
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote, quote_plus

import httpx
import msgspec

from activities.common.outbound_http import OutboundClient
from activities.content.decoding import (
    DecodedItem,
    UnusableItemError,
    as_strict_json,
    decode_head,
    decode_item,
    why_not,
    without_lone_surrogates,
)
from activities.content.requests import SECONDS, Bound, ContentRequests
from activities.content.source import (
    BrokenResponseError,
    Excerpt,
    Filters,
    ItemHead,
    ReadItems,
    RefusedError,
    TooMuchContentError,
)

_NO_OWNERS = frozenset({"", ".", ".."})
"""As part of a path they would name something else than an owner."""
_IDS_PER_REQUEST = 50
_LONGEST_LINE = 4_000
"""Bytes of a request line: of a server's buffers the usual smallest is 4 kB."""
_REST_OF_LINE = len("GET ?fields=head&ids= HTTP/1.1") + 250
"""Bytes, with some for a cursor."""
_FURTHER_PAGES = 10
"""Pages beyond one for each item that is wanted, after which a source has no end."""
_MOST_COUNTED = 2_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ASCII = re.compile("[\x00-\x7f]+")


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    next: str | int | bool | None = None
    total: Annotated[int, msgspec.Meta(ge=0)] | None = None


_decode_page = msgspec.json.Decoder(_Page).decode


class _ReadPage:
    """One page of a response.

    Attributes:
        next: the cursor of the next one; empty at the end.
        total: how many items match, if the source says so.
    """

    def __init__(self, body: bytes, *, of_heads: bool) -> None:
        """Read a page.

        Args:
            body: of the response.
            of_heads: what is no JSON in a head is passed over, since the item itself, which is
                read later, tells of it.

        Raises:
            BrokenResponseError: it is none.
        """
        self._text = body.removeprefix(_BYTE_ORDER_MARK)
        self._mended, _ = without_lone_surrogates(self._text)
        try:
            page = self._decoded(of_heads)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is no page
            raise BrokenResponseError(f"the response is not content: {why_not(error)}") from None
        self._items = page.items
        if page.next is True:
            raise BrokenResponseError("the response says that there is more and not where")
        self.next = "" if page.next is None or page.next is False else str(page.next)
        self.total = page.total

    def _decoded(self, of_heads: bool) -> _Page:
        try:
            return _decode_page(self._mended)
        except Exception:
            if not of_heads:
                raise
            self._text = self._mended = as_strict_json(self._text)
            return _decode_page(self._mended)

    def items(self) -> Iterator[bytes]:
        """Each item or head, as the source wrote it."""
        position = 0
        for mended in map(bytes, self._items):
            # Mended text has the length of the other.
            position = self._mended.index(mended, position)
            yield self._text[position : position + len(mended)]
            position += len(mended)

    def heads(self) -> Iterator[ItemHead]:
        """The heads by whose ids items can be asked for."""
        heads = map(decode_head, self.items())
        return (head for head in heads if head is not None)


class HttpContent:
    """Content behind the contract above; implements `ContentSource`."""

    def __init__(self, base_url: str, token: str, seconds: float = SECONDS) -> None:
        """Open the source.

        Args:
            base_url: see above.
            token: sent with every request; empty: none.
            seconds: the longest that it may be silent.
        """
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._base = base_url.rstrip("/")
        self._client = OutboundClient(base_url, headers=headers, seconds=seconds)
        self._requests = ContentRequests(self._client, seconds)

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """See `ContentSource.heads`."""
        found: dict[str, ItemHead] = {}
        for batch in self._in_batches(owner_id, ids):
            missing = set(batch)
            query = {"ids": _joined(batch), "fields": "head"}
            async for page in self._pages(owner_id, query, Bound(), len(batch)):
                for head in page.heads():
                    if head.id in missing:
                        missing.remove(head.id)
                        found[head.id] = head
                if not missing:
                    break
        return found

    async def search(
        self, owner_id: str, filters: Filters, limit: int, *, skip: int = 0
    ) -> Excerpt:
        """See `ContentSource.search`."""
        end = skip + limit
        found, total = await self._newest(owner_id, filters, end + 1)
        if len(found) > end and total is None:
            counted, _ = await self._newest(owner_id, filters, max(_MOST_COUNTED, end + 1))
            total = len(counted)
        return Excerpt(found[skip:end], max(total or 0, len(found)))

    async def excerpt(
        self, owner_id: str, filters: Filters, *, skip: int, size: int, most: int
    ) -> Excerpt:
        """See `ContentSource.excerpt`."""
        wanted = min(skip + size, most)
        found, total = await self._newest(owner_id, filters, wanted)
        if total is None and len(found) == wanted:
            found, total = await self._newest(owner_id, filters, most)
        matching = min(max(total or 0, len(found)), most)
        return Excerpt(found[skip:wanted], matching)

    async def _newest(
        self, owner_id: str, filters: Filters, limit: int
    ) -> tuple[list[ItemHead], int | None]:
        """The newest items that match, and how many match in all if the source says so."""
        query = {"fields": "head", "limit": str(limit)}
        if filters.date_from is not None:
            query["date_from"] = _day_or_moment(filters.date_from)
        if filters.date_to is not None:
            query["date_to"] = _day_or_moment(filters.date_to)
        if filters.content_types:
            query["content_types"] = ",".join(filters.content_types)
        found: dict[str, ItemHead] = {}
        total = None
        async for page in self._pages(owner_id, query, Bound(), limit):
            for head in page.heads():
                # A source that knows days alone gives the rest of a day, too.
                if filters.include(head.created_at):
                    found.setdefault(head.id, head)
            total = page.total if total is None else total
            if len(found) >= limit:
                break
        return list(found.values())[:limit], total

    async def items(
        self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
    ) -> ReadItems:
        """See `ContentSource.items`."""
        gathered = _Gathered(owner_id)
        bound = Bound(most_bytes)
        for batch in self._in_batches(owner_id, ids):
            await self._gather(gathered, batch, bound)
        return gathered.in_order(ids)

    async def _gather(self, gathered: "_Gathered", ids: Sequence[str], bound: Bound) -> None:
        """Read some items, each by itself if it is not clear which of them is no content."""
        unknown = ""
        try:
            query = {"ids": _joined(ids)}
            async for page in self._pages(gathered.owner_id, query, bound, len(ids)):
                gathered.pages += 1
                unknown = gathered.add(page.items(), ids) or unknown
                if not gathered.missing(ids):
                    return
        except RefusedError:
            raise
        except BrokenResponseError as error:
            unknown = error.reason
        if unknown and len(ids) == 1:
            gathered.broken[ids[0]] = unknown
        elif unknown:
            for each in gathered.missing(ids):
                await self._gather(gathered, [each], bound)

    async def updated(self, owner_id: str, ids: Sequence[str]) -> dict[str, datetime | None]:
        """See `ContentSource.updated`."""
        heads = await self.heads(owner_id, ids)
        return {item_id: head.updated_at for item_id, head in heads.items()}

    async def media(self, owner_id: str, reference: str, *, most_bytes: int) -> bytes | None:
        """See `ContentSource.media`."""
        if owner_id in _NO_OWNERS:
            return None
        url = f"{self._base}/owners/{quote(owner_id, safe='')}/media"
        try:
            return await self._requests.get(url, {"ref": reference}, Bound(most_bytes))
        except (BrokenResponseError, TooMuchContentError):
            return None

    async def check(self) -> None:
        """See `ContentSource.check`."""
        await self._requests.get(f"{self._base}/health", {}, Bound())

    async def close(self) -> None:
        """See `ContentSource.close`."""
        await self._client.close()

    def _items_url(self, owner_id: str) -> str:
        return f"{self._base}/owners/{quote(owner_id, safe='')}/items"

    def _in_batches(self, owner_id: str, ids: Sequence[str]) -> Iterator[list[str]]:
        room = _LONGEST_LINE - _REST_OF_LINE - len(httpx.URL(self._items_url(owner_id)).raw_path)
        batch: list[str] = []
        length = 0
        for item_id in dict.fromkeys(ids):
            needed = len(quote_plus(_encoded(item_id))) + len("%2C")
            if batch and (length + needed > room or len(batch) == _IDS_PER_REQUEST):
                yield batch
                batch, length = [], 0
            batch.append(item_id)
            length += needed
        if batch:
            yield batch

    async def _pages(
        self, owner_id: str, query: Mapping[str, str], bound: Bound, wanted: int
    ) -> AsyncIterator[_ReadPage]:
        """The pages with so many items that are wanted, as far as they lead on."""
        if owner_id in _NO_OWNERS:
            return
        url = self._items_url(owner_id)
        seen: set[str] = set()
        cursor: dict[str, str] = {}
        for _ in range(wanted + _FURTHER_PAGES):
            body = await self._requests.get_text(url, {**query, **cursor}, bound)
            bound.take(len(body))
            page = _ReadPage(body, of_heads=query.get("fields") == "head")
            yield page
            if not page.next or page.next in seen:
                return
            seen.add(page.next)
            cursor = {"cursor": page.next}
        raise BrokenResponseError("the source has no last page")


class _Gathered:
    """The items of an owner that were read so far."""

    def __init__(self, owner_id: str) -> None:
        self.owner_id = owner_id
        self.pages = 0
        self.broken: dict[str, str] = {}
        self._found: dict[str, DecodedItem] = {}

    def missing(self, ids: Iterable[str]) -> list[str]:
        """Those of the ids of which nothing was read."""
        return [each for each in ids if each not in self._found and each not in self.broken]

    def add(self, texts: Iterable[bytes], ids: Collection[str]) -> str:
        """Take the items of these ids, the first of each.

        Returns:
            What is wrong with an item that does not say which it is; empty if there is none.
        """
        unknown = ""
        for text in texts:
            try:
                read = decode_item(text)
                item_id, reason = read.item.id, ""
                if read.item.owner_id != self.owner_id:
                    reason = "owner_id: another owner"
            except UnusableItemError as error:
                item_id, reason = error.item_id, error.reason
                unknown = unknown if item_id else reason
            if not self.missing({item_id} & set(ids)):
                continue
            if reason:
                self.broken[item_id] = reason
            else:
                self._found[item_id] = read
        return unknown

    def in_order(self, ids: Iterable[str]) -> ReadItems:
        """All that was read, in the order of the ids."""
        return ReadItems(
            [self._found[each].item for each in ids if each in self._found],
            self.broken,
            {each: read.replaced for each, read in self._found.items() if read.replaced},
            is_of_one_moment=self.pages <= 1,
        )


def _joined(ids: Sequence[str]) -> str:
    return ",".join(map(_encoded, ids))


def _encoded(item_id: str) -> str:
    return _ASCII.sub(lambda found: quote(found[0], safe=""), item_id)


def _day_or_moment(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
