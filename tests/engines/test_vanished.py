"""A process that holds locks in PostgreSQL falls silent: others get them soon."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from activities.common.database import Database, connect
from activities.jobs.turns import owner_transaction
from scripts.dev.environment import CHECKOUT
from tests.engines.postgresql import PostgreSql

pytestmark = [pytest.mark.engines, pytest.mark.anyio]

_WITHIN_SECONDS = 15.0
_HOLDER = """
import asyncio, sys, time
from activities.common.database import connect
from activities.jobs.turns import owner_transaction

def work(connection):
    with owner_transaction(connection, "teacher-1"):
        print("held", flush=True)
        time.sleep(3600)

asyncio.run(connect(sys.argv[1]).run(work))
"""


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a database in which somebody who is silent holds a lock."""
    server = PostgreSql()
    server.start()
    made = server.create(uuid4().hex)
    command = [sys.executable, "-c", _HOLDER, made]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            os.kill(holder.pid, signal.SIGSTOP)
            yield made
        finally:
            holder.kill()
    server.stop()


async def test_owner_is_not_locked_out_by_a_process_that_fell_silent(url: str) -> None:
    silent = time.monotonic()
    database = connect(url)
    while not await _gets_in(database):
        assert time.monotonic() - silent < _WITHIN_SECONDS
    await database.close()


async def _gets_in(database: Database) -> bool:
    def begin(connection: Connection) -> None:
        with owner_transaction(connection, "teacher-1"):
            pass

    try:
        await database.run(begin)
    except SQLAlchemyError:
        return False
    return True
