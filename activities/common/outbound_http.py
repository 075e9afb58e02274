"""Calls to other services: one client that reaches only where it was meant to.

After the OWASP cheat sheet on server-side request forgery
(https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html).
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

_CONNECT_SECONDS = 3.0
_PORTS = {"http": 80, "https": 443}

# The IANA registries of special-purpose addresses (RFC 6890), and what a cloud keeps for itself.
_SPECIAL = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
# All else of IPv6 is local, or holds an IPv4 address inside (mapped, translated, tunnelled).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_ISATAP_MARK = 0x5EFE


class Trust(Enum):
    """The trust in a server, by the one who named it."""

    OPERATOR = "operator"
    """The settings name it: it may be anywhere, on this machine too."""
    USER = "user"
    """A request or content names it: it must be on the public internet."""


class RefusedAddressError(Exception):
    """The address is not one that may be called; nothing was sent."""


class OutboundClient:
    """An HTTP client that calls one server and no other.

    Whatever it responds, no other is called: redirects are not followed, proxies of the environment
    not used, and URLs of another origin refused. A name is resolved once for each call, and the
    call goes to the address that was checked, so a name that means something else a moment later
    (DNS rebinding) leads nowhere; `Host` and the certificate's name stay those of the URL.
    """

    def __init__(
        self, base_url: str, trust: Trust, *, headers: Mapping[str, str], seconds: float
    ) -> None:
        """Create a client; no connection is opened yet.

        Args:
            base_url: the URL of the server; the scheme is http or https.
            trust: decides which addresses may be called.
            headers: sent with every call.
            seconds: the time-out of each wait for bytes.

        Raises:
            RefusedAddressError: the URL names no server, or holds a user and a password.
        """
        self._origin = origin(base_url)
        self._trust = trust
        self._client = httpx.AsyncClient(
            headers=dict(headers),
            timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    @asynccontextmanager
    async def get(
        self, url: str, query: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The response to a GET request, whose body is still to be read.

        Raises:
            RefusedAddressError: the URL is of another origin, or its address is not public.
            httpx.HTTPError: there was no response.
        """
        if origin(url) != self._origin:
            raise RefusedAddressError("another origin")
        addresses = await self._addresses()
        scheme, name, port = self._origin
        for last, address in enumerate(addresses, 1 - len(addresses)):
            pinned = httpx.URL(url, params=query or None).copy_with(host=address)
            default = port == _PORTS[scheme]
            request = self._client.build_request(
                "GET",
                pinned,
                headers={"Host": name if default else f"{name}:{port}"},
                extensions={"sni_hostname": name},
            )
            try:
                response = await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if last == 0:
                    raise
                continue
            try:
                yield response
            finally:
                await response.aclose()
            return

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _addresses(self) -> list[str]:
        _, name, port = self._origin
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(
                name.strip("[]"), port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
            )
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError("the name was not found") from error
        addresses = [str(place[0]) for *_, place in found]
        if self._trust is Trust.USER and not all(map(is_public, addresses)):
            raise RefusedAddressError("not a public address")
        return addresses


def is_public(address: str) -> bool:
    """True if a numeric address, and each address inside it, is of the public internet."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None or parsed not in _GLOBAL_UNICAST:
            return False
        if (int(parsed) >> 32) & 0xFDFFFFFF == _ISATAP_MARK:
            return False
    return not any(parsed in network for network in _SPECIAL if network.version == parsed.version)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, name (an IPv6 address in brackets) and port.

    Raises:
        RefusedAddressError: there is none, or not that of a web server.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise RefusedAddressError("not a URL") from error
    if parsed.scheme not in _PORTS or not parsed.host or parsed.userinfo:
        raise RefusedAddressError("not the URL of a web server")
    name = f"[{parsed.host}]" if ":" in parsed.host else parsed.raw_host.decode("ascii")
    return parsed.scheme, name, parsed.port or _PORTS[parsed.scheme]
