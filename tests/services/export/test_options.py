"""Options end to end: what a caller asks for is what the file is, and a JSON export loads again."""

import asyncio
import io
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote
from uuid import uuid4
from zipfile import ZipFile

import httpx
import msgspec
import pytest
from jsonschema import Draft202012Validator

from activities.model.catalog import BUILT_IN, formats
from scripts.dev.credentials import issue_token
from scripts.dev.stack import DEMO_SCOPE, Stack
from scripts.load_content import load, read_all
from tests.client import ServiceClient
from tests.engines.choice import current
from tests.sample_items import difficult_items
from tests.services.export.kit import workflow_history

DEMO = Path(__file__).parents[3] / "scripts" / "demo"
ITEMS_MAX = 100
"""Of one export, unless configured."""


def caller(stack: Stack, owner: str) -> ServiceClient:
    token = issue_token(stack.settings, owner, DEMO_SCOPE, timedelta(hours=1))
    return ServiceClient(stack.api, token)


def exported(stack: Stack, owner: str, ids: Sequence[str]) -> bytes:
    with caller(stack, owner) as client:
        job = client.export(list(ids), "json", include_quality_metrics=True)
        return client.download(client.wait(job["job_id"]))


def test_a_json_export_loads_into_an_empty_service_and_is_exported_to_the_same_bytes(
    stack: Stack, tmp_path: Path
) -> None:
    owner = f"teacher-{uuid4().hex}"
    demo = read_all(sorted(DEMO.glob("*.jsonl")), print, "")
    items = [
        msgspec.structs.replace(each, id=f"{owner}-{number}", owner_id=owner)
        for number, each in enumerate([*difficult_items(), *demo])
    ]
    source = tmp_path / "content.jsonl"
    source.write_bytes(msgspec.json.Encoder().encode_lines(items))
    asyncio.run(load(read_all([source], print, ""), stack.settings.database))
    ids = [each.id for each in items]
    batches = [ids[first : first + ITEMS_MAX] for first in range(0, len(ids), ITEMS_MAX)]
    exports = [tmp_path / f"export-{number}.json" for number in range(len(batches))]

    for file, batch in zip(exports, batches, strict=True):
        file.write_bytes(exported(stack, owner, batch))

    schema = httpx.get(f"{stack.api}/docs/export.schema.json")
    assert schema.headers["content-type"] == "application/schema+json"
    for file in exports:
        Draft202012Validator(schema.json()).validate(json.loads(file.read_bytes()))
    directory = tmp_path / "empty"
    settings = current().variables(directory)
    with Stack(directory, demo=False, render_workers=1, settings=settings) as empty:
        with caller(empty, owner) as client:
            body = {"content_ids": ids[:1], "format": "json"}
            assert client.http.post("/api/export/", json=body).status_code == 404
        asyncio.run(load(read_all(exports, print, ""), empty.settings.database))
        for file, batch in zip(exports, batches, strict=True):
            assert exported(empty, owner, batch) == file.read_bytes()


def test_csv_comes_as_one_file_a_part(client: ServiceClient) -> None:
    job = client.bulk(
        "csv", max_items=3, csv_layout="files", parts=["flashcards"], include_metadata=False
    )
    done = client.wait(job["job_id"])
    assert done["file"]["media_type"] == "application/zip"
    assert done["file"]["name"].endswith(".zip")
    with ZipFile(io.BytesIO(client.download(done))) as archive:
        assert archive.namelist() == ["flashcards.csv"]
    response = client.http.get(done["download_url"], headers={"Range": "bytes=0-1"})
    assert (response.headers["content-type"], response.content) == ("application/zip", b"PK")


@pytest.mark.parametrize("format_id", BUILT_IN)
def test_the_title_asked_for_names_the_file_and_stays_out_of_temporal(
    stack: Stack, client: ServiceClient, format_id: str
) -> None:
    title = f"Grüße aus 東京 {format_id}"
    job = client.bulk(format_id, max_items=2, title=title)
    done = client.wait(job["job_id"])
    assert done["status"] == "completed"
    assert done["options"]["title"] == title
    assert done["file"]["name"] == f"Grüße-aus-東京-{format_id}.{formats()[format_id].extension}"
    disposition = client.http.head(done["download_url"]).headers["content-disposition"]
    assert done["file"]["name"] in unquote(disposition)
    assert "東京" not in "".join(map(str, workflow_history(stack, job["job_id"])))


def test_the_list_of_formats_says_which_options_count(client: ServiceClient) -> None:
    listed = client.http.get("/api/export/formats").json()["formats"]
    options = {entry["id"]: set(entry["options"]) for entry in listed}
    assert {"parts", "include_answers", "title"} <= set.intersection(
        *(options[name] for name in BUILT_IN)
    )
    assert {name for name, used in options.items() if "csv_layout" in used} == {"csv"}
    [csv] = [entry for entry in listed if entry["id"] == "csv"]
    assert csv["variants"] == [
        {
            "option": "csv_layout",
            "value": "files",
            "media_type": "application/zip",
            "extension": "zip",
        }
    ]


def test_the_description_explains_every_option(client: ServiceClient) -> None:
    schemas = client.http.get("/docs/openapi.json").json()["components"]["schemas"]
    for name in ("CreateExportRequest", "BulkExportRequest", "RenderOptions"):
        options = schemas["RenderOptions"]["properties"]
        described = schemas[name]["properties"]
        assert all(described[option]["description"] for option in options)


def test_an_option_of_a_plug_in_reaches_its_renderer(client: ServiceClient) -> None:
    job = client.wait(client.bulk("marked", max_items=1, marked_with="dot")["job_id"])
    assert job["options"]["marked_with"] == "dot"
    assert client.download(job).startswith(b"dot ")
    response = client.http.post(
        "/api/export/bulk", json={"format": "marked", "marked_with": "dash"}
    )
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/marked_with"


def test_a_wrong_plug_in_is_named_in_the_log_and_stops_nothing(
    stack: Stack, client: ServiceClient
) -> None:
    listed = client.http.get("/api/export/formats").json()["formats"]
    assert {"marked", "unrendered"} < {entry["id"] for entry in listed}
    assert not {"wrong", "away"} & {entry["id"] for entry in listed}
    failed = client.wait(client.bulk("unrendered", max_items=1)["job_id"])
    assert failed["error"]["code"] == "render-failed"
    logs = {file.name: file.read_text() for file in (stack.data_dir / "logs").glob("*.log")}
    of_api = next(text for name, text in logs.items() if name.startswith("api"))
    of_render = "".join(text for name, text in logs.items() if name.startswith("worker-render"))
    for text in (of_api, of_render):
        assert "The format 'wrong' of the package odd-formats is left out: " in text
        assert "The format 'away' of the package odd-formats is left out: " in text
    assert "from the package odd-formats, has no method write_chunk." in of_render
    assert client.wait(client.bulk("txt", max_items=1)["job_id"])["status"] == "completed"
