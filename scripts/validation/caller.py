"""A caller of the API who does what the usage examples show."""

import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

ENDED = frozenset({"completed", "failed", "cancelled", "expired"})
"""States in which a job stays."""

_POLL_SECONDS = 0.03
_PATIENCE_SECONDS = 120.0


class CheckFailedError(Exception):
    """The service did not do what it should; the message says what."""


def require(condition: object, complaint: str) -> None:
    """Go on only if the condition holds.

    Raises:
        CheckFailedError: it does not.
    """
    if not condition:
        raise CheckFailedError(complaint)


class Caller:
    """Whoever holds a bearer token; an empty one is nobody."""

    def __init__(self, api: str, token: str) -> None:
        """Prepare to call.

        Args:
            api: base URL.
            token: sent with each request unless it is empty.
        """
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=api, headers=headers, timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request; `options` are those of `httpx.Client.request`."""
        return self._http.request(method, path, **options)

    def get(self, path: str, expected: int = 200) -> httpx.Response:
        """Read something.

        Raises:
            CheckFailedError: the answer's status is another.
        """
        return self._expect(self._http.get(path), expected)

    def create(self, body: dict[str, Any], path: str = "/api/export/") -> str:
        """Create a job; its id.

        Raises:
            CheckFailedError: it was not accepted.
        """
        answer = self._expect(self._http.post(path, json=body), 202)
        return str(answer.json()["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        """A job's JSON."""
        job: dict[str, Any] = self.get(f"/api/export/jobs/{job_id}").json()
        return job

    def states_until_end(self, job_id: str) -> list[dict[str, Any]]:
        """Poll a job; each JSON that was seen, the last one being that of its end.

        Raises:
            CheckFailedError: it does not end.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        seen = [self.job(job_id)]
        while seen[-1]["status"] not in ENDED:
            require(time.monotonic() < deadline, f"job {job_id} does not end")
            time.sleep(_POLL_SECONDS)
            seen.append(self.job(job_id))
        return seen

    def completed(self, job_id: str) -> dict[str, Any]:
        """Wait for a job's file; the job's JSON.

        Raises:
            CheckFailedError: it ends without one.
        """
        job = self.states_until_end(job_id)[-1]
        require(job["status"] == "completed", f"{job['status']}: {job['error']}")
        return job

    def download(self, job_id: str, file: Path) -> None:
        """Save a job's file."""
        file.write_bytes(self.get(f"/api/export/jobs/{job_id}/download").content)

    @staticmethod
    def _expect(answer: httpx.Response, status: int) -> httpx.Response:
        require(
            answer.status_code == status,
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code}, "
            f"not {status}: {answer.text[:300]}",
        )
        return answer
