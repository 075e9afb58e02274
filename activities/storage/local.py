"""Export files on a disk."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from obstore.store import LocalStore

from activities.common.private_files import own_directory
from activities.storage.keys import FILES, STAGING, is_own_key
from activities.storage.obstore_objects import STREAM_CHUNK, ObstoreObjects
from activities.storage.protocol import NotDeleted, StorageUnavailableError, StoredObject

# Files of a listing that are in memory at a time.
_PAGE = 500


class LocalStorage(ObstoreObjects):
    """The files of all jobs in one directory; implements `Storage`.

    Args:
        root: the directory; it is made, for the service alone, when it is missing. Later it is
            not: what would be made then is not the disk on which the files are.

    Raises:
        UnusableDirectoryError: the directory is not the service's own, or cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        own_directory(self._root)
        own_directory(self._root / FILES)
        super().__init__(LocalStore(self._root))

    async def put(self, key: str, body: BinaryIO | bytes) -> None:
        """See `Storage.put`."""
        await asyncio.to_thread(_check_that_files_are_there, self._root)
        await super().put(key, body)

    async def head(self, key: str) -> StoredObject | None:
        """See `Storage.head`."""
        return await asyncio.to_thread(_head, self._root, key)

    async def stream(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """See `Storage.stream`."""
        # obstore reads files in small pieces and puts them together: ten times the work.
        with await asyncio.to_thread(_open_file, self._root / key) as file:
            for place in range(start, stop, STREAM_CHUNK):
                size = min(STREAM_CHUNK, stop - place)
                yield await asyncio.to_thread(_read_at, file.fileno(), size, place)

    async def publish(self, staged: str, final: str) -> None:
        """See `Storage.publish`."""
        await asyncio.to_thread(_rename_durably, self._root, staged, final)

    async def copy(self, key: str, target: str) -> None:
        """See `Storage.copy`."""
        await asyncio.to_thread(_link_durably, self._root, key, target)

    async def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        await asyncio.to_thread(_remove_file, self._root / key)

    async def remove_staging(self, job_id: str, keep: str = "") -> int:
        """See `Storage.remove_staging`."""
        return await self._remove_below(f"{STAGING}/{job_id}", keep)

    async def remove_files(self, job_id: str) -> int:
        """See `Storage.remove_files`."""
        return await self._remove_below(f"{FILES}/{job_id}")

    async def delete_many(self, keys: Sequence[str]) -> list[NotDeleted]:
        """See `Storage.delete_many`."""
        return await asyncio.to_thread(_remove_each, self._root, keys)

    async def list(
        self, prefix: str, jobs_from: str = "", jobs_before: str = ""
    ) -> AsyncIterator[StoredObject]:
        """See `Storage.list`."""
        found = _files_below(self._root, prefix, jobs_from, jobs_before)
        while page := await asyncio.to_thread(list, islice(found, _PAGE)):
            for item in page:
                yield item

    async def check(self) -> None:
        """See `Storage.check`."""
        if not os.access(self._root / FILES, os.W_OK | os.X_OK):
            raise StorageUnavailableError(f"{self._root / FILES} cannot be written")

    def free_bytes(self) -> int:
        """See `Storage.free_bytes`."""
        with _disk_errors():
            return shutil.disk_usage(self._root).free

    async def _remove_below(self, prefix: str, keep: str = "") -> int:
        with _disk_errors():
            return await asyncio.to_thread(_remove_files_below, self._root, prefix, keep)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Raise errors of the disk as `StorageUnavailableError`."""
    try:
        yield
    except OSError as error:
        raise StorageUnavailableError(error.errno, error.strerror) from error


def _head(root: Path, key: str) -> StoredObject | None:
    with _disk_errors():
        try:
            return _stored(key, (root / key).stat())
        except FileNotFoundError:
            pass
    _check_that_files_are_there(root)
    return None


def _check_that_files_are_there(root: Path) -> None:
    """Tell a file that is gone from a disk that is: of one that is not mounted, all is missing.

    The directory of all published files stays when the last one goes.
    """
    if not (root / FILES).is_dir():
        raise StorageUnavailableError(f"{root / FILES} is missing")


def _stored(key: str, status: os.stat_result) -> StoredObject:
    return StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _open_file(path: Path) -> FileIO:
    with _disk_errors():
        try:
            return path.open("rb", buffering=0)
        except FileNotFoundError as error:
            missing = error
    raise missing


def _read_at(descriptor: int, size: int, place: int) -> bytes:
    with _disk_errors():
        return os.pread(descriptor, size, place)


def _rename_durably(root: Path, staged_key: str, key: str) -> None:
    _check_that_files_are_there(root)
    staged, final = root / staged_key, root / key
    # obstore renames without fsync; without it a power cut could leave a completed job
    # with an empty file.
    _make_durable(staged)
    final.parent.mkdir(exist_ok=True)
    staged.replace(final)
    for directory in final.parents[:2]:
        _make_durable(directory)
    _remove_if_empty(staged.parent)


def _link_durably(root: Path, key: str, target: str) -> None:
    _check_that_files_are_there(root)
    file, link = root / key, root / target
    link.parent.mkdir(exist_ok=True)
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


def _files_below(root: Path, prefix: str, first: str, stop: str) -> Iterator[StoredObject]:
    # obstore's own listing hides the `name#1` that it writes before it renames it to `name`, so
    # what a killed process left would never be removed.
    if "/" in prefix:
        yield from _files_in(root, prefix)
        return
    with suppress(FileNotFoundError), os.scandir(root / prefix) as entries:
        for entry in entries:
            name = entry.name
            if first <= name and (not stop or name < stop):
                yield from _files_in(root, f"{prefix}/{name}")


def _files_in(root: Path, directory: str) -> Iterator[StoredObject]:
    """Those of one job; a directory that cannot be read is passed over, as is one that is gone."""
    with suppress(OSError), os.scandir(f"{root}/{directory}") as entries:
        for entry in entries:
            key = f"{directory}/{entry.name}"
            if is_own_key(key) and not entry.is_dir(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    yield _stored(key, entry.stat(follow_symlinks=False))


def _remove_each(root: Path, keys: Iterable[str]) -> list[NotDeleted]:
    left = []
    for key in keys:
        try:
            _remove_file(root / key)
        except OSError as error:
            left.append(NotDeleted(key, error))
    return left


def _remove_files_below(root: Path, prefix: str, keep: str) -> int:
    found = [item.key for item in _files_in(root, prefix) if item.key != keep]
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
