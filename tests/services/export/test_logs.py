"""What operators find in the logs: the id of the request, from its response to the workers."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.api_kit import READ, Api, owner_id
from workflows.contracts import workflow_id

ROOT = Path(__file__).parents[3]
NOWHERE = "/api/export/jobs/00000000-0000-4000-8000-000000000000"

Request = Callable[[Api, httpx.Client, str], httpx.Response]


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A running API that takes one export an owner, and small bodies."""
    limits = {"EXPORT_OWNER_JOBS_IN_FLIGHT": "1", "EXPORT_MAX_BODY_BYTES": "2000"}
    with Api(tmp_path_factory.mktemp("narrow"), limits) as running:
        yield running


def _create(api: Api, client: httpx.Client, owner: str, format_id: str = "json") -> httpx.Response:
    body = {"content_ids": api.add_content(owner, 1), "format": format_id}
    return client.post("/api/export/", json=body)


def _create_two(api: Api, client: httpx.Client, owner: str) -> httpx.Response:
    assert _create(api, client, owner).status_code == 202
    return _create(api, client, owner)


def _with_scope_to_read(api: Api, _client: httpx.Client, owner: str) -> httpx.Response:
    with api.client(owner, READ) as reader:
        return _create(api, reader, owner)


def _post(**body: Any) -> Request:
    return lambda _api, client, _owner: client.post("/api/export/", **body)


REQUESTS: dict[str, tuple[int, Request]] = {
    "202": (202, _create),
    "400 body": (400, _post(json={"content_ids": 7})),
    "400 format": (400, lambda api, client, owner: _create(api, client, owner, "papyrus")),
    "400 query": (400, lambda _api, client, _owner: client.get("/api/export/jobs?page=x")),
    "401": (401, lambda _api, client, _owner: client.get(NOWHERE, headers={"Authorization": ""})),
    "403": (403, _with_scope_to_read),
    "404 job": (404, lambda _api, client, _owner: client.get(NOWHERE)),
    "404 path": (404, lambda _api, client, _owner: client.get("/nowhere")),
    "405": (405, lambda _api, client, _owner: client.put("/api/export/jobs")),
    "413": (413, _post(content=b" " * 3_000, headers={"Content-Type": "application/json"})),
    "415": (415, _post(content=b"{}", headers={"Content-Type": "text/plain"})),
    "429": (429, _create_two),
}


def test_a_flood_of_refusals_is_counted_rather_than_logged(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path) as flooded, flooded.client(owner) as client:
        begun = time.monotonic()
        for number in range(300):
            path = "x" * 20_000 if number % 2 else NOWHERE
            client.get(f"/api/export/jobs/{path}", headers={"Authorization": ""})
        seconds = time.monotonic() - begun
        time.sleep(1.5)
        log = flooded.log()
        size = flooded.log_file.stat().st_size

    refused = _lines_with(log, message="request refused")
    left_out = _lines_with(log, message="refusals not logged")
    assert 20 <= len(refused) <= 20 * (seconds + 2)
    assert len(refused) + sum(line["count"] for line in left_out) == 300
    assert size < 2_000 * (len(refused) + 10)
    assert all("x" not in line.get("job_id", "") for line in log)
    assert not any("127.0.0.1" in str(line) for line in refused + left_out)


def _lines_with(log: list[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    return [line for line in log if wanted.items() <= line.items()]


@pytest.mark.parametrize(("status", "ask"), REQUESTS.values(), ids=REQUESTS.keys())
def test_line_of_every_kind_of_response_has_the_id_that_the_response_tells(
    narrow: Api, owner: str, status: int, ask: Request
) -> None:
    with narrow.client(owner) as client:
        response = ask(narrow, client, owner)

    assert response.status_code == status
    message = "export accepted" if status == 202 else "request refused"
    of_request = _lines_with(narrow.log(), request_id=response.headers["x-request-id"])
    (line,) = _lines_with(of_request, message=message)
    if status >= 400:
        assert (line["status"], line["code"]) == (status, response.json()["code"])


@pytest.mark.parametrize("path", ["/nowhere", NOWHERE, "/health/live", "/"])
def test_callers_id_is_kept_when_it_can_be_logged(narrow: Api, owner: str, path: str) -> None:
    with narrow.client(owner) as client:
        kept = client.get(path, headers={"X-Request-ID": "trace-7f"})
        replaced = client.get(path, headers={"X-Request-ID": "no id: a.b.c"})

    assert kept.headers.get_list("x-request-id") == ["trace-7f"]
    assert re.fullmatch(r"[0-9a-f-]{36}", replaced.headers["x-request-id"])


def _worker_lines(stack: Stack, job_id: str) -> list[dict[str, Any]]:
    texts = [
        path.read_text(encoding="utf-8") for path in (stack.data_dir / "logs").glob("worker-*.log")
    ]
    # The supervisor notes in the same files when it starts a process again.
    lines = [
        json.loads(line)
        for text in texts
        for line in text.splitlines()
        if not line.startswith("---")
    ]
    return _lines_with(lines, job_id=job_id)


def _eventually(find: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 10
    while not (found := find()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize(
    ("format_id", "message"), [("json", "export completed"), ("broken", "attempt failed")]
)
def test_workers_log_the_ids_of_request_job_workflow_and_attempt(
    stack: Stack, format_id: str, message: str
) -> None:
    request_id = f"trace-{owner_id()[-12:]}"
    with httpx.Client(
        base_url=stack.api, headers={"Authorization": f"Bearer {stack.token}"}
    ) as client:
        response = client.post(
            "/api/export/",
            json={"content_ids": ["content-1"], "format": format_id},
            headers={"X-Request-ID": request_id},
        )
    job_id = response.json()["job_id"]
    with ServiceClient(stack.api, stack.token) as service:
        service.wait(job_id)

    lines = _eventually(lambda: _lines_with(_worker_lines(stack, job_id), message=message))
    assert lines
    for line in _worker_lines(stack, job_id):
        assert line["request_id"] == request_id
        assert line["workflow_id"] == workflow_id(job_id)
        assert line["run_id"]
        assert line["attempt"] >= 1


def test_example_in_the_readme_is_a_line_of_the_log(narrow: Api) -> None:
    owner = owner_id()
    with narrow.client(owner) as client:
        response = _create(narrow, client, owner)
    of_request = _lines_with(narrow.log(), request_id=response.headers["x-request-id"])
    (line,) = _lines_with(of_request, message="export accepted")

    example = re.search(
        r"```json\n(\{\"time\".*?\})\n```", (ROOT / "docs" / "operating.md").read_text(), re.DOTALL
    )
    assert example is not None
    shown = json.loads(example[1])
    assert shown.keys() == line.keys()
    assert shown["message"] == line["message"]
