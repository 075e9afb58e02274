"""The oracle sees what it must see: each kind of damage, done by hand, is found."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.arena import NOTICED_SECONDS, SMALL, STRANGERS, Arena, running_arena
from tests.waiting import eventually

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service for tests that leave it ill."""
    with running_arena(tmp_path_factory.mktemp("damaged")) as running:
        yield running


def _published(arena: Arena) -> Path:
    [entry] = arena.ledger.entries
    [file] = (arena.files / "files" / entry.job_id).iterdir()
    return file


def _change(arena: Arena, assignment: str) -> None:
    [entry] = arena.ledger.entries
    file = arena.stack.data_dir / "export.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        where = "WHERE job_id = ?"
        database.execute(f"UPDATE export_job SET {assignment} {where}", (entry.job_id,))


def _lose_file(arena: Arena) -> None:
    _published(arena).unlink()


def _spoil_file(arena: Arena) -> None:
    file = _published(arena)
    file.write_bytes(file.read_bytes()[:-1] + b"?")


def _publish_twice(arena: Arena) -> None:
    file = _published(arena)
    file.with_name("export.other").write_bytes(file.read_bytes())


def _leave_something_staged(arena: Arena) -> None:
    [entry] = arena.ledger.entries
    staged = arena.files / "staging" / entry.job_id / "file.run.1"
    # The job removes it a moment after it completed.
    eventually(lambda: not staged.parent.exists(), NOTICED_SECONDS, pause=0.01)
    staged.parent.mkdir(parents=True)
    staged.touch()


def _reopen(arena: Arena) -> None:
    _change(arena, "status = 'processing'")


def _cancel_with_file(arena: Arena) -> None:
    [entry] = arena.ledger.entries
    entry.ends_as = frozenset({"cancelled"})
    _change(arena, "status = 'cancelled'")


def _give_away(arena: Arena) -> None:
    _change(arena, f"owner_id = '{STRANGERS.owner}'")


def _make_again(arena: Arena) -> None:
    caller = arena.callers[SMALL.owner]
    caller.wait(caller.export(list(SMALL.ids), SMALL.format)["job_id"])


def _want_something_else(arena: Arena) -> None:
    arena.ledger.references[SMALL] = replace(arena.references[SMALL], content=b"other")


@pytest.mark.parametrize(
    ("damage", "seen"),
    [
        (_lose_file, "published files"),
        (_spoil_file, "not the row's"),
        (_publish_twice, "2 published files"),
        (_leave_something_staged, "was left"),
        (_cancel_with_file, "is cancelled and has"),
        (_give_away, "is gone"),
        (_make_again, "made twice"),
        (_want_something_else, "other bytes"),
        (_reopen, "has not ended"),
    ],
)
def test_damage_is_seen(damaged: Arena, damage: Callable[[Arena], None], seen: str) -> None:
    ledger = damaged.begin(SMALL)
    ledger.submit(SMALL)
    damaged.judge().assert_clean()

    damage(damaged)

    assert any(seen in violation for violation in damaged.judge(1).violations)
