"""Signing in by OpenID Connect: the authorization code flow with PKCE, and logout from there.

After OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 9207 (`iss` in the response), RFC 9700 and
OpenID Connect Back-Channel Logout 1.0.
"""

import base64
import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import urlencode

import jwt
import msgspec

from activities.model.problems import KEYS_UNAVAILABLE, PROVIDER_UNAVAILABLE, SIGN_IN_FAILED
from activities.people.sessions import Person, Via
from web.auth.oidc_provider import OidcProvider
from web.auth.oidc_settings import OidcSettings
from web.auth.tokens import ADMIN, READ, WRITE, is_usable_subject, profile_of
from web.http.problems import ProblemError, not_found, retry_after

FLOW_SECONDS = 600
"""How long somebody may take at the provider."""

_LEEWAY_SECONDS = 60
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TYPES = frozenset({"logout+jwt", "application/logout+jwt", "jwt"})
_OLDEST_LOGOUT_SECONDS = 600


class Flow(msgspec.Struct, frozen=True):
    """A sign-in that has begun, as the browser keeps it until it comes back."""

    state: str
    nonce: str
    verifier: str
    next: str
    begun: int
    """Unix seconds."""


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider sends the browser back with."""

    code: str
    iss: str
    error: str


class EndedSessions(msgspec.Struct, frozen=True):
    """What the provider says has ended: a session, or all of a person."""

    sid: str | None
    sub: str | None


class Oidc:
    """The way in by a provider, if the settings name one."""

    def __init__(self, settings: OidcSettings | None) -> None:
        self._settings = settings
        self._provider = OidcProvider(settings) if settings else None

    @property
    def name(self) -> str:
        """What the provider is called; empty when there is none."""
        return self._settings.name if self._settings else ""

    async def begin(self, redirect_uri: str, target: str) -> tuple[str, Flow]:
        """The address at the provider, and what the browser keeps meanwhile.

        Args:
            redirect_uri: the address to come back to.
            target: the path that the sign-in leads to.

        Raises:
            ProblemError: there is no provider, or it does not respond.
        """
        settings, provider = self._configured()
        metadata = await provider.metadata()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        flow = Flow(state, nonce, verifier, target, int(time.time()))
        challenge = hashlib.sha256(flow.verifier.encode()).digest()
        query = urlencode(
            {
                "response_type": "code",
                "client_id": settings.client_id,
                "redirect_uri": redirect_uri,
                "scope": "openid profile email",
                "state": flow.state,
                "nonce": flow.nonce,
                "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
                "code_challenge_method": "S256",
            }
        )
        joint = "&" if "?" in metadata.authorization_endpoint else "?"
        return f"{metadata.authorization_endpoint}{joint}{query}", flow

    async def person(self, response: Response, flow: Flow, redirect_uri: str) -> Person:
        """Who has signed in at the provider.

        Args:
            response: what came back.
            flow: what the browser had kept, of which the state was compared.
            redirect_uri: where it came to.

        Raises:
            ProblemError: nobody has, or the provider does not respond as it should.
        """
        settings, provider = self._configured()
        metadata = await provider.metadata()
        names_itself = metadata.authorization_response_iss_parameter_supported
        if (response.iss or names_itself) and response.iss != settings.issuer:
            raise _failed("The response is another sign-in service's.")
        if response.error or not response.code:
            raise _failed("The sign-in service signed nobody in.")
        given = await provider.redeem(response.code, flow.verifier, redirect_uri)
        claims = await self._verified(given.id_token, ["exp", "iat", "sub"])
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(
            nonce.encode(errors="replace"), flow.nonce.encode()
        ):
            raise _failed("The token is of another sign-in.")
        if not {settings.owner_claim, "name"} <= claims.keys():
            told = await provider.about(given.access_token)
            # Another person's, if it does not say whose it is (5.3.2).
            if told.get("sub") == claims["sub"]:
                claims = {**told, **claims}
        return _person(settings, claims)

    async def ended(self, logout_token: str) -> EndedSessions:
        """What a logout token says has ended.

        Raises:
            ProblemError: it is none of this provider for this service.
        """
        self._configured()
        claims = await self._verified(logout_token, ["iat", "jti", "events"])
        kind = str(jwt.get_unverified_header(logout_token).get("typ", "jwt")).lower()
        events = claims["events"]
        is_logout = isinstance(events, dict) and isinstance(events.get(_LOGOUT_EVENT), dict)
        is_young = claims["iat"] > time.time() - _OLDEST_LOGOUT_SECONDS
        sid, sub = claims.get("sid"), claims.get("sub")
        if (
            not is_logout
            or not is_young
            or "nonce" in claims
            or kind not in _LOGOUT_TYPES
            or not isinstance(sid, str | None)
            or not isinstance(sub, str | None)
            or not (sid or sub)
        ):
            raise _failed("This is no logout token.")
        return EndedSessions(sid or None, sub or None)

    async def leave_url(self) -> str:
        """Where somebody signs out at the provider.

        Raises:
            ProblemError: there is no such address.
        """
        settings, provider = self._configured()
        endpoint = (await provider.metadata()).end_session_endpoint
        if endpoint is None:
            raise not_found()
        joint = "&" if "?" in endpoint else "?"
        return f"{endpoint}{joint}{urlencode({'client_id': settings.client_id})}"

    async def close(self) -> None:
        """Close all connections."""
        if self._provider is not None:
            await self._provider.close()

    def _configured(self) -> tuple[OidcSettings, OidcProvider]:
        if self._settings is None or self._provider is None:
            raise not_found()
        return self._settings, self._provider

    async def _verified(self, token: str, required: list[str]) -> dict[str, Any]:
        """The claims of a token that the provider made for this service.

        Raises:
            ProblemError: it is none, or the keys cannot be fetched.
        """
        settings, provider = self._configured()
        keys = await provider.keys()
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                await keys.key_for(token),
                algorithms=keys.algorithms,
                issuer=settings.issuer,
                audience=settings.client_id,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["iss", "aud", *required], "enforce_minimum_key_length": True},
            )
        except ProblemError as error:
            if error.kind is not KEYS_UNAVAILABLE:
                raise
            raise retry_after(PROVIDER_UNAVAILABLE) from None
        except (jwt.PyJWTError, ValueError, TypeError):
            raise _failed("The token is not valid.") from None
        is_shared = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if is_shared else settings.client_id) != settings.client_id:
            raise _failed("The token is for another service.")
        return claims


def _person(settings: OidcSettings, claims: dict[str, Any]) -> Person:
    owner_id = claims.get(settings.owner_claim)
    if not isinstance(owner_id, str) or not is_usable_subject(owner_id):
        raise _failed("The sign-in service does not say whose content is yours.")
    profile = profile_of(claims)
    admin = settings.admin_claim
    operates = admin is not None and admin.is_met(claims)
    sid = claims.get("sid")
    tenant = claims.get("tenant")
    return Person(
        owner_id=owner_id,
        scopes=frozenset({READ, WRITE} | ({ADMIN} if operates else set())),
        via=Via.OIDC,
        name=profile.name,
        email=profile.email,
        locale=profile.locale,
        tenant=tenant if isinstance(tenant, str) and tenant else None,
        provider_sid=sid if isinstance(sid, str) else None,
        provider_sub=str(claims["sub"]),
    )


def _failed(detail: str) -> ProblemError:
    return ProblemError(SIGN_IN_FAILED, detail)
