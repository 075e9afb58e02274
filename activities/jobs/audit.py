"""The audit log: who did what to which export, and when.

Rows are written together with what they tell of, and never changed; the database itself refuses
that, but for a pseudonym in the place of an owner who is being erased. They hold ids and counts,
never titles, content, tokens or addresses.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
)

from activities.common.column_types import UtcDateTime
from activities.common.database import Database, transaction
from activities.jobs.cached_counts import CachedCounts
from activities.jobs.damaged_rows import READING_FAILED, is_damage, read_each, tell_damaged
from activities.jobs.pages import Listed, Pages
from activities.jobs.schema import audit_log, jobs
from activities.jobs.statements import among, number
from activities.model.jobs import Job

_ONE_DOWNLOAD = timedelta(hours=1)
"""The period in which all that one actor fetches of a file, or all holders of one presigned URL do,
is noted once."""
_DOWNLOAD_LOCKS = 2
"""Sets the advisory locks of downloads apart from others."""


class Action(StrEnum):
    """The kinds of events that the audit log records."""

    CREATED = "created"
    CANCELLED = "cancelled"
    """The cancellation was requested; the job may still need a moment to end."""
    RETRIED = "retried"
    """An operator put another job in the place of this one."""
    DOWNLOADED = "downloaded"
    EXPIRED = "expired"
    """The file's time was up."""
    REMOVED = "removed"
    """The record's time was up."""
    SIGNED_IN = "signed-in"
    """Somebody signed in to the pages."""
    SIGNED_OUT = "signed-out"
    """Somebody signed out of the pages, or their identity provider ended the session."""
    SHARED = "shared"
    """The owner gave a file to others by a link."""
    UNSHARED = "unshared"
    """The owner ended such a link, by itself or together with its file."""
    DELETED = "deleted"
    """The owner had the file removed before its time."""
    PINNED = "pinned"
    """The owner has the file kept until further notice."""
    UNPINNED = "unpinned"
    WEBHOOK_CREATED = "webhook-created"
    WEBHOOK_CHANGED = "webhook-changed"
    WEBHOOK_ROTATED = "webhook-rotated"
    """It was given a new secret."""
    WEBHOOK_REMOVED = "webhook-removed"
    WEBHOOK_DISABLED = "webhook-disabled"
    """The service itself made it inactive: its receiver was gone, or accepted nothing for days."""
    DELIVERED = "delivered"
    """A file was put where its request asked for; `subject` is the destination's name."""
    MAILED = "mailed"
    """The owner was told by mail; `subject` is the event."""
    ARCHIVED = "archived"
    """All content of the actor, or of a tenant, is to be exported; `subject` is the archive."""
    ARCHIVE_CANCELLED = "archive-stopped"
    """The cancellation of such an archive was requested."""
    LINK_MADE = "link-made"
    """A platform's backend asked for a link that signs somebody in."""
    ERASURE_BEGUN = "erasure-begun"
    """Somebody asked that everything of an owner be erased; `subject` is the erasure's id."""
    ERASED = "erased"
    """Everything of an owner was erased, who from now on is a pseudonym here."""


class Origin(msgspec.Struct, frozen=True):
    """The caller and the request that caused an event."""

    actor: str | None = None
    """The subject of the token; None: the service itself, or the holder of a presigned URL."""
    request_id: str | None = None
    link: str | None = None
    """The id of the presigned URL; None when there was none."""
    share_id: str | None = None
    """The share that was used, or that it is about; None when there was none."""


BY_SERVICE = Origin()
"""The origin of events that the service causes by itself."""


