"""The processes that render: one that forks, and children in which renderers run.

`python -m activities.steps.render_child FD SCRATCH MEMORY` imports all renderers once and then
forks a child whenever the render worker asks, in milliseconds. It runs no renderer itself, so it
stays sound whatever content does to a child. It is the children's parent: until it has waited for
one its process id is nobody else's, so all signals go through it. None of them has a secret,
a database or a storage; all end with the worker.
"""

import errno
import logging
import os
import resource
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO

from activities.common.log_lines import LineFormatter, write_lines
from activities.common.tracebacks import causes_of, format_traceback
from activities.formats.catalog import RendererError, load
from activities.formats.fonts import font_directory
from activities.model.catalog import catalog
from activities.model.warnings import bounded
from activities.steps import confinement
from activities.steps.page_pictures import draw_first_pages
from activities.steps.progress_board import ProgressBoard
from activities.steps.render_messages import (
    IN_MEMORY,
    Answer,
    ClosedError,
    Failed,
    Finished,
    RenderJob,
    Wanted,
    WantedPicture,
    encoder,
    job_decoder,
    receive,
    send,
)
from activities.steps.render_orders import REPLY, REQUEST, Order
from activities.steps.render_work import ChildReport, PictureLackingError, RenderWork
from activities.steps.scratch_file import scratch_file

logger = logging.getLogger(__name__)
_lines = LineFormatter()

NICENESS = 10
"""What is added to the niceness of a child whose render takes long: others come first."""

# What a renderer opens are temporary files and fonts.
_OPEN_FILES = 256
# The scratch files of formats, which are not compressed yet, are larger than the export's file.
_SCRATCH_FACTOR = 4
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
_LEAST_FILE_BYTES = 64 * 1024 * 1024


def main() -> None:
    """Import what there is, then fork until the worker is gone."""
    descriptor, scratch, memory = sys.argv[1:]
    # They are for the worker, in whose process group this is; it ends this by going away.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # until a child has its own handler
    write_lines(_lines)
    for format_id in catalog().formats:
        with suppress(RendererError):  # it is logged, and told again by who renders it
            load(format_id)
    confinement.forbid_privileges()
    confinement.forbid_inspection()  # by one child of another
    if not confinement.leave_network():
        logger.info("renders are not kept from the network: the system does not allow it")
    if not confinement.can_restrict_files():
        logger.info("renders are not kept from other files: the system has no Landlock")
    with socket.socket(fileno=int(descriptor)) as worker:
        _serve_worker(worker, scratch, int(memory))


def _serve_worker(worker: socket.socket, scratch: str, memory: int) -> None:
    children = set[int]()
    while True:
        request, descriptors, _, _ = socket.recv_fds(worker, REQUEST.size, 2)
        if len(request) < REQUEST.size:
            return
        kind, pid = REQUEST.unpack(request)
        status = most_bytes = 0
        if kind == Order.FORK:
            pid = _fork(worker, descriptors, scratch, memory)
            children.add(pid)
        elif pid in children:
            status, most_bytes = _carry_out(kind, pid)
            if kind == Order.END:
                children.remove(pid)
        worker.sendall(REPLY.pack(pid, status, most_bytes))


def _carry_out(kind: int, pid: int) -> tuple[int, int]:
    match kind:
        case Order.STOP:
            os.kill(pid, signal.SIGUSR1)
        case Order.DEMOTE:
            own = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, pid, min(own + NICENESS, 19))
        case _:
            os.kill(pid, signal.SIGKILL)
    if kind != Order.END:
        return 0, 0
    _, status, usage = os.wait4(pid, 0)
    return status, usage.ru_maxrss * 1024


def _fork(worker: socket.socket, descriptors: list[int], scratch: str, memory: int) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        for descriptor in descriptors:
            os.close(descriptor)
        return pid
    code = 1
    try:
        confinement.die_with_parent(signal.SIGKILL)
        worker.close()
        if os.getppid() == parent:  # else it died before we asked to
            confinement.limit_memory(memory)
            confinement.limit_processes_and_files(_OPEN_FILES)
            confinement.restrict_files(Path(scratch), [font_directory()])
            connection, board = descriptors
            with socket.socket(fileno=connection) as to_worker:
                _Child(to_worker, ProgressBoard(board), scratch).serve()
            code = 0
    except ClosedError:
        code = 0  # the worker has no more use for this child
    except BaseException as error:  # noqa: BLE001 - nothing may go back into the loop above
        logger.error(  # noqa: TRY400 - its message may quote content
            "render child failed", extra={"cause": format_traceback(error)}
        )
    os._exit(code)


class _Child:
    """Renders one job after the other."""

    def __init__(self, connection: socket.socket, board: ProgressBoard, scratch: str) -> None:
        self._connection = connection
        self._board = board
        self._scratch = scratch
        self._stopped = False
        signal.signal(signal.SIGUSR1, self._stop)

    def serve(self) -> None:
        """Render until the worker closes the connection, which raises `ClosedError`."""
        while True:
            job = job_decoder.decode(receive(self._connection))
            self._stopped = False  # what stopped an earlier job may have come late
            confinement.limit_processor_time(job.cpu_seconds)
            confinement.limit_file_size(
                max(_LEAST_FILE_BYTES, _SCRATCH_FACTOR * job.max_file_bytes)
            )
            with (
                _lines.bound(job_id=job.job_id, **job.trace),
                scratch_file(self._scratch, job.max_file_bytes) as out,
            ):
                self._render(job, out)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped = True

    def _render(self, job: RenderJob, out: BinaryIO) -> None:
        report = ChildReport(job, self._board.write, lambda: self._stopped)
        try:
            RenderWork(job, self._read_input, self._read_picture, report, self._scratch).write(out)
            if job.draws:
                _draw_instead(out)
            size = out.seek(0, os.SEEK_END)
            out.seek(0)
            data = out.read() if size <= IN_MEMORY else None
            warnings = bounded(report.warnings)
        except ClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - a renderer may raise anything
            self._tell(_failed(error, report.item_id))
            return
        most_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        self._tell(Finished(warnings, data, most_bytes, report.produced))
        if data is None:
            out.flush()
            socket.send_fds(self._connection, [b"f"], [out.fileno()])

    def _read_input(self, number: int) -> bytearray:
        self._tell(Wanted(number))
        return receive(self._connection)

    def _read_picture(self, name: str) -> bytes:
        self._tell(WantedPicture(name))
        return bytes(receive(self._connection))

    def _tell(self, answer: Answer) -> None:
        send(self._connection, encoder.encode(answer))


def _draw_instead(out: BinaryIO) -> None:
    """Put pictures of the first pages in the place of a PDF."""
    out.seek(0)
    pictures = draw_first_pages(out.read())
    out.seek(0)
    out.truncate()
    out.write(pictures)


def _failed(error: Exception, item_id: str) -> Failed:
    causes = list(causes_of(error))
    numbers = [each.errno or 0 for each in causes if isinstance(each, OSError)]
    own = numbers[0] if isinstance(error, OSError) else 0
    return Failed(
        item_id,
        format_traceback(error),
        # Of a full disk renderers tell in their own ways.
        error_number=next((number for number in numbers if number in _DISK_FULL), own),
        out_of_memory=any(isinstance(each, MemoryError) for each in causes),
        lacks_picture=isinstance(error, PictureLackingError),
    )


if __name__ == "__main__":
    main()
