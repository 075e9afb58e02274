"""What operators rely on: health, metrics, logs, headers, documentation, starting and stopping."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import make_url, text

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.model.jobs import Status
from tests.services.export.api_kit import JWT_SECRET, URL_SECRET, Api, problem, token
from tests.services.export.kit import odd_formats
from tests.waiting import eventually


def samples(api: Api) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    with api.client() as client:
        text = client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(api: Api, name: str, **labels: str) -> float:
    return samples(api).get((name, frozenset(labels.items())), 0.0)


def test_what_others_measure_is_not_reported_as_nothing(api: Api) -> None:
    assert ("export_storage_bytes", frozenset()) not in samples(api)


def test_liveness_asks_nothing_of_others(api: Api) -> None:
    with api.client() as client:
        response = client.get("/health/live")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_process_without_temporal_is_ready_and_says_what_is_away(api: Api) -> None:
    with api.client() as client:
        response = client.get("/health/ready")

    assert response.status_code == 200, "what it accepts is kept"
    assert response.json() == {
        "status": "degraded",
        "components": {
            "database": "ok",
            "storage": "ok",
            "content": "ok",
            "temporal": "unavailable",
        },
        "details": {"temporal": "Temporal does not respond."},
    }


def test_readiness_notices_lost_storage(tmp_path: Path) -> None:
    with Api(tmp_path, {"EXPORT_STORAGE_URL": ""}) as api, api.client() as client:
        shutil.rmtree(tmp_path / "files")
        components = client.get("/health/ready").json()["components"]

    assert components["storage"] == "unavailable"
    assert components["database"] == "ok"


def test_a_process_that_cannot_write_rows_is_not_ready(api: Api) -> None:
    def rename(old: str, new: str) -> None:
        statement = text(f"ALTER TABLE {old} RENAME TO {new}")
        api.in_database(lambda database: database.run(lambda c: c.execute(statement)))

    with api.client() as client:
        rename("write_check", "refuses_writes")
        try:
            response = eventually(lambda: _unready(client), 5)
        finally:
            rename("refuses_writes", "write_check")
        assert response.json()["status"] == "unavailable"
        assert response.json()["components"]["database"] == "unavailable"
        assert client.get("/health/live").status_code == 200
        eventually(lambda: _unready(client) is None, 5)


def test_a_locked_database_refuses_and_is_named(api: Api, owner: str) -> None:
    database = make_url(api.settings.database)
    if database.get_backend_name() != "sqlite":
        pytest.skip("PostgreSQL locks no whole database")
    [item] = api.add_content(owner, 1)
    with (
        closing(sqlite3.connect(str(database.database), isolation_level=None)) as foreign,
        api.client(owner) as client,
    ):
        foreign.execute("BEGIN EXCLUSIVE")
        refused = client.post("/api/export/", json={"content_ids": [item], "format": "txt"})
        listed = client.get("/api/export/jobs")
        ready = client.get("/health/ready")
        gauge = value(api, "export_database_refuses_writes", reason="locked")
        foreign.execute("ROLLBACK")
        made = client.post("/api/export/", json={"content_ids": [item], "format": "txt"})

    document = problem(refused, 503, "database-unavailable")
    assert document["detail"] == "Something else keeps the database locked."
    assert refused.headers["retry-after"] == "5"
    assert listed.status_code == 200, "readers wait for no writer"
    assert ready.status_code == 503
    assert ready.json()["details"]["database"] == "Something else keeps the database locked."
    assert gauge == 1
    [line] = [
        line
        for line in api.log()
        if line.get("message") == "request failed" and line.get("owner") == owner
    ]
    assert line["database"] == "locked"
    assert "SQLITE_BUSY" in line["cause"]
    assert made.status_code == 202
    # Whether rows can be written is tried again after some seconds.
    eventually(
        lambda: value(api, "export_database_refuses_writes", reason="locked") == 0, 20, pause=0.3
    )


def _unready(client: httpx.Client) -> httpx.Response | None:
    response = client.get("/health/ready")
    return response if response.status_code == 503 else None


def test_gauges_tell_what_is_wrong(api: Api, owner: str) -> None:
    api.add_job(owner, Status.PROCESSING, created_at=utc_now() - timedelta(days=20))
    eventually(lambda: value(api, "export_oldest_unfinished_seconds") > 1_728_000, 10, pause=0.3)
    shown = samples(api)
    assert ("export_oldest_without_progress_seconds", frozenset()) in shown
    assert value(api, "export_temporal_available") == 0
    assert not [labels for name, labels in shown if name == "export_pollers"], "nobody knows"
    if ("export_storage_free_bytes", frozenset()) in shown:
        assert value(api, "export_storage_free_bytes") > 0


def test_responses_are_counted_by_class(api: Api) -> None:
    before = value(api, "export_http_responses_total", status="4xx")
    with api.client() as client:
        client.get("/nowhere")
        client.get("/health/live")
    assert value(api, "export_http_responses_total", status="4xx") == before + 1


def test_operations_and_errors_are_counted(api: Api, owner: str) -> None:
    ids = api.add_content(owner, 1)
    done = api.add_file(owner)
    counted = [
        (
            "export_operations_total",
            {"operation": "create", "format": "pdf", "outcome": "accepted"},
        ),
        ("export_operations_total", {"operation": "bulk", "format": "csv", "outcome": "accepted"}),
        (
            "export_operations_total",
            {"operation": "cancel", "format": "pdf", "outcome": "accepted"},
        ),
        (
            "export_operations_total",
            {"operation": "download", "format": "txt", "outcome": "accepted"},
        ),
        (
            "export_operations_total",
            {"operation": "create", "format": "unknown", "outcome": "refused"},
        ),
        ("export_errors_total", {"reason": "invalid-format"}),
        ("export_errors_total", {"reason": "content-not-found"}),
        ("export_errors_total", {"reason": "insufficient-scope"}),
        ("export_errors_total", {"reason": "unauthenticated"}),
    ]
    before = [value(api, name, **labels) for name, labels in counted]

    with api.client(owner) as client:
        job = client.post("/api/export/", json={"content_ids": ids, "format": "pdf"}).json()
        client.post("/api/export/bulk", json={"format": "csv"})
        client.delete(f"/api/export/jobs/{job['job_id']}")
        client.get(f"/api/export/jobs/{done}/download")
        client.post("/api/export/", json={"content_ids": ids, "format": "docm"})
        client.post("/api/export/", json={"content_ids": ["none"], "format": "pdf"})
    with api.client(owner, "export:read") as client:
        client.post("/api/export/", json={"content_ids": ids, "format": "pdf"})
    with api.client() as client:
        client.get("/api/export/jobs")

    after = [value(api, name, **labels) for name, labels in counted]
    assert [new - old for old, new in zip(before, after, strict=True)] == [
        1,
        1,
        1,
        1,
        3,
        1,
        1,
        1,
        1,
    ]


def test_jobs_are_counted_by_state(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path) as api:
        api.add_file(owner)
        for _ in range(2):
            api.add_job(owner, Status.FAILED)

        counts = {status.value: value(api, "export_jobs", status=status) for status in Status}

    assert counts == {
        "pending": 0,
        "processing": 0,
        "completed": 1,
        "failed": 2,
        "cancelled": 0,
        "expired": 0,
    }


def test_no_owner_and_no_job_is_in_the_metrics(api: Api, owner: str) -> None:
    job_id = api.add_file(owner)
    with api.client(owner) as client:
        client.get(f"/api/export/jobs/{job_id}/download")
        text = client.get("/metrics").text

    assert owner not in text
    assert job_id not in text


def test_each_refusal_is_one_line_in_the_log(api: Api, owner: str) -> None:
    job_id = api.add_job(owner)
    secret = "4f1c-private"
    with api.client(owner) as client:
        problem(client.get(f"/api/export/jobs/{job_id}/download?note={secret}"), 409, "not-ready")
        problem(client.get(f"/api/export/jobs?page=x&note={secret}"), 400, "invalid-request")
        problem(
            client.get(f"/api/export/jobs/{job_id}/download?expires=1&signature={secret}"),
            404,
            "not-found",
        )

    of_job = [line for line in api.log() if line.get("job_id") == job_id]
    assert [(line["code"], line["status"]) for line in of_job] == [
        ("not-ready", 409),
        ("not-found", 404),
    ]
    assert of_job[0]["owner"] == owner
    text = api.log_file.read_text()
    assert secret not in text
    assert token(owner)[:30] not in text


def test_every_answer_carries_the_security_headers(api: Api, owner: str) -> None:
    job_id = api.add_file(owner)
    with api.client(owner) as client:
        responses = [
            client.get("/api/export/jobs"),
            client.get(f"/api/export/jobs/{job_id}/download"),
            client.get("/nowhere"),
            client.put("/api/export/jobs"),
            client.get("/api/export/jobs", headers={"Authorization": ""}),
            client.get("/docs"),
            client.get("/metrics"),
        ]

    for response in responses:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "server" not in response.headers


def test_unknown_paths_and_methods_are_problems_too(api: Api, owner: str) -> None:
    with api.client(owner) as client:
        problem(client.get("/nowhere"), 404, "not-found")
        wrong = client.put(f"/api/export/jobs/{api.add_job(owner)}")
        problem(wrong, 405, "method-not-allowed")

    assert {"GET", "DELETE"} <= set(wrong.headers["allow"].split(", "))


def test_links_follow_the_public_url(tmp_path: Path, owner: str) -> None:
    public = "https://files.example.org/base"
    with Api(tmp_path, {"EXPORT_PUBLIC_URL": f"{public}/"}) as api:
        job_id = api.add_file(owner)
        with api.client(owner) as client:
            job = client.get(f"/api/export/jobs/{job_id}").json()
            listed = client.get("/api/export/jobs")

    assert job["download_url"].startswith(f"{public}/api/export/jobs/{job_id}/download?")
    assert listed.links["first"]["url"].startswith(f"{public}/api/export/jobs?")


@pytest.mark.parametrize("host", ['evil.example"><script>', "a b", "[", "a/../b"])
def test_a_strange_host_header_does_not_get_into_links(api: Api, owner: str, host: str) -> None:
    job_id = api.add_file(owner)
    with api.client(owner) as client:
        response = client.get(f"/api/export/jobs/{job_id}", headers={"Host": host})

    assert response.status_code in {200, 400}
    if response.status_code == 200:
        assert response.json()["download_url"].startswith("http://127.0.0.1:")


def test_the_documentation_needs_nobody_else(api: Api) -> None:
    with api.client() as client:
        page = client.get("/docs")
        assets = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
        found = {path: client.get(path) for path in assets}

    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text.replace("<!DOCTYPE html>", "")
    assert len(assets) >= 3
    for path, response in found.items():
        assert path.startswith("/docs/")
        assert response.status_code == 200
        assert response.content
    assert b"createApiReference" in found["/docs/assets/scalar.js"].content


def test_the_description_says_how_to_authenticate_and_how_errors_look(api: Api) -> None:
    with api.client() as client:
        description = client.get("/docs/openapi.json").json()

    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    create = description["paths"]["/api/export/"]["post"]
    [example] = create["requestBody"]["content"]["application/json"]["examples"].values()
    assert example["value"]["content_ids"] == ["content-1", "content-2"]
    # Not ready is no mistake of the caller's: the same components are told.
    not_ready = description["paths"]["/health/ready"]["get"]["responses"].pop("503")
    assert list(not_ready["content"]) == ["application/json"]
    for operations in description["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"]


def test_an_unexpected_error_tells_the_caller_nothing_of_the_inside(
    tmp_path: Path, owner: str
) -> None:
    with Api(tmp_path, odd_formats()) as api:
        job_id = api.add_job(owner, format_id="marked")

        async def corrupt(database: Database) -> None:
            statement = text('UPDATE export_job SET options = \'{"title": "SECRET"}\'')
            await database.run(lambda connection: connection.execute(statement))

        api.in_database(corrupt)
        with api.client(owner) as client:
            document = problem(client.get(f"/api/export/jobs/{job_id}"), 500, "internal-error")
        (line,) = (line for line in api.log() if line.get("code") == "internal-error")
        everything = api.log_file.read_text()

    assert line["correlation_id"] == document["correlation_id"]
    assert line["job_id"] == job_id
    assert "RuntimeError" in line["cause"]
    assert "RuntimeError" not in json.dumps(document)
    assert "SECRET" not in everything
    assert "Traceback" not in everything


def run_web(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "web"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"EXPORT_JWT_SECRET": ""}, "EXPORT_JWT_SECRET"),
        ({"EXPORT_JWT_SECRET": "x" * 31}, "EXPORT_JWT_SECRET"),
        ({"EXPORT_JWT_SECRET": "secret" * 8}, "EXPORT_JWT_SECRET"),
        ({"EXPORT_URL_SECRETS": ""}, "EXPORT_URL_SECRETS"),
        ({"EXPORT_URL_SECRETS": "x" * 64}, "EXPORT_URL_SECRETS"),
        ({"EXPORT_URL_SECRETS": f"{URL_SECRET},short"}, "EXPORT_URL_SECRETS"),
        ({"EXPORT_PORT": "http"}, "EXPORT_PORT"),
    ],
)
def test_it_does_not_start_without_what_it_needs(
    tmp_path: Path, changed: dict[str, str], named: str
) -> None:
    environment = Api(tmp_path).environment | changed

    done = run_web(environment)

    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert named in line
    assert JWT_SECRET not in line
    assert URL_SECRET not in line


@pytest.mark.parametrize("variable", ["EXPORT_PORT", "EXPORT_INTERNAL_PORT"])
def test_a_port_that_is_taken_is_told_in_a_sentence(
    api: Api, tmp_path: Path, variable: str
) -> None:
    environment = Api(tmp_path).environment | {variable: str(api.port)}

    done = run_web(environment)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"{variable}: cannot listen at 127.0.0.1:{api.port}: Address already in use" in line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Address already in use"),
        (["--metrics-host", "203.0.113.9"], "Cannot assign requested address"),
    ],
)
def test_a_worker_that_cannot_serve_its_metrics_says_why(
    api: Api, options: list[str], said: str
) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "activities.worker", "--role", "io"),
            *("--metrics-port", str(api.port), *options),
        ],
        env=api.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "--metrics-port: cannot listen at" in line
    assert said in line


def test_sigterm_finishes_the_requests_that_were_begun(tmp_path: Path, owner: str) -> None:
    data = bytes(1024 * 1024) * 16
    with Api(tmp_path) as api:
        job_id = api.add_file(owner, data)
        begun = threading.Event()
        received: list[int] = []

        def download() -> None:
            with (
                api.client(owner) as client,
                client.stream("GET", f"/api/export/jobs/{job_id}/download") as response,
            ):
                total = 0
                for chunk in response.iter_bytes(64 * 1024):
                    total += len(chunk)
                    begun.set()
                    time.sleep(0.002)
                received.append(total)

        thread = threading.Thread(target=download)
        thread.start()
        assert begun.wait(10)
        code = api.stop()
        thread.join(30)
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{api.url}/health/live")

    assert code == 0
    assert received == [len(data)]
