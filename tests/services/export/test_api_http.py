"""What every HTTP client may rely on: methods, paths, encodings, and errors in plain words."""

import gzip
import json
import socket
from datetime import UTC, datetime

import httpx
import pytest

from activities.common.database import Database
from activities.jobs.execution import JobExecution
from activities.model.jobs import Status
from tests.services.export.api_kit import Api, problem

EVERY_GET = [
    "/",
    "/docs",
    "/docs/assets/docs.js",
    "/docs/openapi.json",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/sign-in",
    "/api/export/formats",
    "/api/export/jobs",
]


@pytest.mark.parametrize("path", EVERY_GET)
def test_head_answers_like_get_without_a_body(api: Api, owner: str, path: str) -> None:
    with api.client(owner) as client:
        got, asked = client.get(path), client.head(path)

    assert asked.content == b""
    assert asked.status_code == got.status_code
    for name in ("content-type", "cache-control", "location", "content-security-policy"):
        assert asked.headers.get(name) == got.headers.get(name)
    if path != "/metrics":
        assert asked.headers["content-length"] == str(len(got.content))


def test_head_of_an_event_stream_is_no_stream(api: Api, owner: str) -> None:
    running = api.add_job(owner, Status.PROCESSING)
    with api.client(owner) as client:
        answer = client.head(f"/api/export/jobs/{running}/events", timeout=5)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")


def status_of(api: Api, path: str) -> int:
    """The status of a request for exactly this path, which `httpx` would tidy up."""
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize(
    "path",
    [
        "//health/live",
        "/health//live",
        "/health/live/",
        "/./health/live",
        "/health/../health/live",
        "/health/live/.",
        "/%68ealth/live",
        "/health%2Flive",
        "/health%2flive",
        "/health%5Clive",
        "/%2e/health/live",
        "/health/live/?a=b",
        "/docs/",
        "/sign-in/",
        "/api//export/formats",
        "/api/export/formats/",
        "/api/export/admin%2fstate",
    ],
)
def test_each_resource_has_one_path(api: Api, path: str) -> None:
    assert status_of(api, "/health/live") == 200
    assert status_of(api, "/health/live?a=//&b=%2F") == 200
    assert status_of(api, path) == 404


