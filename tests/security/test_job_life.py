"""The life of jobs: any sequence of calls of two owners, against a whole running service.

A model says which answers and states are possible after each call. `LIFE_EXAMPLES` is how many
sequences are tried.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from scripts.dev.stack import Stack

EXAMPLES = int(os.environ.get("LIFE_EXAMPLES", "8"))
STEPS = 25
ENDED = {"completed", "failed", "cancelled", "expired"}
ITEMS = {"first": ["content-1", "content-2"], "second": ["content-1001", "content-1002"]}
FORMATS = ("json", "txt", "csv")
CALLS = [("GET", ""), ("GET", "/download"), ("GET", "/events"), ("DELETE", "")]
NEXT = {
    "pending": {"pending", "processing", "completed", "cancelled"},
    "processing": {"processing", "completed", "cancelled"},
    "completed": {"completed"},
    "cancelled": {"cancelled"},
}
"""No job of the model may fail: what it asks for can be made."""

owners = st.sampled_from(sorted(ITEMS))


class Known(msgspec.Struct):
    """What the model knows of a job."""

    job_id: str
    owner: str
    body: dict[str, Any]
    status: str = "pending"
    percent: float = 0.0
    cancelled: bool = False
    """Whether a cancellation was accepted: from then on it has no file, ever."""
    sha256: str = ""


class JobLife(RuleBasedStateMachine):
    """Calls of two owners."""

    http: ClassVar[dict[str, httpx.Client]] = {}
    jobs = Bundle("jobs")

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Known] = {}
        self.keys: dict[tuple[str, str], Known] = {}
        self.run = str(time.monotonic_ns())
        self.before = {owner: self._total(owner) for owner in ITEMS}

    @rule(
        target=jobs,
        owner=owners,
        format_id=st.sampled_from(FORMATS),
        items=st.sampled_from([slice(1), slice(2)]),
        key=st.sampled_from([None, "a", "b"]),
    )
    def submit(self, owner: str, format_id: str, items: slice, key: str | None) -> str:
        """A new job; with a key that was used, the same one or a refusal."""
        body = {"content_ids": ITEMS[owner][items], "format": format_id}
        headers = {"Idempotency-Key": f"{self.run}-{key}"} if key else {}
        response = self.http[owner].post("/api/export/", json=body, headers=headers)
        earlier = self.keys.get((owner, key)) if key else None
        if earlier is not None and earlier.body != body:
            assert response.status_code == 422
            assert response.json()["code"] == "idempotency-mismatch"
            return earlier.job_id
        assert response.status_code == 202, response.text
        job = response.json()
        if earlier is not None:
            assert job["job_id"] == earlier.job_id
            self._see(earlier, job)
            return earlier.job_id
        assert job["job_id"] not in self.known
        known = Known(job["job_id"], owner, body)
        self.known[known.job_id] = known
        if key:
            self.keys[owner, key] = known
        self._see(known, job)
        return known.job_id

    @rule(job_id=jobs)
    def read(self, job_id: str) -> None:
        """What the owner sees follows from what they saw."""
        known = self.known[job_id]
        response = self._call(known, "GET")
        assert response.status_code == 200
        self._see(known, response.json())

    @rule(job_id=jobs)
    def cancel(self, job_id: str) -> None:
        """Accepted as long as it has not ended, and again when it is cancelled."""
        known = self.known[job_id]
        response = self._call(known, "DELETE")
        if known.cancelled:
            assert response.status_code == 202
        elif known.status == "completed":
            assert response.status_code == 409
        assert response.status_code in {202, 409}
        if response.status_code == 202:
            known.cancelled = True
            self._see(known, response.json())
        else:
            assert response.json()["code"] == "already-ended"
            assert self._finish(known)["status"] == "completed"

    @rule(job_id=jobs)
    def download(self, job_id: str) -> None:
        """The file, once there is one, and always the same."""
        known = self.known[job_id]
        response = self._call(known, "GET", "/download")
        if known.status == "completed":
            assert response.status_code == 200
        if known.cancelled:
            assert response.status_code == 409
        assert response.status_code in {200, 409}
        if response.status_code == 200:
            job = self._call(known, "GET").json()
            self._see(known, job)
            assert job["status"] == "completed"
            assert response.headers["etag"] == f'"{job["file"]["sha256"]}"'

    @rule(job_id=jobs)
    def wait(self, job_id: str) -> None:
        """Every job ends, as the model says."""
        known = self.known[job_id]
        job = self._finish(known)
        assert job["status"] == ("cancelled" if known.cancelled else "completed")

    @rule(job_id=jobs, call=st.sampled_from(CALLS))
    def another_looks(self, job_id: str, call: tuple[str, str]) -> None:
        """Whatever they try, there is nothing, and nothing changes."""
        method, what = call
        [other] = set(ITEMS) - {self.known[job_id].owner}
        response = self.http[other].request(method, f"/api/export/jobs/{job_id}{what}")
        assert response.status_code == 404

    @rule(owner=owners)
    def list_jobs(self, owner: str) -> None:
        """All of the owner's and nobody else's, newest first."""
        mine = [known.job_id for known in self.known.values() if known.owner == owner]
        page = self.http[owner].get("/api/export/jobs", params={"page_size": 100}).json()
        assert page["total"] == self.before[owner] + len(mine)
        assert [job["job_id"] for job in page["items"]][: len(mine)] == mine[::-1]
        for job in page["items"][: len(mine)]:
            self._see(self.known[job["job_id"]], job)

    @invariant()
    def cancelled_jobs_have_no_file(self) -> None:
        """By what was seen of them."""
        for known in self.known.values():
            assert not (known.cancelled and known.sha256)

    def teardown(self) -> None:
        """Whatever happened, all of them end."""
        for known in self.known.values():
            assert self._finish(known)["status"] in ENDED

    def _call(self, known: Known, method: str, what: str = "") -> httpx.Response:
        return self.http[known.owner].request(method, f"/api/export/jobs/{known.job_id}{what}")

    def _total(self, owner: str) -> int:
        return int(self.http[owner].get("/api/export/jobs").json()["total"])

    def _finish(self, known: Known) -> dict[str, Any]:
        deadline = time.monotonic() + 60
        while True:
            job: dict[str, Any] = self._call(known, "GET").json()
            self._see(known, job)
            if known.status in ENDED:
                return job
            assert time.monotonic() < deadline, job
            time.sleep(0.05)

    @staticmethod
    def _see(known: Known, job: dict[str, Any]) -> None:
        """Check an answer about a job against what is known, and learn from it."""
        assert job["job_id"] == known.job_id
        assert job["format"] == known.body["format"]
        assert job["status"] in NEXT[known.status], (known.status, job)
        assert not (known.cancelled and job["status"] == "completed")
        assert job["progress"]["percent"] >= known.percent
        assert (job["file"] is not None) == (job["status"] == "completed")
        assert job["error"] is None
        known.status = job["status"]
        known.percent = job["progress"]["percent"]
        if job["file"] is not None:
            assert job["file"]["items"] == len(known.body["content_ids"])
            assert known.sha256 in {"", job["file"]["sha256"]}
            known.sha256 = job["file"]["sha256"]


@contextmanager
def calling(stack: Stack) -> Iterator[None]:
    tokens = {"first": stack.token, "second": stack.other_token}
    JobLife.http = {
        owner: httpx.Client(
            base_url=stack.api, headers={"Authorization": f"Bearer {bearer}"}, timeout=30
        )
        for owner, bearer in tokens.items()
    }
    try:
        yield
    finally:
        for client in JobLife.http.values():
            client.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A service whose owners have no limits but that on exports at once."""
    limits = {"EXPORT_OWNER_JOBS_IN_FLIGHT": "0", "EXPORT_OWNER_JOBS_PER_HOUR": "0"}
    with Stack(tmp_path_factory.mktemp("life"), settings=limits) as running:
        yield running


def test_no_sequence_of_calls_leads_a_job_astray(service: Stack) -> None:
    with calling(service):
        run_state_machine_as_test(
            JobLife,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=STEPS,
                # Looking for a shorter sequence would take many times as long as finding one.
                phases=[Phase.generate],
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
