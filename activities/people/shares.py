"""Shares of finished files: links for others, with an end, a number of downloads, and a name.

The row decides: who has a link gets what the row allows at that moment, and a share that is revoked
opens nothing from then on.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from activities.common.column_types import UtcDateTime
from activities.common.database import Database, transaction
from activities.common.slices import SLICE, until_none_is_left
from activities.jobs.audit import Action, Origin, note
from activities.jobs.cached_counts import CachedCounts
from activities.jobs.damaged_rows import read_rows
from activities.jobs.pages import Listed, Pages
from activities.jobs.schema import jobs
from activities.jobs.statements import COMPLETED, MINE, THIS, among, parameter
from activities.people.schema import shares

MOST_OF_A_FILE = 100
"""The most shares of one file that have not ended."""
MOST_ENDED = 100
"""The most shares of one file that have ended and are told of still: a file that is kept for ever
may be shared again and again."""

MOST_DOWNLOADS = 1_000_000
"""The most downloads that a share may be limited to."""

MOST_NAME_CHARACTERS = 200
"""The longest name of a share."""


class ShareState(StrEnum):
    """Whether a share gives its file away, or why it no longer does."""

    ACTIVE = "active"
    USED_UP = "used-up"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One share. Times are in UTC."""

    share_id: str
    job_id: str
    owner_id: str
    name: str
    created_at: datetime
    expires_at: datetime
    max_downloads: int | None
    """None: any number."""
    downloads: int
    last_used_at: datetime | None
    """When it was last counted; None: never."""
    revoked_at: datetime | None

    def state(self, now: datetime) -> ShareState:
        """Its state at a moment; of several reasons the one that nobody can undo."""
        if self.revoked_at is not None:
            return ShareState.REVOKED
        if now >= self.expires_at:
            return ShareState.EXPIRED
        if self.max_downloads is not None and self.downloads >= self.max_downloads:
            return ShareState.USED_UP
        return ShareState.ACTIVE


class ShareTerms(msgspec.Struct, frozen=True):
    """What the owner decides about a share."""

    name: str
    expires_at: datetime
    max_downloads: int | None


class NoFileToShareError(Exception):
    """The job has no file, or has none any more."""


class TooManySharesError(Exception):
    """The file has as many shares that have not ended as it may have."""


