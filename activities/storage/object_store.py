"""Export files on an object store."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import from_url

from activities.storage.keys import FILES, STAGING, is_own_key
from activities.storage.obstore_objects import STREAM_CHUNK, ObstoreObjects
from activities.storage.protocol import NotDeleted, StoredObject

if TYPE_CHECKING:  # obstore has them for type checkers only
    from obstore.store import ClientConfig, RetryConfig

_LISTING_CHUNK = 500

# An unavailable store is reported soon: the activity that asked is tried again for an hour.
_RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
# A request may take as long as bytes move: a download is as slow as its client.
_CLIENT: "ClientConfig" = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=20),
    "timeout": timedelta(hours=6),
}


class ObjectStorage(ObstoreObjects):
    """The files of all jobs on a store that obstore speaks to; implements `Storage`."""

    async def head(self, key: str) -> StoredObject | None:
        """See `Storage.head`."""
        try:
            meta = await obstore.head_async(self._store, key)
        except (FileNotFoundError, NotFoundError):
            # A bucket that is missing gives the same status; to a listing, it is an error.
            await self.check()
            return None
        return StoredObject(key, meta["size"], meta["last_modified"])

    async def stream(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """See `Storage.stream`."""
        result = await obstore.get_async(self._store, key, options={"range": (start, stop)})
        async for chunk in result.stream(min_chunk_size=STREAM_CHUNK):
            yield bytes(chunk)

    async def publish(self, staged: str, final: str) -> None:
        """See `Storage.publish`."""
        await obstore.rename_async(self._store, staged, final)

    async def copy(self, key: str, target: str) -> None:
        """See `Storage.copy`."""
        await obstore.copy_async(self._store, key, target)

    async def delete(self, key: str) -> None:
        """See `Storage.delete`."""
        try:
            await obstore.delete_async(self._store, key)
        except (FileNotFoundError, NotFoundError):
            return

    async def remove_staging(self, job_id: str, keep: str = "") -> int:
        """See `Storage.remove_staging`."""
        return await self._remove_below(f"{STAGING}/{job_id}", keep)

    async def remove_files(self, job_id: str) -> int:
        """See `Storage.remove_files`."""
        return await self._remove_below(f"{FILES}/{job_id}")

    async def delete_many(self, keys: Sequence[str]) -> list[NotDeleted]:
        """See `Storage.delete_many`."""
        try:
            # One request for up to a thousand of them.
            await obstore.delete_async(self._store, keys)
        except (BaseError, OSError):
            return [left for key in keys if (left := await self._not_deleted(key)) is not None]
        return []

    async def _not_deleted(self, key: str) -> NotDeleted | None:
        try:
            await self.delete(key)
        except (BaseError, OSError) as error:
            return NotDeleted(key, error)
        return None

    async def list(
        self, prefix: str, jobs_from: str = "", jobs_before: str = ""
    ) -> AsyncIterator[StoredObject]:
        """See `Storage.list`."""
        first = f"{prefix}/{jobs_from}" if jobs_from else None
        stream = obstore.list(self._store, prefix=prefix, offset=first, chunk_size=_LISTING_CHUNK)
        async for page in stream:
            for meta in page:
                if jobs_before and meta["path"] >= f"{prefix}/{jobs_before}":
                    return  # stores list in the order of keys
                if is_own_key(meta["path"]):
                    yield StoredObject(meta["path"], meta["size"], meta["last_modified"])

    async def check(self) -> None:
        """See `Storage.check`."""
        await anext(aiter(obstore.list(self._store, prefix=STAGING, chunk_size=1)), None)

    def free_bytes(self) -> int | None:
        """See `Storage.free_bytes`."""
        return None

    async def _remove_below(self, prefix: str, keep: str = "") -> int:
        found = [item.key async for item in self.list(prefix) if item.key != keep]
        for key in found:
            await self.delete(key)
        return len(found)


def connect_object_store(url: str, *, allow_http: bool) -> ObjectStorage:
    """The object store at a URL.

    Args:
        url: as obstore reads it; what it does not say comes from the environment, by the names of
            the store's own tools.
        allow_http: True if the store may be called without TLS.
    """
    # Client options given in code replace all those that the environment names.
    options: ClientConfig = {**_CLIENT, "allow_http": allow_http}
    return ObjectStorage(from_url(url, client_options=options, retry_config=_RETRIES))
