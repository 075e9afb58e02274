"""What storage promises, on a disk and on an object store."""

import asyncio
import errno
import hashlib
import io
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NoReturn

import obstore
import pytest
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import MemoryStore, S3Store

from activities.settings import Settings
from activities.storage.digests import sha256_of
from activities.storage.keys import FILES, STAGING, attempt_key, file_key
from activities.storage.local import LocalStorage
from activities.storage.object_store import ObjectStorage
from activities.storage.open_storage import open_storage
from activities.storage.protocol import Storage, StorageUnavailableError
from scripts.dev.ports import free_ports

pytestmark = pytest.mark.anyio

JOB = "5f1c0a52-7c5c-4d2e-8d2b-1f6f5a0f9a01"
OTHER_JOB = "0b9f8e7d-6c5b-4a39-8877-665544332211"
RUN = "run-1"
STAGED = attempt_key(JOB, "file", RUN, 1)
FINAL = file_key(JOB, "pdf")
BIG = os.urandom(3_000_000)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the local storage keeps its files."""
    return tmp_path / "deep" / "files"


@pytest.fixture(params=["disk", "object store"])
def store(request: pytest.FixtureRequest, root: Path, settings: Settings) -> Storage:
    """Storage of either kind."""
    if request.param == "disk":
        return LocalStorage(root)
    return open_storage(settings) if settings.storage_url else ObjectStorage(MemoryStore())


@pytest.fixture
def disk(root: Path) -> LocalStorage:
    """Storage in a directory."""
    return LocalStorage(root)


async def read_range(store: Storage, key: str, start: int, stop: int) -> bytes:
    return b"".join([chunk async for chunk in store.stream(key, start, stop)])


async def keys(store: Storage, prefix: str) -> set[str]:
    return {item.key async for item in store.list(prefix)}


@pytest.mark.parametrize("body", [b"", b"bytes", BIG], ids=["empty", "small", "big"])
async def test_what_was_put_is_read(store: Storage, body: bytes) -> None:
    await store.put(STAGED, body)
    assert store.read(STAGED) == body
    found = await store.head(STAGED)
    assert found is not None
    assert (found.key, found.size) == (STAGED, len(body))
    assert await store.sha256(STAGED) == hashlib.sha256(body).hexdigest()


async def test_file_is_put_from_its_beginning(store: Storage) -> None:
    file = io.BytesIO(BIG)
    file.seek(1_000)
    assert sha256_of(file) == hashlib.sha256(BIG).hexdigest()
    await store.put(STAGED, file)
    assert store.read(STAGED) == BIG


async def test_what_is_not_there_is_said_so(store: Storage) -> None:
    assert await store.head(STAGED) is None
    assert await store.sha256(STAGED) is None
    await store.delete(STAGED)
    with pytest.raises(FileNotFoundError):
        store.read(STAGED)
    with pytest.raises(FileNotFoundError):
        await read_range(store, STAGED, 0, 1)
    assert await keys(store, STAGING) == set()


@pytest.mark.parametrize(
    ("start", "stop"), [(0, len(BIG)), (0, 1), (1_048_570, 1_048_580), (len(BIG) - 1, len(BIG))]
)
async def test_ranges_are_streamed(store: Storage, start: int, stop: int) -> None:
    await store.put(FINAL, BIG)
    assert await read_range(store, FINAL, start, stop) == BIG[start:stop]


async def test_download_goes_on_when_its_file_is_removed(disk: LocalStorage) -> None:
    await disk.put(FINAL, BIG)
    stream = disk.stream(FINAL, 0, len(BIG))
    received = await anext(stream)
    await disk.remove_files(JOB)
    received += b"".join([chunk async for chunk in stream])
    assert received == BIG


async def test_published_file_replaces_an_earlier_one(store: Storage) -> None:
    await store.put(FINAL, b"of an earlier attempt")
    await store.put(STAGED, b"the file")
    await store.publish(STAGED, FINAL)
    assert store.read(FINAL) == b"the file"
    assert await keys(store, STAGING) == set()


async def test_publishing_what_is_gone_leaves_the_final_file_alone(store: Storage) -> None:
    await store.put(FINAL, b"published before")
    with pytest.raises(FileNotFoundError):
        await store.publish(STAGED, FINAL)
    assert store.read(FINAL) == b"published before"


async def test_staging_of_one_job_goes_save_what_is_kept(store: Storage) -> None:
    names = [attempt_key(JOB, name, RUN, 1) for name in ("snapshot-0000", "fragment-0001", "file")]
    foreign = attempt_key(OTHER_JOB, "file", RUN, 1)
    for key in (*names, foreign, FINAL):
        await store.put(key, b"x")
    assert await store.remove_staging(JOB, keep=STAGED) == 2
    assert await keys(store, STAGING) == {STAGED, foreign}
    assert await store.remove_staging(JOB) == 1
    assert await store.remove_staging(JOB) == 0
    assert await keys(store, STAGING) == {foreign}
    assert await keys(store, FILES) == {FINAL}
    assert await store.remove_files(JOB) == 1
    assert await keys(store, FILES) == set()


async def test_job_whose_id_begins_like_anothers_is_another_job(store: Storage) -> None:
    await store.put(attempt_key("job-1", "file", RUN, 1), b"x")
    await store.put(attempt_key("job-10", "file", RUN, 1), b"x")
    await store.remove_staging("job-1")
    assert await keys(store, STAGING) == {attempt_key("job-10", "file", RUN, 1)}


async def test_list_tells_job_size_and_age(store: Storage) -> None:
    await store.put(STAGED, b"12345")
    [item] = [item async for item in store.list(STAGING)]
    assert (item.key, item.job_id, item.size) == (STAGED, JOB, 5)
    assert abs(datetime.now(UTC) - item.modified) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "foreign",
    [
        "notes.txt",
        "staging/notes.txt",
        "staging/holiday/photo.jpg",
        f"staging/{JOB}/notes.txt",
        f"staging/{JOB}/deeper/file.run-1.1",
        "files/holiday/photo.jpg",
        f"files/{JOB}/deeper/export.pdf",
        f"other/{JOB}/export.pdf",
        f"staging2/{JOB}/file.run-1.1",
    ],
)
async def test_foreign_names_are_not_listed_and_stay(store: Storage, foreign: str) -> None:
    for key in (foreign, STAGED, FINAL):
        await store.put(key, b"x")
    assert await keys(store, STAGING) == {STAGED}
    assert await keys(store, FILES) == {FINAL}
    await store.remove_staging(JOB)
    await store.remove_files(JOB)
    assert store.read(foreign) == b"x"


async def test_directory_of_what_is_staged_goes_with_its_last_file(
    disk: LocalStorage, root: Path
) -> None:
    other = attempt_key(JOB, "snapshot-0000", RUN, 1)
    for key in (STAGED, other):
        await disk.put(key, b"x")
    await disk.publish(STAGED, FINAL)
    assert await keys(disk, STAGING) == {other}
    await disk.publish(other, FINAL)
    assert list((root / STAGING).iterdir()) == []


async def test_nothing_is_left_of_a_job_on_the_disk(disk: LocalStorage, root: Path) -> None:
    for key in (STAGED, attempt_key(JOB, "file", RUN, 2), FINAL):
        await disk.put(key, b"x")
    await disk.remove_staging(JOB, keep=STAGED)
    await disk.delete(STAGED)
    await disk.remove_files(JOB)
    assert {path.relative_to(root).as_posix() for path in root.rglob("*")} <= {STAGING, FILES}


async def test_what_a_killed_process_half_wrote_is_listed_and_goes(
    disk: LocalStorage, root: Path
) -> None:
    await disk.put(STAGED, b"x")
    half_written = root / f"{attempt_key(JOB, 'file', RUN, 2)}#1"
    half_written.write_bytes(b"half")
    assert len(await keys(disk, STAGING)) == 2
    assert await disk.remove_staging(JOB) == 2
    assert not half_written.parent.exists()


async def test_directory_that_a_killed_writer_left_empty_goes(
    disk: LocalStorage, root: Path
) -> None:
    (root / STAGING / JOB).mkdir(parents=True)
    assert await disk.remove_staging(JOB) == 0
    assert not (root / STAGING / JOB).exists()


async def test_late_writers_lose_against_removal_and_other_jobs_notice_nothing(
    disk: LocalStorage, root: Path
) -> None:
    async def write_late(attempt: int) -> None:
        for _ in range(20):
            with suppress(BaseError, OSError):  # what it was writing may be removed under it
                await disk.put(attempt_key(JOB, "file", RUN, attempt), b"x")

    async def write_other() -> None:
        for attempt in range(20):
            await disk.put(attempt_key(OTHER_JOB, "file", RUN, attempt), b"x")

    async def remove() -> None:
        for _ in range(60):
            await disk.remove_staging(JOB)

    await asyncio.gather(write_late(1), write_late(2), write_other(), remove(), remove())
    await disk.remove_staging(JOB)
    assert len(await keys(disk, STAGING)) == 20
    assert not (root / STAGING / JOB).exists()


async def test_directory_of_files_is_for_the_service_alone(disk: LocalStorage, root: Path) -> None:
    assert root.stat().st_mode & 0o077 == 0
    await disk.check()


async def test_check_of_an_object_store(store: Storage) -> None:
    await store.check()


async def test_check_finds_a_directory_gone(disk: LocalStorage, root: Path) -> None:
    shutil.rmtree(root)
    with pytest.raises(OSError, match="cannot be written"):
        await disk.check()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_check_finds_a_directory_that_cannot_be_written(
    disk: LocalStorage, root: Path
) -> None:
    (root / FILES).chmod(0o500)
    with pytest.raises(OSError, match="cannot be written"):
        await disk.check()
    (root / FILES).chmod(0o700)


@pytest.mark.parametrize("gone", ["", FILES])
async def test_file_that_is_missing_with_all_others_is_not_taken_for_lost(
    disk: LocalStorage, root: Path, gone: str
) -> None:
    await disk.put(FINAL, b"x")
    shutil.rmtree(root / gone)
    with pytest.raises(StorageUnavailableError):
        await disk.head(FINAL)


@pytest.mark.parametrize("gone", ["", FILES])
async def test_disk_that_is_not_mounted_is_not_written_beside(
    disk: LocalStorage, root: Path, gone: str
) -> None:
    await disk.put(STAGED, b"x")
    (root / gone).rename(root.with_name("aside"))
    for write in (
        disk.put(STAGED, b"y"),
        disk.publish(STAGED, FINAL),
        disk.copy(FINAL, file_key(OTHER_JOB, "txt")),
    ):
        with pytest.raises(StorageUnavailableError):
            await write
    with pytest.raises(OSError, match="cannot be written"):
        await disk.check()
    assert not (root / gone).exists()


async def test_last_file_that_was_removed_is_known_to_be_missing(disk: LocalStorage) -> None:
    await disk.put(FINAL, b"x")
    await disk.remove_files(JOB)
    assert await disk.head(FINAL) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everywhere")
async def test_directory_that_cannot_be_read_says_nothing_about_its_files(
    disk: LocalStorage, root: Path
) -> None:
    await disk.put(FINAL, b"x")
    root.chmod(0)
    with pytest.raises(StorageUnavailableError):
        await disk.head(FINAL)
    with pytest.raises(StorageUnavailableError):
        await read_range(disk, FINAL, 0, 1)
    root.chmod(0o700)


async def test_error_of_the_disk_is_told_as_one_and_keeps_its_number(
    disk: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> NoReturn:
        raise OSError(errno.EIO, "Input/output error")

    await disk.put(FINAL, b"x")
    monkeypatch.setattr(Path, "stat", broken)
    with pytest.raises(StorageUnavailableError) as raised:
        await disk.head(FINAL)
    assert raised.value.errno == errno.EIO


async def test_bucket_that_is_missing_is_not_taken_for_a_missing_file() -> None:
    with _answering(404) as url:
        store = ObjectStorage(S3Store("exports", endpoint=url, **_S3))
        with pytest.raises(BaseError):
            await store.head(FINAL)


async def test_object_store_that_cannot_be_reached_says_nothing_about_its_files() -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    store = ObjectStorage(S3Store("exports", endpoint=url, **_S3))
    with pytest.raises(BaseError) as raised:
        await store.head(FINAL)
    assert not isinstance(raised.value, NotFoundError)


_S3: dict[str, Any] = {
    "region": "us-east-1",
    "access_key_id": "id",
    "secret_access_key": "secret",
    "client_options": {"allow_http": True},
    "retry_config": {"max_retries": 0},
}


@contextmanager
def _answering(status: int) -> Iterator[str]:
    """A server that gives this status to every request; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - what the library calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_free_space_of_a_directory_that_is_gone_is_not_known(
    disk: LocalStorage, root: Path
) -> None:
    shutil.rmtree(root)
    with pytest.raises(StorageUnavailableError):
        disk.free_bytes()


