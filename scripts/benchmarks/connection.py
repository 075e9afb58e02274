"""A keep-alive connection to the API that costs as little as Python can."""

import http.client
import json
import socket
import time
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

# Often enough to see an end within a few per cent of the shortest export, and still cheap.
_POLL_SECONDS = 0.003


class Connection:
    """One connection of one owner."""

    def __init__(self, api: str, token: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(api).netloc, timeout=60.0)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._token = token
        self._session: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        self._http.close()

    def create(self, content_ids: list[str], format_id: str, **options: object) -> str:
        """Create an export; its job id."""
        body = json.dumps({"content_ids": content_ids, "format": format_id, **options}).encode()
        job: dict[str, Any] = json.loads(self._call("POST", "/api/export/", body, expected=202))
        return str(job["job_id"])

    def cancel(self, job_id: str) -> None:
        """Cancel an export, unless it has ended."""
        self._call("DELETE", f"/api/export/jobs/{job_id}", None, expected=202, tolerated=409)

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as the API shows it."""
        job: dict[str, Any] = json.loads(self.get(f"/api/export/jobs/{job_id}"))
        return job

    def wait(self, job_id: str) -> None:
        """Poll a job until it has a file.

        Raises:
            RuntimeError: it ends without one.
        """
        job = self.wait_for_end(job_id)
        if job["status"] != "completed":
            raise RuntimeError(f"export {job_id} is {job['status']}")

    def wait_for_end(self, job_id: str) -> dict[str, Any]:
        """Poll a job until it has ended; the job as the API shows it."""
        while (job := self.job(job_id))["status"] in {"pending", "processing"}:
            time.sleep(_POLL_SECONDS)
        return job

    def download(self, job_id: str) -> bytes:
        """A completed job's file."""
        return self.get(f"/api/export/jobs/{job_id}/download")

    def open_events(self, job_id: str) -> socket.socket:
        """A connection of its own that has asked for the job's events."""
        watcher = socket.create_connection((self._http.host, self._http.port), 10)
        watcher.sendall(
            f"GET /api/export/jobs/{job_id}/events HTTP/1.1\r\nHost: {self._http.host}\r\n"
            f"Authorization: {self._headers['Authorization']}\r\n\r\n".encode()
        )
        return watcher

    def get(self, path: str) -> bytes:
        """The body of an answer with status 200."""
        return self._call("GET", path, None, expected=200)

    def page(self, path: str) -> bytes:
        """A page for people, for one who has signed in."""
        if not self._session:
            self._session = {"Cookie": self._sign_in()}
        return self._call("GET", path, None, expected=200, headers=self._session)

    def _sign_in(self) -> str:
        form = urlencode({"token": self._token})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{self._http.host}:{self._http.port}",
        }
        self._http.request("POST", "/sign-in", form, headers)
        response = self._http.getresponse()
        response.read()
        cookie = response.headers.get("Set-Cookie", "")
        return cookie.partition(";")[0]

    def _call(
        self,
        method: str,
        path: str,
        body: bytes | None,
        expected: int,
        tolerated: int = 0,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        self._http.request(method, path, body, headers or self._headers)
        response = self._http.getresponse()
        content = response.read()
        if response.status not in {expected, tolerated}:
            raise RuntimeError(f"{method} {path} answered {response.status}: {content[:300]!r}")
        return content
