"""A key server that misbehaves is away: no token is taken on its word, and nothing waits for it."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest

from web.auth import KeySet
from web.problems import ProblemError

URL = "https://keys.example.org/keys"
KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "kid": "known", "use": "sig"}]}
TOKEN = jwt.encode({}, "x" * 32, "HS256", headers={"kid": "known"})


class Endless(httpx.AsyncByteStream):
    """A body that does not stop."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" " * 100_000


def answered(response: httpx.Response) -> bool:
    """Whether a key comes out of this answer."""
    asked: list[str] = []
    statuses: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return response

    async def ask() -> None:
        keys = KeySet(URL, httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        try:
            await keys.key_for(TOKEN)
        except ProblemError as error:
            statuses.append(error.kind.status)
        finally:
            await keys.close()

    asyncio.run(ask())
    assert asked == [URL]
    assert statuses in ([], [503])
    return not statuses


def test_keys_are_taken() -> None:
    assert answered(httpx.Response(200, json=KEYS))


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(302, headers={"Location": "https://elsewhere.example.org/keys"}, json=KEYS),
        httpx.Response(200, stream=Endless()),
        httpx.Response(500, json=KEYS),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(200, content=json.dumps([KEYS]).encode()),
        httpx.Response(200, json={"keys": []}),
    ],
    ids=["redirect", "endless", "error", "deep", "no text", "list", "no keys"],
)
def test_anything_else_is_no_key(response: httpx.Response) -> None:
    assert not answered(response)
