"""What breaks an export in its express step: it ends as it should, and tries that step once."""

import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from temporalio.api.enums.v1 import EventType

from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.storage.keys import FILES
from scripts.dev.temporal_cli import find_or_fetch
from tests.faults.arena import STRANGERS, Arena, running_arena
from tests.faults.faulty_content import TROUBLED_OWNER, FaultyContent, faulty_content
from tests.faults.full_disk import filled, small_disk
from tests.faults.oracle import Acknowledged, Wanted
from tests.faults.orders import Action
from tests.services.export.kit import in_database, workflow_history
from tests.unit.content.platform_server import Handler
from workflows.contracts import workflow_id
from workflows.policies import EXPRESS_TIMEOUT, WORKFLOW_TASK_TIMEOUT

pytestmark = pytest.mark.faults

EXPRESS = Wanted(STRANGERS.owner, ("content-1001", "content-1002"), "json")
"""Done in a moment, in one local step."""
ITS_OWN = Wanted(STRANGERS.owner, ("content-1010",), "json")
"""The same of content that no other test reads, since it is changed here."""
LONG = Wanted(STRANGERS.owner, ("content-1001",), "stubborn")
"""Said to be cheap, and takes a second."""
LINGERING = Wanted(STRANGERS.owner, ("content-1001",), "lingering")
"""Takes longer than the step may, and its renderer does not hear that it is to stop."""
FED = Wanted(TROUBLED_OWNER, ("content-1", "content-2"), "json")
"""Of content that comes over HTTP."""

POINTS = ["express.claimed", "stored.express", "express.owned", "publish.in-place"]
"""The points of the step before its row is completed."""

# A worker that was stopped seems to wait for tasks for some time.
_SWALLOWED_SECONDS = 90
_STOPPED_SECONDS = WORKFLOW_TASK_TIMEOUT.total_seconds() + 2


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service with a worker for express exports."""
    with running_arena(tmp_path_factory.mktemp("express"), {"EXPORT_EXPRESS": "1"}) as running:
        yield running


def _steps(arena: Arena, entry: Acknowledged) -> list[str]:
    """What the job's workflow did, local steps included."""
    steps = []
    for event in workflow_history(arena.stack, entry.job_id):
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            steps.append(event.activity_task_scheduled_event_attributes.activity_type.name)
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            details = event.marker_recorded_event_attributes.details["data"].payloads[0].data
            steps.append(msgspec.json.decode(details)["activity_type"])
    return steps


def test_export_takes_one_step(fast: Arena) -> None:
    ledger = fast.begin(EXPRESS)
    entry = ledger.submit(EXPRESS)
    fast.judge().assert_clean()
    assert _steps(fast, entry) == ["express"]


@pytest.mark.parametrize("point", [*POINTS, "publish.completed"])
def test_job_completes_although_its_worker_is_killed(fast: Arena, point: str) -> None:
    ledger = fast.begin(EXPRESS)
    # Points of this step alone: a run that came to them again would be killed again.
    only_here = point in {"stored.express", "express.owned"}
    fast.orders.give(point, Action.KILL, times=5 if only_here else 1)
    entry = ledger.submit(EXPRESS)
    fast.orders.await_taken(point)

    fast.judge().assert_clean()
    assert len(fast.orders.taken(point)) == 1, "a run tries that step once"
    assert "express" not in _completed_steps(fast, entry)


def _completed_steps(arena: Arena, entry: Acknowledged) -> list[str]:
    """The steps whose results the job's workflow used."""
    failed = 0
    for event in workflow_history(arena.stack, entry.job_id):
        attributes = event.marker_recorded_event_attributes
        failed += attributes.HasField("failure")
    return _steps(arena, entry)[failed:]


@pytest.mark.parametrize(
    ("format_id", "code"), [("poison", "render-failed"), ("hungry", "render-too-costly")]
)
def test_item_that_ends_its_render_ends_no_worker(fast: Arena, format_id: str, code: str) -> None:
    ledger = fast.begin(EXPRESS)
    ledger.submit(EXPRESS)
    fast.judge().assert_clean()  # the worker is up
    before = fast.pid("worker-express")
    wanted = Wanted(EXPRESS.owner, EXPRESS.ids, format_id)
    entry = ledger.submit(wanted, ends_as=frozenset({"failed"}))
    ledger.submit(EXPRESS)

    verdict = fast.judge(90)
    verdict.assert_clean()
    assert verdict.jobs[entry.job_id]["error"]["code"] == code
    assert Counter(_steps(fast, entry))["express"] == 1
    assert fast.pid("worker-express") == before


def test_render_that_takes_longer_than_the_step_takes_the_queues(fast: Arena) -> None:
    ledger = fast.begin(LINGERING, EXPRESS)
    worker = fast.pid("worker-express")
    entry = ledger.submit(LINGERING)
    other = ledger.submit(EXPRESS)
    fast.judge(60).assert_clean()
    steps = _steps(fast, entry)
    assert (steps[0], steps[-1], Counter(steps)["express"]) == ("express", "publish", 1)
    assert _steps(fast, other) == ["express"], "it holds up nobody"
    assert fast.pid("worker-express") == worker


