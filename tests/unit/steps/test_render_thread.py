"""The render thread: results, progress, failures, and a stop at its next check."""

import asyncio
import threading
import time

import pytest
from obstore.exceptions import GenericError
from temporalio.testing import ActivityEnvironment

from activities.model.warnings import ExportWarning
from activities.steps.errors import RenderFailedError
from activities.steps.heartbeat import heartbeats
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_thread import ProgressReporter, RenderThread

pytestmark = pytest.mark.anyio

WARNING = ExportWarning("image-unreadable", "1 image left out", "content-1", "study_guide")


async def ignore(_: int) -> None:
    """Hear of progress and do nothing."""


@pytest.fixture
async def environment() -> ActivityEnvironment:
    # It makes its events for the loop in which it is made.
    return ActivityEnvironment()


async def test_gives_result_items_and_each_warning_once(environment: ActivityEnvironment) -> None:
    def work(report: ProgressReporter) -> str:
        for _ in range(3):
            report.warn(WARNING)
            report.item_done()
        report.warn(ExportWarning("other", "detail"))
        return threading.current_thread().name

    report = ProgressReporter()
    name = await environment.run(RenderThread().run, work, report, ignore)
    assert name.startswith("render")
    assert report.items_done == 3
    assert list(report.warnings) == [WARNING, ExportWarning("other", "detail")]


async def test_tells_progress_while_it_works_and_beats(environment: ActivityEnvironment) -> None:
    heartbeats_sent: list[int] = []
    environment.on_heartbeat = lambda items, *_: heartbeats_sent.append(items)
    told: list[int] = []

    async def tell(items: int) -> None:
        told.append(items)

    def work(report: ProgressReporter) -> None:
        for _ in range(11):
            time.sleep(0.1)
            report.item_done()

    async def render() -> None:
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            await RenderThread().run(work, attempt.report, tell)

    await environment.run(render)
    assert 1 <= len(told) <= 3
    assert told == sorted(set(told))
    assert len(heartbeats_sent) >= 2
    assert heartbeats_sent == sorted(heartbeats_sent)


async def test_render_sends_heartbeats_while_progress_cannot_be_told(
    environment: ActivityEnvironment,
) -> None:
    heartbeats_sent: list[tuple[object, ...]] = []
    environment.on_heartbeat = lambda *details: heartbeats_sent.append(details)

    async def tell(_: int) -> None:
        await asyncio.sleep(60)

    def work(report: ProgressReporter) -> str:
        for _ in range(20):
            time.sleep(0.1)
            report.item_done()
        return "done"

    async def render() -> str:
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            return await RenderThread().run(work, attempt.report, tell)

    assert await asyncio.wait_for(environment.run(render), 10) == "done"
    assert len(heartbeats_sent) >= 3


@pytest.mark.parametrize("error", [ValueError("content"), StopIteration(), RecursionError()])
async def test_work_that_fails_is_a_failed_render(
    environment: ActivityEnvironment, error: Exception
) -> None:
    def work(report: ProgressReporter) -> None:
        raise error

    thread = RenderThread()
    with pytest.raises(RenderFailedError) as raised:
        await asyncio.wait_for(environment.run(thread.run, work, ProgressReporter(), ignore), 5)
    causes = [raised.value.__cause__, getattr(raised.value.__cause__, "__cause__", None)]
    assert error in causes
    assert await environment.run(thread.run, lambda _: "next", ProgressReporter(), ignore) == "next"


@pytest.mark.parametrize("error", [FileNotFoundError("key"), GenericError("bucket is away")])
async def test_trouble_with_files_is_not_the_renderers(
    environment: ActivityEnvironment, error: Exception
) -> None:
    def work(report: ProgressReporter) -> None:
        raise error

    with pytest.raises(type(error)):
        await environment.run(RenderThread().run, work, ProgressReporter(), ignore)


async def test_cancelled_render_has_stopped_when_the_activity_ends(
    environment: ActivityEnvironment,
) -> None:
    running, stopped = threading.Event(), threading.Event()

    def work(report: ProgressReporter) -> None:
        running.set()
        try:
            while True:
                time.sleep(0.01)
                report.check_cancelled()
        finally:
            stopped.set()

    thread = RenderThread()
    render = asyncio.ensure_future(environment.run(thread.run, work, ProgressReporter(), ignore))
    assert await asyncio.to_thread(running.wait, 5)
    asked = time.monotonic()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await render
    assert stopped.is_set()
    assert time.monotonic() - asked < 1
    following = ActivityEnvironment().run(thread.run, lambda _: "next", ProgressReporter(), ignore)
    assert await following == "next"


async def test_item_done_stops_as_check_cancelled_does(environment: ActivityEnvironment) -> None:
    running = threading.Event()

    def work(report: ProgressReporter) -> None:
        running.set()
        while True:
            time.sleep(0.01)
            report.item_done()

    render = asyncio.ensure_future(
        environment.run(RenderThread().run, work, ProgressReporter(), ignore)
    )
    assert await asyncio.to_thread(running.wait, 5)
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(render, 5)


async def test_what_is_done_at_once_sends_no_heartbeat(environment: ActivityEnvironment) -> None:
    heartbeats_sent: list[tuple[object, ...]] = []
    environment.on_heartbeat = lambda *details: heartbeats_sent.append(details)

    async def body() -> None:
        async with heartbeats():
            await asyncio.sleep(0)
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            await RenderThread().run(ProgressReporter.item_done, attempt.report, ignore)

    await environment.run(body)
    assert heartbeats_sent == []


async def test_heartbeats_go_on_while_the_body_waits_and_end_with_it(
    environment: ActivityEnvironment,
) -> None:
    heartbeats_sent: list[float] = []
    environment.on_heartbeat = lambda *_: heartbeats_sent.append(time.monotonic())

    async def body() -> int:
        async with heartbeats():
            await asyncio.sleep(1.3)
        return len(heartbeats_sent)

    during = await environment.run(body)
    assert during >= 2
    await asyncio.sleep(0.7)
    assert len(heartbeats_sent) == during
