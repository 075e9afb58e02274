"""Renderers in a thread of their own, which tells its progress and can be told to stop."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from obstore.exceptions import BaseError as StorageError

from activities.common.logs import get_logger
from activities.model.warnings import ExportWarning
from activities.steps.errors import RenderFailedError
from activities.steps.heartbeat import INTERVAL_SECONDS

logger = get_logger(__name__)
_T = TypeVar("_T")


# Seconds after which a thread that was told to stop counts as hung.
_STOP_GRACE = 15.0


class RenderStoppedError(Exception):
    """The render was told to stop; only the thread itself sees this."""


class ProgressReporter:
    """Implements `Report` for a renderer in a thread; the event loop reads it."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self.start_over()

    def start_over(self) -> None:
        """Forget what was done so far."""
        self.items_done = 0
        self.item_id = ""
        """The item that the renderer is at."""
        self.warnings: dict[ExportWarning, None] = {}

    def stop(self) -> None:
        """Make the renderer's next check raise."""
        self._stop.set()

    def check_cancelled(self) -> None:
        """See `Report.check_cancelled`."""
        if self._stop.is_set():
            raise RenderStoppedError

    def item_done(self) -> None:
        """See `Report.item_done`."""
        self.items_done += 1
        self.check_cancelled()

    def warn(self, warning: ExportWarning) -> None:
        """See `Report.warn`."""
        self.warnings[warning] = None


class RenderThread:
    """The one thread of a render worker in which renderers run."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="render")

    async def run(
        self,
        work: Callable[[ProgressReporter], _T],
        report: ProgressReporter,
        on_progress: Callable[[int], Awaitable[None]],
    ) -> _T:
        """Run the work, and tell its progress at most twice a second.

        Raises:
            RenderFailedError: the work raised.
            OSError, obstore.exceptions.BaseError: the work could not read or write its files.
            asyncio.CancelledError: the activity was cancelled; the thread has stopped.
        """

        def in_thread() -> _T:
            try:
                return work(report)
            except StopIteration as error:
                # No future can hold one: the caller would wait for ever.
                raise RuntimeError("StopIteration") from error

        future = asyncio.get_running_loop().run_in_executor(self._pool, in_thread)
        telling = asyncio.create_task(_tell(report, on_progress))
        try:
            # Not the future itself: a cancellation must reach the thread by its report.
            await asyncio.wait([future])
            return future.result()
        except asyncio.CancelledError:
            report.stop()
            await _stopped(future)
            raise
        except (OSError, StorageError):
            raise
        except Exception as error:
            raise RenderFailedError(report.item_id) from error
        finally:
            telling.cancel()


async def _tell(report: ProgressReporter, on_progress: Callable[[int], Awaitable[None]]) -> None:
    told = 0
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        if report.items_done > told:
            told = report.items_done
            await on_progress(told)


async def _stopped(future: "asyncio.Future[_T]") -> None:
    """Wait for a thread that was told to stop.

    A thread cannot be killed. One that goes on (stuck in C code, say) would keep this worker's
    only place for ever, so the process ends instead and its supervisor starts another.
    """
    done, _ = await asyncio.wait([future], timeout=_STOP_GRACE)
    if not done:
        logger.critical("a render did not stop when told to; ending this worker")
        os._exit(70)
    future.exception()
