"""Watching jobs: one poll for all who watch."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, cast

import pytest

from activities.jobs.records import JobRecords
from activities.model.jobs import Job, Phase, Status
from tests.unit.web.jobs import job
from web.http.problems import ProblemError
from web.schemas.job import JobEstimate, job_response
from web.services import job_events as event_stream
from web.services.job_estimates import JobEstimates
from web.services.job_events import JobEventStream
from web.services.job_watcher import JobWatcher, Watch

MOST = 2_000
MOST_PER_OWNER = 100


class Records:
    """Job records in memory that count how often they are read."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = {each.job_id: each for each in jobs}
        self.reads: list[list[str]] = []
        self.broken = False

    async def get_many(self, ids: Iterable[str]) -> list[Job]:
        wanted = list(ids)
        self.reads.append(wanted)
        if self.broken:
            raise RuntimeError("away")
        return [self.jobs[each] for each in wanted if each in self.jobs]


class Queue:
    """Places in the queue that the test sets."""

    def __init__(self) -> None:
        self.place: int | None = None

    async def of(self, jobs: Iterable[Job]) -> dict[str, JobEstimate]:
        return {each.job_id: JobEstimate(self.place) for each in jobs}


def watcher_of(records: Records, queue: Queue | None = None) -> JobWatcher:
    return JobWatcher(
        cast("JobRecords", records),
        cast("JobEstimates", queue or Queue()),
        max_watches=MOST,
        max_watches_per_owner=MOST_PER_OWNER,
    )


def watching(records: Records, work: Callable[[JobWatcher], Awaitable[None]]) -> None:
    """Do the work while a watcher runs."""

    async def run() -> None:
        watcher = watcher_of(records)
        polling = asyncio.create_task(watcher.run())
        await work(watcher)
        polling.cancel()

    asyncio.run(run())


def running(**changes: Any) -> Job:
    return job(status=Status.PROCESSING, **({"phase": Phase.RENDERING} | changes))


def test_a_hundred_watchers_cost_one_read_a_poll_and_nobody_none() -> None:
    records = Records(running())

    async def work(watcher: JobWatcher) -> None:
        await asyncio.sleep(0.3)
        assert records.reads == []
        watches = [await watcher.watch(running()) for _ in range(MOST_PER_OWNER)]
        for watch in watches:
            watch.__enter__()
        await asyncio.sleep(1.1)
        for watch in watches:
            watch.__exit__(None, None, None)
        reads = len(records.reads)
        assert 1 <= reads <= 5
        assert all(read == [running().job_id] for read in records.reads)
        await asyncio.sleep(0.4)
        assert len(records.reads) <= reads + 1

    watching(records, work)


def test_a_change_wakes_everybody_and_an_equal_record_nobody() -> None:
    records = Records(running(items_rendered=1))

    async def work(watcher: JobWatcher) -> None:
        with (
            await watcher.watch(records.jobs[running().job_id]) as one,
            await watcher.watch(running()) as two,
        ):
            assert not await one.changed(0.4)
            records.jobs[running().job_id] = running(items_rendered=2)
            assert all(await asyncio.gather(one.changed(2), two.changed(2)))
            assert one.state is two.state
            assert one.state.job.items_rendered == 2

    watching(records, work)


def test_the_watches_of_a_job_that_was_erased_end() -> None:
    records = Records(running())

    async def work(watcher: JobWatcher) -> None:
        with await watcher.watch(running()) as watch:
            assert not watch.closing
            records.jobs.clear()
            assert await watch.changed(2)
            assert watch.closing

    watching(records, work)


def test_what_was_reached_stays_when_the_record_forgets_it() -> None:
    records = Records(running(items_fetched=10, items_rendered=5))

    async def work(watcher: JobWatcher) -> None:
        with await watcher.watch(records.jobs[running().job_id]) as watch:
            before = watch.state.progress.percent
            records.jobs[running().job_id] = job(status=Status.FAILED, phase=Phase.ENDED)
            assert await watch.changed(2)
            assert watch.state.progress.percent == before == 50.0
            assert watch.state.progress.phase == "failed"

    watching(records, work)


