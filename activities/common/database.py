"""The database: how we connect, and how work gets a connection and a thread."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    MetaData,
    Select,
    create_engine,
    event,
    literal,
    make_url,
)
from sqlalchemy.engine import URL
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

T = TypeVar("T")

metadata = MetaData()
"""All tables of the service."""

# One process writes at a time; a second connection lets it read meanwhile.
_SQLITE_CONNECTIONS = 2
_POSTGRESQL_CONNECTIONS = 10

# An ordinary log stays below it: it is begun anew at 4 MB, once no reader needs it.
_SQLITE_LOG_BYTES = 16 * 1024 * 1024

# How long work waits for a connection while others' work holds all of them.
_PATIENCE_SECONDS = 30.0

# A server that vanished without a word must not hold a thread for the quarter of an hour that TCP
# waits by itself. libpq's parameters: seconds, and milliseconds.
_POSTGRESQL_PATIENCE = {"connect_timeout": "10", "tcp_user_timeout": "30000"}


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

    A thread's hop costs more than most statements do. So one `run` does all that belongs
    together, and no transaction is ever held while something else is awaited.
    """

    def __init__(self, engine: Engine, connections: int) -> None:
        """Use an engine whose pool has one more connection, for `read_inline`."""
        self._engine = engine
        self._inline: Connection | None = None
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="database")
        self._free = asyncio.Semaphore(connections)

    @property
    def dialect(self) -> str:
        """The name of the SQL dialect: `sqlite` or `postgresql`."""
        return self._engine.dialect.name

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do something with a connection on which every statement commits by itself.

        Work that has begun goes on to its end, even when the caller is cancelled.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database refused, or no connection got free.
        """
        if self._free.locked():
            try:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._free.acquire()
            except TimeoutError:
                raise PoolTimeoutError("all connections are in use") from None
        else:
            await self._free.acquire()
        loop = asyncio.get_running_loop()
        working = loop.run_in_executor(self._threads, self._with_connection, work)
        working.add_done_callback(self._release)
        return await asyncio.shield(working)

    async def read_inline(self, work: Callable[[Connection], T]) -> T:
        """Read a few rows by an index, which SQLite does sooner than a thread wakes up.

        Nothing that may wait for a lock belongs here: readers of SQLite's write-ahead log never
        wait for a writer.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: see `run`.
        """
        if self.dialect != "sqlite":
            return await self.run(work)
        if self._inline is None:
            self._inline = self._engine.connect()
        return work(self._inline)

    async def close(self) -> None:
        """Close the connections, once what runs has ended."""
        await asyncio.to_thread(self._threads.shutdown)
        if self._inline is not None:
            self._inline.close()
        self._engine.dispose()

    def _with_connection(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)

    def _release(self, working: "asyncio.Future[Any]") -> None:
        self._free.release()
        if not working.cancelled():
            working.exception()  # a caller who was cancelled does not ask for it


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


def page_of(query: Select[Any], page: int, page_size: int) -> Select[Any]:
    """The rows of one page, the first of which is page 1.

    Many rows may lie before it: more than PostgreSQL's 32-bit integer holds.
    """
    before = literal((page - 1) * page_size, BigInteger)
    return query.limit(page_size).offset(before)


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
        # One more for `Database.read_inline`.
        pool_size=connections + 1,
        max_overflow=0,
        pool_pre_ping=not is_sqlite,
    )
    if is_sqlite:
        event.listen(engine, "connect", prepare_sqlite)
    return Database(engine, connections)


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Set up one SQLite connection: write-ahead log, durability, and a time-out for locks."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.execute("PRAGMA journal_mode = WAL")
    # Safe against a killed process; a power cut may lose the last commits, never corrupt.
    cursor.execute("PRAGMA synchronous = NORMAL")
    # After a transaction that made it larger, the log gives the disk back.
    cursor.execute(f"PRAGMA journal_size_limit = {_SQLITE_LOG_BYTES}")
    cursor.close()
