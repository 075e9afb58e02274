"""Where messages to webhooks may go."""

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from activities.common.allowed_origins import allowed_origins
from activities.common.guarded_post import GuardedPoster, PublicOrigins
from tests.receiver import Answer, Receiver

pytestmark = pytest.mark.anyio

ANYWHERE = PublicOrigins(allowed_origins(""))

# Each leads, or may be read as leading, to this machine, to its network, or to what describes it.
INNER_HOSTS = """
127.0.0.1 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 0x7F.0.0.1 0177.0.0.1 017700000001
127.000.000.1 0 0.0.0.0 0x0 00 127.0.0.1. 127.1. 2130706433. 0x7f.1. localhost LOCALHOST
localhost. a.localhost 10.0.0.1 012.0.0.1 10.1 167772161 172.16.0.1 192.168.0.1 192.168.1
3232235521 100.64.0.1 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518
168.63.129.16 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 192.0.0.192 metadata
metadata.google.internal printer.local router.localdomain [::1] [::] [::ffff:127.0.0.1]
[::ffff:7f00:1] [::127.0.0.1] [::ffff:0:127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::a9fe:a9fe]
[64:ff9b:1::127.0.0.1] [2002:7f00:1::1] [2001:0:7f00:1::1] [fe80::1] [fe80::1%25eth0] [fc00::1]
[fd00:ec2::254] [ff02::1] [100::1] [fec0::1] [0:0:0:0:0:0:0:1] [0000::0001] 1.0.0.127.in-addr.arpa
"""
ODD_URLS = [
    *(
        "",
        "/",
        "//127.0.0.1/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "https://",
        "https:///x",
    ),
    *("http://hooks.example/", "gopher://hooks.example/", "https://user@hooks.example/"),
    *("https://user:pw@127.0.0.1/", "https://hooks.example@127.0.0.1/", "https://a..b/"),
    *(
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.example:99999/",
        "https://[::1",
        "https://.a/",
    ),
    *(
        "https://hooks.example/\r\nHost: 127.0.0.1",
        "https://hooks.example/a b",
        "https://１２７.0.0.1/",
    ),
    *("https://ⓛocalhost/", "https://127。0。0。1/", "https://" + "a" * 2_100 + ".example/"),
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody on this machine whom nobody should reach."""
    with Receiver() as running:
        yield running


@pytest.mark.parametrize("host", INNER_HOSTS.split())
async def test_no_form_of_an_inner_address_is_called(host: str, receiver: Receiver) -> None:
    port = receiver.origin.rpartition(":")[2]
    for url in (f"https://{host}/", f"https://{host}:{port}/"):
        assert ANYWHERE.of(url) is None, url
        posted = await GuardedPoster(ANYWHERE).post(url, b"{}", {})
        assert posted.error == "refused-address", url
    assert receiver.received == []


@pytest.mark.parametrize(
    "host",
    [
        # Punycode that stands for no name is found out late by what decodes it.
        *("xn--.example", "xn--a.example", "hooks.example:0", "hooks.example:65536"),
        *(f"{'a' * 64}.example", f"{'a.' * 130}example", "-a.example", "a-.example"),
        *("hooks%2Eexample", "ho%6Fks.example", "hooks!.example"),
    ],
)
async def test_what_no_server_is_called_is_refused(host: str) -> None:
    assert ANYWHERE.of(f"https://{host}/") is None
    posted = await GuardedPoster(ANYWHERE).post(f"https://{host}/", b"{}", {})
    assert posted.error == "refused-address"


def test_there_are_sixty_forms_and_more() -> None:
    assert len(set(INNER_HOSTS.split())) >= 60


@pytest.mark.parametrize("url", ODD_URLS)
def test_what_is_no_address_of_a_server_is_refused(url: str) -> None:
    assert ANYWHERE.of(url) is None


@pytest.mark.parametrize(
    "url",
    [
        *("https://hooks.example/", "https://hooks.example:8443/a?token=x#y", "https://8.8.8.8/"),
        *(
            "https://[2606:4700:4700::1111]/",
            "https://xn--bcher-kva.example/",
            "HTTPS://A.Example/",
        ),
    ],
)
def test_servers_of_the_internet_may_be_called(url: str) -> None:
    assert ANYWHERE.of(url) is not None


@pytest.mark.parametrize(
    "inner", [*("127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1")]
)
async def test_a_name_that_leads_inside_is_refused(
    inner: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(*_: object, **__: object) -> list[Any]:
        kind = socket.AF_INET6 if ":" in inner else socket.AF_INET
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))
        return [public, (kind, socket.SOCK_STREAM, 6, "", (inner, 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    port = receiver.origin.rpartition(":")[2]
    posted = await GuardedPoster(ANYWHERE).post(f"https://rebound.example:{port}/", b"{}", {})
    assert posted.error == "refused-address"
    assert receiver.received == []


async def test_a_name_is_resolved_once_and_called_as_it_was_judged(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """The second answer of a name server that changes its mind is never asked for."""
    asked = 0
    port = int(receiver.origin.rpartition(":")[2])
    listed = PublicOrigins(allowed_origins(f"http://hooks.example:{port}=127.0.0.1/32"))
    loop = asyncio.get_running_loop()
    real = loop.getaddrinfo

    async def resolve(host: str, *rest: Any, **options: Any) -> list[Any]:
        nonlocal asked
        if host != "hooks.example":
            return await real(host, *rest, **options)
        asked += 1
        address = "127.0.0.1" if asked == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    posted = await GuardedPoster(listed).post(f"http://hooks.example:{port}/x", b"{}", {})
    assert (posted.status, asked) == (204, 1)
    assert receiver.received[0].headers["host"] == f"hooks.example:{port}"


async def test_redirects_are_not_followed(receiver: Receiver) -> None:
    away = Answer(302, (("Location", f"{receiver.origin}/elsewhere"),))
    receiver.answers["/a"] = [away]
    poster = GuardedPoster(PublicOrigins(allowed_origins(receiver.origin)))
    posted = await poster.post(f"{receiver.origin}/a", b"{}", {})
    assert posted.status == 302
    assert receiver.at("/elsewhere") == []


async def test_a_response_is_read_no_further_than_it_must(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.common.guarded_post._SECONDS", 0.5)
    receiver.answers["/large"] = [Answer(200, body=b"x" * 50_000_000)]
    receiver.answers["/slow"] = [Answer(200, before=lambda: time.sleep(2))]
    poster = GuardedPoster(PublicOrigins(allowed_origins(receiver.origin)))
    assert (await poster.post(f"{receiver.origin}/large", b"{}", {})).status == 200
    assert (await poster.post(f"{receiver.origin}/slow", b"{}", {})).error == "timed-out"


async def test_who_does_not_listen_is_unreachable(receiver: Receiver) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{held.getsockname()[1]}"
    poster = GuardedPoster(
        PublicOrigins(allowed_origins(f"{gone}, {receiver.origin.replace('http:', 'https:')}"))
    )
    assert (await poster.post(f"{gone}/", b"{}", {})).error == "unreachable"
    untrusted = receiver.origin.replace("http:", "https:")
    assert (await poster.post(f"{untrusted}/", b"{}", {})).error == "tls"
