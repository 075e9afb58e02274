"""The public keys of a token issuer: a JSON Web Key Set (RFC 7517), fetched and kept."""

import asyncio
import json
import time
from typing import Any

import httpx
import jwt

from activities.common.outbound_http import OutboundClient, read_bounded
from activities.model.problems import KEYS_UNAVAILABLE
from web.http.problems import retry_after

_ASYMMETRIC = ["RS256", "ES256", "EdDSA"]

_KEYS_FRESH_SECONDS = 300.0
# An unknown key id asks for the keys again, but a caller who invents ids must not be able to
# send us to the key server with each request.
_KEYS_REFETCH_SECONDS = 10.0
_KEYS_TIMEOUT_SECONDS = 5.0
_LARGEST_KEY_SET = 1024 * 1024


class KeySet:
    """The public keys behind a URL (RFC 7517), kept for a while; implements `VerificationKeys`.

    A key id that is not known makes it look again, so keys can be rotated at any time. Keys
    that are known stay in use while the URL does not respond.
    """

    algorithms = _ASYMMETRIC

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = OutboundClient(url, headers={}, seconds=_KEYS_TIMEOUT_SECONDS)
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._tried_at = float("-inf")
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def key_for(self, token: str) -> Any:
        """See `VerificationKeys.key_for`."""
        key_id = jwt.get_unverified_header(token).get("kid")
        if key_id not in self._keys:
            await self._refresh()
        elif time.monotonic() - self._fetched_at > _KEYS_FRESH_SECONDS:
            # Nobody waits for the key server as long as there is a key to verify with.
            self._refreshing = asyncio.create_task(self._refresh())
        if not self._keys:
            raise retry_after(KEYS_UNAVAILABLE)
        if key_id not in self._keys:
            raise jwt.InvalidKeyError("no such key")
        return self._keys[key_id]

    async def close(self) -> None:
        """See `VerificationKeys.close`."""
        if self._refreshing is not None:
            self._refreshing.cancel()
        await self._client.close()

    async def _refresh(self) -> None:
        async with self._lock:
            if time.monotonic() - self._tried_at < _KEYS_REFETCH_SECONDS:
                return
            self._tried_at = time.monotonic()
            try:
                async with asyncio.timeout(_KEYS_TIMEOUT_SECONDS):
                    found = jwt.PyJWKSet.from_dict(json.loads(await self._fetch()))
            except (
                httpx.HTTPError,
                TimeoutError,
                jwt.PyJWTError,
                ValueError,
                AttributeError,
                RecursionError,
            ):
                return
            self._keys = {key.key_id: key for key in found.keys if key.public_key_use != "enc"}
            self._fetched_at = time.monotonic()

    async def _fetch(self) -> bytes:
        """The body of the response from the URL.

        Raises:
            httpx.HTTPError: there is no response, or it is an error or a redirect.
            ValueError: it gives more than any key set has.
        """
        async with self._client.get(self._url) as response:
            response.raise_for_status()
            return await read_bounded(response, _LARGEST_KEY_SET)
