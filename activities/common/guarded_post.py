"""POST requests to addresses that callers name: bounded, to public servers, and to nowhere else."""

import asyncio
import re
import time
from collections.abc import Mapping
from typing import Protocol

import httpx
import msgspec

from activities.common.addresses import Address, is_public, parse_address
from activities.common.allowed_origins import AllowedOrigins
from activities.common.outbound_http import Origin, RefusedAddressError, origin
from activities.common.pinned_http import pinned_request
from activities.common.sending_error import is_of_tls

_CONNECT_SECONDS = 5.0
_SECONDS = 15.0
"""For all of it: Standard Webhooks advises 15 to 30."""
_MOST_BYTES = 16 * 1024
"""Of a response, which is read for nothing but the sender's peace."""
_LONGEST_URL = 2_048
_LONGEST_NAME = 253
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII | re.IGNORECASE)
"""Between the dots of a name (RFC 1035, section 2.3.4); underscores are there in practice."""


class PublicOrigins(msgspec.Struct, frozen=True):
    """All servers of the internet over https, and the ones beside them that an operator lists."""

    listed: AllowedOrigins

    def of(self, url: str) -> Origin | None:
        """The origin of a URL, None when it may not be called."""
        if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
            return None
        try:
            found = origin(url)
        except RefusedAddressError:
            return None
        if found in self.listed.networks:
            return found
        scheme, name, _ = found
        literal = parse_address(name.strip("[]"))
        if scheme != "https" or (literal is not None and not is_public(literal)):
            return None
        return found if literal is not None or _is_domain_name(name) else None

    def may_reach(self, origin: Origin, address: Address) -> bool:
        """Whether a server of such an origin may have this address."""
        if origin in self.listed.networks:
            return self.listed.may_reach(origin, address)
        return is_public(address)


def _is_domain_name(name: str) -> bool:
    """False of what no resolver can look up, and of what they may read as a number (WHATWG URL,
    "ends in a number checker"), of names without a dot, which are this network's, and of those
    that are this machine's.
    """
    name = name.removesuffix(".")
    labels = name.split(".")
    last = labels[-1].lower()
    return (
        len(labels) > 1
        and len(name) <= _LONGEST_NAME
        and all(map(_LABEL.fullmatch, labels))
        and not last[0].isdigit()
        and last not in {"localhost", "local", "internal", "localdomain", "arpa"}
    )


class Posted(msgspec.Struct, frozen=True):
    """What became of a request."""

    milliseconds: int
    status: int | None = None
    """That of the response, if there was one."""
    error: str | None = None
    """Why there was none: `refused-address`, `timed-out`, `tls` or `unreachable`."""
    retry_after: str = ""
    """The header of the response, as it came."""


class _After(Protocol):
    """Makes the result of a request that has just ended."""

    def __call__(self, status: int | None, error: str | None, again: str) -> Posted: ...


class GuardedPoster:
    """Sends to public servers, and follows no redirect."""

    def __init__(self, reach: PublicOrigins) -> None:
        """Send where `reach` lets through; certificates are those of httpx, or of SSL_CERT_FILE."""
        self._reach = reach
        self._tls = httpx.create_ssl_context()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posted:
        """Send a body; whatever goes wrong is in what is returned."""
        begun = time.monotonic()

        def after(status: int | None = None, error: str | None = None, again: str = "") -> Posted:
            return Posted(int((time.monotonic() - begun) * 1000), status, error, again)

        try:
            async with asyncio.timeout(_SECONDS):
                return await self._post(url, body, headers, after)
        except RefusedAddressError:
            return after(error="refused-address")
        except (TimeoutError, httpx.TimeoutException):
            return after(error="timed-out")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return after(error="tls" if is_of_tls(error) else "unreachable")

    async def _post(
        self, url: str, body: bytes, headers: Mapping[str, str], after: _After
    ) -> Posted:
        # One for each request: receivers are many, and each is called now and then.
        async with (
            httpx.AsyncClient(
                timeout=httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS),
                follow_redirects=False,
                trust_env=False,
                verify=self._tls,
            ) as client,
            pinned_request(
                client, self._reach, "POST", url, headers=dict(headers), content=body
            ) as response,
        ):
            read = 0
            # A receiver that is still sending has accepted: what it says is nobody's business.
            async for chunk in response.aiter_raw():
                read += len(chunk)
                if read > _MOST_BYTES:
                    break
            return after(response.status_code, None, response.headers.get("Retry-After", ""))
