"""What the database of a service keeps on its disk."""

import asyncio
from pathlib import Path

from sqlalchemy import Connection

from activities.common.database import connect

MB = 1_000_000


def test_a_large_transaction_does_not_keep_the_disk_that_it_took(tmp_path: Path) -> None:
    log = tmp_path / "a.db-wal"

    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE blobs (data BLOB)")
        connection.exec_driver_sql("INSERT INTO blobs VALUES (zeroblob(30000000))")

    def add(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO blobs VALUES ('more')")

    async def use() -> list[int]:
        database = connect(f"sqlite:///{tmp_path / 'a.db'}")
        sizes = []
        for work in (fill, add):
            await database.run(work)
            sizes.append(log.stat().st_size)
        await database.close()
        return sizes

    most, later = asyncio.run(use())
    assert most > 30 * MB
    assert later < 20 * MB
    assert not log.exists()
