"""What is sent of jobs that ended, on its way: which is due, and what attempts made of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, select, update

from activities.common.database import Database, transaction
from activities.jobs.audit import BY_SERVICE, Action, note
from activities.jobs.job_table import DELIVERY
from activities.jobs.schema import jobs, sendings
from activities.jobs.statements import number, parameter, parameters
from activities.model.jobs import SendingStatus

MAIL = "mail"
"""The kind of a sending that is a mail to the owner."""

_LEASE = timedelta(seconds=15)
"""Whoever takes one to start its workflow has so long; then another process may."""
WORKING = timedelta(minutes=10)
"""From the beginning of an attempt the workflow is left alone for so long. One that is still at it
then is asked for again, which changes nothing."""

_PENDING = sendings.c.status == SendingStatus.PENDING
_THIS = and_(
    sendings.c.job_id == parameter(sendings.c.job_id),
    sendings.c.kind == parameter(sendings.c.kind),
    sendings.c.name == parameter(sendings.c.name),
)
_DUE = (
    select(sendings.c.job_id, sendings.c.kind, sendings.c.name)
    .where(_PENDING, sendings.c.due_at <= parameter(sendings.c.due_at, "now"))
    .order_by(sendings.c.due_at)
    .limit(number("limit"))
)
_PUT_OFF = update(sendings).where(_THIS, _PENDING).values(due_at=parameter(sendings.c.due_at))
_TAKE = _PUT_OFF.where(sendings.c.due_at <= parameter(sendings.c.due_at, "now")).returning(
    sendings.c.job_id
)
_BEGIN = (
    update(sendings)
    .where(_THIS, _PENDING)
    .values(
        due_at=parameter(sendings.c.due_at),
        attempts=sendings.c.attempts + 1,
        tries=sendings.c.tries + 1,
    )
    .returning(sendings.c.attempts, sendings.c.tries)
)
_AGAIN = (
    update(sendings)
    .where(_THIS, ~_PENDING)
    .values(
        status=SendingStatus.PENDING,
        tries=0,
        ended_at=None,
        error=None,
        due_at=parameter(sendings.c.due_at),
    )
)
_NOTE = (
    update(sendings)
    .where(_THIS, _PENDING)
    .values(
        **parameters([sendings.c.status, sendings.c.due_at, sendings.c.ended_at, sendings.c.error])
    )
    .returning(sendings.c.owner_id)
)
_AUDITED = {DELIVERY: Action.DELIVERED, MAIL: Action.MAILED}
_FORMAT = select(jobs.c.format, jobs.c.items_total).where(jobs.c.job_id == parameter(jobs.c.job_id))


class Sending(msgspec.Struct, frozen=True):
    """One thing to send, as its row is named."""

    job_id: str
    kind: str
    name: str

    @property
    def key(self) -> dict[str, str]:
        """The parameters that name its row."""
        return {"p_job_id": self.job_id, "p_kind": self.kind, "p_name": self.name}


class Attempt(msgspec.Struct, frozen=True):
    """An attempt that begins."""

    number: int
    """Of all that there were, so that no two have one number."""
    tries: int
    """Of those since it was last asked for, this one included."""


class Sendings:
    """What is to be sent of the jobs in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_due(self, now: datetime, limit: int) -> list[Sending]:
        """At most `limit` whose workflow is to be started, which others do not get."""
        values = {"p_now": now, "p_limit": limit}

        def look(connection: Connection) -> list[Sending]:
            return [Sending(*row) for row in connection.execute(_DUE, values)]

        found = await self._database.read_inline(look)
        if not found:
            return []

        def take(connection: Connection) -> list[Sending]:
            times = {"p_now": now, "p_due_at": now + _LEASE}
            return [each for each in found if connection.execute(_TAKE, each.key | times).first()]

        return await self._database.run(take)

    async def put_off(self, left: Sequence[Sending], until: datetime) -> None:
        """Leave these to whoever takes them after a moment."""

        def write(connection: Connection) -> None:
            for each in left:
                connection.execute(_PUT_OFF, each.key | {"p_due_at": until})

        await self._database.run(write)

    async def begin(self, sending: Sending, now: datetime) -> Attempt | None:
        """The attempt that begins now; None when it has ended or is gone."""
        values = sending.key | {"p_due_at": now + WORKING}
        row = await self._database.run(
            lambda connection: connection.execute(_BEGIN, values).one_or_none()
        )
        return None if row is None else Attempt(*row)

    async def send_again(self, sending: Sending, now: datetime) -> None:
        """Have it sent again, if it has ended; one that is pending stays so."""
        values = sending.key | {"p_due_at": now}
        await self._database.run(lambda connection: connection.execute(_AGAIN, values))

    async def sent(self, sending: Sending, now: datetime) -> bool:
        """Note that it arrived; False when that was known."""
        return await self._note(sending, SendingStatus.DELIVERED, now, None, ended_at=now)

    async def failed(
        self, sending: Sending, error: str, now: datetime, retry_in: timedelta | None
    ) -> bool:
        """Note why an attempt failed; False when it had ended before.

        Args:
            sending: what was to be sent.
            error: a word.
            now: UTC.
            retry_in: when the next attempt is; None: that was the last.
        """
        if retry_in is None:
            return await self._note(sending, SendingStatus.FAILED, now, error, ended_at=now)
        # The workflow waits by itself. Should it be lost, another is started then.
        due = now + retry_in + WORKING
        return await self._note(sending, SendingStatus.PENDING, due, error, ended_at=None)

    async def _note(
        self,
        sending: Sending,
        status: SendingStatus,
        due_at: datetime,
        error: str | None,
        *,
        ended_at: datetime | None,
    ) -> bool:
        values: dict[str, Any] = {
            **sending.key,
            "p_status": status,
            "p_due_at": due_at,
            "p_error": error,
            "p_ended_at": ended_at,
        }

        def write(connection: Connection) -> bool:
            with transaction(connection):
                row = connection.execute(_NOTE, values).first()
                if row is not None and status is SendingStatus.DELIVERED:
                    job = connection.execute(_FORMAT, {"p_job_id": sending.job_id}).one()
                    note(
                        connection,
                        _AUDITED[sending.kind],
                        due_at,
                        BY_SERVICE,
                        owner_id=row.owner_id,
                        job_id=sending.job_id,
                        format=job.format,
                        items=job.items_total,
                        subject=sending.name,
                    )
                return row is not None

        return await self._database.run(write)
