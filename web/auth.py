"""Who is calling: bearer tokens (RFC 6750) that are JSON Web Tokens (RFC 7519)."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import jwt
import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from activities.outward import ChosenBy, OutwardClient, RefusedAddressError, origin
from activities.settings import Settings, SettingsError
from web.problems import FORBIDDEN, KEYS_AWAY, UNAUTHENTICATED, ProblemError, retry_after

READ = "export:read"
WRITE = "export:write"
ADMIN = "export:admin"

_MIN_SECRET_BYTES = 32
_MAX_SUBJECT_LENGTH = 255
_REQUIRED_CLAIMS = ["exp", "iss", "aud", "sub"]
_ASYMMETRIC = ["RS256", "ES256", "EdDSA"]

_KEYS_FRESH_SECONDS = 300.0
# An unknown key id asks for the keys again, but a caller who invents ids must not be able to
# send us to the key server with each request.
_KEYS_REFETCH_SECONDS = 10.0
_KEYS_TIMEOUT_SECONDS = 5.0
_LARGEST_KEY_SET = 1024 * 1024

# Verifying is a third of what reading a job costs, and a caller sends the same token each time.
# Keys may be five minutes old anyway; a withdrawn one is noticed this much later.
_VERIFIED_SECONDS = 30.0
_VERIFIED_TOKENS = 4_096


class Caller(msgspec.Struct, frozen=True):
    """Whoever holds the token."""

    owner_id: str
    scopes: frozenset[str]


AnyConnection = ASGIConnection[Any, Any, Any, Any]
ApiRequest = Request[Caller, Any, Any]
"""A request that a guard let pass."""


class VerificationKeys(Protocol):
    """Where the key comes from that verifies a token."""

    algorithms: list[str]

    async def key_for(self, token: str) -> Any:
        """The key for this token.

        Raises:
            jwt.InvalidTokenError: no key of ours belongs to it.
            ProblemError: the keys cannot be fetched now.
        """

    async def close(self) -> None:
        """Let go of connections."""


class SharedSecret:
    """One secret for all tokens; implements `VerificationKeys`."""

    algorithms = ["HS256"]  # noqa: RUF012 - a protocol's attribute

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    async def key_for(self, token: str) -> Any:  # noqa: ARG002 - one key for every token
        """See `VerificationKeys.key_for`."""
        return self._secret

    async def close(self) -> None:
        """See `VerificationKeys.close`."""


class KeySet:
    """The public keys behind a URL (RFC 7517), kept for a while; implements `VerificationKeys`.

    A key id that is not known makes it look again, so keys can be rotated at any time. Keys
    that are known stay in use while the URL does not answer.
    """

    algorithms = _ASYMMETRIC

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = OutwardClient(
            url, ChosenBy.OPERATOR, headers={}, seconds=_KEYS_TIMEOUT_SECONDS
        )
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
            raise retry_after(KEYS_AWAY, "The keys that verify tokens cannot be fetched now.")
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
        """What the URL gives.

        Raises:
            httpx.HTTPError: it does not answer, or with an error or a redirect.
            ValueError: it gives more than any key set has.
        """
        async with self._client.get(self._url) as response:
            response.raise_for_status()
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _LARGEST_KEY_SET:
                    raise ValueError("too large")
            return bytes(body)


@dataclass(frozen=True)
class _Verified:
    """A token whose signature and claims were right a moment ago."""

    caller: Caller
    expires: int
    """As the token says, Unix seconds."""
    until: float
    """When its key may have been withdrawn, as `time.monotonic()` says."""

    def holds(self) -> bool:
        return time.time() < self.expires and time.monotonic() < self.until


class Tokens:
    """Turns a bearer token into a `Caller`."""

    def __init__(self, keys: VerificationKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._verified: dict[bytes, _Verified] = {}

    async def caller(self, authorization: str | None, scope: str | None) -> Caller:
        """Who sent this `Authorization` header; he must have the scope, if one is given.

        Raises:
            ProblemError: no token, a token that is not valid, or one without the scope.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _unauthenticated("Send a token: Authorization: Bearer <token>.")
        try:
            caller = await self._verify_once(token.strip())
        except jwt.ExpiredSignatureError:
            raise _unauthenticated("The token has expired.", error="invalid_token") from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _unauthenticated("The token is not valid.", error="invalid_token") from None
        if scope is not None and scope not in caller.scopes:
            raise ProblemError(
                FORBIDDEN,
                f"The token needs the scope {scope}.",
                headers={"WWW-Authenticate": _challenge(error="insufficient_scope", scope=scope)},
            )
        return caller

    async def close(self) -> None:
        """Let go of connections."""
        await self._keys.close()

    async def _verify_once(self, token: str) -> Caller:
        """Who a token is for; one that was verified a moment ago is not verified again."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and known.holds():
            return known.caller
        claims = await self._claims(token)
        caller = _caller(claims)
        if len(self._verified) >= _VERIFIED_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = _Verified(
            caller, int(claims["exp"]), time.monotonic() + _VERIFIED_SECONDS
        )
        return caller

    async def _claims(self, token: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            await self._keys.key_for(token),
            algorithms=self._keys.algorithms,
            issuer=self._issuer,
            audience=self._audience,
            options={"require": _REQUIRED_CLAIMS},
        )


def open_tokens(settings: Settings) -> Tokens:
    """The verifier of tokens that the settings ask for; a key set wins over a secret."""
    keys: VerificationKeys = (
        KeySet(settings.jwks_url)
        if settings.jwks_url
        else SharedSecret(settings.jwt_secret.encode())
    )
    return Tokens(keys, settings.jwt_issuer, settings.jwt_audience)


def check_secrets(settings: Settings) -> None:
    """Refuse to serve without secrets, or with a key set that is nowhere.

    Raises:
        SettingsError: a secret is missing or too short, or a URL is not one of a web server.
    """
    if not settings.jwks_url and len(settings.jwt_secret.encode()) < _MIN_SECRET_BYTES:
        raise SettingsError(
            f"set EXPORT_JWT_SECRET to at least {_MIN_SECRET_BYTES} bytes, or EXPORT_JWKS_URL"
        )
    if settings.jwks_url:
        try:
            origin(settings.jwks_url)
        except RefusedAddressError as error:
            raise SettingsError(f"EXPORT_JWKS_URL is {error}") from None
    keys = settings.link_keys
    if not keys or any(len(key) < _MIN_SECRET_BYTES for key in keys):
        raise SettingsError(
            f"set EXPORT_URL_SECRETS to one or more keys of at least {_MIN_SECRET_BYTES} bytes"
        )


async def authenticate(connection: AnyConnection, scope: str | None) -> Caller:
    """Who is calling; from here on it is the connection's `user`.

    Raises:
        ProblemError: see `Tokens.caller`.
    """
    tokens: Tokens = connection.app.state.resources.tokens
    caller = await tokens.caller(connection.headers.get("authorization"), scope)
    connection.scope["user"] = caller
    return caller


def requires(scope: str | None) -> Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]:
    """A guard for callers with a scope; None: for anybody with a valid token."""

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        await authenticate(connection, scope)

    return guard


def _caller(claims: dict[str, Any]) -> Caller:
    subject = claims["sub"]
    if not 0 < len(subject) <= _MAX_SUBJECT_LENGTH or not subject.isprintable():
        raise ValueError("unusable subject")
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise TypeError("scope is not a string")
    return Caller(subject, frozenset(scope.split()))


def _unauthenticated(detail: str, error: str | None = None) -> ProblemError:
    challenge = _challenge(error=error, error_description=detail if error else None)
    return ProblemError(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def _challenge(**parameters: str | None) -> str:
    given = {"realm": "export", **parameters}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in given.items() if value)
