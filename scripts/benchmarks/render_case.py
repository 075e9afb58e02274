"""One render in a process of its own; prints what it took as JSON.

python -m scripts.benchmarks.render_case FORMAT service|baseline ITEMS
"""

import io
import re
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from activities.content.model import Item
from activities.formats.catalog import load
from activities.formats.protocol import Export, ExportWarning, RenderOptions
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_baselines import BASELINES

_OPTIONS = RenderOptions(include_metadata=True, include_quality_metrics=True)


class Taken(msgspec.Struct, frozen=True):
    """What a render took."""

    cpu_seconds: float
    """User time of the render alone, in a process that has rendered every script before."""
    peak_bytes: int
    """Resident memory of the whole process."""
    file_bytes: int


class _Silent:
    """A `Report` that keeps nothing."""

    def tick(self) -> None: ...

    def item_done(self) -> None: ...

    def warn(self, warning: ExportWarning) -> None: ...


def measure(format_id: str, *, baseline: bool, items: int) -> Taken:
    """Render so many items of the corpus in this process."""
    content = list(corpus(items))
    render = _baseline if baseline else _service
    render(format_id, [content[0], *content[9:40:10]])
    before = _user_seconds()
    size = render(format_id, content)
    return Taken(_user_seconds() - before, _peak_bytes(), size)


def _service(format_id: str, items: Sequence[Item]) -> int:
    renderer = load(format_id)
    newest = max(item.updated_at for item in items)
    export = Export(_OPTIONS, len(items), newest, "Course export")
    out = io.BytesIO()
    if hasattr(renderer, "write"):
        renderer.write(items, export, out, _Silent())
        return out.tell()
    fragment = io.BytesIO()
    renderer.write_chunk(items, _OPTIONS, fragment, _Silent())
    fragment.seek(0)
    renderer.join(iter([fragment]), export, out, _Silent())
    return out.tell()


def _baseline(format_id: str, items: Sequence[Item]) -> int:
    _, render = BASELINES[format_id]
    out = io.BytesIO()
    render(items, out, _Silent())
    return out.tell()


def _user_seconds() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def _peak_bytes() -> int:
    # Unlike getrusage, this does not count what the parent process had when it forked.
    status = Path("/proc/self/status").read_text()
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert peak is not None
    return int(peak[1]) * 1024


if __name__ == "__main__":
    taken = measure(sys.argv[1], baseline=sys.argv[2] == "baseline", items=int(sys.argv[3]))
    sys.stdout.buffer.write(msgspec.json.encode(taken))
