"""Callers with bad manners, in a process of their own: `python -m scripts.benchmarks.attacker`.

It attacks this machine only, for two minutes at most, and ends when its standard input does.
"""

import contextlib
import selectors
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

_LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
_SIGN_IN = (
    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
_CREATE = b"POST /api/export/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

_MOST_SECONDS = 120
_RENEWED_A_SECOND = 200
_BLOCK = 1024**2


class Attack(NamedTuple):
    """The bytes that are sent on each of several connections."""

    start: bytes
    connections: int = 0
    """0: as many as asked for."""
    unit: bytes = b""
    """Sent behind it again and again, up to `size` bytes."""
    size: int = 0


ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        "connections that say nothing": Attack(b""),
        "half a head": Attack(_LIVE + b"X-A: "),
        "half a head, 30 kB": Attack(_LIVE + b"X-A: " + b"a" * 30_000),
        "half a sign-in, 15 kB": Attack(
            _SIGN_IN + b"Content-Length: 16000\r\n\r\n" + b"a" * 15_000
        ),
        "half a sign-in, 60 kB": Attack(
            _SIGN_IN + b"Content-Length: 65000\r\n\r\n" + b"a" * 60_000
        ),
        "half an export without token, 60 kB": Attack(
            _CREATE + b"Content-Length: 65000\r\n\r\n" + b"a" * 60_000
        ),
        "a header line of 200 MB": Attack(_LIVE + b"X-A: ", 1, b"a" * _BLOCK, 200 * _BLOCK),
        "100,000 headers": Attack(_LIVE, 1, b"X-Some-Name: some-value\r\n" * 1_000, 2_500_000),
    }
)
"""The attacks by name."""


def attack(name: str, port: int, connections: int) -> None:
    """Attack until standard input ends; "ready" is printed when it is under way."""
    chosen = ATTACKS[name]
    ended = threading.Event()
    threading.Thread(target=_await_end, args=(ended,), daemon=True).start()
    run: Callable[[Attack, int, int, Callable[[], bool]], None] = _pour if chosen.size else _hold
    until = time.monotonic() + _MOST_SECONDS
    run(
        chosen,
        port,
        chosen.connections or connections,
        lambda: ended.is_set() or time.monotonic() > until,
    )


def _await_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def _hold(chosen: Attack, port: int, connections: int, over: Callable[[], bool]) -> None:
    """Keep so many connections open, and open new ones for those that were closed."""
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        selector.register(_open(port, chosen.start), selectors.EVENT_READ)
    print("ready", flush=True)
    while not over():
        time.sleep(1)
        for key, _ in selector.select(0)[:_RENEWED_A_SECOND]:
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            with contextlib.suppress(ConnectionError):
                if connection.recv(4096):
                    continue
            selector.unregister(connection)
            connection.close()
            selector.register(_open(port, chosen.start), selectors.EVENT_READ)


def _pour(chosen: Attack, port: int, _connections: int, over: Callable[[], bool]) -> None:
    """Send all of it as fast as it is taken, again and again."""
    print("ready", flush=True)
    while not over():
        with _open(port, chosen.start) as connection, contextlib.suppress(ConnectionError):
            for _ in range(chosen.size // len(chosen.unit)):
                connection.sendall(chosen.unit)


def _open(port: int, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    with contextlib.suppress(ConnectionError):
        connection.sendall(data)
    return connection


if __name__ == "__main__":
    attack(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
