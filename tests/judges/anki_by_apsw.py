"""Writes a deck by another SQLite than Python's own.

anki_by_apsw.py PATH
"""

import sys
from pathlib import Path
from unittest.mock import patch

import apsw

from activities.formats.anki.declaration import AnkiOptions
from activities.formats.testing import render
from activities.formats.testing.items import hostile_item, world_items


class _Database(apsw.Connection):  # type: ignore[misc]
    def serialize(self) -> bytes:
        image: bytes = super().serialize("main")
        return image


def write(path: Path) -> None:
    """Write the deck of the contract's items."""
    items = [*world_items(), hostile_item()]
    with patch("activities.formats.anki.renderer.in_memory", lambda: _Database(":memory:")):
        data, _ = render("anki", items, AnkiOptions(anki_include="all"))
    path.write_bytes(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
