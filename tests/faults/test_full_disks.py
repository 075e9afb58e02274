"""A disk is full: new exports are refused, running ones wait for room, and all is well after."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.faults.arena import CHUNKED, SMALL, STRANGERS, Arena, running_arena
from tests.faults.full_disk import filled, small_disk
from tests.faults.oracle import Wanted
from tests.faults.orders import Action

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def small_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service whose staging, scratch and published files are on a small disk."""
    directory = tmp_path_factory.mktemp("storage")
    with (
        small_disk(directory / "disk", 48) as disk,
        running_arena(directory, {"EXPORT_TEMP_PATH": str(disk / "files")}) as running,
    ):
        yield running


@pytest.mark.parametrize(
    ("point", "wanted"),
    [
        ("fetch.claimed", SMALL),
        ("render.item", SMALL),
        ("stored.fragment", CHUNKED),
        ("stored.made", SMALL),
    ],
)
def test_export_waits_for_room_in_storage(small_storage: Arena, point: str, wanted: Wanted) -> None:
    ledger = small_storage.begin(wanted, STRANGERS)
    small_storage.orders.give(point, Action.STOP)
    ledger.submit(wanted)
    stopped = small_storage.orders.await_taken(point)
    with filled(small_storage.files.parent):
        os.kill(stopped, signal.SIGCONT)
        response = small_storage.callers[STRANGERS.owner].http.post(
            "/api/export/", json={"content_ids": STRANGERS.ids, "format": STRANGERS.format}
        )
        assert response.status_code == 507
        time.sleep(3)
    ledger.submit(STRANGERS)

    small_storage.judge(60).assert_clean()


def test_export_without_room_fails_and_says_so(small_storage: Arena) -> None:
    ledger = small_storage.begin(SMALL)
    small_storage.orders.give("render.item", Action.STOP)
    entry = ledger.submit(SMALL, ends_as=frozenset({"failed"}))
    stopped = small_storage.orders.await_taken("render.item")
    with filled(small_storage.files.parent):
        os.kill(stopped, signal.SIGCONT)
        verdict = small_storage.judge(60)
    verdict.assert_clean()
    assert verdict.jobs[entry.job_id]["error"]["code"] == "insufficient-storage"

    ledger.submit(SMALL)
    small_storage.judge().assert_clean()


@pytest.fixture
def small_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service whose database is on a small disk."""
    directory = tmp_path_factory.mktemp("database")
    with small_disk(directory / "disk", 16) as disk:
        url = f"sqlite:///{disk / 'export.db'}"
        with running_arena(directory, {"EXPORT_DATABASE_URL": url}) as running:
            yield running


def test_exports_wait_for_room_in_the_database(small_database: Arena) -> None:
    ledger = small_database.begin(SMALL, CHUNKED, STRANGERS)
    small_database.orders.give("stored.snapshot", Action.STOP)
    for wanted in (CHUNKED, SMALL, STRANGERS):
        ledger.submit(wanted)
    stopped = small_database.orders.await_taken("stored.snapshot")
    disk = small_database.stack.data_dir.parent / "disk"
    with filled(disk):
        os.kill(stopped, signal.SIGCONT)
        # What the database's log has room for within its file may still be taken.
        responses = (ledger.offer(SMALL) for _ in range(100))
        refusal = next(status for status in responses if status != 202)
        assert refusal in {503, 507}
        time.sleep(5)
    ledger.submit(SMALL)

    small_database.judge(60).assert_clean()
    with closing(sqlite3.connect(disk / "export.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
