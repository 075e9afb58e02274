"""Requests to addresses that others name: each name is resolved here, and its address judged.

The connection goes to the address that was judged: between the look and the call a name could
change (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

import httpx

from activities.common.addresses import Address, parse_address
from activities.common.outbound_http import Origin, RefusedAddressError

_PORTS = {"https": 443, "http": 80}


class Reach(Protocol):
    """What may be called."""

    def of(self, url: str) -> Origin | None:
        """The origin of a URL, None when it may not be called."""

    def may_reach(self, origin: Origin, address: Address) -> bool:
        """Whether a server of an origin that may be called may have this address."""


async def resolved(origin: Origin, reach: Reach) -> Address:
    """An address of the origin's server, of which every one may be reached.

    Raises:
        RefusedAddressError: one may not.
        OSError: the name cannot be resolved.
    """
    _, name, port = origin
    literal = parse_address(name.strip("[]"))
    if literal is not None:
        found = [literal]
    else:
        loop = asyncio.get_running_loop()
        entries = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        parsed = [parse_address(str(entry[4][0])) for entry in entries]
        found = [address for address in parsed if address is not None]
    if not found or not all(reach.may_reach(origin, address) for address in found):
        raise RefusedAddressError("not a public address")
    # IPv4 first: more networks have no way out for the other.
    return min(found, key=lambda address: address.version)


@asynccontextmanager
async def pinned_request(
    client: httpx.AsyncClient,
    reach: Reach,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | AsyncIterator[bytes] | None = None,
) -> AsyncIterator[httpx.Response]:
    """The response of the server that the URL names, whose body is still to be read.

    Args:
        client: of this origin alone, since a connection that speaks for one name is no other's. It
            follows no redirects.
        reach: says where the request may go.
        method: the method of the request.
        url: absolute.
        headers: beside `Host`, which is the URL's.
        content: the body of the request.

    Raises:
        RefusedAddressError: it may not be called; nothing was sent.
        OSError: the name cannot be resolved.
        httpx.HTTPError: there was no response.
        httpx.InvalidURL: see httpx.
    """
    origin = reach.of(url)
    if origin is None:
        raise RefusedAddressError("not an origin that may be called")
    address = await resolved(origin, reach)
    scheme, name, port = origin
    async with client.stream(
        method,
        httpx.URL(url).copy_with(host=str(address), fragment=None),
        headers={**(headers or {}), "Host": name if port == _PORTS[scheme] else f"{name}:{port}"},
        content=content,
        extensions={"sni_hostname": name.strip("[]")},
    ) as response:
        yield response
