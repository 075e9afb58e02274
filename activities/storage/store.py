"""Export files: an object store on disk or elsewhere, with keys that say what they are."""

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec
import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

if TYPE_CHECKING:  # obstore has them for type checkers only
    from obstore.store import ClientConfig, RetryConfig

STAGING = "staging"
FILES = "files"
_STREAM_CHUNK = 1024 * 1024
_LISTING_CHUNK = 500

# A store that is away is told soon, because the activity that asked is tried again for an hour.
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
# A request may take as long as bytes move: a download is as slow as its client.
_CLIENT: "ClientConfig" = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=20),
    "timeout": timedelta(hours=6),
}

# What `attempt_key` and `file_key` give, and what obstore puts behind it while it writes.
_OUR_KEY = re.compile(
    rf"{STAGING}/[^/]+/[a-z]+(-\d+)?\.[^/]*\.\d+(#\d+)?|{FILES}/[^/]+/export\.[^/]+"
)

LOW_SPACE = 16 * 1024 * 1024
"""Bytes: with less room than this on the disk no new export is taken."""


class StoredObject(msgspec.Struct, frozen=True):
    """One object found in storage."""

    key: str
    size: int
    modified: datetime

    @property
    def job_id(self) -> str:
        """The job that the key names."""
        return self.key.split("/")[1]


def attempt_key(job_id: str, name: str, run_id: str, attempt: int) -> str:
    """Where one attempt of one activity writes: a name that no other attempt shares."""
    return f"{STAGING}/{job_id}/{name}.{run_id}.{attempt}"


def file_key(job_id: str, extension: str) -> str:
    """Where a published file lies."""
    return f"{FILES}/{job_id}/export.{extension}"


