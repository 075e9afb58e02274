"""Keys of an identity provider while its server has trouble, and tokens sent again and again."""

import asyncio
import json
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from activities.settings import SettingsError, from_environment
from tests.security.key_server import answering, key_server
from web.auth import key_set
from web.auth.key_set import KeySet
from web.auth.tokens import _VERIFIED_SECONDS, SharedSecret, Tokens, check_secrets
from web.http.problems import ProblemError


def test_known_keys_stay_in_use_while_the_key_server_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(key_set, "_KEYS_FRESH_SECONDS", 0.0)
    monkeypatch.setattr(key_set, "_KEYS_REFETCH_SECONDS", 0.0)
    key = ed25519.Ed25519PrivateKey.generate()
    public = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    body = json.dumps({"keys": [{**public, "kid": "one", "alg": "EdDSA"}]}).encode()
    responses = [answering(200, body), answering(503, body), answering(200, b"nonsense")]

    def serve(handler: BaseHTTPRequestHandler) -> None:
        responses[min(len(server.asked), 3) - 1](handler)

    async def run() -> None:
        keys = KeySet(server.url)
        token = jwt.encode({"sub": "a"}, key, "EdDSA", headers={"kid": "one"})
        for _ in range(4):
            found = await keys.key_for(token)
            assert jwt.decode(token, found, algorithms=keys.algorithms) == {"sub": "a"}
            await asyncio.sleep(0.1)
        await keys.close()

    with key_server(serve) as server:
        asyncio.run(run())
        # Down, then answering nonsense: both were tried, and neither took the key away.
        assert len(server.asked) >= 3


SECRET = b"a secret of the test, long enough to be one"


class _CountedSecret(SharedSecret):
    """Counts how often a signature is about to be verified."""

    asked = 0

    async def key_for(self, token: str) -> Any:
        self.asked += 1
        return await super().key_for(token)


def _bearer(expires_in: float, secret: bytes = SECRET) -> str:
    claims = {"sub": "a", "iss": "i", "aud": "s", "exp": int(time.time() + expires_in)}
    return f"Bearer {jwt.encode(claims, secret, 'HS256')}"


def test_a_token_is_verified_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = _CountedSecret(SECRET)
    tokens = Tokens(keys, "i", "s")
    good, forged = _bearer(60), _bearer(60, b"another secret, as long as the right one")

    async def run() -> None:
        for _ in range(3):
            assert (await tokens.caller(good, None)).owner_id == "a"
            with pytest.raises(ProblemError):
                await tokens.caller(forged, None)
        assert keys.asked == 1 + 3  # what is wrong is not remembered
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + _VERIFIED_SECONDS)
        await tokens.caller(good, None)
        assert keys.asked == 5

    asyncio.run(run())


def test_a_known_token_expires_when_it_says() -> None:
    tokens = Tokens(SharedSecret(SECRET), "i", "s")
    token = _bearer(2)

    async def run() -> None:
        await tokens.caller(token, None)
        await asyncio.sleep(2.1)
        with pytest.raises(ProblemError, match="expired"):
            await tokens.caller(token, None)

    asyncio.run(run())


def test_known_tokens_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.auth.tokens._VERIFIED_TOKENS", 2)
    keys = _CountedSecret(SECRET)
    tokens = Tokens(keys, "i", "s")
    several = [_bearer(60 + n) for n in range(3)]

    async def run() -> None:
        for token in (*several, *several):
            await tokens.caller(token, None)
        assert keys.asked == 6

    asyncio.run(run())


@pytest.mark.parametrize(
    "url",
    [
        *("nonsense", "ftp://keys.example.org/", "https://a:b@example.org/"),
        *("https://xn--.example.org/", "https://example.org:99999/"),
    ],
)
def test_a_key_set_that_is_nowhere_refuses_to_start(url: str) -> None:
    settings = from_environment({"EXPORT_JWKS_URL": url, "EXPORT_URL_SECRETS": SECRET.decode()})
    with pytest.raises(SettingsError, match="EXPORT_JWKS_URL"):
        check_secrets(settings)


def test_keys_of_payloads_that_can_be_guessed_refuse_to_start() -> None:
    secret = "a secret that only this test knows: 32"
    given = {"EXPORT_JWT_SECRET": secret, "EXPORT_URL_SECRETS": secret}
    settings = from_environment(given | {"EXPORT_PAYLOAD_SECRETS": f"Plain,{secret}"})
    with pytest.raises(SettingsError, match=r"^EXPORT_PAYLOAD_SECRETS: key 1 needs"):
        check_secrets(settings)
