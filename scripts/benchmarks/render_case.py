"""One render in a process of its own; prints what it took as JSON.

python -m scripts.benchmarks.render_case FORMAT service|baseline ITEMS
"""

import os
import re
import resource
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from activities.content.model import Item
from activities.formats.catalog import load
from activities.formats.protocol import Export, ExportWarning, RenderOptions
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_baselines import BASELINES

OPTIONS = RenderOptions(include_metadata=True, include_quality_metrics=True)
SNAPSHOT_TIME = datetime(2024, 6, 1, tzinfo=UTC)


class Taken(msgspec.Struct, frozen=True):
    """What a render took."""

    cpu_seconds: float
    """User time of the render alone, in a process that has rendered every script before."""
    peak_bytes: int
    """Resident memory of the whole process."""
    file_bytes: int


class Silent:
    """A `Report` that keeps nothing."""

    def tick(self) -> None:
        """See `Report.tick`."""

    def item_done(self) -> None:
        """See `Report.item_done`."""

    def warn(self, warning: ExportWarning) -> None:
        """See `Report.warn`."""


def measure(format_id: str, *, baseline: bool, items: int) -> Taken:
    """Render so many items of the corpus in this process."""
    content = [msgspec.json.encode(item) for item in corpus(items)]
    render = _baseline if baseline else _service
    render(format_id, [content[0], *content[9:40:10]])
    before = user_seconds()
    size = render(format_id, content)
    return Taken(user_seconds() - before, peak_bytes(), size)


def _decoded(content: Sequence[bytes]) -> Iterator[Item]:
    """The items one after the other, as the render activities read them from a snapshot."""
    return map(msgspec.json.Decoder(Item).decode, content)


def _service(format_id: str, content: Sequence[bytes]) -> int:
    renderer = load(format_id)
    export = Export(OPTIONS, len(content), SNAPSHOT_TIME, "Course export")
    with TemporaryFile() as out, TemporaryFile() as fragment:
        if hasattr(renderer, "write"):
            renderer.write(_decoded(content), export, out, Silent())
        else:
            renderer.write_chunk(_decoded(content), OPTIONS, fragment, Silent())
            fragment.seek(0)
            renderer.join(iter([fragment]), export, out, Silent())
        return out.seek(0, os.SEEK_END)


def _baseline(format_id: str, content: Sequence[bytes]) -> int:
    _, render = BASELINES[format_id]
    with TemporaryFile() as out:
        render(_decoded(content), out, Silent())
        return out.seek(0, os.SEEK_END)


def user_seconds() -> float:
    """Processor time of this process so far, without the system's share."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def peak_bytes() -> int:
    """The most memory that this process had at once."""
    # Unlike getrusage, this does not count what the parent process had when it forked.
    status = Path("/proc/self/status").read_text()
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert peak is not None
    return int(peak[1]) * 1024


if __name__ == "__main__":
    taken = measure(sys.argv[1], baseline=sys.argv[2] == "baseline", items=int(sys.argv[3]))
    sys.stdout.buffer.write(msgspec.json.encode(taken))
