"""A page of memory on which a render child tells how far it is.

A message for each item would cost more than an item of JSON; and what is written here stays when
the child ends, so that the item at which it did is known for certain.
"""

import mmap
import os
import struct
import sys
from contextlib import suppress
from tempfile import TemporaryFile

_SIZE = 4096
# A number that is odd while the rest is written, the items done, the length of the id.
_HEAD = struct.Struct("=QQH")
_NUMBER = struct.Struct("=Q")
_READS = 100


class ProgressBoard:
    """The page, as child and worker have it."""

    def __init__(self, descriptor: int) -> None:
        """Map the page of a descriptor that `board_file` made."""
        self._page = mmap.mmap(descriptor, _SIZE)
        self._number = 0

    def write(self, items_done: int, item_id: str) -> None:
        """Tell the number of items that are done, and the item that is being rendered."""
        encoded = item_id.encode()
        if len(encoded) > _SIZE - _HEAD.size:
            encoded = b""
        self._number += 2
        _NUMBER.pack_into(self._page, 0, self._number - 1)
        self._page[_HEAD.size : _HEAD.size + len(encoded)] = encoded
        _HEAD.pack_into(self._page, 0, self._number - 1, items_done, len(encoded))
        _NUMBER.pack_into(self._page, 0, self._number)

    def read(self) -> tuple[int, str]:
        """What was told last; of an item that was told only in part, nothing."""
        items_done = 0
        for _ in range(_READS):
            number, items_done, length = self._head()
            encoded = self._page[_HEAD.size : _HEAD.size + length]
            if number % 2 == 0 and self._head()[0] == number:
                with suppress(UnicodeDecodeError):
                    return items_done, encoded.decode()
        return items_done, ""

    def _head(self) -> tuple[int, int, int]:
        head: tuple[int, int, int] = _HEAD.unpack_from(self._page)
        return head


def board_file() -> int:
    """The descriptor of a page for `ProgressBoard`, which another process can have, too."""
    if sys.platform == "linux":
        descriptor = os.memfd_create("render-progress")
    else:
        with TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, _SIZE)
    return descriptor
