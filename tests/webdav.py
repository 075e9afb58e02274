"""A server of WebDAV for tests: collections, PUT, MOVE and DELETE, in memory."""

import base64
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from tests.loopback_server import LoopbackServer, http_server


class Webdav(LoopbackServer):
    """An HTTP server on a free port of this machine that keeps files by their paths."""

    def __init__(self, username: str = "exports", password: str = "a-secret") -> None:
        self.files: dict[str, bytes] = {}
        self.folders = {""}
        self.calls: list[tuple[str, str]] = []
        self.refuses: dict[str, list[int]] = {}
        """By method: what is answered instead, one after the other."""
        expected = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                path = unquote(urlsplit(self.path).path).strip("/")
                server.calls.append((self.command, path))
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = 401
                if self.headers.get("Authorization") == expected:
                    status = server.status_of(
                        self.command, path, body, self.headers.get("Destination", "")
                    )
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_PUT = do_MKCOL = do_MOVE = do_DELETE = _answer  # noqa: N815 - as it looks for them

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        super().__init__(http_server(Handler))
        self.url = f"http://127.0.0.1:{self.port}"

    def status_of(self, method: str, path: str, body: bytes, destination: str) -> int:
        """Do what is asked, as RFC 4918 has it; the status."""
        if refusals := self.refuses.get(method):
            return refusals.pop(0)
        folder = path.rpartition("/")[0]
        if method == "MKCOL":
            if path in self.folders:
                return 405
            self.folders.add(path)
            return 201 if folder in self.folders else 409
        if method == "PUT":
            self.files[path] = body
            return 201 if folder in self.folders else 409
        if path not in self.files:
            return 404
        found = self.files.pop(path)
        if method == "MOVE":
            self.files[unquote(urlsplit(destination).path).strip("/")] = found
        return 204
