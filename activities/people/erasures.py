"""Erasures: what an owner, or an operator for one, has asked to be erased, and how far that is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from activities.common.database import Database
from activities.common.slices import until_none_is_left
from activities.jobs.audit import BY_SERVICE, Action, Origin, note
from activities.jobs.audit_pseudonyms import entries_of, pseudonymise
from activities.jobs.damaged_rows import read_rows
from activities.jobs.statements import among, number, parameter
from activities.jobs.turns import owner_transaction
from activities.people.schema import erasures, web_sessions

_LEASE = timedelta(seconds=15)
"""Whoever takes one to start its workflow has so long; then another process may."""
WORKING = timedelta(minutes=10)
"""From the beginning of an attempt the workflow is left alone for so long. One that is still at it
then is asked for again, which changes nothing."""


class Erasure(msgspec.Struct, frozen=True):
    """One erasure."""

    erasure_id: str
    owner_id: str | None
    """None once all is erased."""
    pseudonym: str
    """What the audit log calls the owner then."""
    requested_at: datetime
    completed_at: datetime | None
    exports: int
    """How many exports were erased so far."""


_READ = select(*(erasures.c[name] for name in Erasure.__struct_fields__))
_THIS = erasures.c.erasure_id == parameter(erasures.c.erasure_id)
_GET = _READ.where(_THIS)
_OF_OWNER = _READ.where(erasures.c.owner_id == parameter(erasures.c.owner_id))
_KNOWN = select(erasures.c.pseudonym).where(among(erasures.c.pseudonym)).limit(1)
_NEWEST = _READ.order_by(erasures.c.requested_at.desc(), erasures.c.erasure_id).limit(
    number("limit")
)
_SIGN_OUT = (
    update(web_sessions)
    .where(
        web_sessions.c.owner_id == parameter(web_sessions.c.owner_id),
        web_sessions.c.ended_at.is_(None),
    )
    .values(ended_at=parameter(web_sessions.c.ended_at))
)
_OPEN = erasures.c.completed_at.is_(None)
_DUE = (
    select(erasures.c.erasure_id)
    .where(_OPEN, erasures.c.due_at <= parameter(erasures.c.due_at, "now"))
    .order_by(erasures.c.due_at)
    .limit(number("limit"))
)
_PUT_OFF = update(erasures).where(_THIS, _OPEN).values(due_at=parameter(erasures.c.due_at))
_TAKE = _PUT_OFF.where(erasures.c.due_at <= parameter(erasures.c.due_at, "now")).returning(
    erasures.c.erasure_id
)
_BEGIN = _PUT_OFF.returning(*(erasures.c[name] for name in Erasure.__struct_fields__))
_COUNT = update(erasures).where(_THIS, _OPEN).values(exports=erasures.c.exports + number("more"))
_COMPLETE = (
    update(erasures)
    .where(_THIS, _OPEN)
    .values(owner_id=None, completed_at=parameter(erasures.c.completed_at))
    .returning(erasures.c.exports)
)
_OLD = (
    select(erasures.c.erasure_id)
    .where(erasures.c.completed_at < parameter(erasures.c.completed_at))
    .limit(number("limit"))
)
_REMOVE = delete(erasures).where(among(erasures.c.erasure_id))


class Erasures:
    """The erasures in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask_for(
        self, owner_id: str, pseudonyms: Sequence[str], now: datetime, origin: Origin
    ) -> Erasure:
        """Have everything of an owner erased; from here on nothing new of theirs is written.

        All of the owner's sessions end with it. Whoever asks again meanwhile gets the erasure that
        is under way.

        Args:
            owner_id: whose things go.
            pseudonyms: what the audit log may call the owner, that which is preferred first. One
                that it uses already stays.
            now: UTC.
            origin: who asks, in which request.
        """
        mine = {"p_owner_id": owner_id}

        def write(connection: Connection) -> Erasure:
            with owner_transaction(connection, owner_id):
                if row := connection.execute(_OF_OWNER, mine).one_or_none():
                    return Erasure(*row)
                known = connection.scalar(_KNOWN, {"p_pseudonyms": list(pseudonyms)})
                new = Erasure(str(uuid4()), owner_id, known or pseudonyms[0], now, None, 0)
                connection.execute(insert(erasures), msgspec.structs.asdict(new) | {"due_at": now})
                connection.execute(_SIGN_OUT, mine | {"p_ended_at": now})
                note(
                    connection,
                    Action.ERASURE_BEGUN,
                    now,
                    origin,
                    owner_id=owner_id,
                    subject=new.erasure_id,
                )
                return new

        return await self._database.run(write)

    async def get(self, erasure_id: str) -> Erasure | None:
        """One erasure."""
        row = await self._database.read(
            lambda connection: connection.execute(_GET, {"p_erasure_id": erasure_id}).one_or_none()
        )
        return None if row is None else Erasure(*row)

    async def newest(self, limit: int) -> list[Erasure]:
        """Erasures of all owners, the newest first."""
        return await self._database.read_long(
            None,
            lambda connection: read_rows(
                connection,
                _NEWEST,
                {"p_limit": limit},
                (erasures.c.erasure_id,),
                lambda row: Erasure(*row),
            ),
        )

    # --- Under way ---

    async def take_due(self, now: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` whose workflow is to be started, which others do not get."""
        values = {"p_now": now, "p_limit": limit}
        found = await self._database.read_inline(
            lambda connection: list(connection.scalars(_DUE, values))
        )
        if not found:
            return []

        def take(connection: Connection) -> list[str]:
            times = {"p_now": now, "p_due_at": now + _LEASE}
            return [
                each
                for each in found
                if connection.execute(_TAKE, {"p_erasure_id": each} | times).first()
            ]

        return await self._database.run(take)

    async def put_off(self, left: Sequence[str], until: datetime) -> None:
        """Leave these to whoever takes them after a moment."""

        def write(connection: Connection) -> None:
            for each in left:
                connection.execute(_PUT_OFF, {"p_erasure_id": each, "p_due_at": until})

        await self._database.run(write)

    async def begin(self, erasure_id: str, now: datetime) -> Erasure | None:
        """The erasure, on which an attempt begins to work; None when it is completed or gone."""
        values = {"p_erasure_id": erasure_id, "p_due_at": now + WORKING}
        row = await self._database.run(
            lambda connection: connection.execute(_BEGIN, values).one_or_none()
        )
        return None if row is None else Erasure(*row)

    async def count(self, erasure_id: str, exports: int) -> None:
        """Count exports that are erased."""
        values = {"p_erasure_id": erasure_id, "p_more": exports}
        await self._database.run(lambda connection: connection.execute(_COUNT, values))

    async def pseudonymise(self, erasure: Erasure) -> int:
        """Put the pseudonym in the owner's place all over the audit log; in how many rows."""

        async def some() -> int:
            return await self._database.run(lambda connection: _pseudonymise(connection, erasure))

        return await until_none_is_left(some)

    async def complete(self, erasure: Erasure, now: datetime) -> bool:
        """End an erasure: its owner's name goes with it, and the owner may begin anew.

        Returns:
            False when it had ended before.
        """
        this = {"p_erasure_id": erasure.erasure_id}

        def write(connection: Connection) -> bool:
            with owner_transaction(connection, erasure.owner_id or ""):
                # Whatever was noted since the last look.
                while _pseudonymise(connection, erasure):
                    pass
                row = connection.execute(_COMPLETE, this | {"p_completed_at": now}).one_or_none()
                if row is None:
                    return False
                note(
                    connection,
                    Action.ERASED,
                    now,
                    BY_SERVICE,
                    owner_id=erasure.pseudonym,
                    subject=erasure.erasure_id,
                    items=row.exports,
                )
                return True

        return await self._database.run(write)

    # --- Retention ---

    async def completed_before(self, moment: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` erasures that were completed before a moment."""
        values: dict[str, Any] = {"p_completed_at": moment, "p_limit": limit}
        return await self._database.read(lambda connection: list(connection.scalars(_OLD, values)))

    async def remove(self, erasure_ids: Sequence[str]) -> int:
        """Remove these; returns how many there were."""
        values = {"p_erasure_ids": list(erasure_ids)}
        return await self._database.run(
            lambda connection: connection.execute(_REMOVE, values).rowcount
        )


def _pseudonymise(connection: Connection, erasure: Erasure) -> int:
    owner_id = erasure.owner_id
    assert owner_id is not None
    found = entries_of(connection, owner_id)
    if not found:
        return 0
    return pseudonymise(connection, found, erasure.erasure_id, owner_id, erasure.pseudonym)
