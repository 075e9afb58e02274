"""Every call of the API, without the sending: both clients send what is built here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import uuid4

import httpx
import msgspec
import stamina

from export_client.causes import cause_of, is_final
from export_client.files import size_of
from export_client.model import (
    ClientError,
    FormatList,
    Job,
    JobPage,
    Listed,
    Problem,
    RefusedError,
    SignInLink,
    UnavailableError,
)

T = TypeVar("T")
Settled = TypeVar("Settled", httpx.Response, httpx.Response | None)

POLL_SECONDS = 0.3
"""Seconds between two looks at a job."""

PATIENCE_SECONDS = 600.0
"""Seconds for which one waits for a job whose API does not answer: a restart, or a new version."""

_LONGEST_PAUSE = 10.0
_PAUSES: Any = {
    "wait_initial": 0.3,
    "wait_max": _LONGEST_PAUSE,
    "wait_jitter": 0.3,
}
_RETRIES: Any = {"attempts": 5, "timeout": None, **_PAUSES}
RETRYING = stamina.RetryingCaller(**_RETRIES)
"""Sends again while the API is unavailable or busy, and does not wait after the last attempt."""
ASYNC_RETRYING = stamina.AsyncRetryingCaller(**_RETRIES)
"""The same as `RETRYING`, for asyncio."""


def patient(seconds: float) -> stamina.RetryingCaller:
    """The same as `RETRYING`, for so many seconds."""
    return stamina.RetryingCaller(attempts=None, timeout=seconds, **_PAUSES)


def async_patient(seconds: float) -> stamina.AsyncRetryingCaller:
    """The same as `patient`, for asyncio."""
    return stamina.AsyncRetryingCaller(attempts=None, timeout=seconds, **_PAUSES)


_TRY_AGAIN = frozenset({429, 502, 503, 504})
# A gateway's 502 and 504 may come after the API did what it was asked.
_DID_NOTHING = frozenset({429, 503})
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class Call(msgspec.Struct, Generic[T], frozen=True):
    """One request, and the type of its response."""

    method: str
    path: str
    response: type[T]
    body: dict[str, Any] | None = None
    query: dict[str, str | list[str]] = {}
    headers: dict[str, str] = {}
    repeatable: bool = True
    """False if twice is more than once: then it is sent again only if it surely did nothing."""

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
        try:
            found = msgspec.json.decode(response.content or b"null", type=self.response)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise not_the_api(response) from None
        if isinstance(found, Listed):
            return msgspec.structs.replace(found, next_cursor=_next_cursor(response))
        return found


def given(**members: Any) -> dict[str, Any]:
    """The members of a body that are given: the API has defaults for the others."""
    return {name: value for name, value in members.items() if value is not None}


def asked(**parameters: Any) -> dict[str, str | list[str]]:
    """The parameters of a query that are given; a list is one that is repeated."""
    return {name: _written(value) for name, value in given(**parameters).items()}


def _written(value: Any) -> str | list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return value.isoformat() if isinstance(value, date) else str(value)


def _next_cursor(response: httpx.Response) -> str | None:
    following = response.links.get("next", {}).get("url", "")
    found: str | None = httpx.URL(following).params.get("cursor")
    return found


def create(
    format_id: str | list[str],
    content_ids: list[str],
    *,
    idempotency_key: str | None = None,
    **options: Any,
) -> Call[Job]:
    """Export these items: as one file, or as a zip with one file of each of several formats.

    `options` are the request's, such as `include_metadata`.
    A repeat with the same `idempotency_key` gives the same job.
    """
    body = {**_chosen(format_id), "content_ids": content_ids, **options}
    return Call("POST", "/api/export/", Job, body, headers=_once(idempotency_key))


def create_bulk(
    format_id: str | list[str],
    *,
    content_types: list[str] | None = None,
    date_from: date | None = None,
    date_to: date | None = None,
    subjects: list[str] | None = None,
    languages: list[str] | None = None,
    tags: list[str] | None = None,
    collection_id: str | None = None,
    max_items: int | None = None,
    skip: int | None = None,
    idempotency_key: str | None = None,
    **options: Any,
) -> Call[Job]:
    """Export the newest items that match, or those of a collection in its order; see `create`.

    The first `skip` are passed over.
    """
    filters = {
        "content_types": content_types,
        "date_from": date_from.isoformat() if date_from else None,
        "date_to": date_to.isoformat() if date_to else None,
        "subjects": subjects,
        "languages": languages,
        "tags": tags,
        "collection_id": collection_id,
    }
    body = {
        **_chosen(format_id),
        **options,
        "filters": {name: value for name, value in filters.items() if value},
        **given(max_items=max_items, skip=skip),
    }
    return Call("POST", "/api/export/bulk", Job, body, headers=_once(idempotency_key))


def _chosen(formats: str | list[str]) -> dict[str, Any]:
    """One format is a file, a list of them a zip of files."""
    return {"format": formats} if isinstance(formats, str) else {"formats": formats}


def job(job_id: str, *, wait: int = 0) -> Call[Job]:
    """Read a job as it is now, or with `wait` when it has ended or after so many seconds, at most
    60.
    """
    return Call("GET", f"/api/export/jobs/{job_id}", Job, query=asked(wait=wait or None))


def cancel(job_id: str) -> Call[Job]:
    """Cancel a job that has not ended."""
    return Call("DELETE", f"/api/export/jobs/{job_id}", Job)


def jobs(
    page: int = 1,
    page_size: int = 20,
    status: str | None = None,
    *,
    cursor: str | None = None,
    pinned: bool | None = None,
) -> Call[JobPage]:
    """Read one page of the caller's jobs, newest first.

    `cursor` is the `next_cursor` of the page before; pages that are reached so miss no job.
    """
    kept = None if pinned is None else str(pinned).lower()
    query = asked(page=page, page_size=page_size, status=status, cursor=cursor, pinned=kept)
    return Call("GET", "/api/export/jobs", JobPage, query=query)


def formats() -> Call[FormatList]:
    """Read the formats that the service offers."""
    return Call("GET", "/api/export/formats", FormatList)


def sign_in_link(target: str = "/") -> Call[SignInLink]:
    """Make a link that signs the token's owner in to the pages, once and within a minute.

    `target` is the page that it leads to, such as `/exports/new?item=content-1`.
    """
    return Call("POST", "/api/export/sign-in-links", SignInLink, {"next": target})


def events_request(
    client: httpx.Client | httpx.AsyncClient, job_id: str, last_event_id: str
) -> httpx.Request:
    """Return the request for a job's events after the last that was seen."""
    headers = {"Accept": "text/event-stream"} | (
        {"Last-Event-ID": last_event_id} if last_event_id else {}
    )
    return client.build_request("GET", f"/api/export/jobs/{job_id}/events", headers=headers)


