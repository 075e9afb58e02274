"""Several formats in one export: a zip of the files that each format alone would be."""

import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.kit import bulk_ids, leftovers, workflow_history

BUILT_IN = ["pdf", "docx", "json", "csv"]


def bundle(client: ServiceClient, ids: list[str], formats: list[str], **more: Any) -> Any:
    response = client.http.post(
        "/api/export/", json={"content_ids": ids, "formats": formats, **more}
    )
    assert response.status_code == 202, response.text
    return response.json()


def made(client: ServiceClient, ids: list[str], formats: list[str], **more: Any) -> Any:
    job = client.wait(bundle(client, ids, formats, **more)["job_id"])
    assert job["status"] == "completed", job["error"]
    return job


def opened(client: ServiceClient, job: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(client.download(job))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_bundle_has_the_files_that_each_format_alone_would_be(client: ServiceClient) -> None:
    ids = bulk_ids(client, 3)
    job = made(client, ids, BUILT_IN, title="Cells", paper="letter", csv_bom=False)
    assert (job["format"], job["formats"]) == ("bundle", BUILT_IN)
    assert job["file"]["name"] == "Cells.zip"
    assert job["file"]["media_type"] == "application/zip"
    assert job["file"]["items"] == 3
    files = opened(client, job)
    for format_id in BUILT_IN:
        alone = client.export(ids, format_id, title="Cells", paper="letter", csv_bom=False)
        assert files[f"Cells.{format_id}"] == client.download(client.wait(alone["job_id"]))


def test_manifest_tells_each_file(client: ServiceClient) -> None:
    ids = bulk_ids(client, 2)
    files = opened(client, made(client, ids, ["txt", "json"], title="Cells"))
    assert list(files) == ["manifest.json", "manifest-sha256.txt", "Cells.txt", "Cells.json"]
    told = json.loads(files["manifest.json"])
    assert told["export"]["title"] == "Cells"
    assert told["export"]["items"] == 2
    assert told["export"]["options"]["formats"] == ["txt", "json"]
    assert told["left_out"] == []
    for file, format_id in zip(told["files"], ("txt", "json"), strict=True):
        data = files[file["path"]]
        assert file["format"] == format_id
        assert file["size"] == len(data)
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert file["items"] == 2
    hashed = "".join(f"{file['sha256']}  {file['path']}\n" for file in told["files"])
    assert files["manifest-sha256.txt"].decode() == hashed


def test_same_bundle_is_the_same_bytes(client: ServiceClient) -> None:
    ids = bulk_ids(client, 2)
    first, second = (made(client, ids, ["txt", "docx"]) for _ in range(2))
    assert first["file"]["sha256"] == second["file"]["sha256"]


def test_one_entry_is_a_bundle_too(client: ServiceClient) -> None:
    job = made(client, bulk_ids(client, 1), ["txt"])
    assert job["format"] == "bundle"
    assert len(opened(client, job)) == 3


def test_formats_are_rendered_side_by_side(client: ServiceClient, stack: Stack) -> None:
    job = made(client, bulk_ids(client, 4), ["slow", "stubborn"])
    renders = [
        event.event_type
        for event in workflow_history(stack, job["job_id"])
        if event.activity_task_scheduled_event_attributes.activity_type.name == "render"
        or event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
    ]
    scheduled = EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    # The first to complete is the fetch; both renders are asked for before one of them ends.
    assert renders[1:3] == [scheduled, scheduled]


def test_format_that_fails_fails_the_job(client: ServiceClient, stack: Stack) -> None:
    job = client.wait(bundle(client, bulk_ids(client, 1), ["txt", "broken"])["job_id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "render-failed")
    assert leftovers(stack, job["job_id"]) == []


def test_format_that_fails_is_left_out_by_name(client: ServiceClient, stack: Stack) -> None:
    job = made(client, bulk_ids(client, 1), ["broken", "txt"], title="A", on_format_error="skip")
    [warning] = [each for each in job["warnings"] if each["code"] == "format-left-out"]
    assert warning["detail"].startswith("Broken: ")
    files = opened(client, job)
    assert "A.txt" in files
    told = json.loads(files["manifest.json"])
    assert [each["format"] for each in told["files"]] == ["txt"]
    assert [(each["format"], each["code"]) for each in told["left_out"]] == [
        ("broken", "render-failed")
    ]
    assert leftovers(stack, job["job_id"]) == ["files"]


def test_bundle_without_any_file_fails(client: ServiceClient, stack: Stack) -> None:
    started = bundle(client, bulk_ids(client, 1), ["broken"], on_format_error="skip")
    job = client.wait(started["job_id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "render-failed")
    assert leftovers(stack, job["job_id"]) == []


def test_cancelled_bundle_leaves_nothing(client: ServiceClient, stack: Stack) -> None:
    job = bundle(client, bulk_ids(client, 40), ["slow", "txt"])
    client.wait_until(job["job_id"], lambda now: now["progress"]["items_done"] > 0)
    assert client.cancel(job["job_id"]).status_code == 202
    assert client.wait(job["job_id"])["status"] == "cancelled"
    assert leftovers(stack, job["job_id"]) == []


def test_bundle_is_reused_by_the_same_formats_alone(client: ServiceClient) -> None:
    ids = bulk_ids(client, 2)
    first = made(client, ids, ["txt", "csv"], title="Reused")
    again = bundle(client, ids, ["txt", "csv"], title="Reused", reuse=True)
    assert (again["status"], again["file"]) == ("completed", first["file"])
    assert not bundle(client, ids, ["txt", "json"], title="Reused", reuse=True)["reused"]


def test_bulk_takes_several_formats(client: ServiceClient) -> None:
    response = client.http.post(
        "/api/export/bulk", json={"formats": ["txt", "json"], "max_items": 2}
    )
    job = client.wait(response.json()["job_id"])
    assert (job["status"], job["formats"]) == ("completed", ["txt", "json"])


@pytest.mark.parametrize(
    ("chosen", "code", "pointer"),
    [
        ({"formats": []}, "invalid-request", "/formats"),
        ({"formats": ["txt", "txt"]}, "invalid-request", "/formats/1"),
        ({"formats": ["txt", "bundle"]}, "invalid-format", "/formats/1"),
        ({"formats": ["txt"], "format": "txt"}, "invalid-request", "/formats"),
        ({}, "invalid-request", "/format"),
        ({"format": "bundle"}, "invalid-format", "/format"),
    ],
)
def test_wrong_choices_of_formats_are_refused(
    client: ServiceClient, chosen: dict[str, Any], code: str, pointer: str
) -> None:
    response = client.http.post("/api/export/", json={"content_ids": ["content-1"], **chosen})
    assert response.status_code == 400
    problem = response.json()
    assert problem["code"] == code
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
