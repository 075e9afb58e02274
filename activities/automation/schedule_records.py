"""Schedules and their runs in the database: the row is the truth, and Temporal follows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from activities.automation.schedule_tables import runs, schedules
from activities.automation.schedules import (
    MOST_OF_OWNER,
    WAITING,
    Outcome,
    Run,
    Schedule,
)
from activities.common.clock import utc_now
from activities.common.database import Database, transaction
from activities.jobs.damaged_rows import read_rows
from activities.jobs.schema import item_versions, jobs
from activities.jobs.turns import owner_transaction
from activities.model.jobs import OPEN, Status

_COLUMNS = [schedules.c[name] for name in Schedule.__struct_fields__]
_RUN_COLUMNS = [runs.c[name] for name in Run.__struct_fields__]
_KEY = (schedules.c.schedule_id,)
_RUN_KEY = (runs.c.schedule_id, runs.c.due_at)
_THERE = schedules.c.deleted.is_(False)
KEPT_RUNS = 50
"""The newest runs of a schedule that are kept."""
_FOLLOWED = timedelta(days=180)
"""After which Temporal is told anew: what it is told of changes of clocks reaches five years."""


class ScheduleRecords:
    """The queries and changes of schedules in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, schedule: Schedule) -> bool:
        """Write a new schedule; False when its owner has as many as an owner may have."""
        values = msgspec.structs.asdict(schedule) | {
            "revision": 1,
            "tell_at": schedule.created_at,
            "deleted": False,
        }
        owned = (
            select(func.count())
            .select_from(schedules)
            .where(schedules.c.owner_id == schedule.owner_id, _THERE)
            .scalar_subquery()
        )
        new = select(
            *(literal(value, schedules.c[name].type) for name, value in values.items())
        ).where(owned < MOST_OF_OWNER)
        statement = (
            insert(schedules).from_select(list(values), new).returning(schedules.c.schedule_id)
        )

        def write(connection: Connection) -> bool:
            with owner_transaction(connection, schedule.owner_id):
                return connection.execute(statement).first() is not None

        return await self._database.run(write)

    async def of_owner(self, owner_id: str) -> list[Schedule]:
        """All schedules of an owner, the newest first."""
        query = (
            select(*_COLUMNS)
            .where(schedules.c.owner_id == owner_id, _THERE)
            .order_by(schedules.c.created_at.desc(), schedules.c.schedule_id)
        )
        return await self._database.read(lambda connection: _read(connection, query))

    async def newest(self, limit: int) -> list[Schedule]:
        """Schedules of all owners, the newest first; reads the table."""
        query = (
            select(*_COLUMNS)
            .where(_THERE)
            .order_by(schedules.c.created_at.desc(), schedules.c.schedule_id)
            .limit(limit)
        )
        return await self._database.read_long(None, lambda connection: _read(connection, query))

    async def get(self, schedule_id: str, owner_id: str | None = None) -> Schedule | None:
        """One schedule; with `owner_id` only if it is that owner's."""
        query = select(*_COLUMNS).where(schedules.c.schedule_id == schedule_id, _THERE)
        if owner_id is not None:
            query = query.where(schedules.c.owner_id == owner_id)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else Schedule(*row)

    async def change(self, schedule_id: str, **values: Any) -> bool:
        """Change columns of a schedule; Temporal is told afterwards."""
        statement = (
            update(schedules)
            .where(schedules.c.schedule_id == schedule_id, _THERE)
            .values(**values, revision=schedules.c.revision + 1, tell_at=utc_now())
        )
        return await self._database.run(
            lambda connection: connection.execute(statement).rowcount > 0
        )

    async def delete(self, schedule_id: str) -> bool:
        """Let a schedule be gone; no run of it begins any more."""
        return await self._delete(schedules.c.schedule_id == schedule_id) > 0

    async def delete_all_of(self, owner_id: str) -> int:
        """Let all schedules of an owner be gone; returns how many there were.

        Nothing of them is left once Temporal has removed its own, and `forget` was told.
        """
        return await self._delete(schedules.c.owner_id == owner_id)

    async def deleted_of(self, owner_id: str) -> list[str]:
        """The ids of schedules of an owner that are gone for them, and may not be for Temporal."""
        query = select(schedules.c.schedule_id).where(
            schedules.c.owner_id == owner_id, schedules.c.deleted.is_(True)
        )
        return await self._database.read(lambda connection: list(connection.scalars(query)))

    async def _delete(self, which: Any) -> int:
        mark = (
            update(schedules)
            .where(which, _THERE)
            .values(
                deleted=True,
                name="",
                export="{}",
                tenant=None,
                deliver_to=[],
                paused_reason=None,
                revision=schedules.c.revision + 1,
                tell_at=utc_now(),
            )
            .returning(schedules.c.schedule_id)
        )

        def write(connection: Connection) -> int:
            with transaction(connection):
                ids = list(connection.scalars(mark))
                connection.execute(delete(runs).where(runs.c.schedule_id.in_(ids)))
            return len(ids)

        return await self._database.run(write)

    async def to_follow(self, now: datetime, limit: int) -> list[tuple[Schedule, int, bool]]:
        """Schedules of which Temporal is to be told, with their revisions; whether deleted."""
        query = (
            select(*_COLUMNS, schedules.c.revision, schedules.c.deleted)
            .where(schedules.c.tell_at <= now)
            .order_by(schedules.c.tell_at)
            .limit(limit)
        )
        return await self._database.read(
            lambda connection: read_rows(
                connection,
                query,
                {},
                _KEY,
                lambda row: (Schedule(*row[:-2]), row.revision, row.deleted),
            )
        )

    async def followed(self, schedule_id: str, revision: int, now: datetime) -> None:
        """Note that Temporal knows this revision, if it is the newest."""
        statement = (
            update(schedules)
            .where(schedules.c.schedule_id == schedule_id, schedules.c.revision == revision)
            .values(tell_at=now + _FOLLOWED)
        )
        await self._database.run(lambda connection: connection.execute(statement))

    async def forget(self, schedule_id: str) -> None:
        """Remove the row of a deleted schedule, once Temporal has none any more, and late runs."""
        row = delete(schedules).where(
            schedules.c.schedule_id == schedule_id, schedules.c.deleted.is_(True)
        )
        gone = ~exists().where(schedules.c.schedule_id == schedule_id)
        late = delete(runs).where(runs.c.schedule_id == schedule_id, gone)

        def write(connection: Connection) -> None:
            with transaction(connection):
                connection.execute(row)
                connection.execute(late)

        await self._database.run(write)

    async def follow_again(self, schedule_ids: Sequence[str]) -> int:
        """Have Temporal told anew of these schedules, which it does not have."""
        statement = (
            update(schedules)
            .where(schedules.c.schedule_id.in_(schedule_ids), _THERE)
            .values(tell_at=utc_now())
        )
        return await self._database.run(lambda connection: connection.execute(statement).rowcount)

    async def ids(self, now: datetime) -> dict[str, bool]:
        """The ids of all schedules, and whether Temporal is known to have been told."""
        query = select(schedules.c.schedule_id, schedules.c.tell_at > now).where(_THERE)
        rows = await self._database.read_long(
            None, lambda connection: connection.execute(query).all()
        )
        return {schedule_id: bool(told) for schedule_id, told in rows}

    # --- Runs ---

    async def runs_of(self, schedule_id: str, limit: int) -> list[tuple[Run, Status | None]]:
        """The newest runs of a schedule, newest first, and how their exports are."""
        query = (
            select(*_RUN_COLUMNS, jobs.c.status)
            .join_from(runs, jobs, jobs.c.job_id == runs.c.job_id, isouter=True)
            .where(runs.c.schedule_id == schedule_id)
            .order_by(runs.c.due_at.desc())
            .limit(limit)
        )
        return await self._database.read(
            lambda connection: read_rows(
                connection, query, {}, _RUN_KEY, lambda row: (Run(*row[:-1]), row[-1])
            )
        )

    async def note_runs(self, noted: Sequence[Run]) -> None:
        """Write runs that are not there yet, and remove the oldest beyond those that are kept."""
        if not noted:
            return
        schedule_id = noted[0].schedule_id
        newest = (
            select(runs.c.due_at)
            .where(runs.c.schedule_id == schedule_id)
            .order_by(runs.c.due_at.desc())
            .offset(KEPT_RUNS)
            .limit(1)
            .scalar_subquery()
        )
        tidy = delete(runs).where(
            runs.c.schedule_id == schedule_id,
            runs.c.due_at <= newest,
            runs.c.outcome.not_in(WAITING),
        )

        def write(connection: Connection) -> None:
            with transaction(connection):
                for run in noted:
                    connection.execute(_if_absent(self._database.dialect, run))
                connection.execute(tidy)

        await self._database.run(write)

    async def run_at(self, schedule_id: str, due_at: datetime) -> Run | None:
        """One run of a schedule."""
        query = select(*_RUN_COLUMNS).where(
            runs.c.schedule_id == schedule_id, runs.c.due_at == due_at
        )
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else Run(*row)

    async def change_run(
        self, run: Run, outcome: Outcome, *, waiting: bool = True, **values: Any
    ) -> bool:
        """Write what became of a run, if it waits still."""
        statement = (
            update(runs)
            .where(
                runs.c.schedule_id == run.schedule_id,
                runs.c.due_at == run.due_at,
                runs.c.outcome.in_(WAITING) if waiting else literal(True),
            )
            .values(outcome=outcome, **values)
        )
        return await self._database.run(
            lambda connection: connection.execute(statement).rowcount > 0
        )

    async def due_runs(self, now: datetime, limit: int) -> list[Run]:
        """Runs whose exports are to be made now, the oldest first.

        None whose schedule has an export that has not ended, or a run before it that waits.
        """
        before = runs.alias()
        blocked = exists().where(
            before.c.schedule_id == runs.c.schedule_id,
            before.c.due_at < runs.c.due_at,
            or_(
                before.c.outcome.in_(WAITING),
                and_(
                    before.c.outcome == Outcome.STARTED,
                    exists().where(jobs.c.job_id == before.c.job_id, jobs.c.status.in_(OPEN)),
                ),
            ),
        )
        query = (
            select(*_RUN_COLUMNS)
            .where(runs.c.outcome == Outcome.DUE, runs.c.try_at <= now, ~blocked)
            .order_by(runs.c.try_at)
            .limit(limit)
        )
        return await self._runs(query)

    async def looked_at_too_long(self, before: datetime, limit: int) -> list[Run]:
        """Runs whose pictures were to be compared by now."""
        query = (
            select(*_RUN_COLUMNS)
            .where(runs.c.outcome == Outcome.LOOKING, runs.c.noted_at < before)
            .limit(limit)
        )
        return await self._runs(query)

    async def _runs(self, query: Select[Any]) -> list[Run]:
        return await self._database.read(
            lambda connection: read_rows(connection, query, {}, _RUN_KEY, lambda row: Run(*row))
        )

    async def base_of(self, schedule_id: str) -> str | None:
        """The newest export of a schedule that has completed and of which it is known what it held.

        None if there is none.
        """
        known = exists().where(item_versions.c.job_id == jobs.c.job_id)
        query = (
            select(jobs.c.job_id)
            .join_from(runs, jobs, jobs.c.job_id == runs.c.job_id)
            .where(
                runs.c.schedule_id == schedule_id,
                jobs.c.status.in_((Status.COMPLETED, Status.EXPIRED)),
                known,
            )
            .order_by(runs.c.due_at.desc())
            .limit(1)
        )
        found: str | None = await self._database.read(lambda connection: connection.scalar(query))
        return found


def _read(connection: Connection, query: Select[Any]) -> list[Schedule]:
    return read_rows(connection, query, {}, _KEY, lambda row: Schedule(*row))


def _if_absent(dialect: str, run: Run) -> Any:
    # Each of them spells "or leave it" in its own way.
    statement = postgresql.insert(runs) if dialect == "postgresql" else sqlite.insert(runs)
    return statement.values(msgspec.structs.asdict(run)).on_conflict_do_nothing()
