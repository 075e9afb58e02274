"""SQLite databases as bytes that depend on their rows alone, and not on the SQLite that wrote them.

Versions of SQLite differ in counters of the header (https://www.sqlite.org/fileformat2.html, 1.3)
and in what they leave of earlier contents between the cell pointers of a b-tree page and its cells
(1.6).
"""

import struct
from typing import Final

PAGE_BYTES: Final = 4096
PRAGMAS: Final = (
    f"PRAGMA page_size = {PAGE_BYTES}",
    "PRAGMA journal_mode = OFF",
    "PRAGMA secure_delete = ON",
)
"""What has to be said before anything is written to the database."""

_HEADER_BYTES = 100
_CHANGE_COUNTER, _VALID_FOR, _WRITTEN_BY = 24, 92, 96
_KNOWN_VERSION = 3_040_000
_INTERIOR = (2, 5)
_LEAVES = (10, 13)


def settled(image: bytes) -> bytes:
    """The same database without what tells who wrote it.

    Args:
        image: a whole file that was written in one transaction, its indexes last.
    """
    data = bytearray(image)
    struct.pack_into(">I", data, _CHANGE_COUNTER, 1)
    struct.pack_into(">I", data, _VALID_FOR, 1)
    struct.pack_into(">I", data, _WRITTEN_BY, _KNOWN_VERSION)
    for page in range(len(data) // PAGE_BYTES):
        _clear_gap(data, page)
    return bytes(data)


def _clear_gap(data: bytearray, page: int) -> None:
    start = page * PAGE_BYTES
    head = start + (_HEADER_BYTES if page == 0 else 0)
    # Of a page on which a long row goes on it is part of a page's number, and 0.
    kind = data[head]
    if kind not in _INTERIOR + _LEAVES:
        return
    cells, content = struct.unpack_from(">HH", data, head + 3)
    pointers = head + (12 if kind in _INTERIOR else 8) + 2 * cells
    end = start + (content or 65_536)
    data[pointers:end] = bytes(end - pointers)
