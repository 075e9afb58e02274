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

from activities.common.outbound_http import OutboundClient, RefusedAddressError, Trust, is_public
from tests.security.authority import Authority
from tests.security.key_server import answering, key_server

LOOPBACK = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7F.0x00.0x00.0x01",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.0x0.0.1",
    "0",
    "0.0.0.0",
    "0x0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "\u2460\u2461\u2466.0.0.1",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020\u30020\u30021",
    "127\uff0e0\uff0e0\uff0e1",
    "\uff4cocalhost",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000:0000:0000:0000:0000:0000:0000:0001]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0.0.0.0]",
]
"""Forms of this machine."""
ELSEWHERE = [
    "10.0.0.1",
    "10.1",
    "0x0a000001",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.0.1",
    "192.168.1",
    "3232235521",
    "0300.0250.0.1",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "168.63.129.16",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "[::7f00:1]",
    "[::127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:10.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b:1::7f00:1]",
    "[100::1]",
    "[2001::7f00:1]",
    "[2001:db8::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2a00:1450::5efe:7f00:1]",
    "[2a00:1450::200:5efe:a00:1]",
    "[3fff::1]",
    "[5f00::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
]
"""Forms of networks and machines that are nobody else's business."""
TRICKS = [
    "http://example.org@127.0.0.1:{port}/",
    "http://user:password@example.org:{port}/",
    "http://127.0.0.1:{port}#@example.org/",
    "http://127.0.0.1:{port}?@example.org/",
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


async def get(url: str, trust: Trust, base: str | None = None) -> int:
    """The status of an answer."""
    client = OutboundClient(base or url, trust, headers={}, seconds=2)
    try:
        async with client.get(url) as response:
            return response.status_code
    finally:
        await client.close()


@pytest.mark.parametrize("host", [*LOOPBACK, *ELSEWHERE])
def test_no_form_of_an_inner_address_is_called_for_a_user(listener: Listener, host: str) -> None:
    with pytest.raises((RefusedAddressError, httpx.ConnectError)):
        asyncio.run(get(f"http://{host}:{listener.port}/", Trust.USER))
    assert listener.heard == []


@pytest.mark.parametrize("url", TRICKS)
def test_urls_that_mean_something_else_to_somebody_are_refused(
    listener: Listener, url: str
) -> None:
    with pytest.raises((RefusedAddressError, httpx.ConnectError)):
        asyncio.run(get(url.format(port=listener.port), Trust.USER))
    assert listener.heard == []


def test_the_listener_hears_what_the_operator_calls(listener: Listener) -> None:
    """Without the check, the forms above would have arrived."""
    for host in ("127.0.0.1", "127.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"):
        assert asyncio.run(get(f"http://{host}:{listener.port}/", Trust.OPERATOR)) == 200
    assert len(listener.heard) == 6


def test_no_own_address_of_this_machine_is_called_for_a_user(listener: Listener) -> None:
    own = {str(place[0]) for *_, place in socket.getaddrinfo(socket.gethostname(), None)}
    inner = [address for address in own if not is_public(address)]
    for address in inner:
        with pytest.raises(RefusedAddressError):
            asyncio.run(get(f"http://{address}:{listener.port}/", Trust.USER))
    assert listener.heard == []


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::200e"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_name_that_also_means_an_inner_address_is_refused(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(RefusedAddressError):
        asyncio.run(get(f"http://rebind.example:{listener.port}/", Trust.USER))
    assert listener.heard == []


def test_a_name_is_asked_for_once_and_the_call_goes_to_what_was_checked(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = resolve(monkeypatch, ["127.0.0.1"], ["192.0.2.1"])
    url = f"http://content.example:{listener.port}/items"
    assert asyncio.run(get(url, Trust.OPERATOR)) == 200
    assert [name for name in asked if name != "127.0.0.1"] == ["content.example"]
    assert f"Host: content.example:{listener.port}\r\n".encode() in listener.heard[0]


def test_an_address_that_does_not_answer_leaves_the_others(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, ["255.255.255.255", "127.0.0.1"])
    url = f"http://content.example:{listener.port}/"
    assert asyncio.run(get(url, Trust.OPERATOR)) == 200


@pytest.mark.parametrize(
    "url",
    ["http://elsewhere.example/", "https://127.0.0.1/", "http://127.0.0.1:1/", "/items", "x"],
)
def test_a_link_to_another_origin_is_not_followed(listener: Listener, url: str) -> None:
    base = f"http://127.0.0.1:{listener.port}/api"
    with pytest.raises(RefusedAddressError):
        asyncio.run(get(url, Trust.OPERATOR, base))
    assert listener.heard == []


def test_a_redirect_is_an_answer(listener: Listener) -> None:
    with listening() as other:
        place = f"Location: http://127.0.0.1:{other.port}/\r\n".encode()
        listener.answer = b"HTTP/1.1 302 Found\r\n" + place + b"Content-Length: 0\r\n\r\n"
        url = f"http://127.0.0.1:{listener.port}/"
        assert asyncio.run(get(url, Trust.OPERATOR)) == 302
        assert other.heard == []


def test_proxies_of_the_environment_are_not_used(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        assert asyncio.run(get(f"http://127.0.0.1:{listener.port}/", Trust.OPERATOR)) == 200
        assert proxy.heard == []


@pytest.mark.parametrize(
    ("name", "trusted", "reached"),
    [("localhost", True, True), ("other.example", True, False), ("localhost", False, False)],
    ids=["its own name", "another name", "an unknown authority"],
)
def test_a_pinned_server_must_have_the_certificate_of_its_name(
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
            assert asyncio.run(get(url, Trust.OPERATOR)) == 200
        else:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                asyncio.run(get(url, Trust.OPERATOR))
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
