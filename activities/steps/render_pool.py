"""The render children of a worker: kept warm, limited, and killed when they must be."""

import asyncio
import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec

from activities.common import tracing
from activities.common.logs import get_logger
from activities.model.limits import ExportTooLargeError
from activities.model.warnings import ExportWarning
from activities.steps.errors import (
    MediaUnavailableError,
    RenderCrashedError,
    RenderFailedError,
    RenderNotSmallError,
    RenderTooCostlyError,
)
from activities.steps.progress_board import ProgressBoard, board_file
from activities.steps.render_limits import RenderLimits
from activities.steps.render_messages import (
    BrokenMessageError,
    ClosedError,
    Failed,
    Finished,
    RenderJob,
    Wanted,
    WantedPicture,
    encoder,
    receive_answer,
    send,
)
from activities.steps.render_orders import REPLY, REQUEST, Order
from activities.steps.render_progress import RenderProgress
from activities.steps.unbroken import to_its_end
from activities.storage.digests import sha256_of
from workflows.contracts import Produced
from workflows.policies import SMALL_SECONDS

logger = get_logger(__name__)

# Seconds after which a child that was told to stop is killed.
_STOP_GRACE_SECONDS = 0.5
# Seconds between two looks at how far a render is.
_PROGRESS_SECONDS = 0.5
# What renderers leave behind, here a little and there a little, goes with the process.
_RENDERS_OF_A_CHILD = 500
# Parts of the memory that a child may have: one that had the first is not kept, and one that had
# the second when it died without a word died of it.
_NOT_KEPT = 0.5
_DIED_OF = 0.25

_PASSED_ON = frozenset(
    {"EXPORT_FONT_PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "TZ", "XDG_CACHE_HOME"}
)
"""The environment variables that children get, beside Python's own: none of them is a secret."""


class Rendered(msgspec.Struct, frozen=True):
    """What a child made."""

    file: BinaryIO
    """At its beginning, of at most the job's `max_file_bytes`; to be closed."""
    size: int
    """In bytes."""
    sha256: str
    """In hex."""
    warnings: list[ExportWarning]
    produced: Produced


class _Forker:
    """The process that forks children; see `render_child`."""

    def __init__(self, scratch: Path, memory: int, environment: Mapping[str, str]) -> None:
        self._connection, theirs = socket.socketpair()
        self._asking = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [
                    sys.executable,
                    "-m",
                    "activities.steps.render_child",
                    str(theirs.fileno()),
                    str(scratch),
                    str(memory),
                ],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )

    def ask(self, order: Order, pid: int = 0, *descriptors: int) -> tuple[int, ...]:
        """Have an order carried out; returns the numbers of `REPLY`.

        Raises:
            RenderCrashedError: the process is gone, and all children with it.
        """
        with self._asking:
            try:
                socket.send_fds(self._connection, [REQUEST.pack(order, pid)], descriptors)
                reply = self._connection.recv(REPLY.size, socket.MSG_WAITALL)
            except OSError as error:
                raise RenderCrashedError from error
        if len(reply) < REPLY.size:
            raise RenderCrashedError
        return REPLY.unpack(reply)

    @property
    def runs(self) -> bool:
        """False if it has ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, and all children with it."""
        self._connection.close()
        self._process.wait()


def _environment(of_worker: Mapping[str, str], scratch: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in of_worker.items()
        if name in _PASSED_ON or name.startswith(("LC_", "PYTHON"))
    }
    return {**kept, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(scratch)}


