"""The HTTP content source: a content platform that serves items over a small REST contract.

The contract, for a base URL B and an owner O (percent-encoded), with `Authorization: Bearer`:

    GET B/owners/O/items?ids=a,b&fields=head        the items of these ids that are O's
    GET B/owners/O/items?ids=a,b                    the same, whole
    GET B/owners/O/items?fields=head&date_from=...&date_to=...&content_types=a,b&limit=n
                                                    the newest that match, newest first
    GET B/health                                    any 2xx when it can serve

The newest are asked for with every look at the page of content: an index of owner and `created_at`
for each type finds few items of a rare type as soon as many of another.

Each but the last responds with `{"items": [...], "next": "<cursor>" or null}`; the next page is
asked for with the same query and `cursor=<cursor>`. When the newest are asked for, a response may
say with `"total": n` how many match in all, if only up to 2,000; without it a look at the page of
content takes the heads of 2,000 items instead of those that it shows. A head has `id` and `title`,
and may have `created_at` and `parts` (names in an array); an item is the content JSON. In `ids`
each id is percent-encoded by itself, so that a comma in one separates nothing. An id has 1 to 255
characters and no control character; what has another is in no list of ours. A request for items
that do not exist gets the others, never a 404. A request with the response 401, 403, 408, 425, 429
or 5xx is repeated, after the time in its `Retry-After`.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Annotated, Generic, TypeVar
from urllib.parse import quote

import httpx
import msgspec
import stamina

from activities.common.clock import utc_now
from activities.common.outbound_http import OutboundClient
from activities.content.source import (
    BrokenContentError,
    ContentSourceError,
    Excerpt,
    Filters,
    ItemHead,
    RefusedError,
    TooMuchContentError,
)
from activities.model.content import Item, is_usable_id

_IDS_PER_REQUEST = 50
_MOST_PAGES = 1_000
_LARGEST_RESPONSE = 64 * 1024 * 1024
_SILENT_SECONDS = 10.0
# A source that drips is as bad as one that is silent.
_LONGEST_RESPONSE_SECONDS = 60
# Callers of the API wait for these; what takes longer is for Temporal's retries.
_LONGEST_PAUSE_SECONDS = 2.0
_RETRYING = stamina.AsyncRetryingCaller(
    attempts=3,
    timeout=None,
    wait_initial=0.2,
    wait_max=_LONGEST_PAUSE_SECONDS,
    wait_jitter=0.2,
)
# Beside the server's own errors: a token that is being changed, or a gateway in between.
_FOR_NOW = frozenset({401, 403, 408, 425, 429})

_T = TypeVar("_T")


class _Page(msgspec.Struct, Generic[_T]):
    items: list[_T]
    next: str | None = None
    total: Annotated[int, msgspec.Meta(ge=0)] | None = None


_heads = msgspec.json.Decoder(_Page[ItemHead])
_items = msgspec.json.Decoder(_Page[Item])


class _NotNowError(ContentSourceError):
    """The source may respond better to a repeated request."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(f"status {response.status_code}")
        self.retry_after = response.headers.get("Retry-After", "")


def _retry_after(error: Exception) -> bool | float:
    """Return whether to ask again, or after how many seconds the source wants to be asked."""
    if isinstance(error, _NotNowError) and error.retry_after:
        try:
            seconds = _seconds(error.retry_after)
        except (ValueError, TypeError):
            return True
        return min(max(seconds, 0.0), _LONGEST_PAUSE_SECONDS)
    return isinstance(error, httpx.HTTPError | TimeoutError | ContentSourceError)


def _seconds(retry_after: str) -> float:
    """Return the seconds that a `Retry-After` names: a number or a date (RFC 9110, 10.2.3)."""
    if retry_after.isdecimal():
        return float(retry_after)
    return (parsedate_to_datetime(retry_after) - utc_now()).total_seconds()


class _Bound:
    """The bytes that the responses to one call may have, if there is a bound."""

    def __init__(self, most_bytes: int | None = None) -> None:
        self._left = most_bytes

    def check(self, size: int) -> None:
        """Raise `TooMuchContentError` if so many bytes are more than are left."""
        if self._left is not None and size > self._left:
            raise TooMuchContentError

    def take(self, size: int) -> None:
        """Leave so many bytes less for what follows."""
        if self._left is not None:
            self._left -= size