class AuditEntry(msgspec.Struct, frozen=True):
    """One row of the log."""

    id: int
    at: datetime
    """The time of the event, in UTC."""
    action: Action
    actor: str | None
    """The subject of the token; null for what the service does by itself, and for a download by a
    presigned URL."""
    owner_id: str | None
    """The owner of the job."""
    job_id: str | None
    related_job_id: str | None
    """With `retried` the new job, with `created` the job that was retried."""
    format: str | None
    items: int | None
    request_id: str | None
    """The `X-Request-ID` of the request's response."""
    link: str | None
    """With `downloaded` the presigned URL that was used, by the first digits of its signature; of
    it the URL cannot be made."""
    via: str | None = None
    """With `signed-in` and `signed-out` the way in: `token`, `link`, `oidc` or `lti`."""
    subject: str | None = None
    """What was changed, by its id, if it was no job: such as a webhook."""
    share_id: str | None = None
    """With `downloaded` the share by whose link it was, with `shared` and `unshared` which one it
    is."""


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions that rows meet; None is no condition."""

    owner_id: str | None = None
    actor: str | None = None
    action: Action | None = None
    job_id: str | None = None
    since: datetime | None = None
    """At this moment or later."""
    until: datetime | None = None
    """The moment before which the event was."""


# --- Written with changes of a job, on their connection ---

# The number that the database gives to the row is not needed.
_INSERT = insert(audit_log).inline()


def note(
    connection: Connection, action: Action, at: datetime, origin: Origin, **columns: Any
) -> None:
    """Add a row; `columns` are the others of the table."""
    values = {"at": at, "action": action, **msgspec.structs.asdict(origin), **columns}
    connection.execute(_INSERT, values)


_JOB_FACTS = (jobs.c.job_id, jobs.c.owner_id, jobs.c.format, jobs.c.items_total)
_NOTE_JOBS = insert(audit_log).from_select(
    ["at", "action", "job_id", "owner_id", "format", "items"],
    select(
        bindparam("p_at", type_=UtcDateTime),
        bindparam("p_action", type_=audit_log.c.action.type),
        *_JOB_FACTS,
    ).where(jobs.c.job_id.in_(bindparam("p_job_ids", expanding=True))),
)


def note_jobs(connection: Connection, action: Action, at: datetime, job_ids: Sequence[str]) -> None:
    """Add a row for each of these jobs, of which the service itself has disposed."""
    connection.execute(_NOTE_JOBS, {"p_at": at, "p_action": action, "p_job_ids": list(job_ids)})


# --- Written by itself ---


def _same(column: Any, name: str) -> Any:
    return column.is_not_distinct_from(bindparam(name, type_=column.type))


_DOWNLOAD: dict[str, Any] = {
    "at": bindparam("p_at", type_=UtcDateTime),
    "action": literal(Action.DOWNLOADED),
    **{
        name: bindparam(f"p_{name}", type_=audit_log.c[name].type)
        for name in (
            "actor",
            "request_id",
            "link",
            "share_id",
            "owner_id",
            "job_id",
            "format",
            "items",
        )
    },
}
_NOTED = (
    select(audit_log.c.id)
    .where(
        audit_log.c.job_id == bindparam("p_job_id"),
        audit_log.c.action == Action.DOWNLOADED,
        _same(audit_log.c.actor, "p_actor"),
        _same(audit_log.c.link, "p_link"),
        _same(audit_log.c.share_id, "p_share_id"),
        audit_log.c.at > bindparam("p_since", type_=UtcDateTime),
    )
    .exists()
)
_IS_NOTED = select(_NOTED)
_NOTE_DOWNLOAD = (
    insert(audit_log)
    .from_select(list(_DOWNLOAD), select(*_DOWNLOAD.values()).where(~_NOTED))
    # The driver of PostgreSQL forgets the count of rows that an INSERT wrote, unless asked.
    .execution_options(preserve_rowcount=True)
)


_OLD = (
    select(audit_log.c.id)
    .where(audit_log.c.at < bindparam("p_at", type_=UtcDateTime))
    .order_by(audit_log.c.at)
    .limit(number("limit"))
)
_REMOVE = delete(audit_log).where(among(audit_log.c.id))
# The role that works may not delete; it may call what does, which is the owner's.
_REMOVE_AS_OWNER = select(
    func.remove_audit_entries(bindparam("p_entries", type_=ARRAY(BigInteger)))
)
_THIS_ENTRY = select(audit_log).where(audit_log.c.id == bindparam("p_id"))


class AuditLog:
    """Reads the log, and writes the events that no change of a job comes with."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts = CachedCounts()

    async def downloaded(self, job: Job, origin: Origin, now: datetime) -> bool:
        """Note a download before its first byte, unless the same is noted for this hour.

        A row cannot be removed for 30 days, so nobody may cause many: parts of a file, and the
        whole file again, are one row an hour for each actor, each presigned URL and each share.

        Args:
            job: the job whose file is sent.
            origin: the caller who fetches it, and the request.
            now: UTC.

        Returns:
            True if a row was added; False if this goes on with what is noted already.
        """
        values = {
            "at": now,
            **msgspec.structs.asdict(origin),
            "owner_id": job.owner_id,
            "job_id": job.job_id,
            "format": job.format,
            "items": job.items_total,
        }
        parameters = {f"p_{name}": value for name, value in values.items()}
        parameters["p_since"] = now - _ONE_DOWNLOAD

        def read(connection: Connection) -> bool:
            return bool(connection.scalar(_IS_NOTED, parameters))

        def write(connection: Connection) -> bool:
            with transaction(connection):
                if connection.dialect.name == "postgresql":
                    # A statement does not see the row of one that is under way.
                    lock = func.hashtextextended(job.job_id, _DOWNLOAD_LOCKS)
                    connection.execute(select(func.pg_advisory_xact_lock(lock)))
                return connection.execute(_NOTE_DOWNLOAD, parameters).rowcount > 0

        # Most parts of a file find their row, and then nothing waits to write.
        return not await self._database.read_inline(read) and await self._database.run(write)

    async def page(
        self, wanted: AuditFilter, *, page: int, page_size: int, cursor: str | None = None
    ) -> Listed[AuditEntry]:
        """One page of the rows, newest first; see `Pages.read`."""
        pages = Pages(_filtered(select(audit_log), wanted), audit_log.c.at, audit_log.c.id)

        def read(connection: Connection) -> Listed[AuditEntry]:
            count = self._counts.of(wanted, lambda: pages.count(connection, {}))
            return pages.read(
                connection,
                {},
                _read_entries,
                count,
                page=page,
                page_size=page_size,
                cursor=cursor,
            )

        return await self._database.read_long(None, read)

    async def due_to_be_removed(self, before: datetime, limit: int) -> list[int]:
        """The ids of at most `limit` rows that are older, the oldest first."""
        parameters = {"p_at": before, "p_limit": limit}
        return await self._database.read(
            lambda connection: list(connection.scalars(_OLD, parameters))
        )

    async def remove(self, entries: Sequence[int]) -> int:
        """Remove the rows of these ids; returns how many there were.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: some of them are too young to go.
        """

        def remove(connection: Connection) -> int:
            if connection.dialect.name == "postgresql":
                found = connection.scalar(_REMOVE_AS_OWNER, {"p_entries": list(entries)})
                return int(found or 0)
            return connection.execute(_REMOVE, {"p_ids": list(entries)}).rowcount

        return await self._database.run(remove)


