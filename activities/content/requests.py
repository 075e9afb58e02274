"""Requests to a content source over HTTP: their time-outs, their repetition, and their failures."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

import httpx

from activities.common.outbound_http import OutboundClient, RefusedAddressError
from activities.common.retry_after import seconds_of
from activities.content.retrying import LONGEST_PAUSE_SECONDS, RETRYING
from activities.content.source import (
    BrokenResponseError,
    ContentSourceError,
    RefusedError,
    TooMuchContentError,
)

SECONDS = 30.0
"""The longest that a source may be silent, unless it is set otherwise."""

_LARGEST_RESPONSE = 64 * 1024 * 1024
# A source that drips is as bad as one that is silent.
_LONGEST_RESPONSE = 6
"""Times the seconds for which it may be silent."""
_LONGEST_RETRY_AFTER_SECONDS = 900.0
"""What asks for more is asked all the same: it may have meant something else."""
# Beside the server's own errors: a token that is being changed, or a gateway in between.
_FOR_NOW = frozenset({401, 403, 408, 425, 429})


class Bound:
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


class ContentRequests:
    """Asks a content source, again where that may help."""

    def __init__(self, client: OutboundClient, seconds: float) -> None:
        """Ask by this client, whose waits for bytes take at most so many seconds."""
        self._client = client
        self._longest_response = _LONGEST_RESPONSE * seconds

    async def get_text(self, url: str, query: Mapping[str, str], bound: Bound) -> bytes:
        """The body of a response that is text, in UTF-8 if it says that it is something else.

        Raises the same as `get`.
        """
        body, charset = await self._asked(url, query, bound)
        with suppress(LookupError, ValueError):
            return body if charset is None else body.decode(charset).encode()
        return body

    async def get(self, url: str, query: Mapping[str, str], bound: Bound) -> bytes:
        """The body of a response.

        Raises:
            ContentSourceError: there is none, or that of a source which is not well.
            RefusedError: the source knows nothing of what was asked.
            BrokenResponseError: the response cannot be read.
            TooMuchContentError: it has more bytes than it may.
        """
        body, _ = await self._asked(url, query, bound)
        return body

    async def _asked(
        self, url: str, query: Mapping[str, str], bound: Bound
    ) -> tuple[bytes, str | None]:
        """The body of a response, and how it says that it is encoded."""
        try:
            return await RETRYING(_asks_again, self._receive_in_time, url, query, bound)
        except (ContentSourceError, BrokenResponseError, TooMuchContentError):
            raise
        except httpx.DecodingError:
            raise BrokenResponseError("the response is not packed as it says") from None
        except (httpx.HTTPError, TimeoutError) as error:
            raise ContentSourceError(f"the content source: {type(error).__name__}") from None
        except (httpx.InvalidURL, RefusedAddressError):
            raise BrokenResponseError("the request would have too long an address") from None

    async def _receive_in_time(
        self, url: str, query: Mapping[str, str], bound: Bound
    ) -> tuple[bytes, str | None]:
        async with asyncio.timeout(self._longest_response):
            return await self._receive(url, query, bound)

    async def _receive(
        self, url: str, query: Mapping[str, str], bound: Bound
    ) -> tuple[bytes, str | None]:
        async with self._client.get(url, query) as response:
            status = response.status_code
            if status in _FOR_NOW or response.is_server_error:
                raise ContentSourceError(f"status {status}", _retry_after(response))
            if not response.is_success:
                raise RefusedError(f"the content source answered {status}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                bound.check(len(body))
                if len(body) > _LARGEST_RESPONSE:
                    raise BrokenResponseError("the response is too large")
            return bytes(body), response.charset_encoding


def _asks_again(error: Exception) -> bool | float:
    """Return whether to ask again, or after how many seconds the source wants to be asked."""
    if isinstance(error, ContentSourceError) and error.retry_after is not None:
        # What wants to be left alone for longer is left alone by this process.
        return error.retry_after if error.retry_after <= LONGEST_PAUSE_SECONDS else False
    if isinstance(error, httpx.ReadTimeout | TimeoutError):
        # The caller has waited long enough.
        return False
    return isinstance(error, httpx.HTTPError | ContentSourceError)


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds that its `Retry-After` names, within bounds."""
    return seconds_of(response.headers.get("Retry-After", ""), _LONGEST_RETRY_AFTER_SECONDS)
