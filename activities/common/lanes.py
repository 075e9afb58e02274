"""Threads for synchronous work, a lane for each kind of it, so that no kind waits for another."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy.exc import TimeoutError as PoolTimeoutError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# How long work waits for a thread while others' work holds all of them.
_PATIENCE_SECONDS = 30.0
# Of what may take long: the wait for a turn, and the work itself.
_TURN_SECONDS = 10.0
_LONGEST_SECONDS = 30.0


class TooBusyError(PoolTimeoutError):
    """Work did not get its turn in time, or took too long and was stopped; later it may not."""


class Stoppable(Protocol[T_co]):
    """Work that can be stopped from another thread."""

    def __call__(self) -> T_co:
        """Do the work."""

    def stop(self) -> None:
        """Let the work end soon, with any error; may wait for the network."""


class Lane:
    """Threads that do work in the order in which it came."""

    def __init__(self, name: str, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._free = asyncio.Semaphore(threads)

    async def run(self, work: Callable[[], T]) -> T:
        """Do the work. Once begun it goes on to its end, even when the caller is cancelled.

        Raises:
            sqlalchemy.exc.TimeoutError: for 30 s no thread was free.
        """
        if self._free.locked():
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._free.acquire()
            except TimeoutError:
                raise PoolTimeoutError("all connections are in use") from None
        else:
            await self._free.acquire()
        return await asyncio.shield(self._begin(work, self._free.release))

    async def close(self) -> None:
        """End the threads, once what runs has ended."""
        await asyncio.to_thread(self._threads.shutdown)

    def _begin(self, work: Callable[[], T], *release: Callable[[], object]) -> "asyncio.Future[T]":
        def ended(working: "asyncio.Future[Any]") -> None:
            for each in release:
                each()
            if not working.cancelled():
                working.exception()  # a caller who was cancelled does not ask for it

        # What is bound to the caller, such as its trace, holds in the thread, too.
        working = asyncio.get_running_loop().run_in_executor(
            self._threads, copy_context().run, work
        )
        working.add_done_callback(ended)
        return working


class FairLane(Lane):
    """Threads for work that may take long: one at a time for each who asks, and all take turns.

    However much one of them asks for, another waits for at most one work of each.
    """

    def __init__(self, name: str, threads: int) -> None:
        super().__init__(name, threads)
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()
        self._running: set[Stoppable[Any]] = set()

    async def run_for(self, asker: Hashable, work: Stoppable[T]) -> T:
        """Do the work when it is the asker's turn; stop it when the caller is cancelled.

        Raises:
            TooBusyError: the turn did not come in 10 s, or the work took longer than 30 s.
        """
        turn = self._turns.setdefault(asker, asyncio.Lock())
        try:
            async with asyncio.timeout(_TURN_SECONDS):
                await turn.acquire()
                try:
                    # Each asker waits here at most once, so those who come first are as many
                    # askers.
                    await self._free.acquire()
                except BaseException:
                    turn.release()
                    raise
        except TimeoutError:
            raise TooBusyError("the turn did not come in time") from None
        self._running.add(work)
        forget = partial(self._running.discard, work)
        working = self._begin(work, self._free.release, turn.release, forget)
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                return await asyncio.shield(working)
        except TimeoutError:
            if working.done():
                raise
            self._stop(work)
            raise TooBusyError("the work took too long") from None
        except asyncio.CancelledError:
            self._stop(work)
            raise

    async def close(self) -> None:
        """Stop what runs, and end the threads."""
        for work in self._running:
            self._stop(work)
        await super().close()

    def _stop(self, work: Stoppable[object]) -> None:
        asyncio.get_running_loop().run_in_executor(None, work.stop)
