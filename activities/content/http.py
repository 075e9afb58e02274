"""The HTTP content source: a content platform that serves items over a small REST contract.

The contract, for a base URL B and an owner O (percent-encoded), with `Authorization: Bearer`:

    GET B/owners/O/items?ids=a,b&fields=head        the items of these ids that are O's
    GET B/owners/O/items?ids=a,b                    the same, whole
    GET B/owners/O/items?fields=head&date_from=...&date_to=...&content_types=a,b&text=w
        &facet_values=subject:a,language:b&collection_id=c&sort=title&limit=n
                                                    the first that match, newest first
    GET B/owners/O/facets?names=subject,tags&...    what items that match can be narrowed down by
    GET B/owners/O/collections                      O's collections, such as courses
    GET B/owners/O/items?fields=head                all of O's, for an archive
    GET B/tenants/T/owners                          who belongs to T, for an archive of a tenant
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

`text` has words, parted by blanks, each of which is in the title, whatever its case. In
`facet_values` a name and a value are parted by the first colon; commas and percent signs in them
are percent-encoded by themselves, as in `ids`. An item matches when it has one of the values of
each name. A facet is a member of an item's `metadata`, or `language`. Items of a collection come by
their positions. `sort` is `title`, `created_at` or `updated_at`, descending after `-`; without it
it is as above. Who narrows items down by `text`, `facet_values` or `collection_id`, or sorts them,
says so: `"applied": ["text", "sort"]` beside the items names what of these was done. Text and order
that are not applied are seen to here, among 2,000 heads; of facets and collections the export is
refused then, rather than made of other items.

Facets and collections may be left out: 404 says that there are none, and the page hides them. For
facets the response is `{"facets": {"subject": [{"value": "Biology", "count": 12}]}}`, most frequent
first; the query has the same conditions as that for items. For collections it is `{"items": [{"id",
"title", "count"}], "next": ...}` by title, where `count` may be absent and `ids=a` asks for one.

An archive walks through all items: it asks for them without `limit`, page by page, over hours, and
each cursor goes on behind the last item of its page, whatever has come or gone meanwhile.
`content_types` narrows them down as above. Who belongs to a tenant is listed alike, as `{"items":
[{"id": "teacher-1"}], "next": ...}`; 404 says that nobody does.

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

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
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
    COLLECTIONS_LISTED,
    NEWEST_FIRST,
    VALUES_COUNTED,
    BrokenResponseError,
    Collection,
    Collections,
    Excerpt,
    Filters,
    ItemHead,
    Listing,
    ReadItems,
    RefusedError,
    Sort,
    TooMuchContentError,
    UnsupportedFilterError,
)
from activities.content.title_order import in_order, with_words
from activities.model.content import is_usable_id
from activities.model.facets import FacetValue

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
_TOLD = frozenset({"text", "facet_values", "collection_id", "sort"})
"""Conditions that a source says it has applied."""
_SEEN_TO_HERE = frozenset({"text", "sort"})
"""Those of them for which heads are enough."""
_ASCII = re.compile("[\x00-\x7f]+")


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    next: str | int | bool | None = None
    applied: list[str] = []
    total: Annotated[int, msgspec.Meta(ge=0)] | None = None


class _Facets(msgspec.Struct):
    facets: dict[str, list[FacetValue]]


class _CollectionHead(msgspec.Struct):
    id: str
    title: str
    count: Annotated[int, msgspec.Meta(ge=0)] | None = None


class _Owner(msgspec.Struct):
    id: str


_decode_owner = msgspec.json.Decoder(_Owner).decode
_decode_page = msgspec.json.Decoder(_Page).decode
_decode_facets = msgspec.json.Decoder(_Facets).decode
_decode_collection = msgspec.json.Decoder(_CollectionHead).decode


class _ReadPage:
    """One page of a response.

    Attributes:
        next: the cursor of the next one; empty at the end.
        total: how many items match, if the source says so.
        applied: the names of the conditions that the source has seen to.
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
        self.applied = frozenset(page.applied)

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
        self._client = OutboundClient(base_url, headers=headers, seconds=seconds, is_traced=True)
        self._requests = ContentRequests(self._client, seconds)

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """See `ContentSource.heads`."""
        found: dict[str, ItemHead] = {}
        for batch in self._in_batches(owner_id, ids):
            missing = set(batch)
            query = {"ids": _joined(batch), "fields": "head"}
            url = self._items_url(owner_id)
            async for page in self._pages(url, query, Bound(), len(batch)):
                for head in page.heads():
                    if head.id in missing:
                        missing.remove(head.id)
                        found[head.id] = head
                if not missing:
                    break
        return found

    async def search(
        self,
        owner_id: str,
        filters: Filters,
        limit: int,
        *,
        skip: int = 0,
        sort: Sort = NEWEST_FIRST,
    ) -> Excerpt:
        """See `ContentSource.search`."""
        end = skip + limit
        found, total = await self._first(owner_id, filters, sort, end + 1)
        if len(found) > end and total is None:
            counted, _ = await self._first(owner_id, filters, sort, max(_MOST_COUNTED, end + 1))
            total = len(counted)
        return Excerpt(found[skip:end], max(total or 0, len(found)))

    async def excerpt(
        self,
        owner_id: str,
        filters: Filters,
        *,
        skip: int,
        size: int,
        most: int,
        sort: Sort = NEWEST_FIRST,
    ) -> Excerpt:
        """See `ContentSource.excerpt`."""
        wanted = min(skip + size, most)
        found, total = await self._first(owner_id, filters, sort, wanted)
        if total is None and len(found) == wanted:
            found, total = await self._first(owner_id, filters, sort, most)
        matching = min(max(total or 0, len(found)), most)
        return Excerpt(found[skip:wanted], matching)

    async def walk(self, owner_id: str, content_types: Sequence[str], after: str | None) -> Listing:
        """See `ContentSource.walk`."""
        query = {"fields": "head"}
        if content_types:
            query["content_types"] = ",".join(content_types)
        if owner_id in _NO_OWNERS:
            return Listing([], None)
        page = await self._stretch(self._items_url(owner_id), query, after)
        return _listing((head.id for head in page.heads()), page, after)

    async def owners(self, tenant: str, after: str | None) -> Listing:
        """See `ContentSource.owners`."""
        if tenant in _NO_OWNERS:
            return Listing([], None)
        url = f"{self._base}/tenants/{quote(tenant, safe='')}/owners"
        try:
            page = await self._stretch(url, {}, after)
        except RefusedError:
            return Listing([], None)
        named = (_decode_owner(without_lone_surrogates(text)[0]) for text in page.items())
        try:
            return _listing((owner.id for owner in named), page, after)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            reason = f"the response has no owners: {why_not(error)}"
            raise BrokenResponseError(reason) from None

    async def _stretch(self, url: str, query: Mapping[str, str], after: str | None) -> "_ReadPage":
        """The page of a list that is walked, from where the one before ended."""
        cursor = {} if after is None else {"cursor": after}
        body = await self._requests.get_text(url, {**query, **cursor}, Bound())
        return _ReadPage(body, of_heads=True)

    async def _first(
        self, owner_id: str, filters: Filters, sort: Sort, limit: int
    ) -> tuple[list[ItemHead], int | None]:
        """The first items that match, and how many match in all if the source says so.

        Raises:
            UnsupportedFilterError: the source does not know what narrows the items down.
        """
        query = _conditions(filters)
        if sort not in (NEWEST_FIRST, "position") or (
            sort == NEWEST_FIRST and filters.collection_id is not None
        ):
            query["sort"] = sort
        asked = {*query} & _TOLD
        found, total, applied = await self._heads(owner_id, filters, query, limit)
        if missing := asked - applied - _SEEN_TO_HERE:
            raise UnsupportedFilterError(sorted(missing))
        here = asked - applied
        if not here:
            return found, total
        if len(found) >= limit:
            most = max(_MOST_COUNTED, limit)
            found, _, _ = await self._heads(owner_id, filters, query, most)
        # Thousands of titles of any length, which the event loop has no time for.
        if "text" in here:
            found = await asyncio.to_thread(with_words, found, filters.text)
        if "sort" in here:
            found = await asyncio.to_thread(in_order, found, sort)
        return found[:limit], len(found)

    async def _heads(
        self, owner_id: str, filters: Filters, conditions: Mapping[str, str], limit: int
    ) -> tuple[list[ItemHead], int | None, frozenset[str]]:
        """As the source has them, with what it says about all, and what it has applied."""
        query = {"fields": "head", "limit": str(limit), **conditions}
        found: dict[str, ItemHead] = {}
        total = None
        applied = frozenset[str]()
        async for page in self._pages(self._items_url(owner_id), query, Bound(), limit):
            for head in page.heads():
                # A source that knows days alone gives the rest of a day, too.
                if filters.include(head.created_at):
                    found.setdefault(head.id, head)
            total = page.total if total is None else total
            applied |= page.applied
            if len(found) >= limit:
                break
        return list(found.values())[:limit], total, applied

    async def facets(
        self, owner_id: str, filters: Filters, names: Sequence[str]
    ) -> dict[str, list[FacetValue]] | None:
        """See `ContentSource.facets`."""
        if owner_id in _NO_OWNERS or not names:
            return {}
        chosen = {name for name, _ in filters.facets} & {*names}
        asked = [([name for name in names if name not in chosen], filters)]
        asked += [([name], filters.without_facet(name)) for name in names if name in chosen]
        counted: dict[str, list[FacetValue]] = {}
        for some, conditions in asked:
            if not some:
                continue
            query = {"names": ",".join(map(_encoded, some)), **_conditions(conditions)}
            try:
                url = f"{self._owner_url(owner_id)}/facets"
                body = await self._requests.get_text(url, query, Bound())
                told = _decode_facets(without_lone_surrogates(body)[0]).facets
            except RefusedError:
                return None
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                reason = f"the response has no facets: {why_not(error)}"
                raise BrokenResponseError(reason) from None
            counted |= {name: told.get(name, [])[:VALUES_COUNTED] for name in some}
        return {name: counted[name] for name in names}

    async def collections(
        self, owner_id: str, *, skip: int = 0, size: int, only: str | None = None
    ) -> Collections:
        """See `ContentSource.collections`."""
        query = {} if only is None else {"ids": _encoded(only)}
        most = COLLECTIONS_LISTED if only is None else 1
        found: dict[str, Collection] = {}
        try:
            url = f"{self._owner_url(owner_id)}/collections"
            async for page in self._pages(url, query, Bound(), most):
                for each in filter(None, map(_collection, page.items())):
                    if only in (None, each.id):
                        found.setdefault(each.id, each)
                if len(found) >= most:
                    break
        except RefusedError:
            return Collections([], 0)
        listed = list(found.values())[:most]
        return Collections(listed[skip : skip + size], len(listed))

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
            url = self._items_url(gathered.owner_id)
            async for page in self._pages(url, query, bound, len(ids)):
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
        url = f"{self._owner_url(owner_id)}/media"
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

    def _owner_url(self, owner_id: str) -> str:
        return f"{self._base}/owners/{quote(owner_id, safe='')}"

    def _items_url(self, owner_id: str) -> str:
        return f"{self._owner_url(owner_id)}/items"

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
        self, url: str, query: Mapping[str, str], bound: Bound, wanted: int
    ) -> AsyncIterator[_ReadPage]:
        """The pages with so many items that are wanted, as far as they lead on."""
        if any(url.startswith(f"{self._owner_url(nobody)}/") for nobody in _NO_OWNERS):
            return
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

    def add(self, texts: Iterable[bytes], ids: Sequence[str]) -> str:
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


