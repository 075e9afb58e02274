"""Limits before any handler: on heads, on time, on connections, on what half a request holds."""

import json
import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from activities.model.jobs import Status
from tests.services.export.api_kit import Api, problem, token

HEAD_BYTES = 32 * 1024
HEADERS = 100
LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
SIGN_IN = (
    b"POST /sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
CREATE = b"POST /api/export/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SECONDS = 1.0
"""How long the hasty API waits."""
CONNECTIONS = 40
UNFINISHED_BYTES = 150_000


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API that waits for nobody."""
    settings = {
        "EXPORT_HEAD_SECONDS": str(SECONDS),
        "EXPORT_BODY_SECONDS": str(SECONDS),
        "EXPORT_KEEP_ALIVE_SECONDS": str(SECONDS),
    }
    with Api(tmp_path_factory.mktemp("hasty"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API with few connections, and little memory for what has not come whole."""
    settings = {
        "EXPORT_MAX_CONNECTIONS": str(CONNECTIONS),
        "EXPORT_MAX_UNFINISHED_BYTES": str(UNFINISHED_BYTES),
    }
    with Api(tmp_path_factory.mktemp("narrow"), settings) as running:
        yield running


class Answer(NamedTuple):
    """A response as it came over a socket."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Of the problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        document = json.loads(self.body)
        assert document["status"] == self.status
        assert {"type", "title", "detail", "instance"} <= document.keys()
        return str(document["code"])


class Caller:
    """A connection without a client's manners."""

    def __init__(self, api: Api, data: bytes = b"") -> None:
        self.socket = socket.create_connection(("127.0.0.1", api.port), timeout=10)
        self._stream = self.socket.makefile("rb")
        self.send(data)

    def send(self, data: bytes) -> bool:
        """Send it; whether the connection was still open."""
        with suppress(ConnectionError):
            self.socket.sendall(data)
            return True
        return False

    def answer(self) -> Answer:
        """Read the next response."""
        line = self._stream.readline()
        assert line.startswith(b"HTTP/1.1 "), line
        headers: dict[str, str] = {}
        while (header := self._stream.readline().decode().strip()) != "":
            name, _, value = header.partition(": ")
            headers[name.lower()] = value
        body = self._stream.read(int(headers.get("content-length", "0")))
        return Answer(int(line.split()[1]), headers, body)

    def refused(self) -> Answer:
        """Read a response behind which the service closes."""
        answer = self.answer()
        assert answer.headers["connection"] == "close"
        assert self.ends()
        return answer

    def was_answered(self) -> bool:
        """Whether something is there to read."""
        return bool(select.select([self.socket], [], [], 0)[0])

    def ends(self) -> bool:
        """Whether the service closes without another byte."""
        try:
            return self._stream.read(1) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        self.socket.close()


@pytest.fixture
def call() -> Iterator[Callable[..., Caller]]:
    """Opens connections that are closed after the test."""
    with ExitStack() as stack:
        yield lambda api, data=b"": stack.enter_context(closing(Caller(api, data)))


def counted(api: Api, reason: str) -> float:
    text = httpx.get(f"{api.url}/metrics").text
    found = re.search(rf'^export_errors_total{{reason="{reason}"}} (\S+)$', text, re.MULTILINE)
    return float(found[1]) if found else 0


def memory(api: Api) -> int:
    """Bytes of the process."""
    assert api.process is not None
    return int(Path(f"/proc/{api.process.pid}/statm").read_text().split()[1]) * 4096


def head(size: int) -> bytes:
    """A whole head of this size."""
    start = LIVE + b"X-A: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


def headers(count: int) -> bytes:
    """A whole head of so many headers."""
    return LIVE + b"".join(b"X-%d: y\r\n" % number for number in range(count - 1)) + b"\r\n"


@pytest.mark.parametrize(
    "data",
    [
        head(HEAD_BYTES + 1),
        headers(HEADERS + 1),
        LIVE + b"X-A: " + b"a" * HEAD_BYTES,
        LIVE + b"X-A: b\r\n" + b" folded\r\n" * HEAD_BYTES,
        LIVE + b"X" * HEAD_BYTES,
        b"GET /" + b"a" * HEAD_BYTES,
        b"GET /" + b"a" * (HEAD_BYTES - 5),
        LIVE + b"Connection: upgrade\r\nUpgrade: websocket\r\nX-A: " + b"a" * HEAD_BYTES,
        b"GET / HTTP/1.0\r\nX-A: " + b"a" * HEAD_BYTES,
        SIGN_IN + b"Expect: 100-continue\r\nX-A: " + b"a" * HEAD_BYTES,
        b"\r\n" * HEAD_BYTES,
    ],
    ids=[
        "a byte too many",
        "a header too many",
        "a line without end",
        "folded lines",
        "a name without end",
        "a target without end",
        "exactly full and not at its end",
        "upgrade",
        "HTTP/1.0",
        "expect",
        "empty lines",
    ],
)
def test_a_head_that_is_too_large_is_refused(
    api: Api, call: Callable[..., Caller], data: bytes
) -> None:
    before = counted(api, "headers-too-large")
    caller = call(api, data)
    if data.endswith(b"a" * (HEAD_BYTES - 5)):
        caller.send(b"a")
    answer = caller.refused()

    if data.startswith(b"\r\n"):
        assert answer.code in {"headers-too-large", "invalid-request"}
        return
    if b"folded" in data:
        assert answer.status in {400, 431}
        return
    assert (answer.status, answer.code) == (431, "headers-too-large")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-request-id"]
    assert len(json.loads(answer.body)["instance"]) <= 200
    assert counted(api, "headers-too-large") == before + 1


def test_a_head_may_be_as_large_as_is_said_in_each_request(
    api: Api, call: Callable[..., Caller]
) -> None:
    caller = call(api)
    for data in (head(HEAD_BYTES), headers(HEADERS), head(HEAD_BYTES), head(20_000) * 3):
        caller.send(data)
        for _ in range(data.count(b"\r\n\r\n")):
            assert caller.answer().status == 200


def test_a_head_may_come_in_many_pieces(api: Api, call: Callable[..., Caller]) -> None:
    data = head(3_000)
    caller = call(api)
    for place in range(0, len(data), 100):
        caller.send(data[place : place + 100])
        time.sleep(0.001)

    assert caller.answer().status == 200


def test_a_request_behind_a_body_is_read(api: Api, owner: str, call: Callable[..., Caller]) -> None:
    body = json.dumps({"content_ids": ["x" * 200] * 250, "format": "txt"}).encode()
    request = (
        CREATE
        + f"Authorization: Bearer {token(owner)}\r\n".encode()
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )
    caller = call(api, request + head(HEAD_BYTES) + request)

    assert [caller.answer().status for _ in range(3)] == [400, 200, 400]


def test_a_flood_on_one_connection_takes_no_memory(api: Api, call: Callable[..., Caller]) -> None:
    before = memory(api)
    caller = call(api, LIVE + b"X-A: ")
    started = time.monotonic()
    taken = [caller.send(b"a" * 1_000_000) for _ in range(50)]

    assert memory(api) - before < 20_000_000
    assert time.monotonic() - started < 10
    assert not all(taken), "it was read to its end"


@pytest.mark.parametrize(
    ("rest", "code"),
    [
        (b"5;" + b"e" * 2 * HEAD_BYTES + b"\r\ntoken\r\n0\r\n\r\n", "headers-too-large"),
        (b"5\r\ntoken\r\n0\r\nX-A: " + b"a" * 2 * HEAD_BYTES, "headers-too-large"),
        (b"5\r\ntoken\r\n0\r\n" + b"X-A: b\r\n" * (HEADERS + 1), "headers-too-large"),
        (b"nonsense", "invalid-request"),
    ],
    ids=["extension", "trailer", "trailers", "no chunk"],
)
def test_what_is_between_the_bytes_of_a_body_has_limits(
    api: Api, call: Callable[..., Caller], rest: bytes, code: str
) -> None:
    errors = counted(api, "internal-error")
    caller = call(api, SIGN_IN + b"Transfer-Encoding: chunked\r\n\r\n" + rest)

    assert caller.refused().code == code
    assert counted(api, "internal-error") == errors


def test_trailers_are_no_headers(api: Api, call: Callable[..., Caller]) -> None:
    body = b"5\r\ntoken\r\n0\r\nX-Request-ID: mine\r\n\r\n"
    caller = call(api, SIGN_IN + b"Transfer-Encoding: chunked\r\n\r\n" + body)

    assert caller.answer().headers["x-request-id"] != "mine"


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01"])
def test_what_is_no_http_is_a_problem(api: Api, call: Callable[..., Caller], data: bytes) -> None:
    answer = call(api, data).refused()

    assert (answer.status, answer.code) == (400, "invalid-request")


def test_a_refusal_waits_for_the_answers_before_it(api: Api, call: Callable[..., Caller]) -> None:
    caller = call(api, LIVE + b"\r\n" + LIVE + b"\r\n" + b"nonsense\r\n\r\n")

    assert [caller.answer().status for _ in range(2)] == [200, 200]
    assert caller.refused().status == 400


def test_requests_ahead_of_their_answers_are_limited(api: Api, call: Callable[..., Caller]) -> None:
    caller = call(api, (LIVE + b"\r\n") * 100)
    answers: list[Answer] = []
    while not answers or answers[-1].status == 200:
        answers.append(caller.answer())

    assert 16 <= len(answers) <= 20
    assert answers[-1].code == "invalid-request"


def test_a_connection_outlives_a_body_that_was_not_wanted(
    api: Api, call: Callable[..., Caller]
) -> None:
    caller = call(api, CREATE + b"Content-Length: 2000000\r\n\r\n")
    assert caller.answer().status == 401
    caller.send(b"x" * 2_000_000 + LIVE + b"\r\n")

    assert caller.answer().status == 200


def test_a_caller_who_waits_to_be_asked_for_the_body_is_asked(
    api: Api, call: Callable[..., Caller]
) -> None:
    caller = call(api, SIGN_IN + b"Expect: 100-continue\r\nContent-Length: 7\r\n\r\n")
    assert caller.answer().status == 100
    caller.send(b"token=x")

    assert caller.answer().status == 400


def test_a_sign_in_is_short(api: Api, call: Callable[..., Caller]) -> None:
    assert call(api, SIGN_IN + b"Content-Length: 16385\r\n\r\n").answer().status == 413


@pytest.mark.parametrize(
    "data",
    [b"G", LIVE, LIVE + b"X-A: ", SIGN_IN + b"Content-Length: 9\r\n\r\ntoken=", b"\r\n"],
    ids=["line", "headers", "header", "body", "empty line"],
)
def test_half_a_request_is_not_waited_for(
    hasty: Api, call: Callable[..., Caller], data: bytes
) -> None:
    errors = counted(hasty, "internal-error")
    before = counted(hasty, "request-timeout")
    started = time.monotonic()
    answer = call(hasty, data).refused()

    assert (answer.status, answer.code) == (408, "request-timeout")
    assert SECONDS * 0.9 < time.monotonic() - started < SECONDS + 2
    assert counted(hasty, "request-timeout") == before + 1
    assert counted(hasty, "internal-error") == errors


def test_dripping_bytes_buy_no_time(hasty: Api, call: Callable[..., Caller]) -> None:
    callers = [
        call(hasty, LIVE + b"X-A: "),
        call(hasty, SIGN_IN + b"Content-Length: 15000\r\n\r\n"),
        call(hasty, SIGN_IN + b"Transfer-Encoding: chunked\r\n\r\n1;"),
    ]
    for _ in range(20):
        for caller in callers:
            caller.send(b"a")
        time.sleep(0.1)

    assert all(caller.was_answered() for caller in callers)
    assert [caller.refused().status for caller in callers] == [408, 408, 408]


def test_a_slow_honest_body_is_waited_for(hasty: Api, call: Callable[..., Caller]) -> None:
    pieces = 15
    caller = call(hasty, SIGN_IN + b"Content-Length: %d\r\n\r\n" % (pieces * 300))
    for _ in range(pieces):
        time.sleep(0.2)
        caller.send(b"a" * 300)

    assert caller.answer().status == 400


def test_silent_and_idle_connections_are_closed(hasty: Api, call: Callable[..., Caller]) -> None:
    silent, idle = call(hasty), call(hasty, LIVE + b"\r\n")
    unread = call(hasty, CREATE + b"Content-Length: 60000\r\n\r\n")
    assert idle.answer().status == 200
    assert unread.answer().status == 401
    started = time.monotonic()

    assert silent.ends()
    assert idle.ends()
    assert time.monotonic() - started < SECONDS + 2
    assert unread.ends()


def test_whoever_reads_slowly_is_not_cut_off(
    hasty: Api, owner: str, call: Callable[..., Caller]
) -> None:
    data = b"0123456789" * 2_000_000
    job = hasty.add_file(owner, data)
    caller = call(
        hasty,
        f"GET /api/export/jobs/{job}/download HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {token(owner)}\r\n\r\n".encode(),
    )
    time.sleep(3 * SECONDS)

    assert caller.answer().body == data


def test_events_are_not_cut_off(hasty: Api, owner: str, call: Callable[..., Caller]) -> None:
    caller = call(hasty, events(hasty, owner))
    time.sleep(3 * SECONDS)
    caller.socket.setblocking(False)

    assert caller.socket.recv(10_000).startswith(b"HTTP/1.1 200 ")
    with pytest.raises(BlockingIOError):
        caller.socket.recv(1)


def events(api: Api, owner: str) -> bytes:
    """A request that is answered for as long as its job lasts."""
    job = api.add_job(owner, Status.PROCESSING)
    return (
        f"GET /api/export/jobs/{job}/events HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {token(owner)}\r\n\r\n"
    ).encode()


@pytest.mark.parametrize(
    "data",
    [
        LIVE + b"X-A: " + b"a" * 30_000,
        headers(HEADERS)[:-2],
        SIGN_IN + b"Content-Length: 16000\r\n\r\n" + b"a" * 15_000,
    ],
    ids=["heads", "many headers", "bodies"],
)
def test_of_unfinished_requests_the_one_that_stood_still_longest_makes_room(
    narrow: Api, call: Callable[..., Caller], data: bytes
) -> None:
    callers = [call(narrow, data) for _ in range(CONNECTIONS // 2)]
    answer = httpx.post(f"{narrow.url}/sign-in", data={"token": "x" * 15_000})
    held = [caller for caller in callers if not caller.was_answered()]

    assert answer.status_code == 403
    assert 0 < len(held) <= UNFINISHED_BYTES / 15_000
    assert held == callers[-len(held) :]
    assert callers[0].refused().status == 408


def test_silent_connections_keep_nobody_out(narrow: Api, call: Callable[..., Caller]) -> None:
    first = call(narrow, LIVE)
    silent = [call(narrow) for _ in range(2 * CONNECTIONS)]
    answer = call(narrow, LIVE + b"\r\n").answer()

    assert answer.status == 200
    assert first.refused().status == 408
    assert silent[0].ends()


def test_when_all_connections_are_at_work_another_is_told_to_come_back(
    narrow: Api, owner: str, call: Callable[..., Caller]
) -> None:
    before = counted(narrow, "busy")
    request = events(narrow, owner)
    followers = [call(narrow, request) for _ in range(CONNECTIONS)]
    for follower in followers:
        assert follower.answer().status == 200
    refused = call(narrow, LIVE + b"\r\n").refused()
    followers.pop().close()
    time.sleep(0.3)

    assert (refused.status, refused.code) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    problem(httpx.get(f"{narrow.url}/api/export/jobs"), 401, "unauthenticated")
    assert counted(narrow, "busy") == before + 1
