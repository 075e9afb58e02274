"""The statements on the job record, each built once: building costs more than executing.

A parameter is named after the column that it is compared with or written to, as `p_<column>`:
SQLAlchemy keeps the bare names of columns to itself.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Insert,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from activities.jobs.schema import chunks, jobs
from activities.model.jobs import FENCED, OPEN, Job, Phase, Status

# In the order in which a job is made of them.
_COLUMNS = [jobs.c[name] for name in Job.__struct_fields__ if name in jobs.c]


def _p(column: Column[Any], name: str = "") -> BindParameter[Any]:
    return bindparam(f"p_{name or column.name}", type_=column.type)


def _among(column: Column[Any]) -> ColumnElement[bool]:
    return column.in_(bindparam(f"p_{column.name}s", type_=column.type, expanding=True))


def _number(name: str) -> BindParameter[int]:
    return bindparam(f"p_{name}", type_=BigInteger)


def _first(column: Column[Any]) -> ColumnElement[Any]:
    """The value that the column holds already, else the parameter."""
    return func.coalesce(column, _p(column))


_THIS = jobs.c.job_id == _p(jobs.c.job_id)
_THIS_IF_OPEN = and_(_THIS, jobs.c.status.in_(OPEN))
_THIS_IF_OWNED = and_(_THIS, jobs.c.status == Status.PROCESSING, jobs.c.run_id == _p(jobs.c.run_id))
_WANTED = jobs.c.cancel_requested_at.is_(None)
_MINE = jobs.c.owner_id == _p(jobs.c.owner_id)
_IN_STATUS = jobs.c.status == _p(jobs.c.status)
_CREATED_SINCE = jobs.c.created_at > _p(jobs.c.created_at, "since")

# --- Reading ---

READ: Select[Any] = select(*_COLUMNS)

GET = READ.where(_THIS)
GET_OF_OWNER = GET.where(_MINE)
GET_MANY = READ.where(_among(jobs.c.job_id))
CONTENT_IDS_OF_OWNER = select(jobs.c.content_ids).where(_THIS, _MINE)
BY_IDEMPOTENCY_KEY = READ.where(_MINE, jobs.c.idempotency_key == _p(jobs.c.idempotency_key))

PAGE = (
    READ.where(_MINE)
    .order_by(jobs.c.created_at.desc(), jobs.c.job_id.desc())
    .limit(_number("limit"))
    .offset(_number("offset"))
)
PAGE_IN_STATUS = PAGE.where(_IN_STATUS)
COUNT = select(func.count()).select_from(jobs).where(_MINE)
COUNT_IN_STATUS = COUNT.where(_IN_STATUS)
COUNT_BY_STATUS = select(jobs.c.status, func.count()).group_by(jobs.c.status)

OPEN_JOBS = (
    READ.where(
        jobs.c.status.in_(OPEN),
        jobs.c.created_at < _p(jobs.c.created_at),
        jobs.c.job_id > _p(jobs.c.job_id),
    )
    .order_by(jobs.c.job_id)
    .limit(_number("limit"))
)
RENDER_PLAN = select(jobs.c.options, jobs.c.title, jobs.c.items_total).where(_THIS_IF_OWNED)
STATUSES = select(jobs.c.job_id, jobs.c.status).where(_among(jobs.c.job_id))
DUE_TO_EXPIRE = (
    select(jobs.c.job_id)
    .where(jobs.c.status == Status.COMPLETED, jobs.c.expires_at <= _p(jobs.c.expires_at))
    .order_by(jobs.c.expires_at)
    .limit(_number("limit"))
)
ENDED_LONG_AGO = (
    select(jobs.c.job_id)
    .where(
        jobs.c.status.in_((Status.EXPIRED, Status.FAILED, Status.CANCELLED)),
        jobs.c.completed_at < _p(jobs.c.completed_at),
        # It follows from the condition above, and an index has it.
        jobs.c.created_at < _p(jobs.c.completed_at),
    )
    .limit(_number("limit"))
)

PROGRESS = (
    select(chunks.c.job_id, chunks.c.phase, func.sum(chunks.c.items_done))
    .where(_among(chunks.c.job_id))
    .group_by(chunks.c.job_id, chunks.c.phase)
)
WARNINGS = (
    select(chunks.c.warnings)
    .where(chunks.c.job_id == _p(chunks.c.job_id), chunks.c.warnings.is_not(None))
    .order_by(chunks.c.phase, chunks.c.chunk)
)


def _how_many(*conditions: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(jobs).where(_MINE, *conditions).scalar_subquery()


_IN_FLIGHT = _how_many(jobs.c.status.in_(OPEN))
_RECENT = _how_many(_CREATED_SINCE)
_OLDEST_RECENT = select(func.min(jobs.c.created_at)).where(_MINE, _CREATED_SINCE).scalar_subquery()

LOAD = select(_IN_FLIGHT, _RECENT, _OLDEST_RECENT)

# --- Writing, as the API does ---

_CREATED = [
    jobs.c[name]
    for name in (
        "job_id",
        "owner_id",
        "status",
        "phase",
        "format",
        "options",
        "title",
        "content_ids",
        "items_total",
        "created_at",
        "dispatched_at",
        "idempotency_key",
        "request_hash",
        "started_at",
        "completed_at",
        "expires_at",
        "file_name",
        "file_size",
        "media_type",
        "sha256",
        "warnings",
        "fingerprint",
        "reused_from",
    )
]
CREATE = (
    insert(jobs)
    .from_select(
        [column.name for column in _CREATED],
        select(*map(_p, _CREATED)).where(
            or_(_number("most_in_flight") == 0, _number("most_in_flight") > _IN_FLIGHT),
            or_(_number("most_recent") == 0, _number("most_recent") > _RECENT),
        ),
    )
    # PostgreSQL's driver forgets the count of rows that an INSERT wrote, unless asked.
    .execution_options(preserve_rowcount=True)
)
REQUEST_CANCEL = (
    update(jobs)
    .where(_THIS_IF_OPEN)
    .values(cancel_requested_at=_first(jobs.c.cancel_requested_at))
    .returning(jobs.c.cancel_requested_at, jobs.c.owner_id, jobs.c.format, jobs.c.items_total)
)
CANCEL_UNSTARTED = (
    update(jobs)
    .where(_THIS, jobs.c.status == Status.PENDING, jobs.c.cancel_requested_at.is_not(None))
    .values(status=Status.CANCELLED, phase=Phase.ENDED, completed_at=_p(jobs.c.completed_at))
)
MARK_DISPATCHED = update(jobs).where(_THIS).values(dispatched_at=_p(jobs.c.dispatched_at))

# --- Writing, as an export's activities do ---

CLAIM = (
    update(jobs)
    .where(_THIS_IF_OPEN, _WANTED, or_(jobs.c.run_id.is_(None), jobs.c.run_id != FENCED))
    .values(
        status=Status.PROCESSING,
        phase=case((jobs.c.phase == Phase.QUEUED, Phase.FETCHING), else_=jobs.c.phase),
        run_id=_p(jobs.c.run_id),
        started_at=_first(jobs.c.started_at),
    )
    .returning(jobs.c.owner_id, jobs.c.content_ids, jobs.c.options)
)
TAKE_OVER = (
    update(jobs)
    .where(
        _THIS,
        jobs.c.status == Status.PROCESSING,
        _WANTED,
        jobs.c.run_id != FENCED,
        jobs.c.run_id != _p(jobs.c.run_id),
    )
    .values(run_id=_p(jobs.c.run_id))
)
ENTER_PHASE = update(jobs).where(_THIS_IF_OWNED).values(phase=_p(jobs.c.phase))
COMPLETE = (
    update(jobs)
    .where(_THIS_IF_OWNED, _WANTED)
    .values(
        status=Status.COMPLETED,
        phase=Phase.ENDED,
        **{
            name: _p(jobs.c[name])
            for name in (
                "completed_at",
                "expires_at",
                "file_name",
                "file_size",
                "media_type",
                "sha256",
                "warnings",
                "fingerprint",
            )
        },
    )
)
FENCE = update(jobs).where(_THIS_IF_OPEN).values(run_id=FENCED)
END = (
    update(jobs)
    .where(_THIS_IF_OPEN)
    .values(
        status=case((_WANTED, _p(jobs.c.status)), else_=Status.CANCELLED),
        error=case((_WANTED, _p(jobs.c.error))),
        phase=Phase.ENDED,
        completed_at=_p(jobs.c.completed_at),
    )
)


class ChunkStatements:
    """The upserts of chunks, which each database spells in its own way."""

    def __init__(self, dialect: str) -> None:
        """Build them.

        Args:
            dialect: SQLAlchemy's name of it.
        """
        insert_into = (postgresql if dialect == "postgresql" else sqlite).insert
        key = [chunks.c.job_id, chunks.c.phase, chunks.c.chunk]
        progress = insert_into(chunks).values(
            {column.name: _p(column) for column in (*key, chunks.c.items_done)}
        )
        self.note_progress: Insert = progress.on_conflict_do_update(
            index_elements=key,
            set_={"items_done": progress.excluded.items_done},
            where=chunks.c.items_done < progress.excluded.items_done,
        )
        warnings = insert_into(chunks).values(
            {column.name: _p(column) for column in (*key, chunks.c.items_done, chunks.c.warnings)}
        )
        self.note_warnings: Insert = warnings.on_conflict_do_update(
            index_elements=key, set_={"warnings": warnings.excluded.warnings}
        )


# --- Writing, as retention does ---

EXPIRE = update(jobs).where(_THIS, jobs.c.status == Status.COMPLETED).values(status=Status.EXPIRED)
REMOVE_CHUNKS = delete(chunks).where(_among(chunks.c.job_id))
REMOVE_JOBS = delete(jobs).where(_among(jobs.c.job_id))
# Few jobs have chunks, but many have ended: so from the chunks to their jobs.
CLEAR_PROGRESS = delete(chunks).where(
    exists().where(
        jobs.c.job_id == chunks.c.job_id, jobs.c.status.in_((Status.COMPLETED, Status.EXPIRED))
    )
)