def test_exports_are_asked_for_with_and_without_a_slash(api: Api, owner: str) -> None:
    [item] = api.add_content(owner, 1)
    with api.client(owner) as client:
        for path in ("/api/export/", "/api/export"):
            body = {"content_ids": [item], "format": "txt"}
            assert client.post(path, json=body).status_code == 202


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP, identity", "x"])
def test_an_encoded_body_is_refused_for_that(api: Api, owner: str, encoding: str) -> None:
    [item] = api.add_content(owner, 1)
    body = gzip.compress(json.dumps({"content_ids": [item], "format": "txt"}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    with api.client(owner) as client:
        answers = [
            client.post(path, content=body, headers=headers)
            for path in ("/api/export/", "/api/export/bulk")
        ]
        page = client.post("/sign-in", content=b"token=x", headers=headers)

    for answer in answers:
        problem(answer, 415, "unsupported-content-encoding")
        assert answer.headers["accept-encoding"] == "identity"
    assert page.status_code == 415


def test_identity_is_no_encoding(api: Api, owner: str) -> None:
    [item] = api.add_content(owner, 1)
    with api.client(owner) as client:
        answer = client.post(
            "/api/export/",
            json={"content_ids": [item], "format": "txt"},
            headers={"Content-Encoding": "Identity"},
        )

    assert answer.status_code == 202


def test_what_has_ended_is_not_to_be_asked_for_again(api: Api, owner: str) -> None:
    [item] = api.add_content(owner, 1)
    body = {"content_ids": [item], "format": "txt"}
    with api.client(owner) as client:
        first = client.post("/api/export/", json=body, headers={"Idempotency-Key": "k"})
        job_id = first.json()["job_id"]
        client.delete(f"/api/export/jobs/{job_id}")

        async def end(database: Database) -> None:
            now = datetime.now(UTC)
            await JobExecution(database).end(job_id, Status.CANCELLED, now=now)

        api.in_database(end)
        again = client.post("/api/export/", json=body, headers={"Idempotency-Key": "k"})

    assert "retry-after" in first.headers
    assert (again.status_code, again.json()["job_id"]) == (202, job_id)
    assert again.json()["status"] == "cancelled"
    assert "retry-after" not in again.headers


def words(answer: httpx.Response) -> str:
    document = problem(answer, 400, "invalid-request")
    for told in (document["detail"], *(error["detail"] for error in document["errors"])):
        for developers in ("`", "Expected", "Invalid enum", "$", "str", "int "):
            assert developers not in told, told
    return str(document["detail"])


@pytest.mark.parametrize(
    ("path", "says"),
    [
        (
            "/api/export/jobs?status=COMPLETED",
            "status: Give pending, processing, completed, failed, cancelled or expired.",
        ),
        ("/api/export/jobs?page=x", "page: Give a whole number, not a text."),
        (
            "/api/export/jobs?status=null",
            "status: Give pending, processing, completed, failed, cancelled or expired.",
        ),
        (
            "/api/export/jobs?status=NULL",
            "status: Give pending, processing, completed, failed, cancelled or expired.",
        ),
        ("/api/export/jobs?page=0", "page: Give a number that is at least 1."),
        ("/api/export/jobs?page=1&page=2", "page: Give it once."),
        ("/api/export/jobs?status=failed&status=failed", "status: Give it once."),
    ],
)
def test_a_wrong_parameter_is_answered_in_plain_words(
    api: Api, owner: str, path: str, says: str
) -> None:
    with api.client(owner) as client:
        answer = client.get(path)

    assert words(answer) == says
    assert answer.json()["errors"][0]["parameter"] == path.split("?")[1].split("=")[0]


@pytest.mark.parametrize(
    ("change", "pointer", "says"),
    [
        ({"content_ids": "a"}, "/content_ids", "Give a list, not a text."),
        ({"content_ids": [1]}, "/content_ids/0", "Give a text, not a whole number."),
        ({"include_metadata": "yes"}, "/include_metadata", "Give true or false, not a text."),
        ({"paper": "A4"}, "/paper", "Give a4 or letter."),
        ({"paper": 4}, "/paper", "Give a4 or letter."),
        ({"title": ""}, "/title", "Give at least 1 character."),
        ({"format": 7}, "/format", "Give a text or null, not a whole number."),
        ({"colour": "red"}, "/colour", "There is no field colour here."),
        ({"content_ids": ...}, "/content_ids", "The field content_ids is missing."),
        (
            {"parts": ["poems"]},
            "/parts/0",
            "Give outline, study_guide, faqs, flashcards or reading_guide_questions.",
        ),
    ],
)
def test_a_wrong_field_is_answered_in_plain_words(
    api: Api, owner: str, change: dict[str, object], pointer: str, says: str
) -> None:
    body = {"content_ids": ["a"], "format": "txt"} | change
    with api.client(owner) as client:
        answer = client.post(
            "/api/export/", json={name: value for name, value in body.items() if value is not ...}
        )

    assert words(answer) == says
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_a_word_that_is_a_value_elsewhere_is_looked_for(api: Api, owner: str) -> None:
    with api.client(owner) as client:
        assert client.get("/api/export/content?collection=null").json()["total"] == 0


def test_a_moment_without_its_zone_is_answered_in_plain_words(api: Api, owner: str) -> None:
    job_id = api.add_job(owner)
    with api.client(owner) as client:
        answer = client.post(
            f"/api/export/jobs/{job_id}/shares", json={"expires_at": "2026-01-01T00:00:00"}
        )

    assert words(answer) == "Give a moment with its zone, such as 2024-03-01T09:00:00Z."


@pytest.mark.parametrize(
    "body",
    [
        b'{"content_ids": ["a"], "format": "txt", "format": "csv"}',
        (
            b'{"content_ids": ["a"], "format": "txt", "min_quality": {"metric": "overall", '
            b'"at_least": 0.5, "action": "flag", "action": "fail"}}'
        ),
        b'{"content_ids": ["a"], "format": "txt", "form\\u0061t": "csv"}',
    ],
)
def test_a_field_that_is_given_twice_is_refused(api: Api, owner: str, body: bytes) -> None:
    with api.client(owner) as client:
        answer = client.post(
            "/api/export/", content=body, headers={"Content-Type": "application/json"}
        )

    assert words(answer).endswith(" is given twice.")


@pytest.mark.parametrize("path", ["/api/export/shares/x", "/api/export/webhooks", "/sign-in"])
def test_options_tells_all_methods(api: Api, owner: str, path: str) -> None:
    with api.client(owner) as client:
        told = client.options(path)
        refused = client.request("TRACE", path)

    assert told.status_code == 204
    assert told.headers["allow"] == refused.headers["allow"]


def test_a_date_that_is_none_is_answered_in_plain_words(api: Api, owner: str) -> None:
    with api.client(owner) as client:
        answer = client.post(
            "/api/export/bulk", json={"format": "txt", "filters": {"date_from": "01.02.2024"}}
        )

    assert words(answer) == (
        "Give a day as YYYY-MM-DD, such as 2024-03-01, or a moment with its zone, such as "
        "2024-03-01T09:30:00+01:00."
    )
