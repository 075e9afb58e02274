"""The database: how we connect, and how work gets a connection and a thread."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from activities.common import tracing
from activities.common.database_faults import DatabaseLockedError, database_fault
from activities.common.lanes import FairLane, Lane, TooBusyError

T = TypeVar("T")

metadata = MetaData()
"""All tables of the service."""


class Connections(NamedTuple):
    """How many connections a process has for each kind of work."""

    writes: int
    reads: int
    long_reads: int

    @property
    def total(self) -> int:
        """All of them, and one for `Database.read_inline`."""
        return sum(self) + 1


# One writes at a time, however many would. A long read keeps a core busy: not more than two.
_SQLITE_CONNECTIONS = Connections(writes=1, reads=2, long_reads=2)
_POSTGRESQL_CONNECTIONS = Connections(writes=4, reads=4, long_reads=2)

# An ordinary log stays below it: it is begun anew at 4 MB, once no reader needs it.
_SQLITE_LOG_BYTES = 16 * 1024 * 1024

LOCK_SECONDS = 4.0
"""How long a statement waits for a lock that somebody else holds. What is locked out for longer is
refused and asked again, as callers of the API are told (503) and workers do by themselves."""

# A server that vanished without a word must not hold a thread for the quarter of an hour that TCP
# waits by itself for what was sent, or the two hours for an answer. libpq's parameters: seconds,
# and milliseconds.
_POSTGRESQL_PATIENCE = {
    "connect_timeout": "10",
    "tcp_user_timeout": "30000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
}

_SILENT_SECONDS = 10.0
"""How long PostgreSQL keeps the locks of a transaction while it hears nothing: a process that was
stopped, or is cut off from the network, would lock out others for as long as that lasts, and one on
a machine that lost its power for hours."""


def parse_url(url: str) -> URL:
    """The URL with the driver that this service uses for its database."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    drivers = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
    parsed = parsed.set(drivername=drivers.get(backend, parsed.drivername))
    if backend == "postgresql":
        parsed = parsed.set(query={**_POSTGRESQL_PATIENCE, **parsed.query})
    return parsed


