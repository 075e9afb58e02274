"""A format whose renderer does to its process what the titles of items say; else it is JSON's."""

import ctypes
import itertools
import json
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NoReturn

from activities.formats.json.renderer import RENDERER
from activities.model.content import Item
from activities.model.formats import Carries, Format
from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning, Report

HOSTILE = Format(
    id="hostile",
    name="Hostile",
    description="A hostile format.",
    media_type="application/json",
    extension="json",
    carries=Carries(formatting=False, tables=False, math="source", images=False),
    limits="Nothing is safe from it.",
    renderer="hostile_format:HostileRenderer",
    chunked=True,
    seconds_per_item=0.001,
)


def _wait(report: Report) -> None:
    while True:
        time.sleep(0.01)
        report.check_cancelled()


def _ignore_cancellation(report: Report) -> None:
    while True:
        try:
            _wait(report)
        except Exception:  # noqa: BLE001 - that is what it is about
            continue


def _loop(report: Report) -> None:
    while True:
        pass


def _loop_in_c(report: Report) -> None:
    sum(itertools.repeat(0))


def _sleep(report: Report) -> None:
    time.sleep(3600)


def _hoard(report: Report) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(16 * 1024 * 1024))


def _crash(report: Report) -> None:
    ctypes.string_at(0)


def _exit(report: Report) -> None:
    os._exit(0)


def _refuse(report: Report) -> NoReturn:
    raise ValueError("content")


def _end_of_file(report: Report) -> NoReturn:
    raise EOFError


def _tell_environment(report: Report) -> None:
    report.warn(ExportWarning("environment", json.dumps(dict(os.environ))))


def _call_out(report: Report) -> None:
    with socket.socket() as caller:
        outcome = caller.connect_ex(("127.0.0.1", int(os.environ["LC_PORT"])))
    report.warn(ExportWarning("network", str(outcome)))


def _open_files(report: Report) -> None:
    for path in (os.environ["LC_FILE"], "/proc/self/environ"):
        try:
            with open(path, "rb"):  # noqa: PTH123 - any way will do
                report.warn(ExportWarning("opened", path))
        except PermissionError:
            report.warn(ExportWarning("refused", path))


def _tell_pid(report: Report) -> None:
    report.warn(ExportWarning("pid", str(os.getpid())))


def _print(report: Report) -> None:
    print("content")  # noqa: T201 - that is what it is about


_DEEDS: dict[str, Callable[[Report], None]] = {
    "wait": _wait,
    "ignore cancellation": _ignore_cancellation,
    "loop": _loop,
    "loop in C": _loop_in_c,
    "sleep": _sleep,
    "hoard": _hoard,
    "crash": _crash,
    "exit": _exit,
    "refuse": _refuse,
    "end of file": _end_of_file,
    "tell environment": _tell_environment,
    "call out": _call_out,
    "open files": _open_files,
    "tell pid": _tell_pid,
    "print": _print,
}


class _Hostile:
    join = RENDERER.join

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        def met() -> Iterator[Item]:
            for item in items:
                if deed := _DEEDS.get(item.title):
                    deed(report)
                yield item

        RENDERER.write_chunk(met(), options, out, report)


HostileRenderer = _Hostile()
