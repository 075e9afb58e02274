"""The job record as the API asks for it: created, read, listed, counted, to be cancelled.

Each write commits by itself, together with its row in the audit log when it has one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Text,
    and_,
    case,
    func,
    insert,
    null,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError

from activities.common import tracing
from activities.common.database import Database, transaction
from activities.common.database_faults import is_of_erased_owner
from activities.jobs import item_versions
from activities.jobs.audit import BY_SERVICE, Action, Origin, note
from activities.jobs.cached_counts import CachedCounts
from activities.jobs.changes import note_delta
from activities.jobs.ended_jobs import EndedJobs
from activities.jobs.job_table import JobTable, Parameters
from activities.jobs.pages import NEAR, Listed, Pages
from activities.jobs.receipts import copy_receipt
from activities.jobs.schema import jobs
from activities.jobs.statements import (
    GET,
    MINE,
    READ,
    THIS,
    THIS_IF_OPEN,
    among,
    first,
    number,
    parameter,
)
from activities.jobs.turns import OTHERS, has_place, owner_transaction, share_parameters
from activities.model.item_versions import ItemVersion
from activities.model.jobs import (
    NO_LIMITS,
    OPEN,
    Job,
    NewJob,
    OwnerLimits,
    OwnerUsage,
    Phase,
    ReusedFile,
    Status,
)

HOUR = timedelta(hours=1)
"""The period in which the jobs count that an owner created."""


# --- Reading ---

_GET_OF_OWNER = GET.where(MINE)
_GET_MANY = READ.where(among(jobs.c.job_id))
_CONTENT_IDS_OF_OWNER = select(jobs.c.content_ids).where(THIS, MINE)
_BY_IDEMPOTENCY_KEY = READ.where(MINE, jobs.c.idempotency_key == parameter(jobs.c.idempotency_key))

# Parts of archives are listed with these.
_LISTED = and_(MINE, jobs.c.archive_id.is_(None))
_PINNED = jobs.c.pinned_at.is_not(None)
_PAGES_PINNED = Pages(READ.where(MINE, _PINNED), jobs.c.created_at, jobs.c.job_id)
_IN_STATUS = jobs.c.status == parameter(jobs.c.status)
_PAGES = Pages(READ.where(_LISTED), jobs.c.created_at, jobs.c.job_id)
_PAGES_IN_STATUS = Pages(READ.where(_LISTED, _IN_STATUS), jobs.c.created_at, jobs.c.job_id)
# As text: a state that there is not takes no other with it.
_STATES = frozenset(Status)
_COUNT_BY_STATUS = select(type_coerce(jobs.c.status, Text), func.count()).group_by(jobs.c.status)


def _how_many(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(jobs).where(MINE, *conditions).scalar_subquery()


_CREATED_SINCE = jobs.c.created_at > parameter(jobs.c.created_at, "since")
_IN_FLIGHT = _how_many(jobs.c.status.in_(OPEN))
_RECENT = _how_many(_CREATED_SINCE)
_OLDEST_RECENT = select(func.min(jobs.c.created_at)).where(MINE, _CREATED_SINCE).scalar_subquery()
_USAGE = select(_IN_FLIGHT, _RECENT, _OLDEST_RECENT)

# --- Writing ---

# Who waits is older, so only an owner whose jobs all fit has a turn for one more.
_TURN = case((has_place(_IN_FLIGHT, OTHERS + 1), parameter(jobs.c.dispatched_at)), else_=null())
_CREATE = (
    insert(jobs)
    .from_select(
        list(jobs.c),
        select(
            *(_TURN if column is jobs.c.dispatched_at else parameter(column) for column in jobs.c)
        ).where(
            or_(number("most_in_flight") == 0, number("most_in_flight") > _IN_FLIGHT),
            or_(number("most_recent") == 0, number("most_recent") > _RECENT),
        ),
    )
    .returning(jobs.c.dispatched_at)
)
_REQUEST_CANCEL = (
    update(jobs)
    .where(THIS_IF_OPEN)
    .values(cancel_requested_at=first(jobs.c.cancel_requested_at))
    .returning(jobs.c.cancel_requested_at, jobs.c.owner_id, jobs.c.format, jobs.c.items_total)
)
_CANCEL_PENDING = (
    update(jobs)
    .where(THIS, jobs.c.status == Status.PENDING, jobs.c.cancel_requested_at.is_not(None))
    .values(status=Status.CANCELLED, phase=Phase.ENDED, completed_at=parameter(jobs.c.completed_at))
)
_MARK_DISPATCHED = update(jobs).where(THIS).values(dispatched_at=parameter(jobs.c.dispatched_at))


class OwnerLimitError(Exception):
    """The owner has as many jobs as the limits allow."""


class JobRecords:
    """The queries and changes that the API makes in the job records of one database.

    All times are UTC. Methods that change a row say by their result whether they did.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = JobTable(database)
        self._counts = CachedCounts()
        self._ended = EndedJobs()

    async def create(
        self,
        new: NewJob,
        limits: OwnerLimits = NO_LIMITS,
        origin: Origin = BY_SERVICE,
        reused: ReusedFile | None = None,
        *,
        at_once: int = 0,
    ) -> Job | None:
        """Write a new job; however many processes do, the owner never gets more than the limits.

        Whether it has its turn is decided as it is written: it does if its owner's share of
        exports under way has room for it and all that the owner has in flight. Its
        `dispatched_at` says so, and then the caller starts its workflow next; others leave it to
        the caller for a while.

        Args:
            new: the job to write.
            limits: the most jobs that the owner may have, this one included.
            origin: the caller and the request, for the audit log.
            reused: the file with which the job is completed at once; None: it is pending.
            at_once: the most exports under way for one owner, see `DispatchQueue.take_turns`;
                0: the job waits.

        Returns:
            The job as it was written; None when the owner used its idempotency key before.

        Raises:
            OwnerLimitError: the owner has as many jobs already.
            sqlalchemy.exc.IntegrityError: everything of the owner is being erased.
        """
        job = new.as_job(origin.request_id, reused)
        job = msgspec.structs.replace(job, trace_parent=tracing.traceparent())
        values = msgspec.structs.asdict(job) | msgspec.structs.asdict(new)
        values["dispatched_at"] = new.created_at
        values["fingerprint"] = reused.fingerprint if reused is not None else None
        parameters = {
            **{f"p_{column.name}": values.get(column.name) for column in jobs.c},
            "p_since": new.created_at - HOUR,
            "p_most_in_flight": limits.in_flight,
            "p_most_recent": limits.per_hour,
            **share_parameters(at_once if reused is None else 0),
        }
        try:
            row = await self._database.run(
                lambda connection: _insert(connection, new, parameters, origin, reused)
            )
        except IntegrityError as error:
            if new.idempotency_key is None or is_of_erased_owner(error):
                raise
            return None
        if row is not None:
            return msgspec.structs.replace(job, dispatched_at=row.dispatched_at)
        if new.idempotency_key is not None and await self.by_idempotency_key(
            new.owner_id, new.idempotency_key
        ):
            return None
        raise OwnerLimitError

    async def get(self, job_id: str, owner_id: str | None = None) -> Job | None:
        """One job; with `owner_id` only if it is that owner's."""
        parameters = {"p_job_id": job_id}
        if owner_id is None:
            return await self._table.job(GET, parameters)
        return await self._table.job(_GET_OF_OWNER, parameters | {"p_owner_id": owner_id})

    async def get_many(self, job_ids: Iterable[str]) -> list[Job]:
        """The jobs of these ids that exist, in no order."""
        return await self._table.jobs(_GET_MANY, {"p_job_ids": list(job_ids)})

    async def content_ids(self, job_id: str, owner_id: str) -> list[str]:
        """The ids of what the owner's job exports, in order; empty when there is no such job."""
        parameters = {"p_job_id": job_id, "p_owner_id": owner_id}
        rows = await self._table.rows(_CONTENT_IDS_OF_OWNER, parameters)
        return [item_id for (ids,) in rows for item_id in ids]

    async def known_items(self, job_id: str) -> list[ItemVersion] | None:
        """The states of the items that whoever has the job's file, and those before it, has.

        None if it is not known, as of jobs that failed, or whose file older processes made.
        """
        return await self._database.read(
            lambda connection: item_versions.known_items(connection, job_id)
        )

    async def by_idempotency_key(self, owner_id: str, key: str) -> Job | None:
        """The job that the owner created under this key."""
        parameters = {"p_owner_id": owner_id, "p_idempotency_key": key}
        return await self._table.job(_BY_IDEMPOTENCY_KEY, parameters)

    async def page(
        self,
        owner_id: str,
        *,
        status: Status | None,
        page: int,
        page_size: int,
        cursor: str | None = None,
        pinned: bool = False,
    ) -> Listed[Job]:
        """One page of an owner's jobs, newest first; see `Pages.read`.

        With `pinned` those alone whose files are kept until further notice, whatever their state.
        """
        mine: Parameters = {"p_owner_id": owner_id}
        pages = _PAGES
        if pinned:
            pages = _PAGES_PINNED
        elif status is not None:
            mine["p_status"] = status
            pages = _PAGES_IN_STATUS
        wanted = (owner_id, status, pinned)

        def read(connection: Connection) -> Listed[Job]:
            count = self._counts.of(wanted, lambda: pages.count(connection, mine))
            return pages.read(
                connection,
                mine,
                self._ended.read,
                count,
                page=page,
                page_size=page_size,
                cursor=cursor,
            )

        near = cursor is not None or (page - 1) * page_size < NEAR
        # Of the others it may be a long list that is counted for a few.
        is_short = status is None and not pinned and self._counts.is_short(wanted)
        if near and (is_short or self._counts.known(wanted) is not None):
            return await self._database.read_inline(read)
        return await self._database.read_long(owner_id, read)

    async def usage(self, owner_id: str, since: datetime) -> OwnerUsage:
        """The number of the owner's open jobs, and of those created after `since` (UTC)."""
        parameters = {"p_owner_id": owner_id, "p_since": since}
        return OwnerUsage(*(await self._table.rows(_USAGE, parameters))[0])

    async def request_cancel(self, job_id: str, now: datetime, origin: Origin = BY_SERVICE) -> bool:
        """Mark an open job as to be cancelled: from here on it cannot complete."""
        parameters = {"p_job_id": job_id, "p_cancel_requested_at": now}

        def mark(connection: Connection) -> bool:
            with transaction(connection):
                row = connection.execute(_REQUEST_CANCEL, parameters).first()
                if row is not None and row.cancel_requested_at == now:
                    note(
                        connection,
                        Action.CANCELLED,
                        now,
                        origin,
                        owner_id=row.owner_id,
                        job_id=job_id,
                        format=row.format,
                        items=row.items_total,
                    )
            return row is not None

        return await self._database.run(mark)

    async def cancel_pending(self, job_id: str, now: datetime) -> bool:
        """End a pending job that has no workflow and whose cancellation was asked for."""
        return await self._table.change(
            _CANCEL_PENDING, {"p_job_id": job_id, "p_completed_at": now}
        )

    async def mark_dispatched(self, job_id: str, now: datetime) -> None:
        """Note that the job's workflow is known to exist."""
        await self._table.change(_MARK_DISPATCHED, {"p_job_id": job_id, "p_dispatched_at": now})

    async def count_by_status(self) -> dict[Status, int]:
        """The number of jobs of all owners in each state."""
        found: dict[Status, int] = dict.fromkeys(Status, 0)
        rows = await self._database.read_long(
            None, lambda connection: connection.execute(_COUNT_BY_STATUS).all()
        )
        found.update((Status(name), count) for name, count in rows if name in _STATES)
        return found


def _insert(
    connection: Connection,
    job: NewJob,
    parameters: dict[str, Any],
    origin: Origin,
    reused: ReusedFile | None,
) -> Row[Any] | None:
    """Write a row of an owner whose other rows the statement counts; None when it wrote none."""
    with owner_transaction(connection, job.owner_id):
        row = connection.execute(_CREATE, parameters).first()
        if row is None:
            return None
        if job.delta is not None:
            note_delta(connection, job.job_id, job.delta)
        if reused is not None:
            item_versions.copy(connection, job.job_id, reused.source.job_id)
            copy_receipt(connection, job.job_id, reused.source.job_id)
        events = [(Action.CREATED, job.job_id, job.retry_of)]
        if job.retry_of is not None:
            events.append((Action.RETRIED, job.retry_of, job.job_id))
        for action, job_id, related in events:
            note(
                connection,
                action,
                job.created_at,
                origin,
                owner_id=job.owner_id,
                job_id=job_id,
                related_job_id=related,
                format=job.format,
                items=len(job.content_ids),
            )
        return row
