"""Starting the workflows of rows that wait in an outbox.

A statement that ended a job wrote each row. Whoever finds it due starts its workflow, whose id is
the row's, so that a second start changes nothing.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from activities.common import tracing
from activities.common.clock import utc_now
from activities.common.log_floods import FloodGate
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.traces import JobTraces

logger = get_logger(__name__)

_ROUND_SECONDS = 1.0
# So few that all are started within the time for which they are taken.
_AT_ONCE = 50
_PUT_OFF = timedelta(seconds=2)


DueT = TypeVar("DueT")


class Outbox(Protocol[DueT]):
    """Rows that wait for their workflow."""

    async def take_due(self, now: datetime, limit: int) -> Sequence[DueT]:
        """Some that are due; nobody else is given them for a while."""

    async def put_off(self, left: Sequence[DueT], until: datetime) -> None:
        """Give back what could not be started, for a later moment."""


class OutboxStarter(ABC, Generic[DueT]):
    """Starts the workflows of what is due.

    Attributes:
        what: what waits, as logs call it.
    """

    what: str

    def __init__(self, outbox: Outbox[DueT], traces: JobTraces | None = None) -> None:
        """Start what is in the outbox, in the traces of the jobs that it is about, if it is."""
        self._outbox = outbox
        self._traces = traces
        self._waits = f"{self.what} wait"
        self._gate = FloodGate(logger, f"{self.what} not started, not logged")

    async def keep_starting(self) -> None:
        """Look every second; what cannot be done now is done in a later round."""
        while True:
            try:
                while await self.start_due() == _AT_ONCE:
                    pass
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round comes
                if self._gate.admits(type(error).__name__):
                    logger.warning(self._waits, cause=format_traceback(error))
            await asyncio.sleep(_ROUND_SECONDS)

    async def start_due(self) -> int:
        """Start the workflows of some that are due; returns how many.

        Raises:
            TemporalUnavailableError: the server did not respond.
            temporalio.service.RPCError: it refused one of them.
            sqlalchemy.exc.SQLAlchemyError: the database refused.
        """
        due = await self._outbox.take_due(utc_now(), _AT_ONCE)
        parents = await self._parents(due)
        results = await asyncio.gather(
            *(self._start_within(parents.get(self._job_of(each) or ""), each) for each in due),
            return_exceptions=True,
        )
        failures = [each for each in results if isinstance(each, BaseException)]
        if failures:
            left = [
                each
                for each, result in zip(due, results, strict=True)
                if isinstance(result, BaseException)
            ]
            await self._outbox.put_off(left, utc_now() + _PUT_OFF)
            raise failures[0]
        return len(due)

    async def _parents(self, due: Sequence[DueT]) -> dict[str, str]:
        """The trace contexts of the jobs, which it is all about."""
        if tracing.spans() is None or self._traces is None or not due:
            return {}
        job_ids = map(self._job_of, due)
        return await self._traces.parents({job_id for job_id in job_ids if job_id})

    def _job_of(self, due: DueT) -> str | None:  # noqa: ARG002 - of those who have one
        """The id of the job that it is about; None: of none."""
        return None

    async def _start_within(self, parent: str | None, due: DueT) -> None:
        with tracing.within(parent):
            await self._start(due)

    @abstractmethod
    async def _start(self, due: DueT) -> None:
        """Start the workflow of one, if it is not running."""
