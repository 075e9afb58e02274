"""Every call of the API, without the sending: both clients send what is built here."""

from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import uuid4

import httpx
import msgspec
import stamina

from web.client.model import FormatList, Job, JobPage, Problem, RefusedError, UnavailableError

T = TypeVar("T")


POLL_SECONDS = 0.3
"""Seconds between two looks at a job."""

_LONGEST_PAUSE = 10.0
_RETRIES: Any = {
    "attempts": 5,
    "timeout": None,
    "wait_initial": 0.3,
    "wait_max": _LONGEST_PAUSE,
    "wait_jitter": 0.3,
}
RETRYING = stamina.RetryingCaller(**_RETRIES)
"""Sends again while the API is unavailable or busy, and does not wait after the last attempt."""
ASYNC_RETRYING = stamina.AsyncRetryingCaller(**_RETRIES)
"""The same as `RETRYING`, for asyncio."""

_TRY_AGAIN = frozenset({429, 502, 503, 504})


class Call(msgspec.Struct, Generic[T], frozen=True):
    """One request, and the type of its response."""

    method: str
    path: str
    response: type[T]
    body: dict[str, Any] | None = None
    query: dict[str, str] = {}
    headers: dict[str, str] = {}

    def request(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """Return the request as httpx sends it."""
        return client.build_request(
            self.method, self.path, json=self.body, params=self.query, headers=self.headers
        )

    def read(self, response: httpx.Response) -> T:
        """Return what a response holds.

        Raises:
            RefusedError: the API refused the request.
            UnavailableError: the API is unavailable or too busy.
        """
        check(response)
        return msgspec.json.decode(response.content, type=self.response)


def create(format_id: str, content_ids: list[str], options: dict[str, Any]) -> Call[Job]:
    """Return the call that exports these items."""
    body = {"format": format_id, "content_ids": content_ids, **options}
    return Call("POST", "/api/export/", Job, body, headers=_once())


def create_bulk(
    format_id: str,
    *,
    content_types: list[str] | None,
    date_from: date | None,
    date_to: date | None,
    max_items: int | None,
    options: dict[str, Any],
) -> Call[Job]:
    """Return the call that exports the newest items that match."""
    filters = {
        "content_types": content_types,
        "date_from": date_from.isoformat() if date_from else None,
        "date_to": date_to.isoformat() if date_to else None,
    }
    body: dict[str, Any] = {"format": format_id, **options}
    body["filters"] = {name: value for name, value in filters.items() if value}
    if max_items is not None:
        body["max_items"] = max_items
    return Call("POST", "/api/export/bulk", Job, body, headers=_once())


def job(job_id: str) -> Call[Job]:
    """Return the call that reads a job."""
    return Call("GET", f"/api/export/jobs/{job_id}", Job)


def cancel(job_id: str) -> Call[Job]:
    """Return the call that cancels a job."""
    return Call("DELETE", f"/api/export/jobs/{job_id}", Job)


def jobs(page: int, page_size: int, status: str | None) -> Call[JobPage]:
    """Return the call that lists one page of jobs."""
    query = {"page": str(page), "page_size": str(page_size)}
    if status:
        query["status"] = status
    return Call("GET", "/api/export/jobs", JobPage, query=query)


def formats() -> Call[FormatList]:
    """Return the call that lists the formats."""
    return Call("GET", "/api/export/formats", FormatList)


def download_request(
    client: httpx.Client | httpx.AsyncClient, job: Job, part: Path
) -> httpx.Request:
    """Return the request for a file from where an earlier attempt broke off, if it is the same."""
    headers = {}
    done = part.stat().st_size if part.exists() else 0
    if done and job.file is not None:
        headers = {"Range": f"bytes={done}-", "If-Range": f'"{job.file.sha256}"'}
    return client.build_request("GET", f"/api/export/jobs/{job.job_id}/download", headers=headers)


def check(response: httpx.Response) -> None:
    """Raise for an error.

    Raises:
        RefusedError: the API refused the request.
        UnavailableError: the API is unavailable or too busy.
    """
    if response.is_success:
        return
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except msgspec.MsgspecError:
        problem = Problem(title=f"{response.status_code} {response.reason_phrase}")
    if stands(response):
        raise RefusedError(msgspec.structs.replace(problem, status=response.status_code))
    raise UnavailableError(problem.message)


def check_download(response: httpx.Response) -> None:
    """Raise for an error, except that a part is all of the file already.

    Raises:
        RefusedError: the API refused the request.
        UnavailableError: the API is unavailable or too busy.
    """
    if response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        check(response)


def open_mode(response: httpx.Response) -> str:
    """The mode in which to open the file for a response: append, or write from the start."""
    return "ab" if response.status_code == httpx.codes.PARTIAL_CONTENT else "wb"


def stands(response: httpx.Response) -> bool:
    """Return whether sending the request again would give no better response."""
    return response.status_code not in _TRY_AGAIN


class BusyError(Exception):
    """The API asks to come again later.

    Attributes:
        response: that says so.
    """

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def settled(response: httpx.Response) -> httpx.Response:
    """Return the response when asking again would give no better one.

    Raises:
        BusyError: it might.
    """
    if not stands(response):
        raise BusyError(response)
    return response


def retry_after(error: Exception) -> bool | float:
    """Return whether to send again, or after how many seconds the API wants to be asked."""
    if isinstance(error, BusyError):
        asked = error.response.headers.get("Retry-After", "")
        return min(float(asked), _LONGEST_PAUSE) if asked.isdecimal() else True
    return isinstance(error, httpx.TransportError)


def _once() -> dict[str, str]:
    # Whatever is sent again after a lost response gives the same job.
    return {"Idempotency-Key": str(uuid4())}
