"""Pictures of listed origins: fetched from a real server, and from nowhere else."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from activities.common.allowed_origins import allowed_origins
from activities.content import pictures
from activities.content.pictures import Pictures
from activities.content.source import ContentSourceError
from activities.formats.testing.items import png

pytestmark = pytest.mark.anyio

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Nothing:
    """The media of a content source that has none; remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def media(self, owner_id: str, reference: str, *, most_bytes: int) -> bytes | None:
        assert owner_id == "teacher-1"
        assert most_bytes > 0
        self.asked.append(reference)
        return None


class Server:
    """A web server that answers each path as it is told, one answer after the other."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split()[1].decode()
                self.requests.append(path)
                left = self.answers[path]
                await (left.pop(0) if len(left) > 1 else left[0])(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def answer(status: str = "200 OK", body: bytes = b"", *headers: str) -> Answer:
    async def write(writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return write


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
    while True:
        writer.write(b"\0" * 65_536)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"\0")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(_writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def gone_midway(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    await writer.drain()
    writer.close()


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    monkeypatch.setattr(pictures, "_SECONDS", 2.0)
    monkeypatch.setattr(pictures, "PICTURE_BYTES_MAX", 100_000)
    made = Server()
    listening = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    yield made
    listening.close()


async def fetched(server: Server, path: str, first: Answer, *others: Answer) -> bytes | None:
    server.answers[path] = [first, *others]
    source = Pictures(Nothing(), allowed_origins(server.url("")))  # type: ignore[arg-type]
    try:
        return await source.picture("teacher-1", server.url(path))
    finally:
        await source.close()


async def test_a_picture_of_a_listed_origin_is_fetched(server: Server) -> None:
    wrong_type = answer("200 OK", png(), "Content-Type: text/html")
    assert await fetched(server, "/a.png?x=1", wrong_type) == png()
    assert server.requests == ["/a.png?x=1"]


async def test_all_else_is_asked_of_the_content_source() -> None:
    content = Nothing()
    source = Pictures(content, allowed_origins("https://cdn.example"))  # type: ignore[arg-type]
    for reference in ("/a.png", "@@PLUGINFILE@@/a.png", "https://other.example/a.png"):
        assert await source.picture("teacher-1", reference) is None
    assert content.asked == ["/a.png", "@@PLUGINFILE@@/a.png", "https://other.example/a.png"]


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "204 No Content", "304 X"])
async def test_what_is_not_there_is_none(server: Server, status: str) -> None:
    assert await fetched(server, "/a", answer(status)) is None
    assert len(server.requests) == 1


async def test_redirects_are_followed_on_the_list_alone(server: Server) -> None:
    server.answers["/end"] = [answer("200 OK", png())]
    assert await fetched(server, "/a", answer("302 Found", b"", "Location: /end")) == png()
    for away in ("http://169.254.169.254/", "http://localhost/", "file:///etc/passwd", "https://["):
        assert await fetched(server, "/b", answer("302 Found", b"", f"Location: {away}")) is None
    assert await fetched(server, "/loop", answer("302 Found", b"", "Location: /loop")) is None
    assert server.requests.count("/loop") <= 6


async def test_too_much_and_compressed_bodies_are_none(server: Server) -> None:
    assert await fetched(server, "/endless", endless) is None
    assert await fetched(server, "/gz", answer("200 OK", b"x", "Content-Encoding: gzip")) is None


@pytest.mark.parametrize("bad", [dripping, silent, gone_midway, answer("503 Busy")])
async def test_a_server_that_may_do_better_later_is_asked_again(
    server: Server, bad: Answer
) -> None:
    assert await fetched(server, "/a", bad, answer("200 OK", png())) == png()
    with pytest.raises(ContentSourceError):
        await fetched(server, "/b", bad)
    assert server.requests.count("/b") > 1


async def test_a_server_says_when_to_come_back(server: Server) -> None:
    started = asyncio.get_running_loop().time()
    busy = answer("429 Too Many Requests", b"", "Retry-After: 1")
    assert await fetched(server, "/a", busy, answer("200 OK", png())) == png()
    assert asyncio.get_running_loop().time() - started >= 1


@pytest.mark.parametrize("inner", ["127.0.0.1", "::1", "10.0.0.7", "169.254.169.254"])
async def test_a_name_that_leads_inside_is_refused(
    server: Server, monkeypatch: pytest.MonkeyPatch, inner: str
) -> None:
    loop = asyncio.get_running_loop()

    async def resolve(*_: object, **__: object) -> list[object]:
        kind = socket.AF_INET6 if ":" in inner else socket.AF_INET
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", server.port))
        return [public, (kind, socket.SOCK_STREAM, 6, "", (inner, server.port))]

    monkeypatch.setattr(loop, "getaddrinfo", resolve)
    url = f"https://rebound.example:{server.port}"
    source = Pictures(Nothing(), allowed_origins(url))  # type: ignore[arg-type]
    assert await source.picture("teacher-1", f"{url}/a.png") is None
    assert server.requests == []