class HttpContent:
    """Content behind the contract above; implements `ContentSource`."""

    def __init__(self, base_url: str, token: str) -> None:
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._base = base_url.rstrip("/")
        self._client = OutboundClient(base_url, headers=headers, seconds=_SILENT_SECONDS)

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """See `ContentSource.heads`."""
        wanted = set(ids)
        found: dict[str, ItemHead] = {}
        for query in _in_batches(ids):
            async for page in self._pages(owner_id, {**query, "fields": "head"}, _heads, _Bound()):
                found.update((head.id, head) for head in page.items if head.id in wanted)
        return found

    async def search(self, owner_id: str, filters: Filters, limit: int) -> list[ItemHead]:
        """See `ContentSource.search`."""
        return (await self._newest(owner_id, filters, limit))[0]

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
            query["date_from"] = filters.date_from.isoformat()
        if filters.date_to is not None:
            query["date_to"] = filters.date_to.isoformat()
        if filters.content_types:
            query["content_types"] = ",".join(filters.content_types)
        found: list[ItemHead] = []
        total = None
        async for page in self._pages(owner_id, query, _heads, _Bound()):
            # By another id nobody could ask for it.
            found += [head for head in page.items if is_usable_id(head.id)]
            total = page.total if total is None else total
            if len(found) >= limit:
                break
        return found[:limit], total

    async def items(
        self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
    ) -> list[Item]:
        """See `ContentSource.items`."""
        wanted = set(ids)
        found: dict[str, Item] = {}
        bound = _Bound(most_bytes)
        for query in _in_batches(ids):
            async for page in self._pages(owner_id, query, _items, bound):
                if any(item.owner_id != owner_id for item in page.items):
                    raise BrokenContentError("the content source gave another owner's item")
                found.update((item.id, item) for item in page.items if item.id in wanted)
        return [found[item_id] for item_id in ids if item_id in found]

    async def check(self) -> None:
        """See `ContentSource.check`."""
        await self._get(f"{self._base}/health", {}, _Bound())

    async def close(self) -> None:
        """See `ContentSource.close`."""
        await self._client.close()

    async def _pages(
        self,
        owner_id: str,
        query: Mapping[str, str],
        decoder: "msgspec.json.Decoder[_Page[_T]]",
        bound: _Bound,
    ) -> AsyncIterator[_Page[_T]]:
        if owner_id in {"", ".", ".."}:
            return  # as part of a path it would name something else than an owner
        url = f"{self._base}/owners/{quote(owner_id, safe='')}/items"
        cursor: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            body = await self._get(url, {**query, **cursor}, bound)
            bound.take(len(body))
            try:
                page = decoder.decode(body)
            except (msgspec.MsgspecError, RecursionError):
                raise BrokenContentError("the content source's response is not content") from None
            yield page
            if page.next is None:
                return
            cursor = {"cursor": page.next}
        raise BrokenContentError("the content source has no last page")

    async def _get(self, url: str, query: Mapping[str, str], bound: _Bound) -> bytes:
        try:
            return await _RETRYING(_retry_after, self._receive_in_time, url, query, bound)
        except (httpx.HTTPError, TimeoutError, ContentSourceError) as error:
            raise ContentSourceError(f"the content source: {type(error).__name__}") from None

    async def _receive_in_time(self, url: str, query: Mapping[str, str], bound: _Bound) -> bytes:
        async with asyncio.timeout(_LONGEST_RESPONSE_SECONDS):
            return await self._receive(url, query, bound)

    async def _receive(self, url: str, query: Mapping[str, str], bound: _Bound) -> bytes:
        async with self._client.get(url, query) as response:
            if response.status_code in _FOR_NOW or response.is_server_error:
                raise _NotNowError(response)
            if not response.is_success:
                raise RefusedError(f"the content source answered {response.status_code}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                bound.check(len(body))
                if len(body) > _LARGEST_RESPONSE:
                    raise BrokenContentError("the content source's response is too large")
            return bytes(body)


def _in_batches(ids: Sequence[str]) -> list[dict[str, str]]:
    return [
        {"ids": ",".join(quote(i, safe="") for i in ids[start : start + _IDS_PER_REQUEST])}
        for start in range(0, len(ids), _IDS_PER_REQUEST)
    ]