def download_request(
    client: httpx.Client | httpx.AsyncClient, job: Job, part: Path
) -> httpx.Request:
    """Return the request for a file from where an earlier attempt broke off, if it is the same."""
    # What something on the way packs could not go on from a byte of the file.
    headers = {"Accept-Encoding": "identity"}
    done = size_of(part)
    if done and job.file is not None:
        headers |= {"Range": f"bytes={done}-", "If-Range": f'"{job.file.sha256}"'}
    return client.build_request("GET", f"/api/export/jobs/{job.job_id}/download", headers=headers)


def check(response: httpx.Response) -> None:
    """Raise for an error.

    Raises:
        RefusedError: the API refused the request.
        UnavailableError: the API is unavailable or too busy.
    """
    if response.is_success:
        return
    if response.has_redirect_location:
        raise not_the_api(response)
    try:
        problem = msgspec.json.decode(response.content, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = Problem()
    if not problem.message:
        said = f"{response.status_code} {response.reason_phrase}"
        problem = Problem(title=f"{response.url.host} says {said}")
    if stands(response):
        raise RefusedError(msgspec.structs.replace(problem, status=response.status_code))
    raise UnavailableError(problem.message)


def not_the_api(response: httpx.Response) -> UnavailableError:
    """What to raise for an answer that this API does not give: another server's, or a page of a
    proxy that wants one to sign in.
    """
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    location = response.headers.get("Location")
    gives = f"leads to {location}" if location and response.is_redirect else f"gives {kind}"
    return UnavailableError(
        f"{response.url} {gives} and not what the API answers; is this its address, or does a "
        "proxy on the way answer in its place?"
    )


def check_body(response: httpx.Response, job: Job) -> None:
    """See that a download is no page of a proxy.

    Raises:
        UnavailableError: it is.
    """
    page = "text/html"
    promised = job.file.media_type if job.file else ""
    given = response.headers.get("Content-Type", "")
    if given.startswith(page) and not promised.startswith(page):
        raise not_the_api(response)


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


def settled(response: Settled) -> Settled:
    """Return the response, if there is one, when asking again would give no better one.

    Raises:
        BusyError: it might.
    """
    if response is not None and not stands(response):
        raise BusyError(response)
    return response


def too_busy(error: BusyError) -> UnavailableError:
    """What to raise when an API stays busy."""
    try:
        check(error.response)
    except UnavailableError as unavailable:
        return unavailable
    raise AssertionError(error.response.status_code)


def unavailable(error: httpx.RequestError, url: httpx.URL) -> UnavailableError:
    """What to raise when an API cannot be reached."""
    return UnavailableError(f"no whole response from {url}: {cause_of(error, url)}")


def retry_after(error: Exception) -> bool | float:
    """Return whether to send again, or after how many seconds the API wants to be asked."""
    if isinstance(error, BusyError):
        asked = error.response.headers.get("Retry-After", "")
        return min(float(asked), _LONGEST_PAUSE) if asked.isdecimal() else True
    return isinstance(error, httpx.TransportError) and not is_final(error)


def retry_after_nothing(error: Exception) -> bool | float:
    """The same as `retry_after`, for what must not be done twice: only if it was not done."""
    if isinstance(error, BusyError):
        did_nothing = error.response.status_code in _DID_NOTHING
    else:
        did_nothing = isinstance(error, _NOT_SENT)
    return did_nothing and retry_after(error)


def when_to_retry(call: Call[Any]) -> Callable[[Exception], bool | float]:
    """What says of an error whether, and when, the call is sent again."""
    return retry_after if call.repeatable else retry_after_nothing


def checked_url(url: str) -> str:
    """The URL of an API.

    Raises:
        ValueError: it is none.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL()
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise ValueError(f"{url!r} is no address of an API such as http://127.0.0.1:8000")
    return url


def authorization(token: str) -> dict[str, str]:
    """The header with a bearer token.

    Raises:
        ValueError: no token can be like this.
    """
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("the token is empty or has characters that no token has")
    return {"Authorization": f"Bearer {token}"}


@contextmanager
def about(job_id: str) -> Iterator[None]:
    """Errors within are about this job."""
    try:
        yield
    except ClientError as error:
        error.job_id = job_id
        raise


def _once(key: str | None) -> dict[str, str]:
    # Whatever is sent again after a lost response gives the same job.
    return {"Idempotency-Key": key or str(uuid4())}
