"""How long finished files are kept, as owners decide: removed before their time, or kept on."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, null, or_, select, update

from activities.common.column_types import UtcDateTime
from activities.common.database import Database, transaction
from activities.jobs.audit import Action, Origin, note
from activities.jobs.schema import jobs
from activities.jobs.statements import COMPLETED, MINE, THIS, first, parameter
from activities.jobs.turns import owner_transaction
from activities.model.jobs import Status
from activities.people.schema import shares

LEAST_LEFT = timedelta(days=1)
"""What a file that is kept on no longer has left, at least."""

_now = bindparam("p_now", type_=UtcDateTime)
_OF_THIS_JOB = shares.c.job_id == parameter(shares.c.job_id)
_DELETE = (
    update(jobs)
    .where(THIS, MINE, COMPLETED)
    # Without the fingerprint no later export is given this file.
    .values(status=Status.EXPIRED, expires_at=_now, pinned_at=null(), fingerprint=null())
    .returning(jobs.c.format, jobs.c.items_total)
)
_REVOKE = update(shares).where(_OF_THIS_JOB, shares.c.revoked_at.is_(None)).values(revoked_at=_now)
_HAS_FILE = and_(
    THIS,
    MINE,
    COMPLETED,
    jobs.c.file_lost_at.is_(None),
    or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > _now),
)
_OTHERS_PINNED = select(func.count()).select_from(jobs).where(MINE, jobs.c.pinned_at.is_not(None))
_PIN = (
    update(jobs)
    .where(_HAS_FILE)
    .values(pinned_at=first(jobs.c.pinned_at), expires_at=null())
    .returning(jobs.c.format, jobs.c.items_total)
)
_IS_PINNED = select(jobs.c.pinned_at, jobs.c.completed_at).where(_HAS_FILE)
_LAST_SHARE = select(func.max(shares.c.expires_at)).where(
    _OF_THIS_JOB, shares.c.revoked_at.is_(None)
)
_UNPIN = (
    update(jobs)
    .where(_HAS_FILE, jobs.c.pinned_at.is_not(None))
    .values(pinned_at=null(), expires_at=parameter(jobs.c.expires_at))
    .returning(jobs.c.format, jobs.c.items_total)
)


class NoFileToKeepError(Exception):
    """The job has no file, or has none any more."""


class TooManyPinnedError(Exception):
    """The owner keeps as many files on as may be."""


class KeptFiles:
    """The changes of when files end, in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete(self, job_id: str, owner_id: str, now: datetime, origin: Origin) -> bool:
        """Let the file of the owner's job be gone, and end its shares; no download starts then.

        Returns:
            True if there was one; it is in storage still.
        """
        values = {"p_job_id": job_id, "p_owner_id": owner_id, "p_now": now}

        def write(connection: Connection) -> bool:
            with transaction(connection):
                row = connection.execute(_DELETE, values).first()
                if row is None:
                    return False
                connection.execute(_REVOKE, values)
                note(
                    connection,
                    Action.DELETED,
                    now,
                    origin,
                    owner_id=owner_id,
                    job_id=job_id,
                    format=row.format,
                    items=row.items_total,
                )
                return True

        return await self._database.run(write)

    async def pin(
        self, job_id: str, owner_id: str, most: int, now: datetime, origin: Origin
    ) -> None:
        """Keep the file of the owner's job until further notice; doing so again changes nothing.

        Raises:
            NoFileToKeepError: the job has no file now.
            TooManyPinnedError: the owner keeps `most` others.
        """
        values = {"p_job_id": job_id, "p_owner_id": owner_id, "p_now": now, "p_pinned_at": now}

        def write(connection: Connection) -> None:
            with owner_transaction(connection, owner_id):
                found = connection.execute(_IS_PINNED, values).first()
                if found is None:
                    raise NoFileToKeepError
                if found.pinned_at is not None:
                    return
                if connection.execute(_OTHERS_PINNED, values).scalar_one() >= most:
                    raise TooManyPinnedError
                row = connection.execute(_PIN, values).one()
                columns = {"format": row.format, "items": row.items_total}
                note(
                    connection,
                    Action.PINNED,
                    now,
                    origin,
                    owner_id=owner_id,
                    job_id=job_id,
                    **columns,
                )

        await self._database.run(write)

    async def unpin(
        self, job_id: str, owner_id: str, retention: timedelta, now: datetime, origin: Origin
    ) -> None:
        """Let the time of a file run again: it ends when it would have, and not within a day, nor
        before its shares.
        """
        values = {"p_job_id": job_id, "p_owner_id": owner_id, "p_now": now}

        def write(connection: Connection) -> None:
            with owner_transaction(connection, owner_id):
                found = connection.execute(_IS_PINNED, values).first()
                if found is None or found.pinned_at is None:
                    return
                shared_until = connection.scalar(_LAST_SHARE, values)
                ends = max(
                    (found.completed_at or now) + retention, now + LEAST_LEFT, shared_until or now
                )
                row = connection.execute(_UNPIN, values | {"p_expires_at": ends}).one()
                columns = {"format": row.format, "items": row.items_total}
                note(
                    connection,
                    Action.UNPINNED,
                    now,
                    origin,
                    owner_id=owner_id,
                    job_id=job_id,
                    **columns,
                )

        await self._database.run(write)
