"""Retention removes a file while it is downloaded: all of it arrives, or a clear answer."""

import asyncio
import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.formats.testing.items import item
from tests.faults.arena import OWNER, Arena, running_arena
from tests.faults.oracle import Acknowledged, Wanted

pytestmark = pytest.mark.faults

_LIFE_SECONDS = 4.0
_JOBS = 6
_READERS = 4
_LARGE = Wanted(OWNER, tuple(f"large-{n}" for n in range(16)), "json")


@pytest.fixture
def short_lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service that keeps files for some seconds, with content of some size."""
    settings = {"EXPORT_RETENTION_DAYS": str(_LIFE_SECONDS / 86_400)}
    with running_arena(tmp_path_factory.mktemp("short-lived"), settings) as running:
        asyncio.run(_store_large_items(running))
        yield running


async def _store_large_items(arena: Arena) -> None:
    text = "Water evaporates, condenses and falls as rain. " * 20_000
    database = connect(arena.stack.settings.database)
    try:
        await SqlContent(database).store(
            item(item_id, owner_id=OWNER, study_guide=text) for item_id in _LARGE.ids
        )
    finally:
        await database.close()


def test_downloads_are_whole_or_refused(short_lived: Arena) -> None:
    ledger = short_lived.begin()
    chance = random.Random(7)
    outcomes: Counter[str] = Counter()
    sweeping = threading.Event()

    def sweep() -> None:
        while not sweeping.is_set():
            short_lived.sweep()

    def read(entry: Acknowledged, sha256: str, pause: float) -> None:
        time.sleep(pause)
        outcomes[_download_slowly(short_lived, entry, sha256)] += 1

    sweeper = threading.Thread(target=sweep)
    sweeper.start()
    try:
        with ThreadPoolExecutor(_READERS) as readers:
            for _ in range(_JOBS):
                entry = ledger.submit(_LARGE, ends_as=frozenset({"expired"}))
                job = short_lived.callers[OWNER].wait(entry.job_id)
                pauses = [chance.uniform(0, 1.2 * _LIFE_SECONDS) for _ in range(_READERS)]
                list(readers.map(read, [entry] * _READERS, [job["file"]["sha256"]] * 4, pauses))
    finally:
        sweeping.set()
        sweeper.join()

    assert set(outcomes) <= {"whole", "404", "410"}
    assert outcomes["whole"], "nobody was in time"
    short_lived.sweep()
    short_lived.judge().assert_clean()


def _download_slowly(arena: Arena, entry: Acknowledged, sha256: str) -> str:
    """`whole`, or the status of the refusal, or what was wrong."""
    path = f"/api/export/jobs/{entry.job_id}/download"
    digest = hashlib.sha256()
    try:
        with arena.callers[OWNER].http.stream("GET", path) as response:
            if response.status_code != 200:
                return str(response.status_code)
            for chunk in response.iter_bytes(256 * 1024):
                digest.update(chunk)
                time.sleep(0.03)
    except httpx.TransportError as error:
        return type(error).__name__
    return "whole" if digest.hexdigest() == sha256 else "other bytes"
