"""Databases and storage as years of use would leave them, and services that run on them.

Filled once, they serve any number of services, one after the other:

    with filled_data(Scale(), database="") as data:
        with data.running({"EXPORT_OWNER_JOBS_AT_ONCE": "2"}) as service:
            token = service.token(LARGE_OWNER, "export:read")
"""

import contextlib
import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table, create_engine, event, insert

from activities.common.clock import utc_now
from activities.common.database import parse_url, prepare_sqlite
from activities.jobs.audit import Action
from activities.jobs.migrate import migrate
from activities.jobs.schema import audit_log, jobs
from activities.model.jobs import Phase, Problem, Status
from activities.model.options import RenderOptions
from activities.storage.keys import file_key
from scripts.benchmarks.service import NO_LIMITS, Service
from scripts.dev.stack import Stack

LARGE_OWNER = "teacher-1"
"""The owner of a tenth of all jobs, whose token the service gives out first."""

_FORMATS = ("txt", "csv", "json", "pdf", "docx")
_TEXT = b"A made-up course.\n"
_FAILED = Problem("about:blank", "Took too long", "The export took too long.", "timed-out")
_ROWS_AT_ONCE = 20_000
# What retention of a day more finds nothing of.
_FILE_AGE = timedelta(days=6)
_RECORD_AGE = timedelta(days=88)


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much there is."""

    jobs: int = 1_000_000
    """Records of jobs: those of the newest files are completed, of others eight of ten expired."""
    audit_rows: int = 2_000_000
    """Rows of the audit log, spread evenly over the days."""
    audit_days: float = 364
    """The age of the oldest of them."""
    files: int = 100_000
    """Files in storage, of some bytes each, none of them due."""
    owners: int = 10_000
    """Owners of the jobs that are not the large owner's: `owner_name` of 0 and on."""


def owner_name(number: int) -> str:
    """The name of one of the small owners."""
    return f"owner-{number}"


class FilledService(Service):
    """A running service on such data."""

    def __init__(self, stack: Stack, database: str, scale: Scale) -> None:
        super().__init__(stack.info, stack.data_dir)
        self.scale = scale
        self._database = database

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the job records."""
        return self._database


class FilledData:
    """Filled directories and a filled database, on which no service runs yet."""

    def __init__(self, data_dir: Path, database: str, scale: Scale) -> None:
        self.data_dir = data_dir
        self.scale = scale
        self._given = {"EXPORT_DATABASE_URL": database} if database else {}
        self.database = database or f"sqlite:///{data_dir / 'export.db'}"
        """SQLAlchemy URL of the job records."""

    @contextlib.contextmanager
    def running(self, settings: Mapping[str, str] = NO_LIMITS) -> Iterator[FilledService]:
        """Run a service on the data; what it changes stays changed.

        Args:
            settings: environment variables of the service.

        Raises:
            StackError: it cannot be started.
        """
        with Stack(self.data_dir, settings={**settings, **self._given}) as stack:
            yield FilledService(stack, self.database, self.scale)


@contextlib.contextmanager
def filled_data(scale: Scale, *, database: str) -> Iterator[FilledData]:
    """Fill a database and a directory, which is removed afterwards.

    Args:
        scale: how much there is to be.
        database: SQLAlchemy URL of an empty PostgreSQL database; empty: a SQLite file.
    """
    with tempfile.TemporaryDirectory(prefix="export-bench-") as directory:
        data = FilledData(Path(directory), database, scale)
        migrate(data.database)
        _fill(data, utc_now())
        yield data


def _fill(data: FilledData, now: datetime) -> None:
    engine = create_engine(parse_url(data.database))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
    scale = data.scale
    with engine.connect() as connection:
        _insert(connection, jobs, _job_rows(scale, now))
        _insert(connection, audit_log, _audit_rows(scale, now))
        with connection.execution_options(isolation_level="AUTOCOMMIT"):
            connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    for number in range(min(scale.files, scale.jobs)):
        file = data.data_dir / "files" / file_key(_job_id(number), _format(number))
        file.parent.mkdir(parents=True)
        file.write_bytes(_TEXT)


def _insert(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    left = iter(rows)
    while block := list(islice(left, _ROWS_AT_ONCE)):
        connection.execute(insert(table), block)
        connection.commit()


def _job_id(number: int) -> str:
    """The id of a job, as random as any: rows lie in the index by their ids."""
    digest = hashlib.md5(str(number).encode(), usedforsecurity=False).digest()
    return str(UUID(bytes=digest, version=4))


def _format(number: int) -> str:
    return _FORMATS[number % len(_FORMATS)]


def _owner(scale: Scale, number: int) -> str:
    return owner_name(number % scale.owners) if number % 10 else LARGE_OWNER


def _job_rows(scale: Scale, now: datetime) -> Iterator[dict[str, Any]]:
    """The rows from the newest job to the oldest."""
    digest = hashlib.sha256(_TEXT).hexdigest()
    older = max(scale.jobs - scale.files, 1)
    for number in range(scale.jobs):
        with_file = number < scale.files
        if with_file:
            created = now - _FILE_AGE * (number / scale.files)
        else:
            spread = (number - scale.files) / older
            created = now - _FILE_AGE - (_RECORD_AGE - _FILE_AGE) * spread
        status = Status.COMPLETED if with_file else _old_status(number)
        made = status in {Status.COMPLETED, Status.EXPIRED}
        yield {
            "job_id": _job_id(number),
            "owner_id": _owner(scale, number),
            "status": status,
            "phase": Phase.ENDED,
            "format": _format(number),
            "options": RenderOptions(),
            "title": f"Made-up course {number}",
            "content_ids": ["item-1"],
            "items_total": 1,
            "created_at": created,
            "started_at": created,
            "completed_at": created,
            "dispatched_at": created,
            "expires_at": created + timedelta(days=7) if made else None,
            "file_name": f"course.{_format(number)}" if made else None,
            "file_size": len(_TEXT) if made else None,
            "media_type": "text/plain; charset=utf-8" if made else None,
            "sha256": digest if made else None,
            "file_checked_at": created if made else None,
            "error": _FAILED if status is Status.FAILED else None,
        }


def _old_status(number: int) -> Status:
    # Not of ten, which the owners already are.
    return {0: Status.FAILED, 1: Status.CANCELLED}.get(number % 11, Status.EXPIRED)


def _audit_rows(scale: Scale, now: datetime) -> Iterator[dict[str, Any]]:
    """The rows from the oldest to the newest, as they would have been written."""
    for number in range(scale.audit_rows):
        job = number % max(scale.jobs, 1)
        owner = _owner(scale, job)
        age = timedelta(days=scale.audit_days) * (1 - number / scale.audit_rows)
        yield {
            "at": now - age,
            "action": _action(number),
            "actor": owner,
            "owner_id": owner,
            "job_id": _job_id(job),
            "format": _format(job),
            "items": 1,
            "request_id": _job_id(number),
        }


def _action(number: int) -> Action:
    """Mostly creations and downloads; one of a hundred a sign-in of an operator."""
    if number % 100 == 0:
        return Action.SIGNED_IN
    return Action.CREATED if number % 2 else Action.DOWNLOADED
