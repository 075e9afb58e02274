"""One render in a process of its own; prints what it took as JSON.

python -m scripts.benchmarks.render_case CASE RENDERER ITEMS

A case is one of `BASELINES`, a renderer is `service`, the name of a baseline of that case or, of
the case `pdf`, `UNTAGGED` or `WITHOUT_CONTENTS`.
"""

import os
import re
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import Final
from unittest.mock import patch

import msgspec

from activities.content.model import Item
from activities.formats.catalog import load
from activities.formats.protocol import Export, ExportWarning, RenderOptions, WholeRenderer
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_baselines import BASELINES, READING, Baseline
from scripts.benchmarks.render_rows import row_items

OPTIONS = RenderOptions(include_metadata=True, include_quality_metrics=True)
SNAPSHOT_TIME = datetime(2024, 6, 1, tzinfo=UTC)

_LEAST_SECONDS = 1.0
"""The system counts a process's time in steps; short renders are done again and again."""
_LEAST_SECONDS_OF = MappingProxyType({"csv": 8.0, "txt": 8.0})
"""Reading is nine tenths of what these take; it needs more rounds to tell the rest."""


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


class Rendered(Taken, frozen=True):
    """What a render took in a process that was made for it."""

    growth_bytes: int
    """The most memory of the process, beyond what it had when the render began."""
    reading_seconds: float
    """User time of reading the same content alone, in turns with the render; 0 for pandoc, which
    reads it in a way of its own."""


def measure(case: str, renderer: str, items: int) -> Rendered:
    """Render so many items of the case's content in this process."""
    made = row_items if case == "rows" else corpus
    content = [msgspec.json.encode(item) for item in made(items)]
    render = OURS.get(renderer) or partial(_baseline, renderer)
    render(case, [content[0], *content[9:40:10]])
    # From here on the peak is that of the render (proc(5), clear_refs).
    Path("/proc/self/clear_refs").write_text("5")
    resident = peak_bytes()
    rounds, taken, reading = 0, 0.0, 0.0
    while taken < _LEAST_SECONDS_OF.get(case, _LEAST_SECONDS):
        begun = _user_seconds_with_children()
        size = render(case, content)
        rendered = _user_seconds_with_children()
        if renderer != "pandoc":
            _run(READING[case], content)
        taken += rendered - begun
        reading += _user_seconds_with_children() - rendered
        rounds += 1
    peak = peak_bytes()
    return Rendered(taken / rounds, peak, size, peak - resident, reading / rounds)


def _user_seconds_with_children() -> float:
    return user_seconds() + resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def _decoded(content: Sequence[bytes]) -> Iterator[Item]:
    """The items one after the other, as the render activities read them from a snapshot."""
    return map(msgspec.json.Decoder(Item).decode, content)


def _service(case: str, content: Sequence[bytes], options: RenderOptions = OPTIONS) -> int:
    renderer = load("xlsx" if case == "rows" else case)
    export = Export(options, len(content), SNAPSHOT_TIME, "Course export")
    with TemporaryFile() as out, TemporaryFile() as fragment:
        if isinstance(renderer, WholeRenderer):
            renderer.write(_decoded(content), export, out, Silent())
        else:
            renderer.write_chunk(_decoded(content), options, fragment, Silent())
            fragment.seek(0)
            renderer.join(iter([fragment]), export, out, Silent())
        return out.seek(0, os.SEEK_END)


def _service_without_contents(case: str, content: Sequence[bytes]) -> int:
    with patch("activities.formats.pdf.renderer.pages_needed", return_value=0):
        return _service(case, content)


WITHOUT_CONTENTS: Final = "without contents"
UNTAGGED: Final = "not tagged"

OURS: Final[dict[str, Callable[[str, Sequence[bytes]], int]]] = {
    "service": _service,
    UNTAGGED: partial(_service, options=msgspec.structs.replace(OPTIONS, tagged=False)),
    WITHOUT_CONTENTS: _service_without_contents,
}


def _baseline(name: str, case: str, content: Sequence[bytes]) -> int:
    return _run(BASELINES[case][name], content)


def _run(render: Baseline, content: Sequence[bytes]) -> int:
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
    taken = measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.stdout.buffer.write(msgspec.json.encode(taken))
