"""Somebody else keeps SQLite locked: requests are refused, jobs wait, nothing is lost."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from activities.common.database import LOCK_SECONDS
from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("seconds", [LOCK_SECONDS / 2, LOCK_SECONDS * 4], ids=["short", "long"])
def test_jobs_survive_a_locked_database(arena: Arena, seconds: float) -> None:
    ledger = arena.begin(SMALL, CHUNKED, STRANGERS)
    for wanted in (CHUNKED, SMALL, STRANGERS) * 2:
        ledger.submit(wanted)
    database = arena.stack.data_dir / "export.db"
    with ThreadPoolExecutor() as callers:
        with closing(sqlite3.connect(database, isolation_level=None)) as foreign:
            foreign.execute("BEGIN EXCLUSIVE")
            late = [callers.submit(ledger.submit, wanted) for wanted in (SMALL, STRANGERS) * 2]
            time.sleep(seconds)
            assert not any(each.done() for each in late), "acknowledged without a row"
        for each in late:
            each.result()

    arena.judge(40).assert_clean()
