"""Calls to an OpenID Connect provider: what it says of itself, and what it gives for a code."""

import asyncio
import base64
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from activities.common.logs import get_logger
from activities.common.outbound_http import OutboundClient, RefusedAddressError, read_bounded
from activities.model.problems import PROVIDER_UNAVAILABLE, SIGN_IN_FAILED
from web.auth.key_set import KeySet
from web.auth.oidc_settings import OidcSettings
from web.http.problems import ProblemError, retry_after
from web.http.urls import is_tls_or_loopback

T = TypeVar("T")

logger = get_logger(__name__)

_SECONDS = 10.0
_LARGEST_ANSWER = 1024 * 1024
_FRESH_SECONDS = 3600.0
_AGAIN_SECONDS = 5.0
"""How long after a failed look at what the provider says of itself nobody looks again."""


class Metadata(msgspec.Struct, frozen=True):
    """What the provider says of itself (OpenID Connect Discovery 1.0, 3; RFC 8414, 2)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = []
    authorization_response_iss_parameter_supported: bool = False
    """Whether each response names its issuer (RFC 9207)."""


class Given(msgspec.Struct, frozen=True):
    """What the provider gives for a code."""

    id_token: str
    access_token: str = ""


class OidcProvider:
    """One provider, which is asked when somebody signs in."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._known: Metadata | None = None
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()
        self._clients: dict[str, OutboundClient] = {}
        self._keys: KeySet | None = None
        self._keys_of = ""

    async def metadata(self) -> Metadata:
        """What the provider says of itself, at most an hour ago.

        Raises:
            ProblemError: it does not respond, or not as it should.
        """
        async with self._lock:
            now = time.monotonic()
            is_fresh = self._known is not None and now - self._read_at < _FRESH_SECONDS
            if not is_fresh and now - self._tried_at >= _AGAIN_SECONDS:
                self._tried_at = now
                found = await self._discover()
                if found is not None:
                    self._known, self._read_at = found, now
            if self._known is None:
                raise retry_after(PROVIDER_UNAVAILABLE)
            return self._known

    async def keys(self) -> KeySet:
        """The keys with which the provider signs."""
        url = (await self.metadata()).jwks_uri
        if self._keys is None or self._keys_of != url:
            if self._keys is not None:
                await self._keys.close()
            self._keys, self._keys_of = KeySet(url), url
        return self._keys

    async def redeem(self, code: str, verifier: str, redirect_uri: str) -> Given:
        """What the provider gives for a code (RFC 6749, 4.1.3; RFC 7636, 4.5).

        Raises:
            ProblemError: the provider refuses the code, or does not respond as it should.
        """
        metadata = await self.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        ours, secret = self._settings.client_id, self._settings.client_secret
        methods = metadata.token_endpoint_auth_methods_supported
        if secret and (not methods or "client_secret_basic" in methods):
            pair = f"{quote(ours, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": ours} | ({"client_secret": secret} if secret else {})
        status, body = await self._call(metadata.token_endpoint, form, headers)
        if 400 <= status < 500:
            # Of a list of words (RFC 6749, 5.2), but a stranger's text all the same.
            logger.warning("the identity provider refused a code", status=status)
            raise ProblemError(SIGN_IN_FAILED, "The sign-in service did not accept the response.")
        return self._decoded(body, Given, status, "token")

    async def about(self, access_token: str) -> dict[str, object]:
        """What the provider tells of the person beside the token (OpenID Connect Core 1.0, 5.3)."""
        endpoint = (await self.metadata()).userinfo_endpoint
        if not endpoint or not access_token:
            return {}
        status, body = await self._call(endpoint, None, {"Authorization": f"Bearer {access_token}"})
        return self._decoded(body, dict[str, object], status, "userinfo")

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.close()
        if self._keys is not None:
            await self._keys.close()

    async def _discover(self) -> Metadata | None:
        issuer = self._settings.issuer
        url = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
        try:
            status, body = await self._call(url, None, {})
            found = self._decoded(body, Metadata, status, "discovery")
        except ProblemError:
            return None
        endpoints = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri)
        if found.issuer != issuer:
            # Who answers for another's name could take codes that are meant for it.
            logger.error("the identity provider is not the one of EXPORT_OIDC_ISSUER")
            return None
        optional = [each for each in (found.userinfo_endpoint, found.end_session_endpoint) if each]
        if not all(map(is_tls_or_loopback, (*endpoints, *optional))):
            logger.error("the identity provider has addresses without TLS")
            return None
        return found

    async def _call(
        self, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """The status and the body of a response.

        Raises:
            ProblemError: there is none.
        """
        try:
            client = self._clients.get(url)
            if client is None:
                client = OutboundClient(
                    url, headers={"Accept": "application/json"}, seconds=_SECONDS
                )
                self._clients[url] = client
            async with (
                asyncio.timeout(_SECONDS),
                client.call(url, form, headers) as response,
            ):
                return response.status_code, await read_bounded(response, _LARGEST_ANSWER)
        except (httpx.HTTPError, RefusedAddressError, TimeoutError, ValueError) as error:
            logger.warning("the identity provider does not respond", cause=type(error).__name__)
            raise retry_after(PROVIDER_UNAVAILABLE) from None

    def _decoded(self, body: bytes, kind: type[T], status: int, what: str) -> T:
        if status == 200:
            with suppress(msgspec.DecodeError, RecursionError):
                return msgspec.json.decode(body, type=kind)
        logger.warning("the identity provider responds otherwise", what=what, status=status)
        raise retry_after(PROVIDER_UNAVAILABLE)