_now = bindparam("p_now", type_=UtcDateTime)
_READ: Select[Any] = select(*(shares.c[name] for name in Share.__struct_fields__))
_THIS_SHARE = shares.c.share_id == parameter(shares.c.share_id)
_MY_SHARE = and_(_THIS_SHARE, shares.c.owner_id == parameter(shares.c.owner_id))
_GET = _READ.where(_THIS_SHARE)
_GET_MINE = _READ.where(_MY_SHARE)
_OF_OWNER = Pages(
    _READ.where(shares.c.owner_id == parameter(shares.c.owner_id)),
    shares.c.created_at,
    shares.c.share_id,
)
_OF_JOB = Pages(
    _READ.where(
        shares.c.owner_id == parameter(shares.c.owner_id),
        shares.c.job_id == parameter(shares.c.job_id),
    ),
    shares.c.created_at,
    shares.c.share_id,
)
_NOT_ENDED = and_(
    shares.c.revoked_at.is_(None),
    shares.c.expires_at > _now,
    or_(shares.c.max_downloads.is_(None), shares.c.downloads < shares.c.max_downloads),
)
_HOW_MANY = (
    select(func.count())
    .select_from(shares)
    .where(shares.c.job_id == parameter(shares.c.job_id), _NOT_ENDED)
)
# A pinned file has no end, and is not given one.
_KEEP_FILE = (
    update(jobs)
    .where(
        THIS,
        MINE,
        COMPLETED,
        jobs.c.file_lost_at.is_(None),
        or_(jobs.c.expires_at.is_(None), jobs.c.expires_at > _now),
    )
    .values(
        expires_at=case(
            (jobs.c.expires_at < parameter(jobs.c.expires_at), parameter(jobs.c.expires_at)),
            else_=jobs.c.expires_at,
        )
    )
    .returning(jobs.c.format)
)
_CHANGE = (
    update(shares)
    .where(_MY_SHARE, shares.c.revoked_at.is_(None))
    .values(
        name=parameter(shares.c.name),
        expires_at=parameter(shares.c.expires_at),
        max_downloads=parameter(shares.c.max_downloads),
    )
)
_REVOKE = (
    update(shares).where(_MY_SHARE, shares.c.revoked_at.is_(None)).values(revoked_at=_now)
).returning(shares.c.job_id)
# One statement: of forty at the same moment no more get through than may.
_COUNT = (
    update(shares)
    .where(_THIS_SHARE, _NOT_ENDED)
    .values(downloads=shares.c.downloads + 1, last_used_at=_now)
)
_ACTIVE_OF_JOBS = (
    select(shares.c.job_id, func.count())
    .where(among(shares.c.job_id), _NOT_ENDED)
    .group_by(shares.c.job_id)
)
_REMOVE_SOME_OF_JOBS = delete(shares).where(
    shares.c.share_id.in_(select(shares.c.share_id).where(among(shares.c.job_id)).limit(SLICE))
)
_LONG_ENDED = (
    select(shares.c.share_id)
    .where(shares.c.job_id == parameter(shares.c.job_id), ~_NOT_ENDED)
    .order_by(shares.c.created_at.desc(), shares.c.share_id.desc())
    .offset(MOST_ENDED)
    .limit(SLICE)
)
_FORGET = delete(shares).where(shares.c.share_id.in_(_LONG_ENDED))


