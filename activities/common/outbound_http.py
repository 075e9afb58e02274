"""Calls to other services: one client that reaches only where it was meant to.

After the OWASP cheat sheet on server-side request forgery
(https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from activities.common import tracing

_CONNECT_SECONDS = 3.0
_PORTS = {"http": 80, "https": 443}
_PORTS_END = 1 << 16


class RefusedAddressError(Exception):
    """The URL is not one that may be called; nothing was sent."""


class OutboundClient:
    """An HTTP client that calls one server and no other.

    Whatever it responds, no other is called: redirects are not followed, proxies of the environment
    not used, and URLs of another origin refused.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        seconds: float,
        is_traced: bool = False,
    ) -> None:
        """Create a client; no connection is opened yet.

        Args:
            base_url: the URL of the server, as the settings name it; the scheme is http or https.
            headers: sent with every call.
            seconds: the time-out of each wait for bytes.
            is_traced: each call tells the server of the trace that it belongs to, if there is one.

        Raises:
            RefusedAddressError: the URL names no server, or holds a user and a password.
        """
        self._origin = origin(base_url)
        self._client = httpx.AsyncClient(
            headers=dict(headers),
            timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )
        if is_traced:
            tracing.trace_client(self._client)

    @asynccontextmanager
    async def get(
        self, url: str, query: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The response to a GET request, whose body is still to be read.

        Raises:
            RefusedAddressError: the URL is of another origin.
            httpx.HTTPError: there was no response.
        """
        if origin(url) != self._origin:
            raise RefusedAddressError("another origin")
        async with self._client.stream("GET", url, params=query or None) as response:
            yield response

    @asynccontextmanager
    async def call(
        self, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """The response to a form that is posted, or to a GET request when there is none.

        Args:
            url: where to.
            form: what is posted; None: nothing is.
            headers: of this call alone.

        Raises:
            RefusedAddressError: the URL is of another origin.
            httpx.HTTPError: there was no response.
        """
        if origin(url) != self._origin:
            raise RefusedAddressError("another origin")
        method = "GET" if form is None else "POST"
        async with self._client.stream(method, url, data=form, headers=headers) as response:
            yield response

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


async def read_bounded(response: httpx.Response, most: int) -> bytes:
    """The body of a response, of at most so many bytes.

    Raises:
        ValueError: it has more.
        httpx.HTTPError: it does not come whole.
    """
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > most:
            raise ValueError("too large")
    return bytes(body)


Origin = tuple[str, str, int]


def origin(url: str) -> Origin:
    """Scheme, name (an IPv6 address in brackets) and port.

    Raises:
        RefusedAddressError: there is none, or not that of a web server.
    """
    try:
        parsed = httpx.URL(url)
        # Only now httpx decodes a name that is written in Punycode, and finds that it is none.
        host = parsed.host
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise RefusedAddressError("not a URL") from error
    if parsed.scheme not in _PORTS or not host or parsed.userinfo:
        raise RefusedAddressError("not the URL of a web server")
    port = _PORTS[parsed.scheme] if parsed.port is None else parsed.port
    if not 0 < port < _PORTS_END:
        raise RefusedAddressError("no port")
    name = f"[{host}]" if ":" in host else parsed.raw_host.decode("ascii")
    return parsed.scheme, name, port
