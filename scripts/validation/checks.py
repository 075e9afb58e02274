"""The checks, in the order in which they run."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx

from activities.model.catalog import formats
from export_client import ExportClient, ExportFailedError, Job
from scripts.dev.stack_file import StackInfo
from scripts.validation.expected import ONE_ITEM, TWO_ITEMS, missing_from
from scripts.validation.readers import HELD_BY, TEXT_OF, read_csv, read_json
from scripts.validation.requirements import answered, require

_DOCUMENTED_FORMATS = {"json", "csv", "pdf", "docx", "txt"}
_METRICS = {
    "operations": r'export_operations_total\{.*operation="create".*\} [1-9]',
    "export duration": r'export_duration_seconds_count\{.*phase="total".*\} [1-9]',
    "file size": r"export_file_size_bytes_count\{.*\} [1-9]",
    "errors": r"export_errors_total\{.*\} [1-9]",
    "jobs by state": r'export_jobs\{status="completed"\}',
}
_JOB_FIELDS = {
    "job_id",
    "status",
    "format",
    "progress",
    "created_at",
    "started_at",
    "completed_at",
    "expires_at",
    "file",
    "download_url",
    "download_url_expires_at",
    "error",
    "warnings",
    "options",
}


@dataclass(frozen=True)
class Service:
    """The service under test, as different callers see it."""

    info: StackInfo
    client: ExportClient
    """The first owner, as programs use the service."""
    owner: httpx.Client
    """The same owner, for what a client hides."""
    other: httpx.Client
    anonymous: httpx.Client
    """A client that sends no token."""
    directory: Path
    """The directory for downloaded files."""

    def export(self, format_id: str) -> Job:
        """Export an item; the completed job."""
        return self.client.wait(self.client.create(format_id, [*ONE_ITEM]))


@contextmanager
def called(info: StackInfo, directory: Path) -> Iterator[Service]:
    """The service, with its callers, until the block ends."""

    def caller(token: str = "") -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=info.api, headers=headers, timeout=30.0)

    with (
        ExportClient(info.api, info.token) as client,
        caller(info.token) as owner,
        caller(info.other_token) as other,
        caller() as anonymous,
    ):
        yield Service(info, client, owner, other, anonymous, directory)


@dataclass(frozen=True)
class Check:
    """One thing that the service must do."""

    name: str
    run: Callable[[Service], None]
    """Raises whatever it raises when the service does not do it."""


def all_checks() -> list[Check]:
    """Every check, one for each built-in format among them."""
    return [
        Check("everything answers", _is_ready),
        Check("formats are listed", _lists_formats),
        *(
            _export_check(format_id, item_ids)
            for format_id in TEXT_OF
            for item_ids in (ONE_ITEM, TWO_ITEMS)
        ),
        Check("a status has the documented shape and progress only grows", _shows_progress),
        Check("live events end with the finished job", _sends_events),
        Check("bulk: JSON of two content types since 2024", _exports_bulk_json),
        Check("bulk: CSV of study guides", _exports_bulk_csv),
        Check("jobs are listed by page and status", _lists_jobs),
        Check("signed link works without a token, altered it does not", _honours_signed_link),
        Check("a cancelled job ends without a file", _cancels),
        Check("another owner sees no job, file or content", _keeps_owners_apart),
        Check("unknown format is refused", _refuses_unknown_format),
        Check("unknown content is refused", _refuses_unknown_content),
        Check("requests without a token are refused", _requires_token),
        Check("metrics count all of this", _counts),
    ]


def _export_check(format_id: str, item_ids: Sequence[str]) -> Check:
    def run(service: Service) -> None:
        job = service.client.wait(
            service.client.create(format_id, [*item_ids], include_quality_metrics=len(item_ids) > 1)
        )
        file = service.directory / f"export.{formats()[format_id].extension}"
        service.client.download(job, file)
        require(
            job.file and job.file.size == file.stat().st_size, "the size is not that of the job"
        )
        missing = missing_from(TEXT_OF[format_id](file), item_ids, HELD_BY.get(format_id))
        require(not missing, f"not in the file: {', '.join(missing)}")

    return Check(f"export {' and '.join(item_ids)} as {formats()[format_id].name}", run)


def _is_ready(service: Service) -> None:
    components = answered(service.anonymous.get(f"{service.info.internal}/health/ready")).json()[
        "components"
    ]
    require(set(components.values()) == {"ok"}, f"not ready: {components}")


def _lists_formats(service: Service) -> None:
    listed = service.client.formats()
    missing = (_DOCUMENTED_FORMATS | set(TEXT_OF)) - {entry.id for entry in listed}
    require(not missing, f"not listed: {', '.join(sorted(missing))}")
    require(all(entry.description for entry in listed), "a format has no description")


def _shows_progress(service: Service) -> None:
    states: list[Job] = []
    made = service.client.create_bulk("txt", max_items=100)
    last = service.client.wait(made, states.append)
    shape = answered(service.owner.get(f"/api/export/jobs/{made.job_id}")).json()
    require(set(shape) >= _JOB_FIELDS, f"not in the job: {sorted(_JOB_FIELDS - set(shape))}")
    percents = [job.progress.percent for job in states]
    require(percents == sorted(percents), f"percent falls: {percents}")
    require(last.progress.percent == 100, f"completed at {last.progress.percent} percent")
    require(last.progress.items_done == last.progress.items_total, "completed with items left")
    times = [shape[name] for name in ("created_at", "started_at", "completed_at", "expires_at")]
    require(times == sorted(times, key=datetime.fromisoformat), f"times out of order: {times}")


def _sends_events(service: Service) -> None:
    job = service.client.create("json", [*ONE_ITEM])
    stream = answered(service.owner.get(f"/api/export/jobs/{job.job_id}/events"))
    require(stream.headers["content-type"].startswith("text/event-stream"), "no event stream")
    last = [line for line in stream.text.splitlines() if line.startswith("data:")][-1]
    require('"status":"completed"' in last, f"the last event is {last}")


def _exports_bulk_json(service: Service) -> None:
    job = service.client.create_bulk(
        "json",
        content_types=["study_guide", "flashcards"],
        date_from=date(2024, 1, 1),
        date_to=date(2024, 12, 31),
        max_items=100,
    )
    items = read_json(_file_of(service, job))["items"]
    require(0 < len(items) <= 100, f"{len(items)} items")
    for item in items:
        require(item["created_at"].startswith("2024-"), f"{item['id']} is not of 2024")
        require(item.get("study_guide") or item.get("flashcards"), f"{item['id']} has neither part")
    dates = [item["created_at"] for item in items]
    require(dates == sorted(dates, reverse=True), "not newest first")


def _exports_bulk_csv(service: Service) -> None:
    job = service.client.create_bulk(
        "csv", content_types=["study_guide"], date_from=date(2024, 1, 1), max_items=50
    )
    rows = read_csv(_file_of(service, job))
    items = {row["item_id"] for row in rows}
    with_guide = {row["item_id"] for row in rows if row["part"] == "study_guide"}
    require(0 < len(items) <= 50, f"{len(items)} items")
    require(items == with_guide, f"without study guide: {sorted(items - with_guide)}")


def _file_of(service: Service, job: Job) -> Path:
    return service.client.download(service.client.wait(job), service.directory)


def _lists_jobs(service: Service) -> None:
    made = [service.export("json").job_id for _ in range(3)]
    pages = [service.client.jobs(page, 2, "completed") for page in (1, 2)]
    for page in pages:
        require(len(page.items) <= 2, "more jobs than page_size")
        require(all(job.status == "completed" for job in page.items), "a job is not completed")
        require(page.pages == -(-page.total // 2), f"{page.total} jobs, {page.pages} pages")
    listed = [job.job_id for page in pages for job in page.items]
    require(listed[:3] == made[::-1], "the newest jobs are not first")
    first = answered(service.owner.get("/api/export/jobs?page_size=2&status=completed"))
    require('rel="next"' in first.headers["link"], "no link to the next page")


def _honours_signed_link(service: Service) -> None:
    job = service.export("txt")
    link, ends = job.download_url, job.download_url_expires_at
    assert link
    assert ends
    assert job.file
    assert job.completed_at
    content = answered(service.anonymous.get(link)).content
    require(hashlib.sha256(content).hexdigest() == job.file.sha256, "another file")
    valid_for = ends - job.completed_at
    require(valid_for.total_seconds() <= 86_400 + 60, f"the link is valid for {valid_for}")
    last = link[-1]
    altered = link[:-1] + ("0" if last != "0" else "1")
    longer = re.sub(r"expires=(\d+)", lambda match: f"expires={int(match[1]) + 1}", link)
    for forged in (altered, longer, link.split("&signature=")[0]):
        _problem(service.anonymous.get(forged), 404, "not-found")


def _cancels(service: Service) -> None:
    job = service.client.cancel(service.client.create_bulk("pdf", max_items=100).job_id)
    try:
        service.client.wait(job)
    except ExportFailedError as error:
        job = error.job
    require(job.status == "cancelled", f"the job ended as {job.status}")
    require(job.file is None and job.download_url is None, "a cancelled job has a file")
    download = service.owner.get(f"/api/export/jobs/{job.job_id}/download")
    _problem(download, 409, "not-ready")
    again = service.client.cancel(job.job_id)
    require(again.status == "cancelled", f"cancelled again, the job is {again.status}")


def _keeps_owners_apart(service: Service) -> None:
    job_id = service.export("json").job_id
    unknown_id = "00000000-0000-4000-8000-000000000000"
    for method, suffix in (("GET", ""), ("DELETE", ""), ("GET", "/download"), ("GET", "/events")):
        responses = [
            service.other.request(method, f"/api/export/jobs/{wanted}{suffix}")
            for wanted in (job_id, unknown_id)
        ]
        foreign, unknown = (_problem(response, 404, "not-found") for response in responses)
        require(_alike(foreign) == _alike(unknown), f"{method} {suffix or 'job'} tells them apart")
    listed = answered(service.other.get("/api/export/jobs?page_size=100")).json()["items"]
    require(job_id not in {job["job_id"] for job in listed}, "the job is in another owner's list")
    foreign, unknown = (
        _problem(_post(service.other, item_id), 404, "content-not-found")
        for item_id in (*ONE_ITEM, "content-0")
    )
    require(foreign["content_ids"] == [*ONE_ITEM], "the answer does not name the content")
    require(_alike(foreign) == _alike(unknown), "content of others is told from none")


def _refuses_unknown_format(service: Service) -> None:
    problem = _problem(_post(service.owner, *ONE_ITEM, "clay-tablet"), 400, "invalid-format")
    require(set(problem["formats"]) >= _DOCUMENTED_FORMATS, "the formats are not listed")


def _refuses_unknown_content(service: Service) -> None:
    problem = _problem(_post(service.owner, "content-0"), 404, "content-not-found")
    require(problem["content_ids"] == ["content-0"], "the answer does not name the content")


def _requires_token(service: Service) -> None:
    for method, path in (
        ("POST", "/api/export/"),
        ("POST", "/api/export/bulk"),
        ("GET", "/api/export/jobs"),
        ("GET", "/api/export/formats"),
    ):
        response = service.anonymous.request(method, path)
        _problem(response, 401, "unauthenticated")
        require("www-authenticate" in response.headers, f"{method} {path}: no WWW-Authenticate")


def _counts(service: Service) -> None:
    urls = (f"{service.info.internal}/metrics", *service.info.metrics)
    texts = [answered(service.anonymous.get(url)).text for url in urls]
    missing = [
        name for name, pattern in _METRICS.items() if not re.search(pattern, "\n".join(texts))
    ]
    require(not missing, f"not counted: {', '.join(missing)}")


def _post(caller: httpx.Client, item_id: str, format_id: str = "json") -> httpx.Response:
    return caller.post("/api/export/", json={"content_ids": [item_id], "format": format_id})


def _problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    place = f"{response.request.method} {response.request.url.path}"
    require(
        response.status_code == status, f"{place} answered {response.status_code}, not {status}"
    )
    kind = response.headers["content-type"]
    require(kind.startswith("application/problem+json"), f"{place} answered with {kind}")
    problem: dict[str, Any] = response.json()
    require(problem["code"] == code, f"{place}: code {problem['code']}, not {code}")
    require(problem["status"] == status, f"{place}: the problem says {problem['status']}")
    return problem


def _alike(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem without what names the thing that was asked for."""
    return {k: v for k, v in problem.items() if k not in {"instance", "content_ids"}}
