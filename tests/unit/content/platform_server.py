"""A small content platform: real HTTP, and any misbehaviour that a test asks for."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from activities.model.content import Item

TOKEN = "platform-token"
PAGE_SIZE = 3


class Handler(BaseHTTPRequestHandler):
    """Serves the contract of `activities.content.http`, after what its server's plan says."""

    server: "PlatformServer"

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.respond()

    def respond(self) -> None:
        """Do what the plan says, or serve."""
        if self.server.plan:
            self.server.plan.pop(0)(self)
            return
        self.serve()

    def serve(self) -> None:
        """Answer as the contract says."""
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.answer(b"{}", status=401)
            return
        url = urlsplit(self.path)
        if url.path == "/api/health":
            self.answer(b"", status=204)
            return
        match url.path.split("/"):
            case ["", "api", "owners", owner, "items"]:
                query = {name: values[0] for name, values in parse_qs(url.query).items()}
                self.answer(self.server.page(unquote(owner), query))
            case ["", "api", "owners", owner, "media"]:
                [reference] = parse_qs(url.query)["ref"]
                picture = self.server.media.get((unquote(owner), reference))
                self.answer(picture or b"", status=200 if picture else 404)
            case _:
                self.answer(b"{}", status=404)

    def answer(
        self,
        body: bytes,
        *,
        status: int = 200,
        length: int | None = None,
        retry_after: str = "",
        media_type: str = "application/json",
    ) -> None:
        """Send an answer; `length` may be a lie."""
        self.send_response(status)
        if retry_after:
            self.send_header("Retry-After", retry_after)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


Step = Callable[[Handler], None]


class PlatformServer(ThreadingHTTPServer):
    """The platform with its items.

    Attributes:
        items: the items that it holds.
        media: its pictures, by owner and reference.
        plan: how it answers the next requests, before it is well again.
        requests: the paths and queries it was asked for.
        tells_total: whether it says how many items match.
    """

    daemon_threads = True

    def __init__(self, items: list[Item]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.items = items
        self.media: dict[tuple[str, str], bytes] = {}
        self.plan: list[Step] = []
        self.requests: list[str] = []
        self.tells_total = True

    @property
    def url(self) -> str:
        """The base URL of the contract."""
        return f"http://127.0.0.1:{self.server_port}/api"

    def handle_error(self, *_: Any) -> None:
        """Ignore callers that hang up."""

    def page(self, owner: str, query: dict[str, str]) -> bytes:
        """One page of an answer."""
        found = [item for item in self.items if item.owner_id == owner]
        told = {}
        if "ids" in query:
            ids = [unquote(part) for part in query["ids"].split(",")]
            found = [item for item in found if item.id in ids]
        else:
            found = [item for item in found if _matches(item, query)]
            told = {"total": len(found)} if self.tells_total else {}
            found.sort(key=lambda item: item.created_at, reverse=True)
            found = found[: int(query["limit"])]
        start = int(query.get("cursor", "0"))
        shown: list[Any] = found[start : start + PAGE_SIZE]
        if query.get("fields") == "head":
            shown = [{"id": item.id, "title": item.title} for item in shown]
        more = start + PAGE_SIZE < len(found)
        return msgspec.json.encode(
            {"items": shown, "next": str(start + PAGE_SIZE) if more else None, **told}
        )


def _matches(item: Item, query: dict[str, str]) -> bool:
    day = item.created_at.date()
    return (
        date.fromisoformat(query.get("date_from", "0001-01-01")) <= day
        and day <= date.fromisoformat(query.get("date_to", "9999-12-31"))
        and (
            "content_types" not in query
            or bool(set(query["content_types"].split(",")) & set(item.parts()))
        )
    )


@contextmanager
def running(items: list[Item]) -> Iterator[PlatformServer]:
    """A platform that serves for a while."""
    with PlatformServer(items) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def status(code: int, *, retry_after: str = "") -> Step:
    """Answer with a status and a well-formed body."""
    return lambda handler: handler.answer(b'{"items": []}', status=code, retry_after=retry_after)


def body(data: bytes, *, media_type: str = "application/json") -> Step:
    """Answer 200 with this body."""
    return lambda handler: handler.answer(data, media_type=media_type)


def truncated(handler: Handler) -> None:
    """Promise more bytes than there are."""
    handler.answer(b'{"items": []}', length=1_000)


def reset(handler: Handler) -> None:
    """Break the connection instead of answering."""
    linger = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    handler.connection.close()


def hang_up(handler: Handler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def drip(handler: Handler) -> None:
    """Send a byte now and then, for ever so long."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        time.sleep(0.02)


def redirect(to: str) -> Step:
    """Send the caller elsewhere."""

    def step(handler: Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return step


def endless(handler: Handler) -> None:
    """Respond with pages without end."""
    handler.answer(b'{"items": [], "next": "0"}')
