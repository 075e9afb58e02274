"""A caller of the API for tests: shows answers as they are, where `export_client` reads them."""

import hashlib
from types import TracebackType
from typing import Any, Self

import httpx

from export_client.model import ENDED
from tests.waiting import eventually


class ServiceClient:
    """One owner's view of the service."""

    def __init__(self, base_url: str, token: str) -> None:
        self.http = httpx.Client(
            base_url=base_url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def export(self, ids: list[str], format_id: str, **options: Any) -> dict[str, Any]:
        """Create a job; its first JSON."""
        body = {"content_ids": ids, "format": format_id, **options}
        response = self.http.post("/api/export/", json=body)
        assert response.status_code == 202, response.text
        job: dict[str, Any] = response.json()
        return job

    def bulk(self, format_id: str, **body: Any) -> dict[str, Any]:
        """Create a job from filters; its first JSON."""
        response = self.http.post("/api/export/bulk", json={"format": format_id, **body})
        assert response.status_code == 202, response.text
        job: dict[str, Any] = response.json()
        return job

    def job(self, job_id: str) -> dict[str, Any]:
        """The job as the API shows it."""
        response = self.http.get(f"/api/export/jobs/{job_id}")
        assert response.status_code == 200, response.text
        job: dict[str, Any] = response.json()
        return job

    def cancel(self, job_id: str) -> httpx.Response:
        """Request the cancellation of a job."""
        return self.http.delete(f"/api/export/jobs/{job_id}")

    def wait(self, job_id: str, seconds: float = 60) -> dict[str, Any]:
        """The job's JSON once it has ended."""
        return self.wait_until(job_id, lambda job: job["status"] in ENDED, seconds)

    def wait_until(self, job_id: str, condition: Any, seconds: float = 60) -> dict[str, Any]:
        """The job's JSON once the condition holds of it."""
        job: dict[str, Any] = {}

        def look() -> dict[str, Any] | None:
            job.update(self.job(job_id))
            return job if condition(job) else None

        return eventually(look, seconds, pause=0.03, otherwise=lambda: f"still {job}")

    def download(self, job: dict[str, Any]) -> bytes:
        """The file of a completed job, checked against its hash."""
        response = self.http.get(f"/api/export/jobs/{job['job_id']}/download")
        assert response.status_code == 200, response.text
        assert hashlib.sha256(response.content).hexdigest() == job["file"]["sha256"]
        return response.content
