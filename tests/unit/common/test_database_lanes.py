"""Each kind of database work has threads of its own."""

import asyncio
import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from activities.common.database import Database, connect
from activities.settings import Settings

pytestmark = pytest.mark.anyio

_ENDLESS = text(
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)"
    " SELECT count(*) FROM numbers"
)
_WRITE = text("DELETE FROM export_job")


async def test_endless_reads_hold_up_neither_writes_nor_short_reads_and_are_stopped(
    database: Database,
) -> None:
    endless = [
        asyncio.create_task(
            database.read_long(f"owner {number}", lambda connection: connection.execute(_ENDLESS))
        )
        for number in range(4)
    ]
    await asyncio.sleep(0.1)

    async def answers() -> None:
        await database.run(lambda connection: connection.execute(_WRITE))
        assert await database.read(lambda connection: connection.scalar(text("SELECT 1"))) == 1

    await asyncio.wait_for(answers(), 5)
    for task in endless:
        task.cancel()
    started = time.monotonic()
    found = await database.read_long(None, lambda connection: connection.scalar(text("SELECT 2")))
    assert found == 2
    assert time.monotonic() - started < 5


async def test_an_endless_read_does_not_keep_a_process_from_ending(settings: Settings) -> None:
    database = connect(settings.database)
    reading = asyncio.create_task(
        database.read_long(None, lambda connection: connection.execute(_ENDLESS))
    )
    await asyncio.sleep(0.1)
    await asyncio.wait_for(database.close(), 5)
    with pytest.raises(OperationalError):
        await reading


async def test_a_writer_that_waits_holds_up_no_reader(database: Database) -> None:
    if database.dialect != "sqlite":
        pytest.skip("on PostgreSQL several write at once")
    lock = text("BEGIN IMMEDIATE")
    other = database._engine.connect()
    other.execute(lock)
    writers = [
        asyncio.create_task(database.run(lambda connection: connection.execute(_WRITE)))
        for _ in range(3)
    ]
    await asyncio.sleep(0.05)
    reading = database.read(lambda connection: connection.scalar(text("SELECT 1")))
    assert await asyncio.wait_for(reading, 5) == 1
    assert not any(writer.done() for writer in writers)
    other.exec_driver_sql("ROLLBACK")
    other.close()
    await asyncio.gather(*writers)