def test_watching_goes_on_after_the_database_was_away() -> None:
    records = Records(running())
    records.broken = True

    async def work(watcher: JobWatcher) -> None:
        with await watcher.watch(running()) as watch:
            assert not await watch.changed(0.4)
            records.broken = False
            records.jobs[running().job_id] = running(items_rendered=1)
            assert await watch.changed(2)

    watching(records, work)


def test_a_job_that_moves_up_in_the_queue_wakes_its_watchers() -> None:
    waiting, queue = job(), Queue()
    queue.place = 2

    async def run() -> None:
        watcher = watcher_of(Records(waiting), queue)
        polling = asyncio.create_task(watcher.run())
        with await watcher.watch(waiting) as watch:
            assert not await watch.changed(0.6)
            queue.place = 1
            assert await watch.changed(2)
            assert watch.state.estimate.queue_position == 1
        polling.cancel()

    asyncio.run(run())


def test_one_process_keeps_only_so_many_streams() -> None:
    async def run() -> None:
        watcher = watcher_of(Records())
        for number in range(MOST):
            (await watcher.watch(running(owner_id=f"owner-{number}"))).__enter__()
        with pytest.raises(ProblemError) as caught:
            (await watcher.watch(running(owner_id="one more"))).__enter__()
        assert caught.value.kind.status == 503

    asyncio.run(run())


def test_owners_who_took_all_streams_give_of_them_to_the_next() -> None:
    async def run() -> None:
        watcher = watcher_of(Records())

        async def take(owner: str) -> list[Watch]:
            """As many streams as the owner gets."""
            taken: list[Watch] = []
            with suppress(ProblemError):
                for _ in range(MOST_PER_OWNER):
                    watch = await watcher.watch(running(owner_id=owner))
                    taken.append(watch.__enter__())
            return taken

        crowd = [await take(f"owner-{number}") for number in range(MOST // MOST_PER_OWNER)]
        assert [len(each) for each in crowd] == [MOST_PER_OWNER] * len(crowd)
        waits = asyncio.create_task(crowd[0][0].changed(5))
        await asyncio.sleep(0)
        late = await take("one more")
        assert await waits
        left = [sum(not watch.closing for watch in each) for each in crowd]
        assert sum(left) + len(late) == MOST
        assert min(left) >= len(late) >= max(left) - 1
        # Those who lost some come again, and do not take them back.
        again = await take("owner-0")
        assert len(again) <= 1
        for watch in (*late, *again, *(watch for each in crowd for watch in each)):
            watch.__exit__(None, None, None)
        assert watcher._watched == {}
        assert watcher._per_owner == {}

    asyncio.run(run())


def test_a_stream_ends_with_the_token() -> None:
    async def work(watcher: JobWatcher) -> None:
        stream = JobEventStream(
            await watcher.watch(running()),
            lambda state: job_response(state.job, None),
            None,
            time.time() + 0.3,
        )
        parts = [part async for part in stream.iterator]
        assert sum(part.startswith(b"event: job") for part in parts if isinstance(part, bytes)) == 1

    async def run(watcher: JobWatcher) -> None:
        async with asyncio.timeout(2):
            await work(watcher)

    watching(Records(running()), run)


def test_a_quiet_stream_is_kept_open_with_comments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "PING_SECONDS", 0.05)
    sent: list[bytes] = []

    async def send(message: Any) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> Any:
        # The client leaves after a while.
        await asyncio.sleep(0.3)
        return {"type": "http.disconnect"}

    async def work(watcher: JobWatcher) -> None:
        stream = JobEventStream(
            await watcher.watch(running()),
            lambda state: job_response(state.job, None),
            None,
            time.time() + 60,
        )
        await stream(cast("Any", {"type": "http"}), receive, send)
        assert watcher._watched == {}

    watching(Records(running()), work)
    assert sent.count(b": ping\n\n") >= 2
    assert sum(body.startswith(b"event: job\n") for body in sent) == 1
