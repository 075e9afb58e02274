"""Checks from outside what must hold of a service after any fault.

A `Ledger` makes exports as a careful caller would, and keeps what the service acknowledged; `judge`
compares that with what became of it.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import httpx

from export_client.model import ENDED
from scripts.validation.readers import TEXT_OF
from tests.client import ServiceClient

_PAUSE_SECONDS = 0.1
# What a caller does about these answers is to ask again: nothing was acknowledged.
_AGAIN = {429, 503, 507}


@dataclass(frozen=True)
class Wanted:
    """An export that somebody asks for."""

    owner: str
    ids: tuple[str, ...]
    format: str
    """One format, or several of a bundle with commas between them."""

    @property
    def body(self) -> dict[str, list[str] | str]:
        """The request."""
        formats = self.format.split(",")
        named: dict[str, list[str] | str] = {"formats": formats}
        if len(formats) == 1:
            named = {"format": self.format}
        return {"content_ids": list(self.ids), **named}


@dataclass(frozen=True)
class Reference:
    """The result of an undisturbed run of an export."""

    content: bytes
    seconds: float
    """The seconds from the request to the end state."""

    @property
    def sha256(self) -> str:
        """The hash of the file, in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Acknowledged:
    """One job that the service took."""

    job_id: str
    wanted: Wanted
    key: str
    """The idempotency key of its request."""
    at: float
    """The time at which it was acknowledged, by the clock of `time.monotonic()`."""
    ends_as: frozenset[str] = frozenset({"completed"})
    """The end states that are right."""