class Shares:
    """The shares in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts = CachedCounts()

    async def make(
        self,
        share_id: str,
        job_id: str,
        owner_id: str,
        terms: ShareTerms,
        now: datetime,
        origin: Origin,
    ) -> Share:
        """A new share of the owner's job, whose file is kept as long as it lasts.

        Raises:
            NoFileToShareError: the job has no file now.
            TooManySharesError: its file has `MOST_OF_A_FILE` shares that have not ended.
        """
        share = Share(
            share_id=share_id,
            job_id=job_id,
            owner_id=owner_id,
            name=terms.name,
            created_at=now,
            expires_at=terms.expires_at,
            max_downloads=terms.max_downloads,
            downloads=0,
            last_used_at=None,
            revoked_at=None,
        )

        def write(connection: Connection) -> None:
            with transaction(connection):
                format_id = _keep_file(connection, share, now)
                # The row of the job is locked by now: others who share it wait.
                lasting = connection.execute(_HOW_MANY, {"p_job_id": job_id, "p_now": now})
                if lasting.scalar_one() >= MOST_OF_A_FILE:
                    raise TooManySharesError
                connection.execute(_FORGET, {"p_job_id": job_id, "p_now": now})
                connection.execute(insert(shares), msgspec.structs.asdict(share))
                columns = {"owner_id": owner_id, "job_id": job_id, "format": format_id}
                note(connection, Action.SHARED, now, _of(origin, share_id), **columns)

        await self._database.run(write)
        return share

    async def change(self, share: Share, terms: ShareTerms, now: datetime) -> Share | None:
        """Give a share other terms; the share as it is then. None: it was revoked.

        Raises:
            NoFileToShareError: the job has no file any more.
        """
        changed = msgspec.structs.replace(share, **msgspec.structs.asdict(terms))
        values = {f"p_{name}": value for name, value in msgspec.structs.asdict(changed).items()}

        def write(connection: Connection) -> Share | None:
            with transaction(connection):
                _keep_file(connection, changed, now)
                if not connection.execute(_CHANGE, values).rowcount:
                    return None
                return _one(connection, _GET, values)

        return await self._database.run(write)

    async def revoke(self, share_id: str, owner_id: str, now: datetime, origin: Origin) -> bool:
        """End a share at once. False: it was revoked before, or is none of the owner's."""
        values = {"p_share_id": share_id, "p_owner_id": owner_id, "p_now": now}

        def write(connection: Connection) -> bool:
            with transaction(connection):
                job_id = connection.scalar(_REVOKE, values)
                if job_id is None:
                    return False
                columns = {"owner_id": owner_id, "job_id": job_id}
                note(connection, Action.UNSHARED, now, _of(origin, share_id), **columns)
                return True

        return await self._database.run(write)

    async def get(self, share_id: str) -> Share | None:
        """The share of this id, whosever it is."""
        values = {"p_share_id": share_id}
        return await self._database.read_inline(lambda connection: _one(connection, _GET, values))

    async def of_owner(self, share_id: str, owner_id: str) -> Share | None:
        """The owner's share of this id."""
        values = {"p_share_id": share_id, "p_owner_id": owner_id}
        return await self._database.read_inline(
            lambda connection: _one(connection, _GET_MINE, values)
        )

    async def count(self, share_id: str, now: datetime) -> bool:
        """Count a download. False: the share gives none away any more."""
        values = {"p_share_id": share_id, "p_now": now}
        return await self._database.run(
            lambda connection: connection.execute(_COUNT, values).rowcount > 0
        )

    async def page(
        self,
        owner_id: str,
        *,
        job_id: str | None = None,
        page: int = 1,
        page_size: int,
        cursor: str | None = None,
    ) -> Listed[Share]:
        """One page of an owner's shares, of one job or of all, newest first; see `Pages.read`."""
        pages = _OF_OWNER if job_id is None else _OF_JOB
        wanted: dict[str, Any] = {"p_owner_id": owner_id}
        if job_id is not None:
            wanted["p_job_id"] = job_id

        def read(connection: Connection) -> Listed[Share]:
            count = self._counts.of((owner_id, job_id), lambda: pages.count(connection, wanted))
            return pages.read(
                connection, wanted, _many, count, page=page, page_size=page_size, cursor=cursor
            )

        return await self._database.read_long(owner_id, read)

    async def active_of(self, job_ids: list[str], now: datetime) -> dict[str, int]:
        """How many shares of each of these jobs give the file away now; those without are left
        out.
        """
        values = {"p_job_ids": job_ids, "p_now": now}
        return await self._database.read(
            lambda connection: {
                job_id: int(count) for job_id, count in connection.execute(_ACTIVE_OF_JOBS, values)
            }
        )

    async def remove_of_jobs(self, job_ids: list[str]) -> int:
        """Remove the rows of these jobs' shares, some at a time; returns how many there were."""
        values = {"p_job_ids": job_ids}

        async def some() -> int:
            return await self._database.run(
                lambda connection: connection.execute(_REMOVE_SOME_OF_JOBS, values).rowcount
            )

        return await until_none_is_left(some)


def _keep_file(connection: Connection, share: Share, now: datetime) -> str:
    """Keep the file of a share as long as the share lasts; the job's format.

    Raises:
        NoFileToShareError: there is no file now.
    """
    values = {
        "p_job_id": share.job_id,
        "p_owner_id": share.owner_id,
        "p_expires_at": share.expires_at,
        "p_now": now,
    }
    found = connection.scalar(_KEEP_FILE, values)
    if found is None:
        raise NoFileToShareError
    return str(found)


def _of(origin: Origin, share_id: str) -> Origin:
    return msgspec.structs.replace(origin, share_id=share_id)


def _one(connection: Connection, query: Select[Any], values: dict[str, Any]) -> Share | None:
    found = _many(connection, query, values)
    return found[0] if found else None


def _many(connection: Connection, query: Select[Any], values: dict[str, Any]) -> list[Share]:
    key = (shares.c.share_id,)
    return read_rows(
        connection,
        query,
        values,
        key,
        lambda row: msgspec.convert(row, Share, from_attributes=True),
    )