class _Child:
    """One render child."""

    def __init__(self, forker: _Forker) -> None:
        self.forker = forker
        self.is_background = False
        self.renders = 0
        self.most_bytes = 0
        self.connection, theirs = socket.socketpair()
        board = board_file()
        try:
            self.board = ProgressBoard(board)
            with theirs:
                self.pid = forker.ask(Order.FORK, 0, theirs.fileno(), board)[0]
        finally:
            os.close(board)

    @property
    def lives(self) -> bool:
        """False if it has ended; asked while it has nothing to say."""
        try:
            return bool(self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def demote(self) -> None:
        """Let this child, from now on, have what others leave of the processor."""
        if not self.is_background:
            self.is_background = True
            self.forker.ask(Order.DEMOTE, self.pid)

    def stop(self) -> None:
        """Make its renderer's next check raise."""
        self.forker.ask(Order.STOP, self.pid)

    def kill(self) -> None:
        """End it; the thread that listens to it hears of that."""
        self.forker.ask(Order.KILL, self.pid)

    def end(self) -> tuple[int, int]:
        """Kill it if it lives; returns the signal it died of, or 0, and the most bytes it had."""
        self.connection.close()
        try:
            _, status, most_bytes = self.forker.ask(Order.END, self.pid)
        except RenderCrashedError:
            return 0, 0
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, most_bytes


class _Render:
    """One job in one child."""

    def __init__(
        self,
        job: RenderJob,
        limits: RenderLimits,
        read_input: Callable[[int], bytes],
        read_picture: Callable[[str], bytes],
        progress: RenderProgress,
    ) -> None:
        self.job = job
        self.limits = limits
        self.is_stopped = False
        self.is_too_long = False
        self._child: _Child | None = None
        self._holding = threading.Lock()
        self._read_input = read_input
        self._read_picture = read_picture
        self._progress = progress

    def order(self, order: Callable[[_Child], None]) -> None:
        """Give an order to the child, if it still works on this job."""
        with self._holding, suppress(RenderCrashedError):  # all are gone, as its thread hears
            if self._child is not None:
                order(self._child)

    def let_go(self) -> None:
        """Give no more orders: the child is another job's, or ended."""
        self._progress.look()
        self._progress.follow(None)
        with self._holding:
            self._child = None

    def run(self, child: _Child) -> Finished | Failed:
        """Have the job done, in a thread; returns the last message of the child.

        Raises:
            ClosedError: the child is gone.
            BrokenMessageError: it sent no message.
        """
        with self._holding:
            self._child = child
        if self.is_stopped:
            return Failed("", "stopped before it began")
        if not self.limits.is_small:
            child.demote()
        child.board.write(0, "")
        self._progress.follow(child.board.read)
        send(child.connection, encoder.encode(self.job))
        while True:
            match receive_answer(child.connection):
                case Wanted(number):
                    if number >= self.job.inputs:
                        raise BrokenMessageError
                    send(child.connection, self._read_input(number))
                case WantedPicture(name):
                    send(child.connection, self._read_picture(name))
                case answer:
                    child.renders += 1
                    return answer

    def rendered(self, child: _Child, answer: Finished | Failed) -> Rendered:
        """What the child made.

        Raises:
            RenderFailedError, RenderTooCostlyError, OSError: why it could not.
            ExportTooLargeError: it is too large.
            ClosedError: the child is gone.
            BrokenMessageError: it is no file.
        """
        if isinstance(answer, Failed):
            raise self._failure(answer)
        child.most_bytes = answer.most_bytes
        file = BytesIO(answer.file) if answer.file is not None else _receive_file(child.connection)
        size = file.seek(0, os.SEEK_END)
        if size > self.job.max_file_bytes:
            file.close()
            raise ExportTooLargeError
        digest = sha256_of(file)
        file.seek(0)
        return Rendered(file, size, digest, answer.warnings, answer.produced)

    def _failure(self, answer: Failed) -> Exception:
        """Why the renderer could not do the job."""
        if not self.is_stopped:
            logger.warning("renderer raised", cause=answer.cause)
        if answer.lacks_picture:
            return MediaUnavailableError(answer.item_id)
        if answer.out_of_memory:
            return RenderTooCostlyError(answer.item_id)
        if answer.error_number == errno.EFBIG:
            return ExportTooLargeError()
        if answer.error_number:
            return OSError(answer.error_number, os.strerror(answer.error_number))
        return RenderFailedError(answer.item_id)

    def death(self, died_of: int, most_bytes: int, memory: int) -> Exception:
        """Why the child ended."""
        item_id = self._progress.item_id
        killed_for_memory = died_of and most_bytes > memory * _DIED_OF
        logger.warning("render child ended", signal=died_of, most_bytes=most_bytes)
        if self.is_too_long or died_of == signal.SIGXCPU or killed_for_memory:
            return RenderTooCostlyError(item_id)
        return RenderCrashedError(item_id)


def _no_picture(_name: str) -> bytes:
    """For renders that have none: a child asks for nothing that it was not told of.

    Raises:
        BrokenMessageError: always.
    """
    raise BrokenMessageError


def _spoils(answer: Failed) -> bool:
    """Whether a failure may come again in the same child, whatever it renders."""
    # A child may open files beneath the scratch directory that was there when it began.
    return answer.out_of_memory or answer.error_number in {errno.ENOENT, errno.EACCES}


def _receive_file(connection: socket.socket) -> BinaryIO:
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
    if not descriptors:
        raise ClosedError
    if not stat.S_ISREG(os.fstat(descriptors[0]).st_mode):
        os.close(descriptors[0])
        raise BrokenMessageError
    return os.fdopen(descriptors[0], "rb")


class RenderPool:
    """The render children of one worker."""

    def __init__(self, scratch: Path, memory: int, at_once: int) -> None:
        """Start the process that forks them.

        Args:
            scratch: the directory of temporary files; made when missing.
            memory: bytes of address space that a child may have.
            at_once: the number of renders at once.
        """
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._scratch = scratch
        self._memory = memory
        self._at_once = at_once
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="render")
        self._taking = threading.Lock()
        self._idle: dict[bool, list[_Child]] = {True: [], False: []}
        self._environment = _environment(os.environ, scratch)
        self._forker = self._start()

    def close(self) -> None:
        """End all children."""
        self._threads.shutdown()
        for child in (*self._idle[True], *self._idle[False]):
            child.connection.close()
        self._forker.close()

    def warm_up(self) -> None:
        """Wait until there is a child, which takes as long as importing all renderers."""
        self._put_back(self._take(background=False))

    async def run(
        self,
        job: RenderJob,
        limits: RenderLimits,
        read_input: Callable[[int], bytes],
        progress: RenderProgress,
        on_progress: Callable[[int], Awaitable[None]],
        read_picture: Callable[[str], bytes] = _no_picture,
    ) -> Rendered:
        """Render in a child, and tell its progress at most twice a second.

        Args:
            job: what is to be made.
            limits: of time; a render that goes beyond them is ended.
            read_input: gives an input by its number, in a thread.
            progress: is kept up to date.
            on_progress: is told the number of items that are done.
            read_picture: gives a picture by the name that a snapshot part has for it, in a thread.

        Raises:
            RenderFailedError: the renderer raised.
            RenderCrashedError: it ended its process.
            RenderTooCostlyError: it took more time or memory than it may.
            MediaUnavailableError: it lacks a picture, and must not.
            RenderNotSmallError: it took longer than it may in its slot.
            ExportTooLargeError: the file has more bytes than it may have.
            OSError: it could not write its files, or an input could not be read.
            obstore.exceptions.BaseError: an input could not be read.
            asyncio.CancelledError: the activity was cancelled; the render has stopped.
        """
        render = _Render(job, limits, read_input, read_picture, progress)
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, self._render, render)
        telling = asyncio.create_task(_tell(progress, on_progress))
        try:
            with tracing.span("Render"):
                tracing.note(format=job.format, items=job.items_total)
                await _watch(render, future)
                return future.result()
        except asyncio.CancelledError:
            # A second cancellation would else leave a child that does not stop to itself.
            await to_its_end(_stopped(render, future))
            raise
        finally:
            telling.cancel()

    def _render(self, render: _Render) -> Rendered:
        child = self._take(background=not render.limits.is_small)
        keep = False
        try:
            answer = render.run(child)
            keep = not (isinstance(answer, Failed) and _spoils(answer))
            rendered = render.rendered(child, answer)
        except (ClosedError, BrokenMessageError) as error:
            render.let_go()
            raise render.death(*child.end(), self._memory) from error
        except Exception:
            render.let_go()
            if keep:
                self._put_back(child)
            else:
                child.end()
            raise
        render.let_go()
        self._put_back(child)
        return rendered

    def _take(self, *, background: bool) -> _Child:
        with self._taking:
            if not self._forker.runs:
                self._start_again()
            idle = self._idle[background]
            while idle:
                child = idle.pop()
                if child.lives:
                    return child
                child.end()
            forker = self._forker
            with suppress(OSError):  # only where another disk is in its place is it not there
                self._scratch.mkdir(mode=0o700)
        return _Child(forker)

    def _start(self) -> _Forker:
        return _Forker(self._scratch, self._memory, self._environment)

    def _start_again(self) -> None:
        logger.error("the process that forks render children ended; starting another")
        for idle in self._idle.values():
            for child in idle:
                child.connection.close()
            idle.clear()
        self._forker.close()
        self._forker = self._start()

    def _put_back(self, child: _Child) -> None:
        worn = child.renders >= _RENDERS_OF_A_CHILD or child.most_bytes > self._memory * _NOT_KEPT
        with self._taking:
            idle = self._idle[child.is_background]
            if not worn and child.forker is self._forker and len(idle) < self._at_once:
                idle.append(child)
                return
        child.end()


