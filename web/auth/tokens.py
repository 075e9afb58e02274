"""Bearer tokens: JSON Web Tokens (RFC 7519) and the keys that verify them."""

import hashlib
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
import msgspec

from activities.automation.signing_keys import SigningKeys, UnusableKeyError
from activities.common.outbound_http import RefusedAddressError, origin
from activities.common.secret_strength import MIN_SECRET_BYTES, is_strong
from activities.model.problems import FORBIDDEN, UNAUTHENTICATED
from activities.settings import Settings, SettingsError
from activities.temporal.payload_codec import UnusablePayloadKeyError, check_payload_keys
from web.auth.key_set import KeySet
from web.http.problems import ProblemError

READ = "export:read"
WRITE = "export:write"
ADMIN = "export:admin"
TENANT = "export:tenant"
_MAX_SUBJECT_LENGTH = 255
_MAX_NAME_LENGTH = 200
_MAX_EMAIL_LENGTH = 254
_MAX_LOCALE_LENGTH = 35
LONGEST_LIFE_SECONDS = 366 * 86_400
"""The life that a token may have left, in seconds: nobody can withdraw one before it ends."""
_REQUIRED_CLAIMS = ["exp", "iss", "aud", "sub"]
# Verifying is a third of what reading a job costs, and a caller sends the same token each time.
# Keys may be five minutes old anyway; a withdrawn one is noticed this much later.
_VERIFIED_SECONDS = 30.0
_VERIFIED_TOKENS = 4_096


class Caller(msgspec.Struct, frozen=True):
    """The owner that a token names, and its scopes."""

    owner_id: str
    scopes: frozenset[str]
    expires: int
    """The end of the token's life, Unix seconds."""
    tenant: str | None = None
    """Whom the owner belongs to, by the token's claim; None: it names nobody."""
    name: str | None = None
    """What the caller is called, for display."""
    email: str | None = None
    """The caller's address, if the token says that it was verified."""
    locale: str | None = None
    """The language that the caller prefers, as BCP 47 has it."""


class VerificationKeys(Protocol):
    """The source of the keys that verify tokens."""

    algorithms: list[str]

    async def key_for(self, token: str) -> Any:
        """The key for this token.

        Raises:
            jwt.InvalidTokenError: no key of ours belongs to it.
            ProblemError: the keys cannot be fetched now.
        """

    async def close(self) -> None:
        """Close all connections."""


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


@dataclass(frozen=True)
class _Verified:
    """A token whose signature and claims were right a moment ago."""

    caller: Caller
    until: float
    """The time at which its key may have been withdrawn, by the clock of `time.monotonic()`."""

    def holds(self) -> bool:
        return time.time() < self.caller.expires and time.monotonic() < self.until


