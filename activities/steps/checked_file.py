"""The bytes of a file on their way, which are known to be the right ones before the last leaves."""

import hashlib
from collections.abc import AsyncIterator

from activities.automation.delivery_paths import DeliveredFile
from activities.common.sending_error import SendingError
from activities.storage.protocol import Storage

_DAMAGED = "file-damaged"


async def checked_bytes(storage: Storage, key: str, file: DeliveredFile) -> AsyncIterator[bytes]:
    """The bytes of a file, in pieces, of which only a few are in memory.

    Raises:
        SendingError: the file is gone, or is not the one that was published; who writes must then
            put nothing in place.
    """
    digest = hashlib.sha256()
    size = 0
    held = b""
    try:
        async for piece in storage.stream(key, 0, file.size):
            digest.update(piece)
            size += len(piece)
            if held:
                yield held
            held = piece
    except FileNotFoundError:
        raise SendingError("file-gone", final=True) from None
    if size != file.size or digest.hexdigest() != file.sha256:
        raise SendingError(_DAMAGED, final=True)
    if held:
        yield held
