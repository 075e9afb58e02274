"""Writes a deck by another SQLite than Python's own.

anki_by_apsw.py PATH [unsettled]

Unsettled it keeps what tells which SQLite wrote it.
"""

import sys
from contextlib import ExitStack
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


def write(path: Path, *, settles: bool) -> None:
    """Write the deck of the contract's items."""
    items = [*world_items(), hostile_item()]
    with ExitStack() as patches:
        database = patch(
            "activities.formats.anki.renderer.in_memory", lambda: _Database(":memory:")
        )
        patches.enter_context(database)
        if not settles:
            patches.enter_context(patch("activities.formats.anki.collection.settled", bytes))
        data, _ = render("anki", items, AnkiOptions(anki_include="all"))
    path.write_bytes(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]), settles=len(sys.argv) == 2)