@dataclass
class Verdict:
    """The outcome of the acknowledged jobs."""

    statuses: Counter[str] = field(default_factory=Counter)
    """The number of jobs in each end state."""
    violations: list[str] = field(default_factory=list)
    """The broken promises, in words."""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The JSON of every job by its id."""

    def assert_clean(self) -> None:
        """Fail the test when there is a violation."""
        shown = "\n".join(self.violations[:20])
        assert not self.violations, f"{len(self.violations)} violations:\n{shown}"


class Ledger:
    """Exports of several owners, as their callers remember them. Threads may share one."""

    def __init__(
        self, callers: Mapping[str, ServiceClient], references: Mapping[Wanted, Reference]
    ) -> None:
        """Begin with an empty book; jobs that the owners have by now are no concern of it.

        Args:
            callers: a client for each owner.
            references: the references of exports that were learned before.
        """
        self.callers = callers
        self.references = dict(references)
        self.entries: list[Acknowledged] = []
        self._writing = Lock()
        self.others = {job["job_id"] for owner in callers for job in self.jobs_of(owner)}

    def learn(self, wanted: Wanted, directory: Path) -> Reference:
        """Run an export while nothing is wrong, to know what its bytes must be.

        Args:
            wanted: the export.
            directory: for the file, which must open.
        """
        started = time.monotonic()
        entry = self.submit(wanted)
        caller = self.callers[wanted.owner]
        job = caller.wait(entry.job_id, 120)
        seconds = time.monotonic() - started
        assert job["status"] == "completed", job
        reference = Reference(caller.download(job), seconds)
        reader = TEXT_OF.get(wanted.format)
        if reader is not None:
            file = directory / f"reference.{wanted.format}"
            file.write_bytes(reference.content)
            assert reader(file)
        self.references[wanted] = reference
        return reference

    def submit(
        self,
        wanted: Wanted,
        *,
        ends_as: frozenset[str] = frozenset({"completed"}),
        seconds: float = 60,
    ) -> Acknowledged:
        """Ask for an export, again and again with the same key until it is acknowledged."""
        response, entry = self._ask(wanted, ends_as, seconds)
        assert entry is not None, response.text
        return entry

    def offer(self, wanted: Wanted) -> int:
        """Ask for an export once; the status of the answer, which may be a refusal."""
        response, _ = self._ask(wanted, frozenset({"completed"}), 0)
        return response.status_code

    def _ask(
        self, wanted: Wanted, ends_as: frozenset[str], seconds: float
    ) -> tuple[httpx.Response, Acknowledged | None]:
        key = str(uuid4())
        headers = {"Idempotency-Key": key}
        response = self._call(
            wanted.owner, "POST", "/api/export/", seconds, json=wanted.body, headers=headers
        )
        if response.status_code != 202:
            return response, None
        entry = Acknowledged(response.json()["job_id"], wanted, key, time.monotonic(), ends_as)
        with self._writing:
            self.entries.append(entry)
        return response, entry

    def cancel(self, entry: Acknowledged, seconds: float = 60) -> bool:
        """Ask to cancel; whether the service promised that it will be cancelled."""
        path = f"/api/export/jobs/{entry.job_id}"
        response = self._call(entry.wanted.owner, "DELETE", path, seconds)
        assert response.status_code in {202, 409}, response.text
        promised = response.status_code == 202
        if promised:
            entry.ends_as = frozenset({"cancelled"})
        return promised

    def job(self, entry: Acknowledged) -> dict[str, Any]:
        """The job as the API shows it."""
        path = f"/api/export/jobs/{entry.job_id}"
        job: dict[str, Any] = self._call(entry.wanted.owner, "GET", path, 60).json()
        return job

    def jobs_of(self, owner: str) -> Iterator[dict[str, Any]]:
        """Every job of an owner, as the service lists them."""
        page = pages = 1
        while page <= pages:
            path = f"/api/export/jobs?page={page}&page_size=100"
            listed = self._call(owner, "GET", path, 30).json()
            yield from listed["items"]
            page, pages = page + 1, listed["pages"]

    def open_jobs(self) -> int:
        """The number of jobs of all owners that have not ended."""
        return sum(
            self._call(owner, "GET", f"/api/export/jobs?status={status}", 30).json()["total"]
            for owner in self.callers
            for status in ("pending", "processing")
        )

    def download(self, entry: Acknowledged) -> httpx.Response:
        """The answer to a request for the job's file."""
        path = f"/api/export/jobs/{entry.job_id}/download"
        return self._call(entry.wanted.owner, "GET", path, 30)

    def _call(
        self, owner: str, method: str, path: str, seconds: float, **request: Any
    ) -> httpx.Response:
        """Call, and call again while nobody answers for good."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                response = self.callers[owner].http.request(method, path, **request)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
            else:
                if response.status_code not in _AGAIN or time.monotonic() > deadline:
                    return response
            time.sleep(_PAUSE_SECONDS)


def judge(ledger: Ledger, files: Path, *, within: float) -> Verdict:
    """Wait until every job has ended, then look at all of them and at what lies in storage.

    Args:
        ledger: the acknowledged jobs.
        files: the directory of `EXPORT_TEMP_PATH`.
        within: seconds that the jobs still have; those that are open then are lost.
    """
    deadline = time.monotonic() + within
    while ledger.open_jobs() and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    verdict = Verdict()
    for owner in ledger.callers:
        mine = [entry for entry in ledger.entries if entry.wanted.owner == owner]
        listed = {
            job["job_id"]: job
            for job in ledger.jobs_of(owner)
            if job["job_id"] not in ledger.others
        }
        verdict.jobs |= listed
        for entry in mine:
            verdict.violations += _judge_job(ledger, entry, listed.get(entry.job_id), verdict)
        known = {entry.job_id for entry in mine}
        verdict.violations += [f"job {each} was made twice" for each in listed.keys() - known]
        verdict.violations += [
            f"two requests share job {each}"
            for each, times in Counter(entry.job_id for entry in mine).items()
            if times > 1
        ]
    verdict.violations += _judge_storage(files, verdict.jobs, ledger.others)
    return verdict


def _judge_job(
    ledger: Ledger, entry: Acknowledged, job: dict[str, Any] | None, verdict: Verdict
) -> Iterator[str]:
    name = f"job {entry.job_id} ({entry.wanted.format})"
    if job is None:
        yield f"{name} was acknowledged and is gone"
        return
    status = job["status"]
    verdict.statuses[status] += 1
    if status not in ENDED:
        yield f"{name} has not ended: {status}, {job['progress']}"
        return
    if status not in entry.ends_as:
        yield f"{name} is {status}, not {'/'.join(entry.ends_as)}: {job['error']}"
    if status == "failed" and not job["error"]["detail"]:
        yield f"{name} failed and does not say why"
    try:
        response = ledger.download(entry)
    except httpx.TransportError as error:
        yield f"{name} cannot be downloaded: {error}"
        return
    if status != "completed":
        if response.status_code not in {409, 410} or (job["file"] and status != "expired"):
            yield f"{name} is {status} and has a file"
        return
    digest = hashlib.sha256(response.content).hexdigest()
    if response.status_code != 200 or digest != job["file"]["sha256"]:
        yield f"{name} has a file that is not the row's: {response.status_code}"
    elif digest != ledger.references[entry.wanted].sha256:
        yield f"{name} has other bytes than an undisturbed run"


def _judge_storage(
    files: Path, jobs: Mapping[str, dict[str, Any]], others: set[str]
) -> Iterator[str]:
    every = [file.relative_to(files) for file in files.rglob("*") if file.is_file()]
    found = [file for file in every if others.isdisjoint(file.parts)]
    yield from (f"{file} was left" for file in found if file.parts[0] != "files")
    published = Counter(file.parts[1] for file in found if file.parts[0] == "files")
    for job_id, job in jobs.items():
        count = published.pop(job_id, 0)
        if count != (job["status"] == "completed"):
            yield f"job {job_id} is {job['status']} and has {count} published files"
    yield from (f"there are files of job {job_id}, which is nobody's" for job_id in published)
