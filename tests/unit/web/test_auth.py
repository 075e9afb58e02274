"""Keys of an identity provider while its server has trouble."""

import asyncio

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from web import auth
from web.auth import KeySet


def test_known_keys_stay_in_use_while_the_key_server_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(auth, "_KEYS_FRESH_SECONDS", 0.0)
    monkeypatch.setattr(auth, "_KEYS_REFETCH_SECONDS", 0.0)
    key = ed25519.Ed25519PrivateKey.generate()
    public = jwt.algorithms.OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    answers = [200, 503, 200]
    served = []

    def serve(_: httpx.Request) -> httpx.Response:
        status = answers[len(served)] if len(served) < len(answers) else 503
        served.append(status)
        keys = [{**public, "kid": "one", "alg": "EdDSA"}] if len(served) == 1 else "nonsense"
        return httpx.Response(status, json={"keys": keys})

    async def run() -> None:
        client = httpx.AsyncClient(transport=httpx.MockTransport(serve))
        keys = KeySet("https://keys.example.org", client)
        token = jwt.encode({"sub": "a"}, key, "EdDSA", headers={"kid": "one"})
        for _ in range(4):
            found = await keys.key_for(token)
            assert jwt.decode(token, found, algorithms=keys.algorithms) == {"sub": "a"}
            await asyncio.sleep(0.01)
        await keys.close()

    asyncio.run(run())
    # Down, then answering nonsense: both were tried, and neither took the key away.
    assert served[:3] == [200, 503, 200]
