"""Requests and responses of a running service, of each kind that it has, as they are sent."""

import base64
import re
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec

from scripts.dev.stack import Stack
from tests.client import ServiceClient

_EVENTS_READ = 3
_ASSET = re.compile(r'(?:src|href)="([^"]*/assets/[^"]+)"')


class Exchange(msgspec.Struct, frozen=True):
    """A request and the response to it."""

    name: str
    method: str
    url: str
    request_headers: list[tuple[str, str]]
    status: int
    headers: list[tuple[str, str]]
    content: str
    """In base64, as it came."""
    complete: bool = True


class Asker:
    """Sends requests, and keeps what was said."""

    def __init__(self, client: httpx.Client, token: str) -> None:
        self.origin = str(client.base_url)
        self._client = client
        self._bearer = {"Authorization": f"Bearer {token}"}

    def ask(
        self,
        name: str,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        *,
        signed_in: bool = True,
        **sent: Any,
    ) -> Exchange:
        """Send one request."""
        sent["headers"] = (self._bearer if signed_in else {}) | (headers or {})
        with self._client.stream(method, path, **sent) as response:
            events = response.headers.get("content-type", "").startswith("text/event-stream")
            content = b""
            for number, chunk in enumerate(response.iter_raw()):
                content += chunk
                if events and number >= _EVENTS_READ:
                    break
            request = response.request
            return Exchange(
                name,
                method,
                str(request.url),
                _texts(request.headers),
                response.status_code,
                _texts(response.headers),
                base64.b64encode(content).decode(),
                complete=not events,
            )


def _texts(headers: httpx.Headers) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw]


def exchanges(stack: Stack) -> Iterator[Exchange]:
    """One of each kind: API, files, events, descriptions, assets, pages, operations."""
    with ServiceClient(stack.api, stack.token) as client:
        [content_id] = [item["id"] for item in _content(client)]
        job = client.wait(client.export([content_id], "pdf")["job_id"])
    with httpx.Client(base_url=stack.api, timeout=60) as http:
        asker = Asker(http, stack.token)
        yield from _of_the_api(asker, content_id, job)
        yield from _of_files(asker, job)
        yield from _of_descriptions(asker)
        yield from _of_pages(asker, stack.token, content_id, job)
        yield from _of_operations(asker)


def _content(client: ServiceClient) -> list[dict[str, Any]]:
    """The first item of a completed export of one item."""
    job = client.wait(client.bulk("json", max_items=1)["job_id"])
    items: list[dict[str, Any]] = msgspec.json.decode(client.download(job))["items"]
    return items


def _of_the_api(asker: Asker, content_id: str, job: dict[str, Any]) -> Iterator[Exchange]:
    body = {"content_ids": [content_id], "format": "txt"}
    created = asker.ask("creation", "/api/export/", "POST", json=body)
    yield created
    job_id = msgspec.json.decode(base64.b64decode(created.content))["job_id"]
    yield asker.ask("events", f"/api/export/jobs/{job_id}/events")
    yield asker.ask("creation by filters", "/api/export/bulk", "POST", json={"format": "json"})
    yield asker.ask("job", f"/api/export/jobs/{job['job_id']}")
    yield asker.ask("job, HEAD", f"/api/export/jobs/{job['job_id']}", "HEAD")
    yield asker.ask("list of jobs", "/api/export/jobs")
    yield asker.ask("formats", "/api/export/formats")
    yield asker.ask("problem 400", "/api/export/", "POST", json={"format": "cabbage"})
    yield asker.ask("problem 401", "/api/export/jobs", signed_in=False)
    yield asker.ask("problem 403", "/api/export/admin/jobs")
    yield asker.ask("problem 404", "/api/export/jobs/00000000-0000-4000-8000-000000000000")
    yield asker.ask("problem 405", "/api/export/formats", "DELETE")
    yield asker.ask("problem 409", f"/api/export/jobs/{job['job_id']}", "DELETE")
    yield asker.ask(
        "problem 415", "/api/export/", "POST", {"Content-Type": "text/plain"}, content=b"format=pdf"
    )


def _of_files(asker: Asker, job: dict[str, Any]) -> Iterator[Exchange]:
    path = f"/api/export/jobs/{job['job_id']}/download"
    tag = f'"{job["file"]["sha256"]}"'
    yield asker.ask("download", path)
    yield asker.ask("download by its link", job["download_url"], signed_in=False)
    yield asker.ask("download, HEAD", path, "HEAD")
    yield asker.ask("download, 304", path, headers={"If-None-Match": tag})
    yield asker.ask("download, 206", path, headers={"Range": "bytes=100-199"})
    yield asker.ask("download, 416", path, headers={"Range": "bytes=99999999-"})


def _of_descriptions(asker: Asker) -> Iterator[Exchange]:
    page = asker.ask("/docs", "/docs", signed_in=False)
    yield page
    yield asker.ask("/docs/openapi.json", "/docs/openapi.json", signed_in=False)
    yield from _assets(asker, page)
    yield asker.ask("schema", "/docs/export.schema.json", signed_in=False)


def _assets(asker: Asker, page: Exchange) -> Iterator[Exchange]:
    """The styles and scripts of a page."""
    html = base64.b64decode(page.content).decode()
    for path in sorted(set(_ASSET.findall(html))):
        name = path.rpartition("/")[2]
        yield asker.ask(f"asset {name}", path, signed_in=False)
        yield asker.ask(f"asset {name}, HEAD", path, "HEAD", signed_in=False)


def _of_pages(asker: Asker, token: str, content_id: str, job: dict[str, Any]) -> Iterator[Exchange]:
    yield asker.ask("page of somebody unknown", "/", signed_in=False)
    yield asker.ask("page to sign in", "/sign-in", signed_in=False)
    origin = {"Origin": asker.origin}
    yield asker.ask(
        "signing in", "/sign-in", "POST", headers=origin, signed_in=False, data={"token": token}
    )
    page = asker.ask("page of content", "/", signed_in=False)
    yield page
    for path in ("/exports", f"/exports/new?item={content_id}", f"/exports/{job['job_id']}"):
        name = path.replace(job["job_id"], "{job_id}").partition("?")[0]
        yield asker.ask(f"page {name}", path, signed_in=False)
    yield asker.ask("page that is not there", "/exports/none", signed_in=False)
    yield from _assets(asker, page)


def _of_operations(asker: Asker) -> Iterator[Exchange]:
    for path in ("/metrics", "/health/live", "/health/ready"):
        yield asker.ask(path, path, signed_in=False)
