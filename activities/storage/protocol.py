"""The protocol of a storage, on a disk or on an object store."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import BinaryIO, Protocol

import msgspec

LEAST_FREE_BYTES = 16 * 1024 * 1024
"""Below it no export is accepted: there would be no room for the one that begins, nor for what is
under way."""


class StoredObject(msgspec.Struct, frozen=True):
    """One object found in storage."""

    key: str
    size: int
    """The size in bytes."""
    modified: datetime
    """The time at which it was last written, in UTC."""

    @property
    def job_id(self) -> str:
        """The job that the key names."""
        return self.key.split("/")[1]


class NotDeleted(msgspec.Struct, frozen=True):
    """An object that could not be removed."""

    key: str
    error: Exception


class StorageUnavailableError(OSError):
    """The disk cannot be used: the directory of all files is gone or unreadable, or reading fails.

    That a single file is missing is another error.
    """


class Storage(Protocol):
    """The files of all jobs.

    Every method raises `OSError` or `obstore.exceptions.BaseError` when storage does not respond.
    """

    async def put(self, key: str, body: BinaryIO | bytes) -> None:
        """Write an object whole; a reader sees all of it or nothing.

        Args:
            key: where to; what is there is replaced.
            body: the bytes, or a file that is read from its beginning.
        """

    def read(self, key: str) -> bytes:
        """Read a whole object, in a thread other than the event loop's.

        Raises:
            FileNotFoundError: there is none under this key.
        """
        ...

    async def head(self, key: str) -> StoredObject | None:
        """What storage says of an object without its bytes, None when it does not exist.

        Raises:
            StorageUnavailableError: the disk does not tell whether it exists.
            obstore.exceptions.BaseError: the object store does not.
        """

    async def sha256(self, key: str) -> str | None:
        """An object's SHA-256 in hex, None when it does not exist."""

    def stream(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to but without `stop`, in pieces.

        They are fewer when the object is shorter.

        Raises:
            FileNotFoundError: there is no such object.
        """
        ...

    async def publish(self, staged: str, final: str) -> None:
        """Give a staged object its final key, replacing what an earlier attempt put there.

        On a disk the directory of what is staged goes with its last object.

        Raises:
            FileNotFoundError: the staged object is gone: another run has published or abandoned.
        """

    async def copy(self, key: str, target: str) -> None:
        """Give a published file, which never changes, a second key.

        Raises:
            FileNotFoundError: there is no such file.
        """

    async def delete(self, key: str) -> None:
        """Remove an object, if it is there, and on a disk its directory with the last one."""

    async def delete_many(self, keys: Sequence[str]) -> list[NotDeleted]:
        """Remove objects as `delete` does; one that cannot be removed stops no other.

        Returns:
            Those that are still there, each with the reason.
        """
        ...

    async def remove_staging(self, job_id: str, keep: str = "") -> int:
        """Remove what is staged for a job, except the key to keep; returns how many went."""
        ...

    async def remove_files(self, job_id: str) -> int:
        """Remove a job's published file, whatever its extension; returns how many went."""
        ...

    def list(
        self, prefix: str, jobs_from: str = "", jobs_before: str = ""
    ) -> AsyncIterator[StoredObject]:
        """Every object below a prefix whose key has our form; others are not ours to touch.

        What a killed process had half written on a disk is among them. However many there are,
        only a few are in memory at a time.

        Args:
            prefix: `STAGING`, `FILES`, or one of them with the id of a job.
            jobs_from: only of jobs whose ids are this one or come after it.
            jobs_before: only of jobs whose ids come before this one; empty: of all others.
        """
        ...

    async def check(self) -> None:
        """Raise unless storage responds.

        Raises:
            OSError: the directory is gone or may not be written.
            obstore.exceptions.BaseError: the object store does not respond.
        """

    def free_bytes(self) -> int | None:
        """Bytes left on the disk, None for a store without a disk of ours.

        Raises:
            StorageUnavailableError: the directory is gone or may not be read.
        """
