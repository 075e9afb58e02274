"""The gauges of what is wrong, which each API process reads when Prometheus asks for them."""

import asyncio
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from activities.common.clock import utc_now
from activities.common.database import LOCK_SECONDS
from activities.common.database_faults import FAULTS, DatabaseFault, database_fault
from activities.common.logs import get_logger
from activities.common.metrics import (
    OLDEST_UNFINISHED,
    OLDEST_WITHOUT_PROGRESS,
    POLLERS,
    STORAGE_FREE_BYTES,
    TEMPORAL_AVAILABLE,
    WRITES_REFUSED,
)
from activities.common.tracebacks import format_traceback
from activities.jobs.cached_counts import CachedReading
from activities.jobs.operator_queries import OperatorQueries
from activities.jobs.write_check import WriteCheck
from activities.storage.protocol import Storage, StorageUnavailableError
from activities.temporal.client import ANSWER_SECONDS, TemporalUnavailableError
from activities.temporal.state import ROLES, QueueState, read_queues
from web.services.job_counts import JobCounts

logger = get_logger(__name__)


class ServiceGauges:
    """Reads what the gauges show, at most once in five seconds.

    What cannot be read is not shown: an old value would look like a new one.
    """

    def __init__(
        self,
        job_counts: JobCounts,
        queries: OperatorQueries,
        writes: WriteCheck,
        storage: Storage,
        client: Client,
        *,
        express: bool,
    ) -> None:
        """Take the collaborators; nothing is called yet.

        Args:
            job_counts: counts the jobs in each state.
            queries: tell how old jobs are.
            writes: tells whether rows can be written.
            storage: the storage whose free space is shown.
            client: a Temporal client, which tells who works.
            express: True if small exports go to workers of their own.
        """
        self._job_counts = job_counts
        self._ages = CachedReading(lambda: queries.ages(utc_now()))
        self._writes = writes
        self._storage = storage
        self._client = client
        self._express = express
        self._queues = CachedReading(self._read_queues)

    async def refresh(self) -> None:
        """Set all gauges."""
        self._set_free_bytes()
        await asyncio.gather(
            self._job_counts.refresh_gauge(),
            self._refresh_ages(),
            self._refresh_workers(),
            self._refresh_refusals(),
        )

    def _set_free_bytes(self) -> None:
        try:
            free = self._storage.free_bytes()
        except StorageUnavailableError:
            free = None
        if free is None:
            STORAGE_FREE_BYTES.forget()
        else:
            STORAGE_FREE_BYTES.set(free)

    async def _refresh_ages(self) -> None:
        try:
            ages = await self._ages.get()
        except (SQLAlchemyError, TypeError, ValueError) as error:
            logger.warning("ages of jobs not read", cause=format_traceback(error))
            OLDEST_UNFINISHED.forget()
            OLDEST_WITHOUT_PROGRESS.forget()
            return
        nothing = timedelta()
        OLDEST_UNFINISHED.set((ages.unfinished or nothing).total_seconds())
        OLDEST_WITHOUT_PROGRESS.set((ages.without_progress or nothing).total_seconds())

    async def _refresh_refusals(self) -> None:
        refused: DatabaseFault | None = None
        try:
            async with asyncio.timeout(LOCK_SECONDS + 1):
                await self._writes.check()
        except TimeoutError:
            refused = "unavailable"
        except SQLAlchemyError as error:
            refused = database_fault(error)
        for reason in FAULTS:
            WRITES_REFUSED.labels(reason).set(reason == refused)

    async def _refresh_workers(self) -> None:
        queues = await self._queues.get()
        TEMPORAL_AVAILABLE.set(queues is not None)
        POLLERS.clear()
        workers = dict[str, int]()
        for queue in queues or ():
            role = ROLES[queue.name]
            # The same workers ask all queues of a role.
            workers[role] = max(queue.pollers, workers.get(role, 0))
        for role, number in workers.items():
            POLLERS.labels(role).set(number)

    async def _read_queues(self) -> list[QueueState] | None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await read_queues(self._client, express=self._express)
        except (TemporalUnavailableError, TimeoutError):
            return None
