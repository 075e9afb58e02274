"""What the steps of retention have in common: they heartbeat, give way, and end in their time."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

import msgspec
from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import SQLAlchemyError
from temporalio.service import RPCError

from activities.common.logs import get_logger
from activities.common.metrics import RETENTION
from activities.common.slices import SLICE, with_pause
from activities.common.tracebacks import format_traceback
from activities.steps.heartbeat import heartbeats
from activities.temporal.client import TemporalUnavailableError
from workflows.policies import RETENTION_STEP

_T = TypeVar("_T")
_Id = TypeVar("_Id", str, int)

logger = get_logger(__name__)


@contextmanager
def left_for_later(what: str) -> Iterator[None]:
    """Go on when one thing cannot be done now: the others must not wait for it in every run."""
    try:
        yield
    except (
        *(TemporalUnavailableError, RPCError, SQLAlchemyError, StorageError, OSError),
        msgspec.DecodeError,  # a row that nobody can read
    ) as error:
        tell_left_for_later(what, error)


def tell_left_for_later(what: str, error: Exception) -> None:
    """Log and count one thing that cannot be done now."""
    logger.warning("left for later", what=what, cause=format_traceback(error))
    RETENTION.labels("left_for_later").inc()


class Pace:
    """The time that a step has, and the pauses in which others write to the database."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """True if the rest is for the next run."""
        return time.monotonic() >= self._end

    def share(self) -> "Pace":
        """Half of the time that is left, so that there is some for what follows."""
        return Pace((self._end - time.monotonic()) / 2)

    async def write(self, change: Awaitable[_T]) -> _T:
        """Await a change of the database; see `with_pause`."""
        return await with_pause(change)


@asynccontextmanager
async def one_step() -> AsyncIterator[Pace]:
    """Heartbeat while the body runs, and count when it fails; a cancellation is no failure.

    Yields:
        The time that the step has.
    """
    try:
        async with heartbeats():
            yield Pace(RETENTION_STEP.total_seconds())
    except Exception:
        RETENTION.labels("failed").inc()
        raise


async def in_slices(
    pace: Pace,
    what: str,
    find: Callable[[int], Awaitable[Sequence[_Id]]],
    change: Callable[[Sequence[_Id]], Awaitable[_T]],
) -> AsyncIterator[_T]:
    """Change rows in short transactions, until none is left to change or the time is over.

    At least one slice is changed, so that runs go on however little time they have. When a slice
    cannot be changed, each of its rows is by itself, so that one that cannot be changed holds up no
    other.

    Args:
        pace: the time for it.
        what: what one row is, for the log.
        find: gives the ids of so many rows that are due, those that are due first at first.
        change: changes the rows of these ids, which are not due any more then.

    Yields:
        What each change gives.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: it cannot be found which rows are due.
    """
    stuck = set[_Id]()
    while True:
        # More than may be changed, as those that are stuck are found again.
        due = [each for each in await find(SLICE + len(stuck)) if each not in stuck][:SLICE]
        if not due:
            return
        try:
            done = await pace.write(change(due))
        except SQLAlchemyError:
            for each in due:
                stuck.add(each)
                with left_for_later(f"{what} {each}"):
                    one = await pace.write(change([each]))
                    stuck.remove(each)
                    yield one
                if pace.is_over:
                    return
        else:
            yield done
        if pace.is_over:
            return