def test_step_whose_time_is_up_after_the_queues_are_done_changes_nothing(fast: Arena) -> None:
    fast.begin(LINGERING)
    with fast.second_worker("express"):
        with fast.asleep_at("express.claimed", LINGERING):
            fast.judge(_SWALLOWED_SECONDS).assert_clean()
        time.sleep(EXPRESS_TIMEOUT.total_seconds() + 2)
        fast.judge().assert_clean()


@pytest.fixture(scope="module")
def platform() -> Iterator[FaultyContent]:
    """A content platform that runs."""
    with faulty_content() as running:
        yield running


@pytest.fixture(scope="module")
def fed(platform: FaultyContent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """The same service with content that comes from the platform."""
    settings = {**platform.settings, "EXPORT_EXPRESS": "1"}
    with running_arena(tmp_path_factory.mktemp("fed"), settings) as running:
        yield running


def test_source_that_is_slower_than_the_step_is_waited_for_elsewhere(
    fed: Arena, platform: FaultyContent
) -> None:
    ledger = fed.begin(FED)

    def slow(handler: Handler) -> None:
        time.sleep(2 * EXPRESS_TIMEOUT.total_seconds())
        handler.serve()

    platform.trouble = slow
    try:
        entry = ledger.submit(FED)
        fed.judge(60).assert_clean()
    finally:
        platform.trouble = None
    assert _steps(fed, entry)[:3] == ["express", "make", "fetch"]


def test_huge_content_is_read_no_further_than_the_step_takes(
    fed: Arena, platform: FaultyContent
) -> None:
    """Of as many exports at once as one worker makes, each of which the queues complete."""
    ledger = fed.begin(FED)
    worker = fed.pid("worker-express")
    before = _most_bytes(worker)

    def padded(handler: Handler) -> None:
        page = platform.page(FED.owner, {"ids": ",".join(FED.ids)})
        handler.answer(b" " * 20_000_000 + page)

    platform.trouble = padded
    try:
        entries = [ledger.submit(FED) for _ in range(4)]
        fed.judge(60).assert_clean()
    finally:
        platform.trouble = None
    for entry in entries:
        assert _steps(fed, entry)[:2] == ["express", "make"]
    assert fed.pid("worker-express") == worker
    # The answers were 80 MB; what the worker needs for its first exports at all is some 30.
    assert _most_bytes(worker) - before < 50_000_000


def _most_bytes(pid: int) -> int:
    """The most memory that a process ever held."""
    [line] = [
        each
        for each in Path(f"/proc/{pid}/status").read_text().splitlines()
        if each.startswith("VmHWM:")
    ]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("point", [*POINTS, "publish.completed"])
def test_worker_that_sleeps_changes_nothing_of_what_others_made_of_other_content(
    fast: Arena, point: str
) -> None:
    ledger = fast.begin(ITS_OWN)
    caller = fast.callers[ITS_OWN.owner]
    title = f"Renamed at {point}"
    with fast.second_worker("express"):
        with fast.asleep_at(point, ITS_OWN) as entry:
            before = _rename_content(fast, title)
            job = caller.wait(entry.job_id, _SWALLOWED_SECONDS)
        time.sleep(3)
    assert job["status"] == "completed"
    # Whoever had completed the row before it fell asleep has the file.
    assert (before if point == "publish.completed" else title) in caller.download(job).decode()
    assert caller.job(entry.job_id)["file"] == job["file"]
    published = list((fast.files / FILES / entry.job_id).iterdir())
    assert len(published) == 1
    assert ledger.open_jobs() == 0


def _rename_content(arena: Arena, title: str) -> str:
    """Change content behind the service's back; returns the title that it had."""

    async def change(database: Database) -> str:
        content = SqlContent(database)
        [item] = (await content.items(ITS_OWN.owner, list(ITS_OWN.ids))).items
        await content.store([msgspec.structs.replace(item, title=title)])
        return item.title

    return in_database(arena.stack, change)


def test_worker_that_sleeps_alone_goes_on(fast: Arena) -> None:
    fast.begin(EXPRESS)
    with fast.asleep_at("stored.express", EXPRESS):
        time.sleep(_STOPPED_SECONDS)
    fast.judge(_SWALLOWED_SECONDS).assert_clean()


@pytest.mark.parametrize("seconds", [1.0, _STOPPED_SECONDS], ids=["soon", "late"])
@pytest.mark.parametrize("point", POINTS)
def test_job_that_is_cancelled_in_its_step_has_no_file(
    fast: Arena, point: str, seconds: float
) -> None:
    ledger = fast.begin(EXPRESS)
    with fast.second_worker("express"):
        with fast.asleep_at(point, EXPRESS) as entry:
            assert ledger.cancel(entry)
            time.sleep(seconds)
        fast.judge(_SWALLOWED_SECONDS).assert_clean()
        time.sleep(2)
        fast.sweep()
        fast.judge().assert_clean()


def test_job_that_is_completed_cannot_be_cancelled(fast: Arena) -> None:
    ledger = fast.begin(EXPRESS)
    with fast.asleep_at("publish.completed", EXPRESS) as entry:
        assert not ledger.cancel(entry)
        time.sleep(1)
    fast.judge().assert_clean()


@pytest.mark.parametrize("action", [Action.LOSE, Action.REPEAT])
def test_answer_that_is_lost_or_given_twice_makes_one_file(fast: Arena, action: Action) -> None:
    ledger = fast.begin(EXPRESS)
    fast.orders.give("express.done", action, times=5)
    for _ in range(10):
        ledger.submit(EXPRESS)
    fast.judge(40).assert_clean()
    assert len(fast.orders.taken("express.done")) == 5


def test_jobs_complete_although_their_workers_are_killed_again_and_again(fast: Arena) -> None:
    ledger = fast.begin(EXPRESS, LONG)
    with fast.second_worker("express"):
        for _ in range(5):
            for wanted in (EXPRESS, LONG, EXPRESS):
                ledger.submit(wanted)
            worker = fast.pid("worker-express")
            fast.kill("worker-express")
            fast.await_other_process("worker-express", worker)
        fast.judge(60).assert_clean()


@pytest.mark.parametrize("seconds", [EXPRESS_TIMEOUT.total_seconds() + 1, 12.0])
def test_jobs_survive_a_locked_database(fast: Arena, seconds: float) -> None:
    ledger = fast.begin(EXPRESS)
    with (
        fast.asleep_at("express.claimed", EXPRESS),
        closing(
            sqlite3.connect(fast.stack.data_dir / "export.db", isolation_level=None, timeout=30)
        ) as foreign,
    ):
        for _ in range(5):
            ledger.submit(EXPRESS)
        foreign.execute("BEGIN EXCLUSIVE")
        for pid in fast.orders.taken("express.claimed"):
            os.kill(pid, signal.SIGCONT)
        time.sleep(seconds)
    fast.judge(60).assert_clean()


def test_job_completes_although_temporal_is_away_meanwhile(fast: Arena) -> None:
    ledger = fast.begin(EXPRESS)
    with fast.asleep_at("stored.express", EXPRESS):
        ledger.submit(EXPRESS)
        server = fast.pid("temporal")
        fast.kill("temporal")
        fast.await_other_process("temporal", server)
    fast.judge(60).assert_clean()


def _reset(arena: Arena, entry: Acknowledged) -> None:
    subprocess.run(
        [
            *(find_or_fetch(os.environ, print), "workflow", "reset"),
            *("--workflow-id", workflow_id(entry.job_id), "--type", "FirstWorkflowTask"),
            *("--reason", "a test", "--address", arena.stack.info.temporal_address),
        ],
        check=True,
        capture_output=True,
    )


def test_export_that_is_reset_after_its_end_stays_as_it_is(fast: Arena) -> None:
    ledger = fast.begin(EXPRESS, LINGERING)
    completed = ledger.submit(EXPRESS)
    failed = ledger.submit(
        Wanted(EXPRESS.owner, EXPRESS.ids, "broken"), ends_as=frozenset({"failed"})
    )
    by_queues = ledger.submit(LINGERING)
    with fast.asleep_at("express.claimed", EXPRESS) as cancelled:
        assert ledger.cancel(cancelled)
    fast.judge(60).assert_clean()
    for entry in (completed, by_queues, failed, cancelled):
        _reset(fast, entry)
    time.sleep(5)
    fast.judge().assert_clean()


def test_exports_wait_for_a_worker_that_comes_after_the_api(fast: Arena) -> None:
    ledger = fast.begin(EXPRESS)
    worker = fast.pid("worker-express")
    os.kill(worker, signal.SIGSTOP)
    try:
        for _ in range(3):
            ledger.submit(EXPRESS)
        with fast.second_worker("express"):
            fast.judge(_SWALLOWED_SECONDS).assert_clean()
    finally:
        os.kill(worker, signal.SIGCONT)


@pytest.fixture(scope="module")
def small_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service whose staging, scratch and published files are on a small disk."""
    directory = tmp_path_factory.mktemp("storage")
    with small_disk(directory / "disk", 48) as disk:
        settings = {"EXPORT_TEMP_PATH": str(disk / "files"), "EXPORT_EXPRESS": "1"}
        with running_arena(directory, settings) as running:
            yield running


def test_export_waits_for_room_in_storage(small_storage: Arena) -> None:
    ledger = small_storage.begin(EXPRESS)
    small_storage.orders.give("express.claimed", Action.STOP)
    entry = ledger.submit(EXPRESS)
    stopped = small_storage.orders.await_taken("express.claimed")
    with filled(small_storage.files.parent):
        os.kill(stopped, signal.SIGCONT)
        time.sleep(3)
    small_storage.judge(60).assert_clean()
    assert _steps(small_storage, entry)[0] == "express"
