"""Deliveries to real counterparts: one file of the right bytes, however often it is tried."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import asyncssh
import msgspec
import pytest
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from activities.automation import object_delivery, sftp_delivery, webdav_delivery
from activities.automation.delivery_paths import DeliveredFile
from activities.automation.destinations import (
    ObjectDestination,
    Secret,
    SecretText,
    SftpDestination,
    WebdavDestination,
)
from activities.common.sending_error import SendingError
from tests.engines.s3 import S3
from tests.sftp import PASSWORD, USERNAME, Sftp
from tests.webdav import Webdav

pytestmark = pytest.mark.anyio

BYTES = bytes(range(256)) * 5_000
FILE = DeliveredFile(
    job_id="job-1",
    owner_id="teacher/1",
    format="pdf",
    name="Photosynthese für alle.pdf",
    created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
    size=len(BYTES),
    sha256=hashlib.sha256(BYTES).hexdigest(),
    media_type="application/pdf",
)
PATH = "teacher%2F1/job-1/Photosynthese für alle.pdf"


async def pieces() -> AsyncIterator[bytes]:
    for start in range(0, len(BYTES), 100_000):
        yield BYTES[start : start + 100_000]


async def damaged() -> AsyncIterator[bytes]:
    yield BYTES[:100_000]
    raise SendingError("file-damaged", final=True)


@pytest.fixture
def webdav() -> Iterator[Webdav]:
    with Webdav() as running:
        yield running


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sftp]:
    with Sftp(tmp_path / "sftp") as running:
        yield running


@pytest.fixture
def sftp(server: Sftp, tmp_path: Path) -> SftpDestination:
    return SftpDestination(
        name="school",
        kind="sftp",
        host="127.0.0.1",
        port=server.port,
        username=USERNAME,
        password=Secret(file=str(_kept(tmp_path))),
        host_keys=[server.host_key],
        directory="in",
    )


def _kept(directory: Path) -> Path:
    file = directory / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


def files_below(directory: Path) -> dict[str, bytes]:
    return {
        each.relative_to(directory).as_posix(): each.read_bytes()
        for each in directory.rglob("*")
        if each.is_file()
    }


async def test_sftp_leaves_one_file_whatever_earlier_attempts_left(
    sftp: SftpDestination, server: Sftp
) -> None:
    with pytest.raises(SendingError, match="file-damaged"):
        await sftp_delivery.deliver(sftp, FILE, damaged, 1)
    assert server.files() == {}
    folder = (server.root / "in" / PATH).parent
    # What an attempt left that was killed as it wrote.
    (folder / ".export-job-1.1.part").write_bytes(b"half")
    await sftp_delivery.deliver(sftp, FILE, pieces, 2)
    await sftp_delivery.deliver(sftp, FILE, pieces, 3)
    assert server.files() == {f"in/{PATH}": BYTES}


async def test_sftp_speaks_to_no_server_but_the_one_whose_key_is_known(
    sftp: SftpDestination, server: Sftp
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    impostor = SftpDestination(
        name="school",
        kind="sftp",
        host=sftp.host,
        port=sftp.port,
        username=USERNAME,
        password=PASSWORD,
        host_keys=[other],
    )
    with pytest.raises(SendingError, match="unknown-host-key"):
        await sftp_delivery.deliver(impostor, FILE, pieces, 1)
    assert server.files() == {}


def collection(webdav: Webdav, password: str = "a-secret") -> WebdavDestination:
    return WebdavDestination(
        name="cloud", kind="webdav", url=f"{webdav.url}/", username="exports", password=password
    )


async def test_webdav_leaves_one_file_whatever_earlier_attempts_left(webdav: Webdav) -> None:
    destination = collection(webdav)
    with pytest.raises(SendingError):
        await webdav_delivery.deliver(destination, FILE, damaged, 1)
    webdav.refuses["MOVE"] = [503]
    with pytest.raises(SendingError, match="refused"):
        await webdav_delivery.deliver(destination, FILE, pieces, 2)
    await webdav_delivery.deliver(destination, FILE, pieces, 3)
    await webdav_delivery.deliver(destination, FILE, pieces, 4)
    assert webdav.files == {PATH: BYTES}


@pytest.mark.parametrize(
    ("status", "word"), [(507, "no-room"), (403, "not-allowed"), (302, "redirected")]
)
async def test_webdav_says_in_a_word_why_not(webdav: Webdav, status: int, word: str) -> None:
    webdav.refuses["PUT"] = [status]
    with pytest.raises(SendingError) as refused:
        await webdav_delivery.deliver(collection(webdav), FILE, pieces, 1)
    assert refused.value.word == word
    assert not refused.value.final


async def test_no_error_holds_a_secret(webdav: Webdav) -> None:
    with pytest.raises(SendingError) as refused:
        await webdav_delivery.deliver(collection(webdav, "another-secret"), FILE, pieces, 1)
    assert refused.value.word == "not-allowed"
    assert "secret" not in repr(refused.value) + str(refused.value.__cause__)


KEY = {"private_key": "", "private_key_id": "", "client_email": "a@b.example"}
STORES: list[tuple[Literal["s3", "gcs", "azure"], str, dict[str, str], Any]] = [
    (
        "s3",
        "s3://bucket/in",
        {"region": "eu-central-1", "access_key_id": "a", "secret_access_key": "b"},
        S3Store,
    ),
    (
        "gcs",
        "gs://bucket/in",
        {"service_account_key": json.dumps(KEY | {"disable_oauth": True})},
        GCSStore,
    ),
    (
        "azure",
        "az://container/in",
        {"account_name": "a", "account_key": "c2VjcmV0", "endpoint": "https://a.example/a"},
        AzureStore,
    ),
]


@pytest.mark.parametrize(("kind", "url", "config", "expected"), STORES)
def test_the_keys_that_are_documented_open_each_kind_of_store(
    kind: Literal["s3", "gcs", "azure"], url: str, config: dict[str, SecretText], expected: Any
) -> None:
    wanted = ObjectDestination(name="archive", kind=kind, url=url, config=config)
    store = object_delivery.open_store(wanted)
    assert isinstance(store, expected)
    assert store.prefix == "in"
    unknown = ObjectDestination(name="archive", kind=kind, url=url, config={"no_such_key": "x"})
    with pytest.raises(BaseError):
        object_delivery.open_store(unknown)


@pytest.mark.engines
async def test_an_object_is_put_once_and_is_of_the_right_bytes() -> None:
    store = S3()
    store.start()
    try:
        destination = ObjectDestination(
            name="archive",
            kind="s3",
            url=store.url("in"),
            config={
                "endpoint": store.credentials["AWS_ENDPOINT"],
                "region": "us-east-1",
                "access_key_id": store.credentials["AWS_ACCESS_KEY_ID"],
                "secret_access_key": store.credentials["AWS_SECRET_ACCESS_KEY"],
            },
            allow_http=True,
        )
        with pytest.raises(SendingError, match="file-damaged"):
            await object_delivery.deliver(destination, FILE, damaged)
        assert files_below(store.objects) == {}
        await object_delivery.deliver(destination, FILE, pieces)
        assert list(files_below(store.objects).values()) == [BYTES]

        async def read_again() -> AsyncIterator[bytes]:
            raise AssertionError("it is there")
            yield b""

        await object_delivery.deliver(destination, FILE, read_again)
        large = BYTES * 20
        other = msgspec.structs.replace(
            FILE, size=len(large), sha256=hashlib.sha256(large).hexdigest(), job_id="job-2"
        )

        async def in_parts() -> AsyncIterator[bytes]:
            for _ in range(20):
                yield BYTES

        await object_delivery.deliver(destination, other, in_parts)
        assert sorted(map(len, files_below(store.objects).values())) == [len(BYTES), len(large)]
    finally:
        store.stop()
