"""A receiver of webhooks for tests: keeps what comes, and answers as it is told."""

import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple

import msgspec
from standardwebhooks import Webhook

from tests.loopback_server import LoopbackServer, http_server


class Received(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        """The body as JSON."""
        message: dict[str, Any] = msgspec.json.decode(self.body)
        return message

    @property
    def message_id(self) -> str:
        """The id of the message."""
        return self.headers["webhook-id"]

    def verify(self, secret: str) -> None:
        """Raise unless the message is signed by this secret, a moment ago."""
        Webhook(secret).verify(self.body, self.headers)


class Answer(NamedTuple):
    """What is answered to one request."""

    status: int = 204
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    before: Callable[[], None] = lambda: None
    """Called once the request is there, before it is answered."""


class Receiver(LoopbackServer):
    """An HTTP server on a free port of this machine. Each path has answers of its own."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: dict[str, list[Answer]] = {}
        """By path: they are given one after the other, and the last for ever; none: 204."""
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._answer(self, Received(self.path, headers, self.rfile.read(length)))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(http_server(Handler))
        self.origin = f"http://127.0.0.1:{self.port}"

    def at(self, path: str) -> list[Received]:
        """What came to a path, in its order."""
        with self._lock:
            return [each for each in self.received if each.path == path]

    def _answer(self, handler: BaseHTTPRequestHandler, received: Received) -> None:
        with self._lock:
            self.received.append(received)
            answers = self.answers.get(received.path, [Answer()])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer.before()
        # Who sent it may be gone by now, or want no more of the answer.
        with suppress(ConnectionError):
            handler.send_response(answer.status)
            for name, value in (*answer.headers, ("Content-Length", str(len(answer.body)))):
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(answer.body)
