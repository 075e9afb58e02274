"""The positions of pending jobs in the queue, as their owners see them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from activities.common.column_types import UtcDateTime
from activities.common.database import Database
from activities.jobs.schema import jobs
from activities.model.jobs import Status

_MOST_LISTED = 10_000

_PENDING = (
    select(jobs.c.job_id, jobs.c.owner_id)
    .where(jobs.c.status == Status.PENDING)
    .order_by(jobs.c.created_at)
    .limit(_MOST_LISTED)
)
# No index has the time of completion, but that of expiry follows it.
_COMPLETED = select(func.count()).where(
    jobs.c.status == Status.COMPLETED,
    jobs.c.expires_at > bindparam("p_expire_after", type_=UtcDateTime),
    jobs.c.completed_at > bindparam("p_since", type_=UtcDateTime),
)


class PendingJob(NamedTuple):
    """A job that has not begun."""

    job_id: str
    owner_id: str


class QueuePositions:
    """The queue at one moment: owners take turns, each with their oldest job."""

    def __init__(self, pending: Iterable[PendingJob] = (), completed: int = 0) -> None:
        """Put jobs in order.

        Args:
            pending: the jobs, oldest first.
            completed: the number of jobs that were completed since the moment that was asked about.
        """
        self.completed = completed
        self._of_owner: Counter[str] = Counter()
        order: list[tuple[int, str]] = []
        for job_id, owner_id in pending:
            order.append((self._of_owner[owner_id], job_id))
            self._of_owner[owner_id] += 1
        order.sort(key=lambda entry: entry[0])
        self._turns = [turn for turn, _ in order]
        self._positions = {job_id: position for position, (_, job_id) in enumerate(order)}

    def of(self, job: PendingJob) -> int | None:
        """The number of jobs that will begin before this one.

        A job that is newer than the queue gets the position that it would have in it; None when
        the queue is longer than was read.
        """
        position = self._positions.get(job.job_id)
        if position is None and len(self._turns) < _MOST_LISTED:
            return bisect_right(self._turns, self._of_owner[job.owner_id])
        return position


async def read_queue_positions(
    database: Database, since: datetime, retention: timedelta
) -> QueuePositions:
    """The queue as the job records have it: two queries, whatever its length.

    Args:
        database: the database of the job records.
        since: the time from which completed jobs are counted, in UTC.
        retention: the time for which their files live.
    """
    parameters = {"p_since": since, "p_expire_after": since + retention}

    def read(connection: Connection) -> QueuePositions:
        pending = connection.execute(_PENDING).all()
        completed = connection.scalar(_COMPLETED, parameters)
        return QueuePositions((PendingJob(*row) for row in pending), completed or 0)

    return await database.read(read)
