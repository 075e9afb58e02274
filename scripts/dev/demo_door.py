"""A door into the demonstration: what a platform's "Export" button is, for who has no platform.

Each time it is opened it asks the API for a sign-in link and leads the browser there, as
docs/embedding.md has it. Its address holds a random word, so that no other user of this machine
and no page of the web finds it.
"""

import json
import secrets
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError

_SECONDS = 10.0
_AWAY = b"The service does not respond. Try again in a moment.\n"


@contextmanager
def demo_door(api: str, token: str) -> Iterator[str]:
    """A door that is open until the block ends; yields its address.

    Args:
        api: the URL of the service.
        token: of whom the door signs in.
    """
    word = f"/{secrets.token_urlsafe(16)}"

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != word:
                self.send_error(404)
                return
            try:
                link = _sign_in_link(api, token)
            except (URLError, TimeoutError, ValueError):
                self.send_response(503)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(_AWAY)))
                self.end_headers()
                self.wfile.write(_AWAY)
                return
            self.send_response(303)
            self.send_header("Location", link)
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the address opens something."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}{word}"
        finally:
            server.shutdown()


def _sign_in_link(api: str, token: str) -> str:
    request = urllib.request.Request(  # noqa: S310 - the API that was just started
        f"{api}/api/export/sign-in-links",
        data=b'{"next": "/"}',
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
        return str(json.load(response)["url"])
