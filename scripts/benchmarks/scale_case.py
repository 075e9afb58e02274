"""One export in a process of its own, chunk by chunk; prints what it took as JSON.

python -m scripts.benchmarks.scale_case FORMAT SNAPSHOT ITEMS
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, cast

import msgspec

from activities.formats.catalog import load
from activities.formats.protocol import ChunkRenderer, Export, WholeRenderer
from activities.model.catalog import formats
from activities.model.content import Item
from activities.model.options import converted
from scripts.benchmarks.render_case import (
    OPTIONS,
    Silent,
    Taken,
    again_and_again,
    peak_bytes,
)
from scripts.benchmarks.render_documents import SNAPSHOT_TIME
from workflows.contracts import ExportRequest
from workflows.policies import slices

_decoder = msgspec.json.Decoder(Item)


def export(format_id: str, snapshot: Path, count: int) -> int:
    """Render the snapshot's first items; the size of the file in bytes."""
    options = converted(OPTIONS, formats()[format_id].options)
    # As workers have it, where what waits is on the disk.
    wanted = Export(options, count, SNAPSHOT_TIME, "Course export", TemporaryFile)
    with ExitStack() as open_files:
        lines = open_files.enter_context(snapshot.open("rb"))
        items = map(_decoder.decode, islice(lines, count))
        out = open_files.enter_context(TemporaryFile())
        if not formats()[format_id].chunked:
            cast("WholeRenderer[Any]", load(format_id)).write(items, wanted, out, Silent())
        else:
            fragments = open_files.enter_context(TemporaryFile())
            renderer = cast("ChunkRenderer[Any]", load(format_id))
            ends = list(_write_chunks(renderer, format_id, items, count, fragments))
            renderer.join(_pieces(fragments, ends), wanted, out, Silent())
        return out.seek(0, os.SEEK_END)


def _write_chunks(
    renderer: ChunkRenderer[Any],
    format_id: str,
    items: Iterator[Item],
    count: int,
    fragments: BinaryIO,
) -> Iterator[int]:
    """Write all fragments one after the other; where each of them ends."""
    entry = formats()[format_id]
    options = converted(OPTIONS, entry.options)
    request = ExportRequest("bench", format_id, count, entry.seconds_per_item, chunked=True)
    for piece in slices(request):
        with TemporaryFile() as fragment:
            chunk = islice(items, piece.stop - piece.start)
            renderer.write_chunk(chunk, options, fragment, Silent())
            fragment.seek(0)
            fragments.write(fragment.read())
        yield fragments.tell()


def _pieces(fragments: BinaryIO, ends: list[int]) -> Iterator[BinaryIO]:
    """The fragments one after the other, each in memory while it is joined, as in `assemble`."""
    fragments.seek(0)
    start = 0
    for stop in ends:
        yield io.BytesIO(fragments.read(stop - start))
        start = stop


if __name__ == "__main__":
    format_id, snapshot, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    export(format_id, snapshot, 1)  # fonts and tables that a worker has loaded long ago
    taken, size = again_and_again(partial(export, format_id, snapshot, count))
    sys.stdout.buffer.write(msgspec.json.encode(Taken(taken, peak_bytes(), size)))