class Database:
    """Runs synchronous work on connections that it keeps, in threads of its own.

    A thread's hop costs more than most statements do. So one call does all that belongs
    together, and no transaction is ever held while something else is awaited.

    Writes, short reads and long reads have threads of their own: none waits for another kind.
    """

    def __init__(self, engine: Engine, connections: Connections) -> None:
        """Use an engine whose pool has so many connections."""
        self._engine = engine
        self._inline: Connection | None = None
        self._locked_out = float("-inf")
        self._writes = Lane("database-write", connections.writes)
        self._reads = Lane("database-read", connections.reads)
        self._long_reads = FairLane("database-long-read", connections.long_reads)

    @property
    def dialect(self) -> str:
        """The name of the SQL dialect: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    def reader(self, column: Column[T]) -> Callable[[Any], T | None]:
        """What reads a value of the column as the driver gives it; raises what its type raises."""
        read = column.type.result_processor(self._engine.dialect, None)
        return read or (lambda value: value)

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Change something, on a connection on which every statement commits by itself.

        Work that has begun goes on to its end, even when the caller is cancelled.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database refused, it is locked for `LOCK_SECONDS`,
                or no connection got free.
        """
        asked = time.monotonic()
        return await self._writes.run(lambda: self._write(work, asked))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Read what indexes find in a moment, however many rows there are.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: see `run`.
        """
        return await self._reads.run(lambda: self._with_connection(work))

    async def read_long(self, owner_id: str | None, work: Callable[[Connection], T]) -> T:
        """Read what may take longer the more rows there are: one at a time for each owner.

        When the caller is cancelled, its turn goes to the next, and what has begun is stopped.

        Args:
            owner_id: who asks; None: those who operate the service, or the service itself.
            work: reads, and may be stopped at any statement.

        Raises:
            TooBusyError: the turn did not come in 10 s, or the work took longer than 30 s.
            sqlalchemy.exc.SQLAlchemyError: see `run`.
        """
        return await self._long_reads.run_for(owner_id, _StoppableRead(self._engine, work))

    async def read_inline(self, work: Callable[[Connection], T]) -> T:
        """Read a few rows by an index, which SQLite does sooner than a thread wakes up.

        Nothing that may wait for a lock belongs here: readers of SQLite's write-ahead log never
        wait for a writer.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: see `run`.
        """
        if self.dialect != "sqlite":
            return await self.read(work)
        if self._inline is None:
            self._inline = self._engine.connect()
        return work(self._inline)

    async def close(self) -> None:
        """Close the connections, once what runs has ended."""
        for lane in (self._writes, self._reads, self._long_reads):
            await lane.close()
        if self._inline is not None:
            self._inline.close()
        self._engine.dispose()

    def _write(self, work: Callable[[Connection], T], asked: float) -> T:
        # One after another they would wait for as long as all of them together.
        if asked < self._locked_out:
            raise DatabaseLockedError("the database was locked meanwhile")
        try:
            return self._with_connection(work)
        except SQLAlchemyError as error:
            if database_fault(error) == "locked":
                self._locked_out = time.monotonic()
            raise

    def _with_connection(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)


class _StoppableRead(Generic[T]):
    """A read that another thread can stop, and with it nothing that its connection does later."""

    def __init__(self, engine: Engine, work: Callable[[Connection], T]) -> None:
        self._engine = engine
        self._work = work
        self._lock = threading.Lock()
        self._driver: Any = None
        self._is_stopped = False

    def __call__(self) -> T:
        """Read."""
        with self._engine.connect() as connection:
            with self._lock:
                if self._is_stopped:
                    raise TooBusyError("stopped before it began")
                self._driver = connection.connection.driver_connection
            try:
                return self._work(connection)
            finally:
                with self._lock:
                    self._driver = None

    def stop(self) -> None:
        """End the statement that runs, and begin none if it has not begun."""
        with self._lock:
            self._is_stopped = True
            if self._driver is None:
                return
            if self._engine.dialect.name == "sqlite":
                self._driver.interrupt()
            else:
                self._driver.cancel()


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Commit all that is written within the block, or none of it; it must not await anything.

    On PostgreSQL each statement sees what others had committed when it began. SQLite lets one
    writer in at a time.
    """
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            yield
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        # SQLite may have rolled back by itself; a second time does no harm this way.
        connection.connection.rollback()
        raise


def connect(url: str) -> Database:
    """The database under this URL; connections are made when they are needed."""
    parsed = parse_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    if is_sqlite and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    connections = _SQLITE_CONNECTIONS if is_sqlite else _POSTGRESQL_CONNECTIONS
    engine = create_engine(
        parsed,
        isolation_level="AUTOCOMMIT",
        pool_size=connections.total,
        max_overflow=0,
        pool_pre_ping=not is_sqlite,
    )
    event.listen(engine, "connect", prepare_sqlite if is_sqlite else _prepare_postgresql)
    tracing.trace_engine(engine)
    return Database(engine, connections)


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_SECONDS * 1000:.0f}")
        silent = f"{_SILENT_SECONDS * 1000:.0f}"
        cursor.execute(f"SET idle_in_transaction_session_timeout = {silent}")
    connection.commit()


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set up one SQLite connection: write-ahead log, durability, and a time-out for locks."""
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000:.0f}")
    cursor.execute("PRAGMA journal_mode = WAL")
    # Safe against a killed process; a power cut may lose the last commits, never corrupt.
    cursor.execute("PRAGMA synchronous = NORMAL")
    # After a transaction that made it larger, the log gives the disk back.
    cursor.execute(f"PRAGMA journal_size_limit = {_SQLITE_LOG_BYTES}")
    cursor.close()
