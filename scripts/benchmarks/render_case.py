"""One render in a process of its own; prints what it took as JSON.

python -m scripts.benchmarks.render_case CASE RENDERER ITEMS

A case is one of `BASELINES`, a renderer `SERVICE`, one of them, or for pdf one of `OURS`.
"""

import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, TypeVar
from unittest.mock import patch

import msgspec

from activities.formats.catalog import load
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.protocol import Export, WholeRenderer
from activities.model.catalog import formats
from activities.model.content import Item
from activities.model.content_links import NO_LINKS
from activities.model.options import RenderOptions, converted
from activities.model.themes import NO_THEME
from activities.model.warnings import ExportWarning, Report
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.render_documents import SNAPSHOT_TIME
from scripts.benchmarks.row_corpus import row_items
from workflows.contracts import Produced

OPTIONS = RenderOptions(include_metadata=True, include_quality_metrics=True)

SERVICE: Final = "service"
UNTAGGED: Final = "not tagged"
WITHOUT_CONTENTS: Final = "without contents"
OURS: Final = (SERVICE, UNTAGGED, WITHOUT_CONTENTS)

_LEAST_SECONDS = 1.0
"""Short renders are done again and again."""

_T = TypeVar("_T")


class Taken(msgspec.Struct, frozen=True):
    """The cost of a render in a process that had rendered every script before."""

    cpu_seconds: float
    """The processor time for reading the content and rendering it, in seconds."""
    peak_bytes: int
    """Resident memory of the whole process."""
    file_bytes: int


class Rendered(Taken, frozen=True):
    """The cost of a render in a process of its own."""

    growth_bytes: int
    """The most memory of the process, beyond what it had when the render began."""


class Silent:
    """A `Report` that keeps nothing."""

    media = None
    links = NO_LINKS
    theme = NO_THEME
    id_namespace = "export-service"

    def check_cancelled(self) -> None:
        """See `Report.check_cancelled`."""

    def item_done(self) -> None:
        """See `Report.item_done`."""

    def count(self, produced: Produced) -> None:
        """See `Report.count`."""

    def warn(self, warning: ExportWarning) -> None:
        """See `Report.warn`."""


Baseline = Callable[[Iterable[Item], BinaryIO, Report], None]
"""Writes items to a file as somebody else would."""
Renderer = Callable[[Iterable[Item], int], int]
"""Renders items, of which there are so many; the size of the file in bytes."""


def measure(case: str, renderer: str, items: int) -> Rendered:
    """Render so many items of the case's content in this process."""
    content = [msgspec.json.encode(item) for item in items_of(case, items)]
    render = renderer_of(case, renderer)
    known = of_every_script(content)
    render(_decoded(known), len(known))
    # From here on the peak is that of the render (proc(5), clear_refs).
    Path("/proc/self/clear_refs").write_text("5")
    resident = peak_bytes()
    taken, size = again_and_again(lambda: render(_decoded(content), items))
    peak = peak_bytes()
    return Rendered(taken, peak, size, peak - resident)


def items_of(case: str, count: int) -> Iterator[Item]:
    """So many items of a case's content."""
    return row_items(count) if case == "rows" else corpus(count)


def of_every_script(content: list[_T]) -> list[_T]:
    """The few items that a process renders before it is measured."""
    return [content[0], *content[9:40:10]]


def again_and_again(render: Callable[[], int]) -> tuple[float, int]:
    """Render for a while at least; the processor time of one in seconds, and its size."""
    begun, taken, rounds = cpu_seconds(), 0.0, 0
    while taken < _LEAST_SECONDS:
        size = render()
        rounds += 1
        taken = cpu_seconds() - begun
    return taken / rounds, size


def cpu_seconds() -> float:
    """Processor time of this process so far, and of those that it has waited for."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime


def peak_bytes() -> int:
    """The most memory that this process had at once."""
    # Unlike getrusage, this does not count what the parent process had when it forked.
    status = Path("/proc/self/status").read_text()
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert peak is not None
    return int(peak[1]) * 1024


def renderer_of(case: str, name: str) -> Renderer:
    """The renderer of a case with this name: `SERVICE`, another of `OURS`, or a baseline."""
    service = partial(_service, "xlsx" if case == "rows" else case)
    if name == SERVICE:
        return service
    if name == UNTAGGED:
        return partial(service, options=PdfOptions(include_quality_metrics=True, tagged=False))
    if name == WITHOUT_CONTENTS:
        return _no_contents
    # Their libraries, such as python-docx, would be counted in the memory of the service.
    baselines = import_module("scripts.benchmarks.render_baselines").BASELINES
    return partial(_run, baselines[case][name])


def _service(
    format_id: str, items: Iterable[Item], count: int, options: RenderOptions = OPTIONS
) -> int:
    renderer = load(format_id)
    options = converted(options, formats()[format_id].options)
    export = Export(options, count, SNAPSHOT_TIME, "Course export")
    with TemporaryFile() as out, TemporaryFile() as fragment:
        if isinstance(renderer, WholeRenderer):
            renderer.write(items, export, out, Silent())
        else:
            renderer.write_chunk(items, options, fragment, Silent())
            fragment.seek(0)
            renderer.join(iter([fragment]), export, out, Silent())
        return out.seek(0, os.SEEK_END)


def _no_contents(items: Iterable[Item], count: int) -> int:
    # Imported here, or else it would be counted in the memory of other formats.
    none = import_module("activities.formats.pdf.page.contents").Extent(0, False, 0.0)
    with patch("activities.formats.pdf.renderer.measure", return_value=none):
        return _service("pdf", items, count)


def _run(baseline: Baseline, items: Iterable[Item], count: int) -> int:  # noqa: ARG001
    with TemporaryFile() as out:
        baseline(items, out, Silent())
        return out.seek(0, os.SEEK_END)


def _decoded(content: Iterable[bytes]) -> Iterator[Item]:
    """The items one after the other, as the render activities read them from a snapshot."""
    return map(msgspec.json.Decoder(Item).decode, content)


if __name__ == "__main__":
    rendered = measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.stdout.buffer.write(msgspec.json.encode(rendered))
