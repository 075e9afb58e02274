"""Creating exports over HTTP: what is taken, and how each mistake is answered."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from activities.common.database import Database
from activities.jobs.records import JobRecords
from activities.model.catalog import formats
from tests.services.export.api_kit import Api, owner_id, problem

JOB_FIELDS = {
    "job_id",
    "status",
    "format",
    "formats",
    "progress",
    "queue_position",
    "estimated_seconds_left",
    "created_at",
    "started_at",
    "completed_at",
    "expires_at",
    "file",
    "download_url",
    "download_url_expires_at",
    "error",
    "deliveries",
    "pinned",
    "warnings",
    "options",
    "reused",
    "matched",
    "changes",
    "waits_for",
}


def post(
    api: Api, owner: str, body: Any, path: str = "/api/export/", **headers: str
) -> httpx.Response:
    with api.client(owner) as client:
        return client.post(path, json=body, headers=headers)


def test_an_accepted_export_is_a_pending_job_even_while_temporal_is_away(
    api: Api, owner: str
) -> None:
    ids = api.add_content(owner, 2)

    response = post(api, owner, {"content_ids": ids, "format": "pdf"})

    assert response.status_code == 202
    job = response.json()
    assert job.keys() == JOB_FIELDS
    assert job["status"] == "pending"
    assert job["format"] == "pdf"
    assert job["progress"] == {"percent": 0.0, "phase": "queued", "items_done": 0, "items_total": 2}
    assert job["options"]["include_metadata"] is True
    assert job["options"]["include_quality_metrics"] is False
    assert job["warnings"] == []
    assert int(response.headers["retry-after"]) > 0
    assert datetime.fromisoformat(job["created_at"]).utcoffset() is not None
    with api.client(owner) as client:
        assert client.get(response.headers["location"]).json() == job


@pytest.mark.parametrize("format_id", ["json", "csv", "pdf", "docx"])
def test_options_that_the_format_knows_are_kept(api: Api, owner: str, format_id: str) -> None:
    ids = api.add_content(owner, 1)
    options = {
        "include_metadata": False,
        "include_quality_metrics": True,
        "min_quality": {"metric": "readability", "at_least": 0.5, "action": "flag"},
        "receipt": True,
        "on_item_error": "skip",
        "on_media_error": "fail",
        "parts": ["flashcards", "outline"],
        "include_answers": False,
        "answers": "none",
        "title": "Biologie 9 \N{SEEDLING}",
        "language": "de",
        "paper": "letter",
        "hyphenate": True,
        "look": "dyslexia",
        "theme": None,
        "cover": True,
        "facing": True,
        "glossary": True,
        "points": "suggest",
        "cards": "cutout",
        "paper_tint": "none",
        "tagged": False,
        "pdf_standard": "a-2a",
        "csv_bom": False,
        "csv_layout": "files",
        "csv_delimiter": "tab",
        "csv_formulas": "raw",
    }

    job = post(api, owner, {"content_ids": ids, "format": format_id, **options}).json()

    known = formats()[format_id].option_names()
    assert job["options"] == {name: options[name] for name in known}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"format": "pdf"}, "/content_ids"),
        ({"content_ids": ["a"]}, "/format"),
        ({"content_ids": [], "format": "pdf"}, "/content_ids"),
        ({"content_ids": "a", "format": "pdf"}, "/content_ids"),
        ({"content_ids": ["a", 7], "format": "pdf"}, "/content_ids/1"),
        ({"content_ids": ["a", ""], "format": "pdf"}, "/content_ids/1"),
        ({"content_ids": ["a\x00"], "format": "pdf"}, "/content_ids/0"),
        ({"content_ids": ["x" * 256], "format": "pdf"}, "/content_ids/0"),
        ({"content_ids": ["a", "b", "a"], "format": "pdf"}, "/content_ids/2"),
        ({"content_ids": [f"i{n}" for n in range(101)], "format": "pdf"}, "/content_ids"),
        ({"content_ids": ["a"], "format": 7}, "/format"),
        ({"content_ids": ["a"], "format": "pdf", "include_metadata": "yes"}, "/include_metadata"),
        ({"content_ids": ["a"], "format": "pdf", "include_metadata": 1}, "/include_metadata"),
        ({"content_ids": ["a"], "format": "pdf", "parts": ["faqs", "faqs"]}, "/parts/1"),
        ({"content_ids": ["a"], "format": "pdf", "parts": ["metadata"]}, "/parts/0"),
        ({"content_ids": ["a"], "format": "pdf", "title": " \t"}, "/title"),
        ({"content_ids": ["a"], "format": "pdf", "title": "one\ntwo"}, "/title"),
        ({"content_ids": ["a"], "format": "pdf", "language": "Klingon"}, "/language"),
        ({"content_ids": ["a"], "format": "pdf", "a/b~c": 1}, "/a~1b~0c"),
        (["a"], ""),
        ("text", ""),
    ],
)
def test_a_bad_body_is_told_where_it_is_bad(api: Api, owner: str, body: Any, pointer: str) -> None:
    document = problem(post(api, owner, body), 400, "invalid-request")

    assert [error["pointer"] for error in document["errors"]] == [pointer]
    assert all(error["detail"] for error in document["errors"])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"content_ids": ["\xff"], "format": "pdf"}',
        b'{"content_ids": ["\\ud800"], "format": "pdf"}',
        b"[" * 20_000 + b"]" * 20_000,
        b'{"x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    ],
    ids=["empty", "cut off", "not utf-8", "lone surrogate", "deep", "deep in an unknown field"],
)
def test_what_is_not_json_is_a_bad_request(api: Api, owner: str, raw: bytes) -> None:
    with api.client(owner) as client:
        response = client.post(
            "/api/export/", content=raw, headers={"Content-Type": "application/json"}
        )

    problem(response, 400, "invalid-request")


def test_an_unknown_format_is_answered_with_the_formats(api: Api, owner: str) -> None:
    ids = api.add_content(owner, 1)

    document = problem(
        post(api, owner, {"content_ids": ids, "format": "docm"}), 400, "invalid-format"
    )

    assert {"json", "csv", "pdf", "docx", "txt"} <= set(document["formats"])
    assert document["errors"][0]["pointer"] == "/format"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_declared_as_json_is_refused(
    api: Api, owner: str, media_type: str
) -> None:
    body = json.dumps({"content_ids": ["a"], "format": "pdf"})
    with api.client(owner) as client:
        response = client.post("/api/export/", content=body, headers={"Content-Type": media_type})

    problem(response, 415, "unsupported-media-type")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_64_kilobytes_is_refused(api: Api, owner: str, chunked: bool) -> None:
    raw = json.dumps({"content_ids": ["a" * 70_000], "format": "pdf"}).encode()
    with api.client(owner) as client:
        response = client.post(
            "/api/export/",
            content=iter([raw[:40_000], raw[40_000:]]) if chunked else raw,
            headers={"Content-Type": "application/json"},
        )

    problem(response, 413, "body-too-large")


def test_somebody_elses_content_looks_like_content_that_does_not_exist(
    api: Api, owner: str
) -> None:
    mine = api.add_content(owner, 1)
    theirs = api.add_content(owner_id(), 1)

    document = problem(
        post(api, owner, {"content_ids": [*mine, *theirs, "no-such"], "format": "pdf"}),
        404,
        "content-not-found",
    )

    assert document["content_ids"] == [*theirs, "no-such"]
    first, second = document["errors"]
    assert (first["pointer"], second["pointer"]) == ("/content_ids/1", "/content_ids/2")
    assert first["detail"] == second["detail"]


def test_a_repeat_with_the_same_key_gives_the_same_job(api: Api, owner: str) -> None:
    ids = api.add_content(owner, 1)
    body = {"content_ids": ids, "format": "pdf"}

    first = post(api, owner, body, **{"Idempotency-Key": '"key-1"'})
    quoted = post(api, owner, body, **{"Idempotency-Key": '"key-1"'})
    # The same request, in other words: a bare key, a default spelled out, another order.
    bare = post(
        api,
        owner,
        {"include_metadata": True, "format": "pdf", "content_ids": ids},
        **{"Idempotency-Key": "key-1"},
    )

    assert first.status_code == quoted.status_code == bare.status_code == 202
    assert first.json()["job_id"] == quoted.json()["job_id"] == bare.json()["job_id"]
    assert bare.headers["location"] == first.headers["location"]


def test_a_key_belongs_to_one_request_of_one_owner(api: Api, owner: str) -> None:
    ids = api.add_content(owner, 2)
    key = {"Idempotency-Key": "key-1"}
    first = post(api, owner, {"content_ids": ids, "format": "pdf"}, **key)

    other_body = post(api, owner, {"content_ids": ids[:1], "format": "pdf"}, **key)
    other_path = post(api, owner, {"format": "pdf"}, "/api/export/bulk", **key)
    somebody = owner_id()
    other_owner = post(
        api, somebody, {"content_ids": api.add_content(somebody, 1), "format": "pdf"}, **key
    )

    problem(other_body, 422, "idempotency-mismatch")
    problem(other_path, 422, "idempotency-mismatch")
    assert other_owner.status_code == 202
    assert other_owner.json()["job_id"] != first.json()["job_id"]


def test_the_same_key_ten_times_at_once_gives_one_job(api: Api, owner: str) -> None:
    body = {"content_ids": api.add_content(owner, 1), "format": "pdf"}

    with ThreadPoolExecutor(10) as pool:
        responses = list(
            pool.map(lambda _: post(api, owner, body, **{"Idempotency-Key": "k"}), range(10))
        )

    assert {response.status_code for response in responses} == {202}
    assert len({response.json()["job_id"] for response in responses}) == 1
    with api.client(owner) as client:
        assert client.get("/api/export/jobs").json()["total"] == 1


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "é"])
def test_a_key_that_cannot_be_kept_is_refused(api: Api, owner: str, key: str) -> None:
    ids = api.add_content(owner, 1)
    with api.client(owner) as client:
        response = client.post(
            "/api/export/",
            json={"content_ids": ids, "format": "pdf"},
            headers=[(b"Idempotency-Key", key.encode())],
        )

    document = problem(response, 400, "invalid-request")
    assert document["errors"][0]["parameter"] == "Idempotency-Key"


def test_bulk_without_filters_takes_everything(api: Api, owner: str) -> None:
    api.add_content(owner, 3)
    api.add_content(owner_id(), 2)

    for body in ({"format": "json"}, {"format": "json", "filters": {}}):
        response = post(api, owner, body, "/api/export/bulk")
        assert response.status_code == 202
        assert response.json()["progress"]["items_total"] == 3


def test_bulk_filters_by_days_parts_and_number(api: Api, owner: str) -> None:
    api.add_content(owner, 2, day=datetime(2024, 1, 1, tzinfo=UTC))
    api.add_content(owner, 3, day=datetime(2024, 6, 1, 23, 30, tzinfo=UTC), study_guide=None)
    api.add_content(owner, 4, day=datetime(2025, 1, 1, tzinfo=UTC))

    def count(body: dict[str, Any]) -> int:
        response = post(api, owner, {"format": "csv"} | body, "/api/export/bulk")
        assert response.status_code == 202, response.text
        return int(response.json()["progress"]["items_total"])

    assert count({"filters": {"date_from": "2024-06-01"}}) == 7
    assert count({"filters": {"date_from": "2024-01-01", "date_to": "2024-06-01"}}) == 5
    assert count({"filters": {"date_to": "9999-12-31"}}) == 9
    assert count({"filters": {"content_types": ["study_guide"]}}) == 6
    assert count({"filters": {"content_types": ["study_guide"]}, "max_items": 5}) == 5
    assert count({"filters": {"tags": [], "languages": ["EN"], "collection_id": None}}) == 9


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"filters": {"date_from": "01.02.2024"}}, "/filters/date_from"),
        ({"filters": {"date_from": "2024-02-30"}}, "/filters/date_from"),
        ({"filters": {"date_to": "2024-01-01T00:00:00"}}, "/filters/date_to"),
        (
            {"filters": {"date_from": "2024-02-02", "date_to": "2024-02-02T01:00:00+02:00"}},
            "/filters/date_to",
        ),
        ({"skip": -1}, "/skip"),
        ({"skip": 10_001}, "/skip"),
        ({"filters": {"date_from": "2024-02-02", "date_to": "2024-02-01"}}, "/filters/date_to"),
        ({"filters": {"content_types": ["faqs", "slides"]}}, "/filters/content_types/1"),
        ({"filters": {"topics": []}}, "/filters/topics"),
        ({"filters": {"tags": ["a", ""]}}, "/filters/tags/1"),
        ({"filters": {"subjects": [" \u200b"]}}, "/filters/subjects/0"),
        ({"filters": {"subjects": "biology"}}, "/filters/subjects"),
        ({"filters": {"languages": ["en"] * 101}}, "/filters/languages"),
        ({"filters": {"collection_id": ""}}, "/filters/collection_id"),
        ({"filters": {"collection_id": "a\u0000"}}, "/filters/collection_id"),
        ({"max_items": 0}, "/max_items"),
        ({"max_items": -1}, "/max_items"),
        ({"max_items": 101}, "/max_items"),
        ({"max_items": "50"}, "/max_items"),
    ],
)
def test_bad_filters_are_told_where_they_are_bad(
    api: Api, owner: str, body: dict[str, Any], pointer: str
) -> None:
    response = post(api, owner, {"format": "csv"} | body, "/api/export/bulk")

    document = problem(response, 400, "invalid-request")
    assert [error["pointer"] for error in document["errors"]] == [pointer]
    if "date" in pointer and "before" not in document["detail"]:
        assert "YYYY-MM-DD" in document["detail"]


def test_filters_are_days_in_utc_or_moments(api: Api, owner: str) -> None:
    api.add_content(owner, 1, day=datetime(2024, 3, 1, 23, 59, 59, 999_999, UTC))
    api.add_content(owner, 2, day=datetime(2024, 3, 2, tzinfo=UTC))

    def count(**filters: str) -> int:
        body = {"format": "csv", "filters": filters}
        response = post(api, owner, body, "/api/export/bulk")
        return int(response.json()["matched"]) if response.status_code == 202 else 0

    assert count(date_from="2024-03-01", date_to="2024-03-01") == 1
    assert count(date_from="2024-03-02T01:00:00+01:00") == 2
    assert count(date_to="2024-03-02T00:59:59+01:00") == 0
    assert count(date_to="2024-03-01T23:59:59.9999999Z") == 1
    assert count(date_from="0001-01-01", date_to="9999-12-31") == 3


def _content_ids(api: Api, job_id: str, owner: str) -> list[str]:
    found: list[str] = []

    async def read(database: Database) -> None:
        found.extend(await JobRecords(database).content_ids(job_id, owner))

    api.in_database(read)
    return found


def test_bulk_says_what_it_leaves_out_and_the_next_goes_on_there(api: Api, owner: str) -> None:
    ids = api.add_content(owner, 7)
    seen: list[str] = []
    left: list[list[str]] = []
    for skip in (0, 3, 6):
        body = {"format": "csv", "max_items": 3, "skip": skip}
        job = post(api, owner, body, "/api/export/bulk").json()
        assert job["matched"] == 7
        left.append([warning["code"] for warning in job["warnings"]])
        with api.client(owner) as client:
            again = client.get(f"/api/export/jobs/{job['job_id']}").json()
        assert again["warnings"] == job["warnings"]
        seen += _content_ids(api, job["job_id"], owner)
    assert left == [["more-matched"], ["more-matched"], []]
    assert seen == ids[::-1]
    response = post(api, owner, {"format": "csv", "skip": 7}, "/api/export/bulk")
    assert "7 items match" in problem(response, 422, "no-content-matched")["detail"]
    assert post(api, owner, {"format": "csv", "content_ids": seen[:1]}).json()["matched"] is None


def test_filters_that_match_nothing_make_no_job(api: Api, owner: str) -> None:
    api.add_content(owner, 1)

    response = post(
        api, owner, {"format": "csv", "filters": {"date_to": "1999-12-31"}}, "/api/export/bulk"
    )

    problem(response, 422, "no-content-matched")
    with api.client(owner) as client:
        assert client.get("/api/export/jobs").json()["total"] == 0


def test_an_owner_at_a_limit_is_told_when_to_come_back(tmp_path: Path, owner: str) -> None:
    limits = {"EXPORT_OWNER_JOBS_IN_FLIGHT": "2", "EXPORT_OWNER_JOBS_PER_HOUR": "3"}
    with Api(tmp_path, limits) as api:
        body = {"content_ids": api.add_content(owner, 1), "format": "txt"}
        jobs = [post(api, owner, body).json()["job_id"] for _ in range(2)]

        in_flight = post(api, owner, body)
        with api.client(owner) as client:
            for job_id in jobs:
                client.delete(f"/api/export/jobs/{job_id}")
        third = post(api, owner, body)
        with api.client(owner) as client:
            client.delete(f"/api/export/jobs/{third.json()['job_id']}")
        per_hour = post(api, owner, body)

    problem(in_flight, 429, "limit-reached")
    assert int(in_flight.headers["retry-after"]) > 0
    assert third.status_code == 202
    problem(per_hour, 429, "limit-reached")
    assert int(per_hour.headers["retry-after"]) > 0


def test_more_items_than_the_service_allows_are_refused(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path, {"EXPORT_MAX_ITEMS": "2"}) as api:
        ids = api.add_content(owner, 3)
        refused = post(api, owner, {"content_ids": ids, "format": "txt"})
        bulk = post(api, owner, {"format": "txt"}, "/api/export/bulk")

    problem(refused, 400, "invalid-request")
    assert bulk.json()["progress"]["items_total"] == 2


def test_a_content_source_that_is_away_is_not_the_callers_mistake(
    tmp_path: Path, owner: str
) -> None:
    with Api(tmp_path, {"EXPORT_CONTENT_URL": "http://127.0.0.1:1"}) as api:
        response = post(api, owner, {"content_ids": ["a"], "format": "txt"})

    problem(response, 503, "content-source-unavailable")
    assert int(response.headers["retry-after"]) > 0


def test_a_record_that_cannot_be_written_is_not_an_accepted_job(tmp_path: Path, owner: str) -> None:
    with Api(tmp_path) as api:
        ids = api.add_content(owner, 1)

        async def lose_the_table(database: Database) -> None:
            statement = text("ALTER TABLE export_job RENAME TO elsewhere")
            await database.run(lambda connection: connection.execute(statement))

        api.in_database(lose_the_table)
        response = post(api, owner, {"content_ids": ids, "format": "txt"})

    problem(response, 503, "database-unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert "export_job" not in response.text


_texts = st.text(max_size=8) | st.sampled_from(["pdf", "9999-12-31", "0001-01-01", "faqs", "a"])
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)
_names = st.sampled_from(
    ["content_ids", "format", "filters", "max_items", "include_metadata", "date_from", "date_to"]
)
_filters = st.dictionaries(
    st.sampled_from(["date_from", "date_to", "content_types"]), _texts | st.lists(_texts)
)


@settings(max_examples=150, deadline=None)
@given(
    body=_values
    | st.dictionaries(_names, _values | _filters)
    | st.fixed_dictionaries({"format": st.just("pdf"), "content_ids": st.lists(_texts)})
    | st.fixed_dictionaries({"format": st.just("pdf"), "filters": _filters}),
    path=st.sampled_from(["/api/export/", "/api/export/bulk"]),
    key=st.none() | st.text(st.characters(codec="latin-1", categories=("L", "N", "P", "S"))),
)
def test_no_request_is_an_error_of_ours(api: Api, body: Any, path: str, key: str | None) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))] if key is not None else []
    with api.client("the owner of nothing") as client:
        response = client.post(path, json=body, headers=headers)

    assert response.status_code in {400, 404, 422}, response.text
    problem(response, response.status_code, response.json()["code"])
