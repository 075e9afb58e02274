"""From a platform's wish to launch the tool to the launch itself (LTI 1.3 core, 5.1.1).

What a flow began with is in its `state`, signed, so that asking for flows fills no table.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Sequence
from urllib.parse import urlencode

import msgspec

from web.auth.lti_launch import Expected, LaunchError, LaunchReader
from web.auth.lti_platforms import Platform
from web.http.sealed_cookies import seal, unseal

FLOW_SECONDS = 600
"""How long a person may take to sign in at the platform."""
_PURPOSE = "state of an LTI flow"


class _State(msgspec.Struct, frozen=True):
    platform: str
    nonce: str
    binding: str
    """SHA-256 of what the browser keeps."""
    target: str
    deployment: str | None
    expires: int


class NewFlow(msgspec.Struct, frozen=True):
    """A flow that begins."""

    url: str
    """Where the browser goes: the platform."""
    state: str
    binding: str
    """What the browser keeps in a cookie, by which it is known to be the one that began."""


class Flow(msgspec.Struct, frozen=True):
    """A flow that a launch ends."""

    reader: LaunchReader
    expected: Expected
    binding: str
    expires: int

    def is_of(self, kept: str) -> bool:
        """True if the browser that kept this is the one that began."""
        return hmac.compare_digest(_digest(kept), self.binding)


class LtiFlows:
    """Begins flows with the platforms, and reads their ends."""

    def __init__(self, platforms: Sequence[Platform], keys: Sequence[bytes]) -> None:
        """Take the platforms, and the keys of states: the first signs, all verify."""
        self._readers = {each.name: LaunchReader(each) for each in platforms}
        self._keys = keys

    def platform(self, issuer: str, client_id: str) -> Platform:
        """The registration that a login is for; `client_id` may be empty if the issuer has one.

        Raises:
            LaunchError: there is none, or several.
        """
        found = [
            reader.platform
            for reader in self._readers.values()
            if reader.platform.issuer == issuer and client_id in {"", reader.platform.client_id}
        ]
        if len(found) != 1:
            raise LaunchError(
                "the platform is not registered here" if not found else "no client_id"
            )
        return found[0]

    def begin(
        self,
        platform: Platform,
        *,
        target: str,
        deployment: str | None,
        redirect_uri: str,
        hints: dict[str, str],
    ) -> NewFlow:
        """Begin a flow.

        Args:
            platform: who asks for it.
            target: its `target_link_uri`.
            deployment: its `lti_deployment_id`, if it names one.
            redirect_uri: where the launch is to be sent.
            hints: what the platform wants to have back.
        """
        nonce, binding = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
        expires = int(time.time()) + FLOW_SECONDS
        began = _State(platform.name, nonce, _digest(binding), target, deployment, expires)
        state = seal(began, _PURPOSE, self._keys)
        query = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": platform.client_id,
            "redirect_uri": redirect_uri,
            "state": state,
            "nonce": nonce,
            **hints,
        }
        joint = "&" if "?" in platform.auth_url else "?"
        return NewFlow(f"{platform.auth_url}{joint}{urlencode(query)}", state, binding)

    def flow(self, state: str) -> Flow:
        """The flow that a launch with this state ends.

        Raises:
            LaunchError: the state is none of ours, or too old, or its platform is gone.
        """
        found = unseal(state, _State, _PURPOSE, self._keys)
        if found is None:
            raise LaunchError("the state is none of ours")
        if found.expires < time.time():
            raise LaunchError("the flow began too long ago")
        reader = self._readers.get(found.platform)
        if reader is None:
            raise LaunchError("the platform is not registered here any more")
        expected = Expected(nonce=found.nonce, target=found.target, deployment=found.deployment)
        return Flow(reader, expected, found.binding, found.expires)

    async def close(self) -> None:
        """Close all connections."""
        for reader in self._readers.values():
            await reader.close()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
