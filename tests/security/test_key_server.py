"""A key server that misbehaves is away: no token is taken on its word, and nothing waits for it."""

import asyncio
import json
from http.server import BaseHTTPRequestHandler

import jwt
import pytest

from tests.security.key_server import Answer, answering, key_server
from web.auth.key_set import KeySet
from web.http.problems import ProblemError

KEYS = {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "kid": "known", "use": "sig"}]}
BODY = json.dumps(KEYS).encode()
TOKEN = jwt.encode({}, "x" * 32, "HS256", headers={"kid": "known"})


def endless(handler: BaseHTTPRequestHandler) -> None:
    """A body that does not stop."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 100_000)


def answered(response: Answer) -> bool:
    """Whether a key comes out of this answer."""
    statuses: list[int] = []

    async def ask(url: str) -> None:
        keys = KeySet(url)
        try:
            await keys.key_for(TOKEN)
        except ProblemError as error:
            statuses.append(error.kind.status)
        finally:
            await keys.close()

    with key_server(response) as server:
        asyncio.run(ask(server.url))
        assert server.asked == ["/keys"]
    assert statuses in ([], [503])
    return not statuses


def test_keys_are_taken() -> None:
    assert answered(answering(200, BODY))


@pytest.mark.parametrize(
    "response",
    [
        answering(302, BODY, Location="/elsewhere"),
        endless,
        answering(500, BODY),
        answering(200, b"[" * 100_000),
        answering(200, b"\xff"),
        answering(200, json.dumps([KEYS]).encode()),
        answering(200, b'{"keys": []}'),
    ],
    ids=["redirect", "endless", "error", "deep", "no text", "list", "no keys"],
)
def test_anything_else_is_no_key(response: Answer) -> None:
    assert not answered(response)