def test_free_space_is_the_disks(disk: LocalStorage) -> None:
    free = disk.free_bytes()
    assert free > 0
    assert ObjectStorage(MemoryStore()).free_bytes() is None


async def test_many_are_removed_at_once_and_one_that_stays_stops_no_other(
    store: Storage, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [file_key(f"job-{number}", "pdf") for number in range(5)]
    for key in several:
        await store.put(key, b"x")
    gone = file_key("job-never", "pdf")
    assert await store.delete_many([*several[:2], gone]) == []
    assert await keys(store, FILES) == set(several[2:])
    stuck = several[3]
    if isinstance(store, LocalStorage):
        # No file, so it cannot be removed as one.
        (root / stuck).unlink()
        (root / stuck).mkdir()
    else:
        delete, delete_async = store.delete, obstore.delete_async

        async def refuse(key: str) -> None:
            if key == stuck:
                raise PermissionError
            await delete(key)

        async def refuse_many(within: Any, paths: Any) -> None:
            if stuck in paths:
                raise PermissionError
            await delete_async(within, paths)

        monkeypatch.setattr(store, "delete", refuse)
        monkeypatch.setattr(obstore, "delete_async", refuse_many)
    left = await store.delete_many(several[2:])
    assert [each.key for each in left] == [stuck]
    assert isinstance(left[0].error, OSError)
    for key in (several[2], several[4]):
        assert await store.head(key) is None


async def test_listing_can_be_of_some_jobs_only(store: Storage) -> None:
    jobs = ["-", "0", "0f-1", "1", "1a-1", "2", "a", "z"]
    for job_id in jobs:
        await store.put(file_key(job_id, "pdf"), b"x")

    async def between(first: str, before: str) -> list[str]:
        return sorted([item.job_id async for item in store.list(FILES, first, before)])

    assert await between("", "") == jobs
    assert await between("", "1") == ["-", "0", "0f-1"]
    assert await between("1", "2") == ["1", "1a-1"]
    assert await between("2", "") == ["2", "a", "z"]