def _read_entries(
    connection: Connection, query: Select[Any], parameters: dict[str, Any]
) -> list[AuditEntry]:
    """The entries that a query finds, without those that cannot be read."""
    try:
        return _read_all(connection, query, parameters)
    except READING_FAILED as error:
        if not is_damage(error):
            raise

    def read_one(entry_id: int) -> AuditEntry | None:
        try:
            return next(iter(_read_all(connection, _THIS_ENTRY, {"p_id": entry_id})), None)
        except READING_FAILED as error:
            if not is_damage(error):
                raise
            tell_damaged(audit_log.name, entry_id, error)
            return None

    return read_each(connection, query, parameters, audit_log.c.id, read_one)


def _read_all(
    connection: Connection, query: Select[Any], parameters: dict[str, Any]
) -> list[AuditEntry]:
    found = connection.execute(query, parameters)
    return [msgspec.convert(row, AuditEntry, from_attributes=True) for row in found]


def _filtered(query: Select[Any], wanted: AuditFilter) -> Select[Any]:
    columns = audit_log.c
    if wanted.owner_id is not None:
        query = query.where(columns.owner_id == wanted.owner_id)
    if wanted.actor is not None:
        query = query.where(columns.actor == wanted.actor)
    if wanted.action is not None:
        query = query.where(columns.action == wanted.action)
    if wanted.job_id is not None:
        query = query.where(columns.job_id == wanted.job_id)
    if wanted.since is not None:
        query = query.where(columns.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(columns.at < wanted.until)
    return query
