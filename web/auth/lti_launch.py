"""What a platform's launch says, checked (LTI 1.3 core, 5.1.3; Security Framework 1.0, 5.1.3).

The token is a message of the platform that went through the browser: who holds it may be anybody,
so it counts once, for the flow that asked for it.
"""

import time
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec

from web.auth.key_set import KeySet
from web.auth.lti_platforms import Platform
from web.auth.lti_roles import scopes_of
from web.auth.tokens import is_usable_subject, profile_of

_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
_MESSAGE = "LtiResourceLinkRequest"
_VERSION = "1.3.0"
_LEEWAY_SECONDS = 60
_OLDEST_SECONDS = 600
_REQUIRED = ["exp", "iat", "iss", "aud", "nonce"]
# Each leads to a key of the sender's choice, or changes how the token is to be read.
_REFUSED_HEADERS = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "zip"})


class LaunchError(Exception):
    """A launch that is not taken; the message says why, without anything of the token."""


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """A person whom a platform sends, and where to."""

    owner_id: str
    scopes: frozenset[str]
    name: str | None
    email: str | None
    locale: str | None
    course: str | None
    """The title of the course, for display."""
    item: str | None
    """The id of the content that a link is about."""
    next: str | None
    """The page that a link leads to, as the platform has it."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What the flow that a launch ends began with."""

    nonce: str
    target: str
    """The `target_link_uri` of the login."""
    deployment: str | None
    """The `lti_deployment_id` of the login; None: it named none."""


class LaunchReader:
    """Reads the launches of one platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._keys = KeySet(platform.jwks_url)

    async def read(self, token: str, expected: Expected) -> Launch:
        """The launch that an `id_token` is.

        Raises:
            LaunchError: it is none of this platform for this flow.
            ProblemError: the platform's keys cannot be fetched now.
        """
        try:
            claims = await self._claims(token)
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise LaunchError(f"the token is not valid ({type(error).__name__})") from None
        _check_message(claims, expected, self.platform)
        return _launch(claims, self.platform)

    async def close(self) -> None:
        """Close all connections."""
        await self._keys.close()

    async def _claims(self, token: str) -> dict[str, Any]:
        if _REFUSED_HEADERS & jwt.get_unverified_header(token).keys():
            raise LaunchError("the token's header names keys of its own")
        claims: dict[str, Any] = jwt.decode(
            token,
            await self._keys.key_for(token),
            algorithms=self._keys.algorithms,
            issuer=self.platform.issuer,
            audience=self.platform.client_id,
            leeway=_LEEWAY_SECONDS,
            options={"require": _REQUIRED, "enforce_minimum_key_length": True},
        )
        return claims


def _check_message(claims: Mapping[str, Any], expected: Expected, platform: Platform) -> None:
    party = claims.get("azp")
    audience = claims["aud"]
    # OpenID Connect Core 1.0, 3.1.3.7: of several audiences, the token says which it is for.
    if party is None and isinstance(audience, list) and len(audience) > 1:
        raise LaunchError("the token is for several and says not for whom (azp)")
    if party is not None and party != platform.client_id:
        raise LaunchError("the token is for another tool (azp)")
    if claims["nonce"] != expected.nonce:
        raise LaunchError("the nonce is of another flow")
    if time.time() - claims["iat"] > _OLDEST_SECONDS + _LEEWAY_SECONDS:
        raise LaunchError("the token is too old (iat)")
    if claims.get(f"{_CLAIM}message_type") != _MESSAGE:
        raise LaunchError("the message type is another")
    if claims.get(f"{_CLAIM}version") != _VERSION:
        raise LaunchError("the version is another")
    if claims.get(f"{_CLAIM}target_link_uri") != expected.target:
        raise LaunchError("the target is another than at login")
    deployment = claims.get(f"{_CLAIM}deployment_id")
    if not isinstance(deployment, str) or not platform.deploys(deployment):
        raise LaunchError("the deployment is not one of those registered")
    if expected.deployment is not None and deployment != expected.deployment:
        raise LaunchError("the deployment is another than at login")


def _launch(claims: Mapping[str, Any], platform: Platform) -> Launch:
    named = _owner_claim(claims, platform.owner_claim)
    if not isinstance(named, str) or not named:
        raise LaunchError(f"the launch names nobody ({platform.owner_claim})")
    owner_id = platform.prefix + named
    if not is_usable_subject(owner_id):
        raise LaunchError(f"the name of the owner cannot be used ({platform.owner_claim})")
    roles = claims.get(f"{_CLAIM}roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise LaunchError("the roles are no list")
    # A platform vouches for its people's addresses where it says so, as any issuer does.
    profile = profile_of(claims)
    custom = _object(claims, "custom")
    return Launch(
        owner_id=owner_id,
        scopes=scopes_of(roles),
        name=profile.name,
        email=profile.email,
        locale=profile.locale or _text(_object(claims, "launch_presentation").get("locale")),
        course=_text(_object(claims, "context").get("title")),
        item=_text(custom.get("item")),
        next=_text(custom.get("next")),
    )


def _owner_claim(claims: Mapping[str, Any], name: str) -> object:
    group, dot, member = name.partition(".")
    return _object(claims, group).get(member) if dot else claims.get(name)


def _object(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = claims.get(f"{_CLAIM}{name}")
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    """A short text of one line; None for all else, and for a variable that nobody replaced."""
    if not isinstance(value, str) or not value.isprintable() or value.startswith("$"):
        return None
    return value.strip()[:2_000] or None
