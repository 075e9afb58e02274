"""Archives with everything behind them: parts of all content, a manifest, an end as a whole."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from activities.automation.signed_statement import opened
from activities.automation.signing_keys import SigningKeys
from activities.common.clock import utc_now
from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from activities.model.content import Item
from export_client.command import main as command
from export_client.receipt_model import ReceiptKeys
from export_client.receipts import (
    NotGenuineError,
    check_bundle,
    check_file,
    check_manifest,
)
from scripts.dev.credentials import issue_token, load_secrets
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.kit import in_database
from tests.waiting import eventually

URL = "/api/export/archives"
_TOLD = {"manifest-sha256.txt", "manifest.json", "receipt.json"}
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


def items(owner: str, count: int, text: str = "Words.") -> list[Item]:
    return [
        item(
            f"{owner}-{n}",
            owner_id=owner,
            study_guide=text,
            created_at=EARLY + timedelta(minutes=n),
        )
        for n in range(count)
    ]


def store(stack: Stack, found: Sequence[Item], tenant: str = "") -> None:
    async def write(database: Database) -> None:
        content = SqlContent(database)
        await content.store(found)
        if tenant:
            await content.store_owners(tenant, {each.owner_id for each in found})

    in_database(stack, write)


def caller(
    stack: Stack, owner: str, scope: str = "export:read export:write", tenant: str = ""
) -> ServiceClient:
    token = issue_token(stack.settings, owner, scope, timedelta(hours=1), tenant)
    return ServiceClient(stack.api, token)


def made(client: ServiceClient, **body: Any) -> str:
    response = client.http.post("/api/export/archive", json=body)
    assert response.status_code == 202, response.text
    archive_id: str = response.json()["archive_id"]
    assert response.headers["Location"].endswith(f"{URL}/{archive_id}")
    return archive_id


def ended(client: ServiceClient, archive_id: str, seconds: float = 90) -> dict[str, Any]:
    archive: dict[str, Any] = {}

    def look() -> dict[str, Any] | None:
        archive.update(client.http.get(f"{URL}/{archive_id}").json())
        return archive if archive["status"] not in {"pending", "processing"} else None

    return eventually(look, seconds, pause=0.2, otherwise=lambda: archive)


def fetched(client: ServiceClient, archive: dict[str, Any]) -> list[bytes]:
    """The files of all parts, by their links, as their hashes say."""
    files = []
    for part in archive["parts"]:
        file = client.http.get(part["download_url"], headers={"Authorization": ""}).content
        assert (len(file), hashlib.sha256(file).hexdigest()) == (part["size"], part["sha256"])
        files.append(file)
    return files


def ids_in(files: Sequence[bytes]) -> list[str]:
    return [json.loads(line)["id"] for file in files for line in file.splitlines()]


def test_archive_has_each_item_once_in_parts_of_which_a_signed_manifest_tells(
    stack: Stack,
) -> None:
    owner = "archived"
    # A hundred of them are more than a part may be.
    store(stack, items(owner, 230, "Many words. " * 1_500))
    with caller(stack, owner) as client:
        archive_id = made(client, formats=["jsonl"], part_bytes=1024**2)
        again = client.http.post("/api/export/archive", json={"formats": ["json"]})
        assert (again.status_code, again.json()["code"]) == (409, "archive-under-way")
        archive = ended(client, archive_id)
        assert (archive["status"], archive["items"]) == ("completed", 230)
        assert [part["number"] for part in archive["parts"]] == [
            *range(1, len(archive["parts"]) + 1)
        ]
        files = fetched(client, archive)
        assert max(map(len, files)) <= 1024**2
        assert sorted(ids_in(files)) == sorted(f"{owner}-{n}" for n in range(230))

        part = archive["parts"][0]
        ranged = client.http.get(part["download_url"], headers={"Range": "bytes=10-19"})
        assert (ranged.status_code, ranged.content) == (206, files[0][10:20])
        body = client.http.get(archive["manifest_url"]).content
        keys = SigningKeys([load_secrets(stack.data_dir).signing_key.encode()])
        told = opened("archive", body, keys)
        assert [(each["number"], each["sha256"]) for each in told["parts"]] == [
            (each["number"], each["sha256"]) for each in archive["parts"]
        ]
        assert (told["items"], told["left_out"]) == (230, [])
        listed = client.http.get("/api/export/jobs").json()
        assert listed["total"] == 0, "parts are no exports of the list"
        assert client.http.get(URL).json()["items"][0]["archive_id"] == archive_id


def test_parts_with_receipts_and_their_manifest_are_checked_without_the_service(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = "provable"
    store(stack, items(owner, 3))
    with caller(stack, owner) as client:
        archive = ended(client, made(client, formats=["jsonl"], receipt=True))
        assert (archive["status"], archive["receipt"]) == ("completed", True)
        [part] = archive["parts"]
        [data] = fetched(client, archive)
        receipt = client.http.get(f"/api/export/jobs/{part['job_id']}/receipt").content

        def printed(*arguments: str) -> bytes:
            token = client.http.headers["Authorization"].removeprefix("Bearer ")
            assert command(["--url", stack.api, "--token", token, *arguments]) == 0
            return capsys.readouterr().out.encode()

        manifest = printed("archive-manifest", archive["archive_id"])
        assert manifest == client.http.get(archive["manifest_url"]).content
        published = printed("receipt-keys")
    keys = msgspec.json.decode(published, type=ReceiptKeys)
    file, told, known = tmp_path / "part.zip", tmp_path / "manifest.json", tmp_path / "keys.json"
    file.write_bytes(data)
    told.write_bytes(manifest)
    known.write_bytes(published)
    with zipfile.ZipFile(file) as archived:
        held = {name: archived.read(name) for name in archived.namelist()}
    assert held.keys() > _TOLD
    assert len(held) == len(_TOLD) + 1
    assert [each["id"] for each in check_bundle(file, keys)["items"]] == [
        f"{owner}-{n}" for n in range(3)
    ]
    assert check_manifest(manifest, keys)["items"] == 3
    alone = ["--url", "http://127.0.0.1:9", "verify", str(file)]
    for beside in ([], [str(told)]):
        assert command([*alone, *beside, "--keys", str(known)]) == 0
    assert check_file(file, receipt, keys)["job_id"] == part["job_id"]

    for at in range(len(manifest)):
        with pytest.raises(NotGenuineError):
            check_manifest(_changed(manifest, at), keys)
    for at in range(0, len(data), 5):
        file.write_bytes(_changed(data, at))
        for document in (manifest, receipt):
            with pytest.raises(NotGenuineError):
                check_file(file, document, keys)
    for name, whole in held.items():
        for at in range(0, len(whole), 7):
            zipped(file, held | {name: _changed(whole, at)})
            with pytest.raises(NotGenuineError):
                check_bundle(file, keys)
        zipped(file, {other: kept for other, kept in held.items() if other != name})
        with pytest.raises(NotGenuineError):
            check_bundle(file, keys)
    zipped(file, held | {"more.txt": b"more"})
    with pytest.raises(NotGenuineError, match="missing or added"):
        check_bundle(file, keys)
    file.write_bytes(data[: len(data) // 2])
    assert command([*alone, "--keys", str(known)]) == 1


def test_what_a_tenants_archive_holds_is_compared_with_whose_content_it_is(stack: Stack) -> None:
    content = [*items("east-1", 2), *items("east-2", 2)]
    store(stack, content, "east")
    scope = "export:read export:write export:tenant"

    def verified(client: ServiceClient, body: bytes) -> dict[str, Any]:
        kind = {"Content-Type": "application/json"}
        response = client.http.post("/api/export/verify", content=body, headers=kind)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    with caller(stack, "east-1", scope, "east") as client:
        archive = ended(client, made(client, formats=["json"], tenant=True, receipt=True))
        files = fetched(client, archive)
        known = [part["sha256"].encode() for part in archive["parts"]]
        receipts = [
            client.http.get(f"/api/export/jobs/{part['job_id']}/receipt").content
            for part in archive["parts"]
        ]
        for part, sha256, receipt in zip(archive["parts"], known, receipts, strict=True):
            for body in (b'{"sha256":"' + sha256 + b'"}', receipt):
                found = verified(client, body)
                assert found["authentic"], part
                assert (found["job_id"], found["current"]) == (part["job_id"], True)
                assert (found["newer"], found["gone"]) == ([], [])
        # What stands within a file names whose content it is by a pseudonym alone.
        [own, others] = [read_member(data, "receipt.json") for data in files]
        assert (verified(client, own)["authentic"], verified(client, own)["current"]) == (
            True,
            True,
        )
        found = verified(client, others)
        assert (found["authentic"], found["current"], found["gone"]) == (True, None, [])

        changed = msgspec.structs.replace(content[2], updated_at=utc_now())
        store(stack, [changed], "east")
        for body in (b'{"sha256":"' + known[1] + b'"}', receipts[1]):
            found = verified(client, body)
            assert (found["current"], found["newer"]) == (False, [changed.id])

        manifest = client.http.get(archive["manifest_url"]).content
        assert verified(client, manifest)["authentic"]
        for at in range(0, len(manifest), 7):
            assert not verified(client, _changed(manifest, at))["authentic"]


def read_member(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def zipped(file: Path, files: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def _changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_archive_of_a_tenant_has_a_part_for_each_owner_and_names_what_is_in_none(
    stack: Stack,
) -> None:
    store(stack, [*items("north-1", 2), *items("north-2", 1)], "north")
    broken = items("north-2", 1)[0].id

    async def spoil(database: Database) -> None:
        from sqlalchemy import update

        from activities.content.schema import content

        damage = update(content).where(content.c.id == broken).values(document='{"id": 1}')
        await database.run(lambda connection: connection.execute(damage))

    in_database(stack, spoil)
    scope = "export:read export:write export:tenant"
    with caller(stack, "head-teacher", scope, "north") as client:
        archive = ended(client, made(client, formats=["json", "txt"], tenant=True))
        assert (archive["status"], archive["tenant"], archive["items"]) == ("completed", "north", 2)
        assert [
            (part["owner_id"], part["status"], bool(part["download_url"]))
            for part in archive["parts"]
        ] == [("north-1", "completed", True), ("north-2", "failed", False)]
        [left_out] = archive["left_out"]
        assert (left_out["owner_id"], left_out["content_id"]) == ("north-2", broken)
        manifest = client.http.get(archive["manifest_url"]).json()["statement"]
        assert [each["content_id"] for each in manifest["left_out"]] == [broken]
        with caller(stack, "north-1") as other:
            assert other.http.get(f"{URL}/{archive['archive_id']}").status_code == 404
            job_id = archive["parts"][0]["job_id"]
            assert other.http.get(f"/api/export/jobs/{job_id}").status_code == 404


def test_cancelled_archive_has_no_files(stack: Stack) -> None:
    owner = "undecided"
    store(stack, items(owner, 320))
    with caller(stack, owner) as client:
        archive_id = made(client, formats=["slow"], part_bytes=1024**2)

        def first() -> Any:
            parts = client.http.get(f"{URL}/{archive_id}").json()["parts"]
            return next((each for each in parts if each["download_url"]), None)

        part = eventually(first, 90)
        assert client.http.delete(f"{URL}/{archive_id}").status_code == 202
        archive = ended(client, archive_id)
        assert archive["status"] == "cancelled"
        assert not any(each["download_url"] for each in archive["parts"])
        gone = client.http.get(part["download_url"])
        assert gone.status_code in {404, 410}
        assert client.http.delete(f"{URL}/{archive_id}").status_code == 202
        jobs = [client.job(each["job_id"])["status"] for each in archive["parts"]]
        assert not {"pending", "processing"} & {*jobs}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"formats": []}, 400, "invalid-request"),
        ({"formats": ["papyrus"]}, 400, "invalid-format"),
        ({"formats": ["json"], "part_bytes": 1000}, 400, "invalid-request"),
        ({"formats": ["json"], "tenant": True}, 403, "insufficient-scope"),
        ({"formats": ["json"]}, 422, "no-content-matched"),
    ],
)
def test_archive_that_cannot_be_is_refused(
    stack: Stack, body: dict[str, Any], status: int, code: str
) -> None:
    with caller(stack, "owner-of-nothing") as client:
        response = client.http.post("/api/export/archive", json=body)
        assert (response.status_code, response.json()["code"]) == (status, code)