class Tokens:
    """Turns a bearer token into a `Caller`."""

    def __init__(self, keys: VerificationKeys, issuer: str, *audiences: str) -> None:
        """Take whose tokens these are and whom they are for, of which a token names one."""
        self._keys = keys
        self._issuer = issuer
        self._audiences = audiences
        self._verified: dict[bytes, _Verified] = {}

    async def caller(self, authorization: str | None, scope: str | None) -> Caller:
        """The caller with this `Authorization` header, who must have the scope if one is given.

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
        """Close all connections."""
        await self._keys.close()

    def also_for(self, audience: str) -> "Tokens":
        """A verifier by the same keys, which takes tokens for this audience, too."""
        return Tokens(self._keys, self._issuer, *self._audiences, audience)

    async def _verify_once(self, token: str) -> Caller:
        """The caller that a token is for. A recent verification is used again."""
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and known.holds():
            return known.caller
        caller = _caller(await self._claims(token))
        if len(self._verified) >= _VERIFIED_TOKENS:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = _Verified(caller, time.monotonic() + _VERIFIED_SECONDS)
        return caller

    async def _claims(self, token: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            await self._keys.key_for(token),
            algorithms=self._keys.algorithms,
            issuer=self._issuer,
            audience=self._audiences,
            # RSA keys of 2048 bits and more (RFC 7518, 3.3).
            options={"require": _REQUIRED_CLAIMS, "enforce_minimum_key_length": True},
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
        SettingsError: a secret is missing, too short or no random one, or a URL is not one of a web
            server.
    """
    if not settings.jwks_url and not is_strong(settings.jwt_secret.encode()):
        raise SettingsError(
            f"set EXPORT_JWT_SECRET to at least {MIN_SECRET_BYTES} random bytes, or EXPORT_JWKS_URL"
        )
    if settings.jwks_url:
        try:
            origin(settings.jwks_url)
        except RefusedAddressError as error:
            raise SettingsError(f"EXPORT_JWKS_URL is {error}") from None
    keys = settings.link_keys
    if not keys or not all(map(is_strong, keys)):
        raise SettingsError(
            f"set EXPORT_URL_SECRETS to one or more keys of at least {MIN_SECRET_BYTES} random "
            "bytes"
        )
    if not all(map(is_strong, settings.webhook_keys)):
        raise SettingsError(
            f"EXPORT_WEBHOOK_SECRETS: each key needs at least {MIN_SECRET_BYTES} random bytes"
        )
    try:
        check_payload_keys(settings.payload_keys)
    except UnusablePayloadKeyError as error:
        raise SettingsError(f"EXPORT_PAYLOAD_SECRETS: {error}") from None
    try:
        SigningKeys(settings.listed_signing_keys)
    except UnusableKeyError as error:
        raise SettingsError(f"EXPORT_SIGNING_KEYS: {error}") from None


def is_usable_subject(subject: str) -> bool:
    """True if a token with this `sub` is taken.

    Owners are told apart by each byte of it. So it has one form, NFC, and no blanks around it, that
    none of them looks like another.
    """
    return (
        0 < len(subject) <= _MAX_SUBJECT_LENGTH
        and subject.isprintable()
        and subject == subject.strip()
        and unicodedata.is_normalized("NFC", subject)
    )


def _caller(claims: dict[str, Any]) -> Caller:
    if not is_usable_subject(claims["sub"]):
        raise ValueError("unusable subject")
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise TypeError("scope is not a string")
    expires = int(claims["exp"])
    if expires - time.time() > LONGEST_LIFE_SECONDS:
        days = LONGEST_LIFE_SECONDS // 86_400
        raise _unauthenticated(
            f"The token is valid for more than {days} days.", error="invalid_token"
        )
    # Of all blanks only the space parts scopes (RFC 6749, 3.3).
    tenant = claims.get("tenant")
    if not isinstance(tenant, str | None):
        raise TypeError("tenant is not a string")
    return Caller(
        claims["sub"],
        frozenset(scope.split(" ")),
        expires,
        tenant or None,
        **msgspec.structs.asdict(profile_of(claims)),
    )


class Profile(msgspec.Struct, frozen=True):
    """What a token says about a person beyond who it is (OpenID Connect Core 1.0, 5.1)."""

    name: str | None
    email: str | None
    """None unless it was verified."""
    locale: str | None


def profile_of(claims: Mapping[str, Any]) -> Profile:
    """What claims say about a person; what cannot be used is passed over: nothing hangs on it."""
    is_verified = claims.get("email_verified") is True
    return Profile(
        _words(claims.get("name"), _MAX_NAME_LENGTH),
        _words(claims.get("email"), _MAX_EMAIL_LENGTH) if is_verified else None,
        _words(claims.get("locale"), _MAX_LOCALE_LENGTH),
    )


def _words(value: object, most: int) -> str | None:
    """A short text of one line; None when the claim is something else."""
    if not isinstance(value, str) or not value.isprintable() or len(value) > most:
        return None
    return value.strip() or None


def _unauthenticated(detail: str, error: str | None = None) -> ProblemError:
    challenge = _challenge(error=error, error_description=detail if error else None)
    return ProblemError(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": challenge})


def _challenge(**parameters: str | None) -> str:
    given = {"realm": "export", **parameters}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in given.items() if value)
