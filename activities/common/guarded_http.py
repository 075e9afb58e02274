"""GET requests to addresses that content names: of listed origins, bounded, and to nowhere else.

Where a name leads is judged by `pinned_http`. Redirects are followed by hand, each as if content
had named it.
"""

import asyncio
from types import MappingProxyType
from urllib.parse import urljoin

import httpx

from activities.common.allowed_origins import AllowedOrigins
from activities.common.outbound_http import Origin, RefusedAddressError
from activities.common.pinned_http import pinned_request

_REDIRECTS_MAX = 5
_CONNECT_SECONDS = 3.0
_SILENT_SECONDS = 5.0
_CONNECTIONS = 8
_HEADERS = MappingProxyType(
    {
        "Accept": "image/*",
        # What is compressed could be a thousand times as large once it is read.
        "Accept-Encoding": "identity",
        "User-Agent": "export-service",
    }
)


class UnusableResponseError(Exception):
    """There is nothing at the address that can be used, and asking again does not help."""


class NotNowError(Exception):
    """The server may respond better to a repeated request.

    Attributes:
        retry_after: its `Retry-After`, as it came; empty: none.
    """

    def __init__(self, reason: str, retry_after: str = "") -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class GuardedClient:
    """Gets bytes from servers of listed origins."""

    def __init__(self, allowed: AllowedOrigins) -> None:
        """Create a client; no connection is opened yet."""
        self._allowed = allowed
        # Each of an origin of its own: a connection that speaks for one name is no other's.
        self._clients: dict[Origin, httpx.AsyncClient] = {}

    async def get(self, url: str, *, most_bytes: int, seconds: float) -> bytes:
        """The body of the response, from wherever on the list a redirect leads.

        Args:
            url: the address.
            most_bytes: that the body may have.
            seconds: that all of it may take.

        Raises:
            RefusedAddressError: it, or what it redirects to, may not be called.
            UnusableResponseError: there is nothing, or too much.
            NotNowError: the server is slow or away, or says that it has no time.
        """
        try:
            async with asyncio.timeout(seconds):
                for _ in range(_REDIRECTS_MAX + 1):
                    found = await self._get(url, most_bytes)
                    if isinstance(found, bytes):
                        return found
                    url = found
        except (TimeoutError, httpx.TransportError, OSError) as error:
            raise NotNowError(type(error).__name__) from None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise UnusableResponseError(type(error).__name__) from None
        raise UnusableResponseError("redirects without end")

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()

    async def _get(self, url: str, most_bytes: int) -> bytes | str:
        """The body, or where the response redirects to."""
        origin = self._allowed.of(url)
        if origin is None:
            raise RefusedAddressError("not an origin of the list")
        async with pinned_request(self._client(origin), self._allowed, "GET", url) as response:
            if response.has_redirect_location:
                return urljoin(url, response.headers["Location"])
            if response.status_code in {408, 425, 429} or response.is_server_error:
                raise NotNowError(
                    f"status {response.status_code}", response.headers.get("Retry-After", "")
                )
            if response.status_code != httpx.codes.OK:
                raise UnusableResponseError(f"status {response.status_code}")
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise UnusableResponseError("compressed")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > most_bytes:
                    raise UnusableResponseError("too large")
            return bytes(body)

    def _client(self, origin: Origin) -> httpx.AsyncClient:
        client = self._clients.get(origin)
        if client is None:
            client = self._clients[origin] = httpx.AsyncClient(
                headers=dict(_HEADERS),
                timeout=httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS),
                limits=httpx.Limits(max_connections=_CONNECTIONS),
                follow_redirects=False,
                trust_env=False,
            )
        return client
