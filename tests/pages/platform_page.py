"""A platform of another origin: a page with an "Export" button, and the backend behind it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_SANDBOX = (
    "allow-scripts allow-forms allow-same-origin allow-downloads allow-popups "
    "allow-popups-to-escape-sandbox"
)
_PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Biology, grade 9</title>
<h1>Photosynthesis</h1><p>A lesson of the platform's own.</p>
<p><a href="/export">Export this lesson</a></p>{frame}"""
_FRAME = f'<iframe src="/export" title="Export" width="900" height="700" sandbox="{_SANDBOX}">'


@contextmanager
def platform(
    api: Callable[[], str], token: Callable[[], str], target: str, *, framed: bool = False
) -> Iterator[str]:
    """A platform that runs; its address has another site than the service's.

    Args:
        api: gives the URL of the service.
        token: gives the token of whoever has signed in to the platform.
        target: where its button leads.
        framed: show the service in a frame of the page as well.
    """

    class Backend(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/export":
                page = _PAGE.format(frame=f"{_FRAME}</iframe>" if framed else "").encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(page)))
                self.end_headers()
                self.wfile.write(page)
                return
            made = httpx.post(
                f"{api()}/api/export/sign-in-links",
                json={"next": target},
                headers={"Authorization": f"Bearer {token()}"},
            )
            self.send_response(303)
            self.send_header("Location", made.json()["url"])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
