"""Files are delivered to what stands for Azure: Azurite, a server of others."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import obstore
import pytest
from obstore.store import from_url

from activities.automation import object_delivery
from activities.automation.delivery_paths import DeliveredFile
from activities.automation.destinations import ObjectDestination, read_destinations
from activities.common.sending_error import SendingError
from scripts.dev.ports import free_ports
from tests.engines.server import Server
from tests.judges.tools import HERE, installed, npm_packages

pytestmark = [pytest.mark.judges, pytest.mark.anyio]

_ACCOUNT = "devstoreaccount1"
# That of Azurite's documentation.
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
_BUCKET = "exports"

PIECE = bytes(range(256)) * 4_000
SMALL = PIECE
LARGE = PIECE * 20
"""Of more than two parts."""


def file_of(data: bytes, job_id: str) -> DeliveredFile:
    return DeliveredFile(
        job_id=job_id,
        owner_id="teacher/1",
        format="pdf",
        name="Photosynthese für alle.pdf",
        created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="application/pdf",
    )


def path_of(file: DeliveredFile) -> str:
    return f"in/teacher%2F1/{file.job_id}/Photosynthese für alle.pdf"


def destination(directory: Path, kind: str, url: str, config: Mapping[str, str]) -> Any:
    """As the operator's file names it."""
    members = ", ".join(f"{name} = {json.dumps(value)}" for name, value in config.items())
    file = directory / "destinations.toml"
    file.write_text(
        f'[[destination]]\nname = "there"\nkind = "{kind}"\nurl = "{url}"\n'
        f"config = {{{members}}}\nallow_http = true\n"
    )
    return read_destinations(str(file)).get("there")


@pytest.fixture
def azure(tmp_path: Path) -> Iterator[ObjectDestination]:
    [port] = free_ports(1)
    packages = npm_packages(HERE / "stores" / "package-lock.json", "stores")
    main = packages / "azurite" / "dist" / "src" / "blob" / "main.js"
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(tmp_path)]
    quiet = ["--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    command = [str(installed("node")), str(main), *options, *quiet]
    server = Server("azurite", command, port, tmp_path)
    server.start()
    endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
    try:
        _make_container(endpoint)
        config = {"account_name": _ACCOUNT, "account_key": _KEY, "endpoint": endpoint}
        yield destination(tmp_path, "azure", f"az://{_BUCKET}/in", config)
    finally:
        server.stop()


def _make_container(endpoint: str) -> None:
    """Make the container, with a request that is signed by the account's shared key."""
    headers = {
        "x-ms-date": format_datetime(datetime.now(UTC), usegmt=True),
        "x-ms-version": "2023-11-03",
    }
    signed = "".join(f"{name}:{value}\n" for name, value in headers.items())
    resource = f"/{_ACCOUNT}/{_ACCOUNT}/{_BUCKET}\nrestype:container"
    # None of the headers that are named by their place.
    text = "PUT" + 12 * "\n" + signed + resource
    digest = hmac.new(base64.b64decode(_KEY), text.encode(), hashlib.sha256).digest()
    headers["Authorization"] = f"SharedKey {_ACCOUNT}:{base64.b64encode(digest).decode()}"
    url = f"{endpoint}/{_BUCKET}?restype=container"
    made = httpx.put(url, headers={**headers, "Content-Length": "0"})
    assert made.status_code == 201, made.text


def objects(place: ObjectDestination) -> dict[str, bytes]:
    """All that the store has, by paths."""
    base = place.url.removesuffix("/in")
    config: Any = place.config
    there: Any = from_url(base, config=config, client_options={"allow_http": True})
    paths = [each["path"] for batch in obstore.list(there) for each in batch]
    return {path: bytes(obstore.get(there, path).bytes()) for path in paths}


def pieces_of(data: bytes) -> Any:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), len(PIECE)):
            yield data[start : start + len(PIECE)]

    return pieces


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "in parts"])
async def test_a_file_is_there_as_a_whole_or_not_at_all(
    azure: ObjectDestination, data: bytes
) -> None:
    file = file_of(data, "job-1")

    async def broken() -> AsyncIterator[bytes]:
        async for piece in pieces_of(data[: max(len(data) // 2, 1)])():
            yield piece
        raise SendingError("file-damaged", final=True)

    with pytest.raises(SendingError, match="file-damaged"):
        await object_delivery.deliver(azure, file, broken)
    assert objects(azure) == {}
    await object_delivery.deliver(azure, file, pieces_of(data))
    assert objects(azure) == {path_of(file): data}


async def test_what_is_there_is_not_sent_again(azure: ObjectDestination) -> None:
    file = file_of(SMALL, "job-1")
    await object_delivery.deliver(azure, file, pieces_of(SMALL))

    async def unread() -> AsyncIterator[bytes]:
        raise AssertionError("it is there")
        yield b""

    await object_delivery.deliver(azure, file, unread)
    # What stands there under this name and is another file is replaced.
    other = bytes(reversed(SMALL))
    await object_delivery.deliver(azure, file_of(other, "job-1"), pieces_of(other))
    assert objects(azure) == {path_of(file): other}


async def test_who_may_not_is_told_so(azure: ObjectDestination) -> None:
    key = base64.b64encode(bytes(64)).decode()
    stranger = msgspec.structs.replace(azure, config={**azure.config, "account_key": key})
    with pytest.raises(SendingError, match="not-allowed"):
        await object_delivery.deliver(stranger, file_of(SMALL, "job-1"), pieces_of(SMALL))
    elsewhere = msgspec.structs.replace(azure, url="az://nowhere/in")
    with pytest.raises(SendingError, match="not-found"):
        await object_delivery.deliver(elsewhere, file_of(SMALL, "job-1"), pieces_of(SMALL))
    assert objects(azure) == {}