async def _watch(render: _Render, future: "asyncio.Future[Rendered]") -> None:
    """Wait for a render, which gives way to others after a second and ends after its time.

    Raises:
        RenderNotSmallError: its slot is for others from now on; the render has stopped.
    """
    # Not for the future itself: a cancellation must reach the child, not the thread.
    if await _ended(future, SMALL_SECONDS):
        return
    await asyncio.to_thread(render.order, _Child.demote)
    if render.limits.slot_seconds is not None:
        if await _ended(future, render.limits.slot_seconds - SMALL_SECONDS):
            return
        await _stopped(render, future)
        raise RenderNotSmallError
    if not await _ended(future, render.limits.wall_seconds):
        render.is_too_long = True
        await asyncio.to_thread(render.order, _Child.kill)
        await asyncio.wait([future])


async def _stopped(render: _Render, future: "asyncio.Future[Rendered]") -> None:
    """Wait for a render that is to stop, and see to it."""
    render.is_stopped = True
    await asyncio.to_thread(render.order, _Child.stop)
    if not await _ended(future, _STOP_GRACE_SECONDS):
        await asyncio.to_thread(render.order, _Child.kill)
        await asyncio.wait([future])
    if future.exception() is None:
        future.result().file.close()


async def _ended(future: "asyncio.Future[Rendered]", within: float) -> bool:
    done, _ = await asyncio.wait([future], timeout=within)
    return bool(done)


async def _tell(progress: RenderProgress, on_progress: Callable[[int], Awaitable[None]]) -> None:
    told = 0
    while True:
        await asyncio.sleep(_PROGRESS_SECONDS)
        progress.look()
        if progress.items_done > told:
            told = progress.items_done
            await on_progress(told)
