"""Formats of a third party, as odd as the tests need them; found by their entry points."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Literal

import msgspec

from activities.formats.protocol import Export
from activities.model.content import Item
from activities.model.formats import Carries, Format
from activities.model.options import RenderOptions
from activities.model.warnings import Report

ITEM_SECONDS = 0.1
"""The seconds that an item takes in the slow format."""
LINGERING_SECONDS = 4.0
"""The seconds that a render takes in the lingering format."""
HUNGRY_BYTES = 8 * 1024**3
"""The memory that a render takes in the hungry format; none of it is written to."""


def _format(name: str, *, chunked: bool, seconds: float) -> Format:
    return Format(
        id=name,
        name=name.title(),
        description=f"A {name} format.",
        media_type="text/plain; charset=utf-8",
        extension=name,
        carries=Carries(formatting=False, tables=False, math="source", images=False),
        limits="Everything but titles.",
        renderer=f"odd_formats:{name.title()}Renderer",
        parts=(),
        chunked=chunked,
        seconds_per_item=seconds,
    )


SLOW = _format("slow", chunked=True, seconds=ITEM_SECONDS)
HELD = _format("held", chunked=True, seconds=2.0)
STUBBORN = _format("stubborn", chunked=False, seconds=ITEM_SECONDS)
LINGERING = _format("lingering", chunked=False, seconds=0.001)
BROKEN = _format("broken", chunked=True, seconds=0.001)
POISON = _format("poison", chunked=True, seconds=0.001)
HUNGRY = _format("hungry", chunked=False, seconds=0.001)


class MarkedOptions(RenderOptions, frozen=True):
    """The options of the marked format."""

    marked_with: Literal["star", "dot"] = "star"

    def __post_init__(self) -> None:
        if self.title == "SECRET":
            raise RuntimeError(self.title)


MARKED = msgspec.structs.replace(
    _format("marked", chunked=False, seconds=0.001), options=MarkedOptions
)
WRONG = _format("wrong", chunked=True, seconds=0)
UNRENDERED = _format("unrendered", chunked=True, seconds=0.001)
"""Names a renderer that is none."""


class _Slow:
    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            end = time.monotonic() + ITEM_SECONDS
            while time.monotonic() < end:
                report.check_cancelled()
                time.sleep(0.01)
            out.write(f"{item.id} {item.title}\n".encode())
            report.item_done()

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[RenderOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        for fragment in fragments:
            report.check_cancelled()
            out.write(fragment.read())


class _Held(_Slow):
    """Renders until it is told to stop."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            while item:
                report.check_cancelled()
                time.sleep(0.01)


class _Stubborn:
    """Renders whole, and looks up from its work only once a second."""

    def write(
        self, items: Iterable[Item], export: Export[RenderOptions], out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            time.sleep(1)
            out.write(f"{item.id}\n".encode())
            report.item_done()


class _Lingering:
    """Takes longer than a small export may in its step, and does not look up meanwhile."""

    def write(
        self, items: Iterable[Item], export: Export[RenderOptions], out: BinaryIO, report: Report
    ) -> None:
        time.sleep(LINGERING_SECONDS)
        for item in items:
            out.write(f"{item.id}\n".encode())
            report.item_done()


class _Broken:
    """Quotes the content when it fails, as parsers do."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        for item in items:
            raise ValueError(f"cannot render {item.title!r}")

    def join(
        self,
        fragments: Iterator[BinaryIO],
        export: Export[RenderOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        raise AssertionError("nothing to join")


class _Poison(_Broken):
    """Kills the process that renders."""

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class _Hungry:
    """Takes more memory than a process with a limit can have."""

    def write(
        self, items: Iterable[Item], export: Export[RenderOptions], out: BinaryIO, report: Report
    ) -> None:
        taken = [bytearray(HUNGRY_BYTES // 64) for _ in range(64)]
        out.write(b"%d" % len(taken))


class _Marked:
    """Writes the option of its own before each title."""

    def write(
        self,
        items: Iterable[Item],
        export: Export[MarkedOptions],
        out: BinaryIO,
        report: Report,
    ) -> None:
        for item in items:
            report.check_cancelled()
            out.write(f"{export.options.marked_with} {item.title}\n".encode())
            report.item_done()


SlowRenderer = _Slow()
HeldRenderer = _Held()
StubbornRenderer = _Stubborn()
LingeringRenderer = _Lingering()
BrokenRenderer = _Broken()
PoisonRenderer = _Poison()
HungryRenderer = _Hungry()
MarkedRenderer = _Marked()
UnrenderedRenderer = _Marked()
