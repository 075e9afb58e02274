"""The checks, in the order in which they run."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from activities.formats.catalog import formats
from scripts.stack_file import StackInfo
from scripts.validation.caller import Caller, require
from scripts.validation.expected import ONE_ITEM, TWO_ITEMS, missing_from
from scripts.validation.readers import TEXT_OF, read_csv, read_json

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
    owner: Caller
    other: Caller
    nobody: Caller
    directory: Path
    """For downloaded files."""

    def export(self, format_id: str) -> dict[str, Any]:
        """Export an item; the completed job."""
        body = {"content_ids": ONE_ITEM, "format": format_id}
        return self.owner.completed(self.owner.create(body))


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
    body = {"content_ids": item_ids, "format": format_id, "include_metadata": True}
    if len(item_ids) > 1:
        body["include_quality_metrics"] = True

    def run(service: Service) -> None:
        job = service.owner.completed(service.owner.create(body))
        file = service.directory / f"export.{formats()[format_id].extension}"
        service.owner.download(job["job_id"], file)
        content = file.read_bytes()
        require(job["file"]["size"] == len(content), "the size is not that of the job")
        digest = hashlib.sha256(content).hexdigest()
        require(job["file"]["sha256"] == digest, "the SHA-256 is not that of the job")
        missing = missing_from(TEXT_OF[format_id](file), item_ids)
        require(not missing, f"not in the file: {', '.join(missing)}")

    return Check(f"export {' and '.join(item_ids)} as {formats()[format_id].name}", run)


def _is_ready(service: Service) -> None:
    components = service.nobody.get("/health/ready").json()["components"]
    require(set(components.values()) == {"ok"}, f"not ready: {components}")


def _lists_formats(service: Service) -> None:
    listed = service.owner.get("/api/export/formats").json()["formats"]
    missing = (_DOCUMENTED_FORMATS | set(TEXT_OF)) - {entry["id"] for entry in listed}
    require(not missing, f"not listed: {', '.join(sorted(missing))}")
    require(all(entry["description"] for entry in listed), "a format has no description")


def _shows_progress(service: Service) -> None:
    job_id = service.owner.create({"format": "txt", "max_items": 100}, "/api/export/bulk")
    states = service.owner.states_until_end(job_id)
    for job in states:
        require(set(job) >= _JOB_FIELDS, f"not in the job: {sorted(_JOB_FIELDS - set(job))}")
    percents = [job["progress"]["percent"] for job in states]
    require(percents == sorted(percents), f"percent falls: {percents}")
    last = states[-1]
    require(last["status"] == "completed", f"{last['status']}: {last['error']}")
    progress = last["progress"]
    require(progress["percent"] == 100, f"completed at {progress['percent']} percent")
    require(progress["items_done"] == progress["items_total"], "completed with items left")
    times = [last[name] for name in ("created_at", "started_at", "completed_at", "expires_at")]
    require(times == sorted(times, key=datetime.fromisoformat), f"times out of order: {times}")


def _sends_events(service: Service) -> None:
    job_id = service.owner.create({"content_ids": ONE_ITEM, "format": "json"})
    stream = service.owner.get(f"/api/export/jobs/{job_id}/events")
    require(stream.headers["content-type"].startswith("text/event-stream"), "no event stream")
    last = [line for line in stream.text.splitlines() if line.startswith("data:")][-1]
    require('"status":"completed"' in last, f"the last event is {last}")


def _exports_bulk_json(service: Service) -> None:
    body = {
        "format": "json",
        "filters": {
            "date_from": "2024-01-01",
            "date_to": "2024-12-31",
            "content_types": ["study_guide", "flashcards"],
        },
        "max_items": 100,
    }
    items = read_json(_bulk_file(service, body))["items"]
    require(0 < len(items) <= 100, f"{len(items)} items")
    for item in items:
        require(item["created_at"].startswith("2024-"), f"{item['id']} is not of 2024")
        require(item.get("study_guide") or item.get("flashcards"), f"{item['id']} has neither part")
    dates = [item["created_at"] for item in items]
    require(dates == sorted(dates, reverse=True), "not newest first")


def _exports_bulk_csv(service: Service) -> None:
    body = {
        "format": "csv",
        "filters": {"date_from": "2024-01-01", "content_types": ["study_guide"]},
        "max_items": 50,
    }
    rows = read_csv(_bulk_file(service, body))
    items = {row["item_id"] for row in rows}
    with_guide = {row["item_id"] for row in rows if row["part"] == "study_guide"}
    require(0 < len(items) <= 50, f"{len(items)} items")
    require(items == with_guide, f"without study guide: {sorted(items - with_guide)}")


def _bulk_file(service: Service, body: dict[str, Any]) -> Path:
    job = service.owner.completed(service.owner.create(body, "/api/export/bulk"))
    file = service.directory / f"bulk.{body['format']}"
    service.owner.download(job["job_id"], file)
    return file


def _lists_jobs(service: Service) -> None:
    made = [service.export("json")["job_id"] for _ in range(3)]
    pages = [
        service.owner.get(f"/api/export/jobs?page={page}&page_size=2&status=completed")
        for page in (1, 2)
    ]
    first, second = (page.json() for page in pages)
    for page in (first, second):
        require(len(page["items"]) <= 2, "more jobs than page_size")
        require(all(j["status"] == "completed" for j in page["items"]), "a job is not completed")
        require(page["pages"] == -(-page["total"] // 2), f"{page['total']} jobs, {page['pages']}")
    listed = [job["job_id"] for job in first["items"] + second["items"]]
    require(listed[:3] == made[::-1], "the newest jobs are not first")
    require('rel="next"' in pages[0].headers["link"], "no link to the next page")


def _honours_signed_link(service: Service) -> None:
    job = service.export("txt")
    link = job["download_url"]
    require(
        hashlib.sha256(service.nobody.get(link).content).hexdigest() == job["file"]["sha256"],
        "another file",
    )
    valid_for = datetime.fromisoformat(job["download_url_expires_at"]) - datetime.fromisoformat(
        job["completed_at"]
    )
    require(valid_for.total_seconds() <= 86_400 + 60, f"the link is valid for {valid_for}")
    last = link[-1]
    altered = link[:-1] + ("0" if last != "0" else "1")
    longer = re.sub(r"expires=(\d+)", lambda match: f"expires={int(match[1]) + 1}", link)
    for forged in (altered, longer, link.split("&signature=")[0]):
        _problem(service.nobody.request("GET", forged), 404, "not-found")


def _cancels(service: Service) -> None:
    job_id = service.owner.create({"format": "pdf", "max_items": 100}, "/api/export/bulk")
    answer = service.owner.request("DELETE", f"/api/export/jobs/{job_id}")
    require(answer.status_code == 202, f"cancelling answered {answer.status_code}")
    job = service.owner.states_until_end(job_id)[-1]
    require(job["status"] == "cancelled", f"the job ended as {job['status']}")
    require(job["file"] is None and job["download_url"] is None, "a cancelled job has a file")
    download = service.owner.request("GET", f"/api/export/jobs/{job_id}/download")
    _problem(download, 409, "not-ready")
    again = service.owner.request("DELETE", f"/api/export/jobs/{job_id}")
    require(again.status_code == 202, f"cancelling again answered {again.status_code}")


def _keeps_owners_apart(service: Service) -> None:
    job_id = service.export("json")["job_id"]
    nobodys = "00000000-0000-4000-8000-000000000000"
    for method, suffix in (("GET", ""), ("DELETE", ""), ("GET", "/download"), ("GET", "/events")):
        answers = [
            service.other.request(method, f"/api/export/jobs/{wanted}{suffix}")
            for wanted in (job_id, nobodys)
        ]
        foreign, unknown = (_problem(answer, 404, "not-found") for answer in answers)
        require(_alike(foreign) == _alike(unknown), f"{method} {suffix or 'job'} tells them apart")
    listed = service.other.get("/api/export/jobs?page_size=100").json()["items"]
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
        answer = service.nobody.request(method, path)
        _problem(answer, 401, "unauthenticated")
        require("www-authenticate" in answer.headers, f"{method} {path}: no WWW-Authenticate")


def _counts(service: Service) -> None:
    texts = [service.nobody.get(url).text for url in ("/metrics", *service.info.metrics)]
    missing = [
        name for name, pattern in _METRICS.items() if not re.search(pattern, "\n".join(texts))
    ]
    require(not missing, f"not counted: {', '.join(missing)}")


def _post(caller: Caller, item_id: str, format_id: str = "json") -> httpx.Response:
    body = {"content_ids": [item_id], "format": format_id}
    return caller.request("POST", "/api/export/", json=body)


def _problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal."""
    place = f"{answer.request.method} {answer.request.url.path}"
    require(answer.status_code == status, f"{place} answered {answer.status_code}, not {status}")
    kind = answer.headers["content-type"]
    require(kind.startswith("application/problem+json"), f"{place} answered with {kind}")
    problem: dict[str, Any] = answer.json()
    require(problem["code"] == code, f"{place}: code {problem['code']}, not {code}")
    require(problem["status"] == status, f"{place}: the problem says {problem['status']}")
    return problem


def _alike(problem: dict[str, Any]) -> dict[str, Any]:
    """A problem without what names the thing that was asked for."""
    return {k: v for k, v in problem.items() if k not in {"instance", "content_ids"}}
