"""TLS and an API key on the way to Temporal, by the SDK's own environment variables."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from ssl import CERT_REQUIRED, PROTOCOL_TLS_SERVER, SSLContext

import pytest

from tests.security.authority import Authority
from tests.services.export.api_kit import Api
from tests.unit.temporal_server import temporal_server
from tests.waiting import eventually

_CHECK = """
import asyncio
from activities.temporal import client as temporal
from activities.temporal.client import connect, hard_exit
async def check():
    try:
        client = await connect(lazy=False)
        await temporal.check(client)
        await client.count_workflows()
    except temporal.TemporalUnavailableError:
        print("away")
    else:
        print("reached")
asyncio.run(check())
hard_exit(0)
"""


# RFC 7541, appendix B: the codes of the characters that the test's key is made of.
_HUFFMAN = {
    " ": "010100",
    "-": "010110",
    "B": "1011101",
    "a": "00011",
    "c": "00100",
    "e": "00101",
    "k": "1110101",
    "r": "101100",
    "s": "01000",
    "t": "01001",
    "y": "1111010",
}
_API_KEY = "a-secret-key"
_SOME_CALLS = 1_000
"""Bytes: more than the preface of a connection and the first call on it."""


def as_sent(value: str) -> bytes:
    """A header's value as HTTP/2 has it: its length, then its Huffman code, filled up with ones."""
    bits = "".join(_HUFFMAN[character] for character in value)
    bits += "1" * (-len(bits) % 8)
    code = int(bits, 2).to_bytes(len(bits) // 8, "big")
    return bytes([0x80 | len(code)]) + code


class TlsProxy:
    """Ends TLS in front of a server.

    Attributes:
        address: where it listens.
        received: all that clients have sent.
    """

    def __init__(self, context: SSLContext, target: str) -> None:
        self._context = context
        self._target = target.rsplit(":", 1)
        self.address = ""
        self.received = bytearray()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = self._target
        try:
            upstream, to_server = await asyncio.open_connection(host, int(port))

            async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
                while data := await source.read(65_536):
                    if source is reader:
                        self.received += data
                    sink.write(data)
                    await sink.drain()
                sink.close()

            await asyncio.gather(copy(reader, to_server), copy(upstream, writer))
        except OSError:
            writer.close()

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(self._pump, "127.0.0.1", 0, ssl=self._context)
        self.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await stop.wait()
        server.close()


@contextmanager
def secured_temporal(context: SSLContext) -> Iterator[TlsProxy]:
    """A Temporal server that only the proxy reaches."""
    started = threading.Event()
    proxies: list[TlsProxy] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        async with temporal_server() as client:
            proxies.append(TlsProxy(context, client.service_client.config.target_host))
            await proxies[0].serve(started, stop)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert started.wait(60)
        yield proxies[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def reach(checkout: Path, address: str, **variables: str) -> str:
    """Whether a process of the service with these variables reaches Temporal."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TEMPORAL_")}
    environment = clean | {"TEMPORAL_ADDRESS": address, "TEMPORAL_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        [sys.executable, "-c", _CHECK],
        env=environment | variables,
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "authority")


def test_only_a_server_with_the_right_certificate_is_trusted(
    checkout: Path, authority: Authority, tmp_path: Path
) -> None:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server"))
    context.set_alpn_protocols(["h2"])
    stranger = Authority(tmp_path, "stranger")
    with secured_temporal(context) as proxy:
        trusting = {
            "TEMPORAL_TLS": "true",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(authority.certificate),
        }
        assert reach(checkout, proxy.address, **trusting) == "reached"
        with_key = reach(checkout, proxy.address, **trusting, TEMPORAL_API_KEY="key-of-the-test")
        assert with_key == "reached"
        assert reach(checkout, proxy.address) == "away"
        assert reach(checkout, proxy.address, TEMPORAL_TLS="true") == "away"
        foreign = {
            "TEMPORAL_TLS": "true",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(stranger.certificate),
        }
        assert reach(checkout, proxy.address, **foreign) == "away"


def test_a_client_certificate_is_shown_to_a_server_that_asks(
    checkout: Path, authority: Authority
) -> None:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("mutual"))
    context.load_verify_locations(authority.certificate)
    context.verify_mode = CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    certificate, key = authority.issue("client")
    trusting = {
        "TEMPORAL_TLS": "true",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(authority.certificate),
    }
    with secured_temporal(context) as proxy:
        assert reach(checkout, proxy.address, **trusting) == "away"
        shown = {
            "TEMPORAL_TLS_CLIENT_CERT_PATH": str(certificate),
            "TEMPORAL_TLS_CLIENT_KEY_PATH": str(key),
        }
        assert reach(checkout, proxy.address, **trusting, **shown) == "reached"


@pytest.mark.parametrize("key", [_API_KEY, ""], ids=["key", "no key"])
def test_api_and_workers_send_the_key(
    checkout: Path, authority: Authority, tmp_path: Path, key: str
) -> None:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("keyed"))
    context.set_alpn_protocols(["h2"])
    sent = as_sent(f"Bearer {_API_KEY}")
    with secured_temporal(context) as proxy:
        settings = {
            "TEMPORAL_ADDRESS": proxy.address,
            "TEMPORAL_TLS": "true",
            "TEMPORAL_TLS_SERVER_CA_CERT_PATH": str(authority.certificate),
            "TEMPORAL_CONFIG_FILE": os.devnull,
            "TEMPORAL_API_KEY": key,
        }
        with Api(tmp_path, settings) as api:
            with api.client() as client:
                assert client.get("/health/ready").status_code == 200
            assert (sent in proxy.received) == bool(key)
            proxy.received.clear()
            worker = subprocess.Popen(
                [sys.executable, "-m", "activities.worker", "--role", "io,workflow,render"],
                env=api.environment,
                cwd=checkout,
                stderr=subprocess.DEVNULL,
            )
            try:
                eventually(lambda: len(proxy.received) >= _SOME_CALLS, 60)
            finally:
                worker.terminate()
                worker.wait(timeout=30)
            assert (sent in proxy.received) == bool(key)
