"""The operations that obstore does alike on a disk and on an object store."""

import hashlib
from typing import BinaryIO

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import ObjectStore

STREAM_CHUNK = 1024 * 1024
"""Bytes read at a time."""


class ObstoreObjects:
    """Writes and reads whole objects; see `Storage`."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    async def put(self, key: str, body: BinaryIO | bytes) -> None:
        """See `Storage.put`."""
        if not isinstance(body, bytes):
            body.seek(0)
        await obstore.put_async(self._store, key, body)

    def read(self, key: str) -> bytes:
        """See `Storage.read`."""
        return bytes(obstore.get(self._store, key).bytes())

    async def sha256(self, key: str) -> str | None:
        """See `Storage.sha256`."""
        try:
            result = await obstore.get_async(self._store, key)
        except (FileNotFoundError, NotFoundError):
            return None
        digest = hashlib.sha256()
        async for chunk in result.stream(min_chunk_size=STREAM_CHUNK):
            digest.update(chunk)
        return digest.hexdigest()
