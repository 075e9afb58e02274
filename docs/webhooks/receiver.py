"""Receives webhooks of the export service. Needs `pip install standardwebhooks`.

EXPORT_WEBHOOK_SECRET=whsec_... python receiver.py 8080
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

MOST_BYTES = 64 * 1024
webhook = Webhook(os.environ["EXPORT_WEBHOOK_SECRET"])
seen: set[str] = set()  # keep these in your database: a message may come more than once


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is ours, once it is safe, and 401 to what is not."""

    def do_POST(self) -> None:
        """Verify before anything else, the body as it came."""
        length = int(self.headers.get("Content-Length", 0))
        if length > MOST_BYTES:
            self.answer(413)
            return
        body = self.rfile.read(length)
        try:
            message = webhook.verify(body, dict(self.headers.items()))
        except (WebhookVerificationError, ValueError):
            self.answer(401)
            return
        if self.headers["webhook-id"] not in seen:
            seen.add(self.headers["webhook-id"])
            print(message["type"], message["data"].get("job_id"), flush=True)
        self.answer(204)

    def answer(self, status: int) -> None:
        """Send a response without a body."""
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
