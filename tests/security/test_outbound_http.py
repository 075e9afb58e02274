"""Where the service calls: only where it was meant to, whatever names and answers say."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import certifi
import httpx
import pytest

from activities.common.outbound_http import OutboundClient, RefusedAddressError
from tests.security.authority import Authority
from tests.security.key_server import answering, key_server

TRICKS = [
    "http://example.org@127.0.0.1:{port}/",
    "http://user:password@example.org:{port}/",
    "http:127.0.0.1:{port}",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1\\@example.org:{port}/",
    "http://127.0.0.1:{port}\r\nHost: example.org",
    "http://[::1:{port}/",
    "",
]


class Listener:
    """Takes connections at every address of this machine, and counts them."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._socket = socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=200
        )
        self.port = self._socket.getsockname()[1]
        self.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.heard.append(connection.recv(65_536))
                connection.sendall(self.answer)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def listening() -> Iterator[Listener]:
    listener = Listener()
    thread = threading.Thread(target=listener.serve)
    thread.start()
    yield listener
    listener.close()
    thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


async def get(url: str, base: str | None = None) -> int:
    """The status of an answer."""
    client = OutboundClient(base or url, headers={}, seconds=2)
    try:
        async with client.get(url) as response:
            return response.status_code
    finally:
        await client.close()


@pytest.mark.parametrize("url", TRICKS)
def test_urls_that_mean_something_else_to_somebody_are_refused(
    listener: Listener, url: str
) -> None:
    with pytest.raises((RefusedAddressError, httpx.ConnectError)):
        asyncio.run(get(url.format(port=listener.port)))
    assert listener.heard == []


def test_an_address_that_does_not_answer_leaves_the_others(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, ["255.255.255.255", "127.0.0.1"])
    url = f"http://content.example:{listener.port}/"
    assert asyncio.run(get(url)) == 200


@pytest.mark.parametrize(
    "url",
    ["http://elsewhere.example/", "https://127.0.0.1/", "http://127.0.0.1:1/", "/items", "x"],
)
def test_a_link_to_another_origin_is_not_followed(listener: Listener, url: str) -> None:
    base = f"http://127.0.0.1:{listener.port}/api"
    with pytest.raises(RefusedAddressError):
        asyncio.run(get(url, base))
    assert listener.heard == []


def test_a_redirect_is_an_answer(listener: Listener) -> None:
    with listening() as other:
        place = f"Location: http://127.0.0.1:{other.port}/\r\n".encode()
        listener.answer = b"HTTP/1.1 302 Found\r\n" + place + b"Content-Length: 0\r\n\r\n"
        url = f"http://127.0.0.1:{listener.port}/"
        assert asyncio.run(get(url)) == 302
        assert other.heard == []


def test_proxies_of_the_environment_are_not_used(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert asyncio.run(get(f"http://127.0.0.1:{listener.port}/")) == 200
        assert proxy.heard == []


@pytest.mark.parametrize(
    ("name", "trusted", "reached"),
    [("localhost", True, True), ("other.example", True, False), ("localhost", False, False)],
    ids=["its own name", "another name", "an unknown authority"],
)
def test_a_server_must_have_the_certificate_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool, reached: bool
) -> None:
    authority = Authority(tmp_path, "authority")
    other = Authority(tmp_path, "other")
    monkeypatch.setattr(
        certifi, "where", lambda: str((authority if trusted else other).certificate)
    )
    resolve(monkeypatch, ["127.0.0.1"])
    with key_server(answering(200, b"{}")) as server:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue("server"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://{name}:{server.server_port}/keys"
        if reached:
            assert asyncio.run(get(url)) == 200
        else:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                asyncio.run(get(url))
            assert not server.asked


def resolve(monkeypatch: pytest.MonkeyPatch, *responses: list[str]) -> list[str]:
    """Let names mean these addresses, at each question the next ones; the names asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo
    left = list(responses)

    def response(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        asked.append(name)
        if not name.endswith(".example"):
            return real(host, port, *args, **kwargs)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", response)
    return asked