def _listing(ids: Iterable[str], page: _ReadPage, after: str | None) -> Listing:
    """A page of a list; one that leads to itself is the last."""
    ends = not page.next or page.next == after
    return Listing(list(dict.fromkeys(ids)), None if ends else page.next)


def _collection(text: bytes) -> Collection | None:
    """A collection as a source tells it; None if it has no id that can be used, or no title."""
    try:
        told = _decode_collection(without_lone_surrogates(text)[0])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return Collection(told.id, told.title, told.count) if is_usable_id(told.id) else None


def _conditions(filters: Filters) -> dict[str, str]:
    """What narrows items down, as a query."""
    query = {}
    if filters.date_from is not None:
        query["date_from"] = _day_or_moment(filters.date_from)
    if filters.date_to is not None:
        query["date_to"] = _day_or_moment(filters.date_to)
    if filters.content_types:
        query["content_types"] = ",".join(filters.content_types)
    if filters.text:
        query["text"] = filters.text
    if filters.facets:
        query["facet_values"] = ",".join(
            f"{_encoded(name)}:{_encoded(value)}"
            for name, values in filters.facets
            for value in values
        )
    if filters.collection_id is not None:
        query["collection_id"] = filters.collection_id
    return query


def _joined(ids: Sequence[str]) -> str:
    return ",".join(map(_encoded, ids))


def _encoded(item_id: str) -> str:
    return _ASCII.sub(lambda found: quote(found[0], safe=""), item_id)


def _day_or_moment(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")