class Storage:
    """The files of all jobs."""

    def __init__(self, store: ObjectStore, root: Path | None) -> None:
        self._store = store
        self._root = root

    async def put(self, key: str, body: BinaryIO | bytes) -> None:
        """Write an object whole; a reader sees all of it or nothing."""
        if not isinstance(body, bytes):
            body.seek(0)
        await obstore.put_async(self._store, key, body)

    def read(self, key: str) -> bytes:
        """A whole object, for code in a thread.

        Raises:
            FileNotFoundError: there is none under this key.
        """
        return bytes(obstore.get(self._store, key).bytes())

    async def size(self, key: str) -> int | None:
        """An object's size in bytes, None when it does not exist."""
        try:
            return int((await obstore.head_async(self._store, key))["size"])
        except (FileNotFoundError, NotFoundError):
            return None

    async def sha256(self, key: str) -> str | None:
        """An object's hash in hex, None when it does not exist."""
        try:
            result = await obstore.get_async(self._store, key)
        except (FileNotFoundError, NotFoundError):
            return None
        digest = hashlib.sha256()
        async for chunk in result.stream(min_chunk_size=_STREAM_CHUNK):
            digest.update(chunk)
        return digest.hexdigest()

    async def stream(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `stop`.

        Raises:
            FileNotFoundError: there is no such object.
        """
        if self._root is not None:
            # obstore reads files in small pieces and puts them together: ten times the work.
            async for chunk in _read_file(self._root / key, start, stop):
                yield chunk
            return
        result = await obstore.get_async(self._store, key, options={"range": (start, stop)})
        async for chunk in result.stream(min_chunk_size=_STREAM_CHUNK):
            yield bytes(chunk)

    async def publish(self, staged: str, final: str) -> None:
        """Give a staged object its final name, replacing what an earlier attempt put there.

        Raises:
            FileNotFoundError: the staged object is gone: another run has published or abandoned.
        """
        if self._root is not None:
            await asyncio.to_thread(_rename_durably, self._root / staged, self._root / final)
        else:
            await obstore.rename_async(self._store, staged, final)

    async def copy(self, key: str, target: str) -> None:
        """Give a published file, which nobody changes any more, a second key.

        Raises:
            FileNotFoundError: there is no such file.
        """
        if self._root is not None:
            await asyncio.to_thread(_link_durably, self._root / key, self._root / target)
        else:
            await obstore.copy_async(self._store, key, target)

    async def delete(self, key: str) -> None:
        """Remove an object, if it is there, and on a disk its directory with the last one."""
        if self._root is not None:
            await asyncio.to_thread(_remove_file, self._root / key)
            return
        try:
            await obstore.delete_async(self._store, key)
        except (FileNotFoundError, NotFoundError):
            return

    async def remove_staging(self, job_id: str, keep: str = "") -> int:
        """Remove what is staged for a job, save the key to keep; returns how many went."""
        return await self._remove_below(f"{STAGING}/{job_id}", keep)

    async def remove_files(self, job_id: str) -> int:
        """Remove a job's published file, whatever its extension."""
        return await self._remove_below(f"{FILES}/{job_id}")

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Every object below a prefix whose key has our form; others are not ours to touch.

        What a killed process had half written on a disk is among them.
        """
        if self._root is not None:
            for item in await asyncio.to_thread(_files_below, self._root, prefix):
                yield item
            return
        stream = obstore.list(self._store, prefix=prefix, chunk_size=_LISTING_CHUNK)
        async for page in stream:
            for meta in page:
                if _OUR_KEY.fullmatch(meta["path"]):
                    yield StoredObject(meta["path"], meta["size"], meta["last_modified"])

    async def check(self) -> None:
        """Raise unless storage answers.

        Raises:
            OSError: the directory is gone or may not be written.
        """
        if self._root is None:
            await obstore.list(self._store, prefix=STAGING, chunk_size=1).collect_async()
        elif not os.access(self._root, os.W_OK | os.X_OK):
            raise OSError(f"{self._root} cannot be written")

    def free_bytes(self) -> int | None:
        """Room left on the disk, None for a store without a disk of ours."""
        return None if self._root is None else shutil.disk_usage(self._root).free

    async def _remove_below(self, prefix: str, keep: str = "") -> int:
        if self._root is not None:
            return await asyncio.to_thread(_remove_files_below, self._root, prefix, keep)
        found = [item.key async for item in self.list(prefix) if item.key != keep]
        for key in found:
            await self.delete(key)
        return len(found)


def open_storage(url: str, directory: str) -> Storage:
    """The storage of the service.

    Args:
        url: of an object store, as obstore reads it; empty: files are kept on the disk.
        directory: where they are kept then; it is made when it is missing.
    """
    if url:
        # Client options given in code replace all those that the environment names.
        plain = os.environ.get("AWS_ALLOW_HTTP", "").lower() == "true"
        options: ClientConfig = {**_CLIENT, "allow_http": plain}
        store = from_url(url, client_options=options, retry_config=_RETRIES)
        return Storage(store, None)
    root = Path(directory).absolute()
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Storage(LocalStore(root), root)


def sha256_of(file: BinaryIO) -> str:
    """The hex digest of a file from its beginning."""
    file.seek(0)
    return hashlib.file_digest(cast("BufferedReader", file), "sha256").hexdigest()


def _rename_durably(staged: Path, final: Path) -> None:
    # obstore renames without fsync; without it a power cut could leave a completed job
    # with an empty file.
    _make_durable(staged)
    final.parent.mkdir(parents=True, exist_ok=True)
    staged.replace(final)
    for directory in final.parents[:2]:
        _make_durable(directory)


def _link_durably(file: Path, link: Path) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    try:
        # By its age the sweep would take a link that no row owns yet for a leftover.
        os.utime(file)
        link.hardlink_to(file)
    except OSError:
        _remove_if_empty(link.parent)
        raise
    for directory in link.parents[:2]:
        _make_durable(directory)


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _read_file(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb", buffering=0)
    with file:
        for place in range(start, stop, _STREAM_CHUNK):
            size = min(_STREAM_CHUNK, stop - place)
            yield await asyncio.to_thread(os.pread, file.fileno(), size, place)


def _files_below(root: Path, prefix: str) -> list[StoredObject]:
    # obstore's own listing hides the `name#1` that it writes before it renames it to `name`, so
    # nobody would ever remove what a killed process left.
    found = []
    for directory, _, names in os.walk(root / prefix):
        for path in (Path(directory, name) for name in names):
            key = path.relative_to(root).as_posix()
            if not _OUR_KEY.fullmatch(key):
                continue
            with suppress(FileNotFoundError):
                status = path.lstat()
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                found.append(StoredObject(key, status.st_size, modified))
    return found


def _remove_files_below(root: Path, prefix: str, keep: str) -> int:
    found = [item.key for item in _files_below(root, prefix) if item.key != keep]
    for key in found:
        _remove_file(root / key)
    _remove_if_empty(root / prefix)
    return len(found)


def _remove_file(path: Path) -> None:
    path.unlink(missing_ok=True)
    _remove_if_empty(path.parent)


def _remove_if_empty(directory: Path) -> None:
    with suppress(OSError):  # it holds other files, or is gone
        directory.rmdir()
