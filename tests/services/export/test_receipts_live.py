"""Receipts and the least quality, from the request to what whoever has the file is told."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pytest

from activities.automation.receipts import opened_receipt
from activities.automation.signed_statement import NotGenuineError
from activities.automation.signing_keys import SigningKeys
from export_client.command import main as command
from scripts.dev.stack import Stack
from tests.client import ServiceClient

VERIFY = "/api/export/verify"


@pytest.fixture
def keys(stack: Stack) -> SigningKeys:
    return SigningKeys(stack.settings.listed_signing_keys)


def made(client: ServiceClient, **options: Any) -> tuple[dict[str, Any], bytes]:
    """A finished job of one item with a receipt, and its file."""
    body = {"content_ids": ["content-1"], "receipt": True, **options}
    response = client.http.post("/api/export/", json=body)
    assert response.status_code == 202, response.text
    job: dict[str, Any] = client.wait(response.json()["job_id"])
    assert job["status"] == "completed", job["error"]
    return job, client.download(job)


def receipt_of(client: ServiceClient, job: dict[str, Any]) -> bytes:
    response = client.http.get(f"/api/export/jobs/{job['job_id']}/receipt")
    assert response.status_code == 200, response.text
    return response.content


def verified(client: ServiceClient, body: bytes, kind: str) -> dict[str, Any]:
    response = client.http.post(VERIFY, content=body, headers={"Content-Type": kind})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_receipt_states_what_the_file_is_made_of(
    client: ServiceClient, stranger: ServiceClient, stack: Stack, keys: SigningKeys
) -> None:
    job, data = made(client, format="pdf")
    receipt = receipt_of(client, job)
    stated = opened_receipt(receipt, keys)
    assert stated["file"] == {
        "media_type": "application/pdf",
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }
    assert stated["job_id"] == job["job_id"]
    [item] = stated["items"]
    assert item["id"] == "content-1"
    assert item["model"]
    assert item["quality"]["overall"]
    assert "teacher-1" not in receipt.decode()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        within = pdf.attachments["receipt.json"].get_file().read_bytes()
    inner = opened_receipt(within, keys)
    assert inner["items"] == stated["items"]
    assert not {"job_id", "made_at", "file"} & inner.keys()

    own = {"authentic": True, "job_id": job["job_id"], "made_at": job["completed_at"]}
    unchanged = {"current": True, "newer": [], "gone": []}
    untold: dict[str, Any] = {"job_id": None, "current": None, "newer": [], "gone": []}
    assert verified(client, data, "application/pdf") == own | unchanged
    digest = json.dumps({"sha256": job["file"]["sha256"].upper()}).encode()
    assert verified(client, digest, "application/json") == own | unchanged
    told = verified(client, receipt, "application/json")
    assert told | {"made_at": own["made_at"]} == own | unchanged
    assert verified(client, within, "application/json")["current"] is True
    for caller in (stranger, client):
        anonymous = caller is client
        headers = {"Content-Type": "application/json"} | (
            {} if anonymous else {"Authorization": caller.http.headers["Authorization"]}
        )
        for body in (digest, receipt):
            response = httpx.post(f"{stack.api}{VERIFY}", content=body, headers=headers)
            found = response.json()
            assert found.pop("made_at")
            assert found == {"authentic": True, **untold}
    refused = httpx.post(f"{stack.api}{VERIFY}", content=data)
    assert refused.status_code == 401
    published = httpx.get(f"{stack.api}/api/export/receipts/keys").json()["keys"]
    assert [each["kid"] for each in published] == [keys.current]


def test_no_changed_byte_passes(client: ServiceClient, keys: SigningKeys) -> None:
    job, data = made(client, format="txt", parts=["flashcards"], include_metadata=False)
    receipt = receipt_of(client, job)
    for at in range(len(receipt)):
        changed = receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]
        with pytest.raises(NotGenuineError):
            opened_receipt(changed, keys)
    expected = opened_receipt(receipt, keys)["file"]["sha256"]
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert hashlib.sha256(changed).hexdigest() != expected
    for at in (0, len(data) // 2, len(data) - 1):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert not verified(client, changed, "text/plain")["authentic"]
    for at in (*range(16), len(receipt) // 2, receipt.index(b"statement"), len(receipt) - 1):
        changed = receipt[:at] + bytes([receipt[at] ^ 1]) + receipt[at + 1 :]
        assert not verified(client, changed, "application/json")["authentic"]
    for changed in (receipt + b"\n", b"\xef\xbb\xbf" + receipt, receipt[1:]):
        assert not verified(client, changed, "application/json")["authentic"]


def test_every_way_to_a_file_gives_the_same_bytes(client: ServiceClient, keys: SigningKeys) -> None:
    first, data = made(client, format="epub")
    second, again = made(client, format="epub")
    assert data == again
    assert first["file"]["sha256"] == second["file"]["sha256"]
    job, bundle = made(client, formats=["epub", "pdf"])
    with zipfile.ZipFile(io.BytesIO(bundle)) as files:
        [name] = [name for name in files.namelist() if name.endswith(".epub")]
        # Renders of queues and those of express make one and the same.
        assert files.read(name) == data
        beside = opened_receipt(files.read("receipt.json"), keys)
        hashes = {each["path"]: each["sha256"] for each in beside["files"]}
        assert hashes[name] == hashlib.sha256(data).hexdigest()
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        inner = opened_receipt(files.read("META-INF/receipt.json"), keys)
    assert inner["items"] == beside["items"]
    assert opened_receipt(receipt_of(client, job), keys)["items"] == beside["items"]


def test_the_client_checks_by_itself(
    client: ServiceClient,
    stack: Stack,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EXPORT_TOKEN", raising=False)

    def run(*arguments: str, token: str = "") -> tuple[int, str]:
        given = ["--url", stack.api, *(["--token", token] if token else ()), *arguments]
        code = command(given)
        return code, capsys.readouterr().out

    job, data = made(client, format="epub")
    file, receipt, keys = (tmp_path / name for name in ("a.epub", "receipt.json", "keys.json"))
    file.write_bytes(data)
    code, told = run("receipt", job["job_id"], token=stack.token)
    assert (code, told.encode()) == (0, receipt_of(client, job))
    receipt.write_text(told)
    published = run("receipt-keys", token=stack.token)[1]
    keys.write_text(published)
    assert run("verify", str(file), token=stack.token)[0] == 0
    assert run("verify", str(file), str(receipt))[0] == 0
    alone = ("--url", "http://127.0.0.1:9", "verify", str(file), str(receipt), "--keys", str(keys))
    assert command(list(alone)) == 0
    assert command([*alone, "--json"]) == 0
    document = receipt.read_bytes()
    for at in range(0, len(document), 7):
        receipt.write_bytes(document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :])
        assert command(list(alone)) == 1
    receipt.write_bytes(document)
    for damaged in (b"", b"[]", b'{"keys": [{"kty": 1}]}', b"\xff"):
        keys.write_bytes(damaged)
        capsys.readouterr()
        assert command(list(alone)) == 2
        assert "keys.json holds no keys" in capsys.readouterr().err
    keys.write_text(published)
    file.write_bytes(data[:-1] + b"x")
    assert command(list(alone)) == 1
    assert run("verify", str(file), token=stack.token)[0] == 1


def test_the_page_says_what_is_known_of_a_file(client: ServiceClient, stack: Stack) -> None:
    job, _ = made(client, format="txt")
    with httpx.Client(base_url=stack.api) as anybody:
        asked = anybody.get("/check", params={"sha256": job["file"]["sha256"]})
        assert "The file is genuine." in asked.text
        assert job["job_id"] not in asked.text
        assert "not known here" in anybody.get("/check", params={"sha256": "0" * 64}).text
        assert "This is no SHA-256" in anybody.get("/check", params={"sha256": "x"}).text


def test_files_without_a_receipt_are_their_owners_to_check(
    client: ServiceClient, stranger: ServiceClient
) -> None:
    created = client.export(["content-1"], "csv")
    job = client.wait(created["job_id"])
    body = json.dumps({"sha256": job["file"]["sha256"]}).encode()
    assert verified(client, body, "application/json")["job_id"] == job["job_id"]
    assert not verified(stranger, body, "application/json")["authentic"]
    response = client.http.get(f"/api/export/jobs/{job['job_id']}/receipt")
    assert (response.status_code, response.json()["code"]) == (404, "no-receipt")
    response = stranger.http.get(f"/api/export/jobs/{job['job_id']}/receipt")
    assert (response.status_code, response.json()["code"]) == (404, "not-found")


def test_items_below_a_quality_are_left_out_marked_or_refused(client: ServiceClient) -> None:
    ids = ["content-1", "content-2"]

    def quality(format_id: str, least: float, action: str) -> dict[str, Any]:
        gate = {"metric": "overall", "at_least": least, "action": action}
        created = client.export(ids, format_id, min_quality=gate, include_quality_metrics=True)
        return client.wait(created["job_id"])

    items = json.loads(client.download(quality("json", 0, "fail")))["items"]
    ordered = sorted(items, key=lambda each: float(each["quality_metrics"]["overall"]))
    low, high = ordered
    between = high["quality_metrics"]["overall"]

    job = quality("txt", between, "exclude")
    [warning] = [each for each in job["warnings"] if each["code"] == "quality-excluded"]
    assert warning["item_id"] == low["id"]
    assert warning["places"][0]["title"] == low["title"]
    assert job["file"]["items"] == 1
    text = client.download(job).decode()
    assert high["title"] in text
    assert low["title"] in text.partition("Below the quality asked for")[2]

    job = quality("txt", between, "flag")
    [warning] = [each for each in job["warnings"] if each["code"] == "quality-flagged"]
    assert warning["item_id"] == low["id"]
    text = client.download(job).decode()
    assert f"(overall {low['quality_metrics']['overall']:g} < {between:g})" in " ".join(
        text.split()
    )

    job = quality("txt", between, "fail")
    assert (job["status"], job["error"]["code"]) == ("failed", "quality-too-low")
    assert low["id"] in job["error"]["detail"]
    [warning] = job["warnings"]
    assert (warning["code"], warning["item_id"]) == ("quality-refused", low["id"])
    assert warning["places"][0]["title"] == low["title"]
    assert high["id"] not in job["error"]["detail"]

    for metric in ("overall", "unheard-of"):
        gate = {"metric": metric, "at_least": 2, "action": "exclude"}
        job = client.wait(client.export(ids, "txt", min_quality=gate)["job_id"])
        assert (job["status"], job["error"]["code"]) == ("failed", "no-content-matched")
        told = [(each["code"], each["item_id"]) for each in job["warnings"]]
        assert told == [("quality-excluded", each) for each in ids]
