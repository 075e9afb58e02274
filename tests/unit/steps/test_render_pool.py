"""Render children: results, progress, limits, and an end for whatever renders without one."""

import asyncio
import errno
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from obstore.exceptions import GenericError
from PIL import Image
from temporalio.testing import ActivityEnvironment

from activities.formats.catalog import load
from activities.formats.protocol import Export, WholeRenderer
from activities.formats.testing import Recorder
from activities.formats.testing.items import UPDATED, full_item, item, world_items
from activities.model.catalog import formats
from activities.model.content import Faq, Item
from activities.model.content_links import ContentLinks
from activities.model.first_pages import HEIGHTS, WIDTH
from activities.model.job_formats import options_for, options_type
from activities.model.limits import ExportTooLargeError
from activities.model.options import RenderOptions
from activities.steps.confinement import can_restrict_files
from activities.steps.errors import (
    RenderCrashedError,
    RenderFailedError,
    RenderNotSmallError,
    RenderTooCostlyError,
)
from activities.steps.heartbeat import heartbeats
from activities.steps.render_attempt import RenderAttempt
from activities.steps.render_child import NICENESS
from activities.steps.render_limits import (
    PREVIEW_LIMITS,
    RenderLimits,
    limits_of,
    outgrows_small_slot,
)
from activities.steps.render_messages import RenderJob
from activities.steps.render_pool import Rendered, RenderPool
from activities.steps.render_progress import RenderProgress
from tests.unit.steps.steps_kit import render_children
from tests.waiting import eventually
from workflows.contracts import Produced

pytestmark = pytest.mark.anyio

LIMITS = RenderLimits(cpu_seconds=60, wall_seconds=60.0, is_small=True)
MEMORY = 512 * 1024**2
SECRET = "s3cret-of-the-worker"


@pytest.fixture(scope="module")
def listener() -> Iterator[int]:
    """The port of somebody who listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        yield port


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory, listener: int) -> Iterator[RenderPool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPORT_JWT_SECRET", SECRET)
        patch.setenv("EXPORT_DATABASE_URL", f"sqlite:///{SECRET}")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("LC_PORT", str(listener))
        scratch = tmp_path_factory.mktemp("scratch") / "not there yet"
        with render_children(scratch, MEMORY) as children:
            yield children


def usual_options(format_id: str) -> RenderOptions:
    """A format's defaults, with the parts that it has a place for."""
    return options_for(format_id, options_type(format_id)())


def _job(items: list[Item], format_id: str = "hostile", **changes: Any) -> RenderJob:
    job = RenderJob(
        job_id="job-1",
        format=format_id,
        options=msgspec.json.encode(usual_options(format_id)),
        theme=b"",
        title="Title",
        items_total=len(items),
        links=ContentLinks(),
        id_namespace="export-service",
        inputs=1,
        joins=False,
        newest=UPDATED,
        left_out=[],
        produced=Produced(),
        max_file_bytes=2**30,
        cpu_seconds=LIMITS.cpu_seconds,
    )
    return msgspec.structs.replace(job, **changes)


async def _render(
    pool: RenderPool,
    *titles: str,
    limits: RenderLimits = LIMITS,
    progress: RenderProgress | None = None,
    **changes: Any,
) -> Rendered:
    """Render items with these titles, whose ids are their places."""
    items = [item(str(place), title=title) for place, title in enumerate(titles)]
    return await _render_items(pool, _job(items, **changes), items, limits, progress)


async def _render_items(
    pool: RenderPool,
    job: RenderJob,
    items: list[Item],
    limits: RenderLimits = LIMITS,
    progress: RenderProgress | None = None,
) -> Rendered:
    data = msgspec.json.Encoder().encode_lines(items)

    async def ignore(_: int) -> None:
        """Hear of progress and do nothing."""

    rendered = await pool.run(job, limits, lambda _: data, progress or RenderProgress(), ignore)
    rendered.file.close()
    return rendered


async def _pid(pool: RenderPool) -> int:
    """The child that comes next, which thereby shows that it works."""
    asked = time.monotonic()
    (warning,) = (await _render(pool, "tell pid")).warnings
    assert time.monotonic() - asked < 20
    return int(warning.detail)


@pytest.mark.parametrize("format_id", list(formats()))
async def test_file_is_the_one_that_a_renderer_makes(pool: RenderPool, format_id: str) -> None:
    items = [full_item("content-1"), *world_items()]
    rendered = await _render_items(pool, _job(items, format_id), items)
    renderer, options = load(format_id), usual_options(format_id)
    export = Export(options=options, items_total=len(items), snapshot_time=UPDATED, title="Title")
    out = BytesIO()
    report = Recorder()
    if isinstance(renderer, WholeRenderer):
        renderer.write(items, export, out, report)
    else:
        fragment = BytesIO()
        renderer.write_chunk(items, options, fragment, report)
        fragment.seek(0)
        renderer.join(iter([fragment]), export, out, report)
    assert rendered.sha256 == hashlib.sha256(out.getvalue()).hexdigest()
    assert rendered.size == len(out.getvalue())
    assert rendered.warnings == report.warnings


async def test_child_is_used_again(pool: RenderPool) -> None:
    progress = RenderProgress()
    first = await _pid(pool)
    await _render(pool, "one", "two", "three", progress=progress)
    assert progress.items_done == 3
    assert await _pid(pool) == first


@pytest.mark.parametrize(
    ("title", "cpu_seconds", "wall_seconds"),
    [
        ("loop", 1, 60),
        ("loop in C", 1, 60),
        ("loop in C", 60, 0.5),
        ("sleep", 60, 0.5),
        ("ignore cancellation", 60, 0.5),
        ("hoard", 60, 60),
    ],
)
async def test_render_that_costs_too_much_ends_and_names_its_item(
    pool: RenderPool, title: str, cpu_seconds: int, wall_seconds: float
) -> None:
    limits = RenderLimits(cpu_seconds, wall_seconds, is_small=True)
    with pytest.raises(RenderTooCostlyError) as raised:
        await asyncio.wait_for(
            _render(pool, "good", title, limits=limits, cpu_seconds=cpu_seconds), 50
        )
    assert raised.value.item_id == "1"
    assert await _pid(pool)


@pytest.mark.parametrize("title", ["crash", "exit"])
async def test_render_that_ends_its_process_names_its_item(pool: RenderPool, title: str) -> None:
    with pytest.raises(RenderCrashedError) as raised:
        await _render(pool, "good", "good", title)
    assert raised.value.item_id == "2"
    assert await _pid(pool)


async def test_child_that_others_kill_for_its_memory_is_too_costly(
    tmp_path: Path,
) -> None:
    with render_children(tmp_path, memory=160 * 1024**2) as small:
        pid = await _pid(small)
        render = asyncio.ensure_future(_render(small, "wait"))
        await asyncio.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(RenderTooCostlyError):
            await render
        assert await _pid(small) != pid


async def test_child_that_was_killed_while_idle_is_no_renders_fault(pool: RenderPool) -> None:
    pid = await _pid(pool)
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.1)
    assert await _pid(pool) != pid


async def test_children_come_back_after_all_of_them_ended(tmp_path: Path) -> None:
    with render_children(tmp_path) as children:
        before = await _pid(children)
        os.kill(children._forker._process.pid, signal.SIGKILL)
        await asyncio.sleep(0.1)
        assert await _pid(children) != before
        assert _has_ended(before)


def test_children_end_with_a_killed_worker(tmp_path: Path) -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    with worker.stdout:
        pids = [int(pid) for pid in worker.stdout.readline().split()]
    assert len(pids) == 2
    assert not any(map(_has_ended, pids))
    worker.kill()
    worker.wait()
    eventually(lambda: all(map(_has_ended, pids)))


_WORKER = """
import signal, sys
from pathlib import Path
from activities.steps.render_pool import RenderPool
pool = RenderPool(Path(sys.argv[1]), 1024**3, at_once=1)
print(pool._forker._process.pid, pool._take(background=False).pid, flush=True)
signal.pause()
"""


def _has_ended(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    except FileNotFoundError:
        return True
    return state == "Z"  # nobody has asked yet what it died of


@pytest.mark.parametrize("title", ["refuse", "end of file"])
async def test_renderer_that_raises_fails_the_render_and_keeps_its_child(
    pool: RenderPool, title: str
) -> None:
    pid = await _pid(pool)
    with pytest.raises(RenderFailedError) as raised:
        await _render(pool, "good", title)
    assert raised.value.item_id == "1"
    assert not isinstance(raised.value, RenderCrashedError)
    assert await _pid(pool) == pid


@pytest.mark.parametrize("error", [FileNotFoundError("key"), GenericError("bucket is away")])
async def test_input_that_cannot_be_read_is_not_the_renderers_failure(
    pool: RenderPool, error: Exception
) -> None:
    def read(_: int) -> bytes:
        raise error

    async def ignore(_: int) -> None:
        """Hear of progress and do nothing."""

    with pytest.raises(type(error)):
        await pool.run(_job([item("1")]), LIMITS, read, RenderProgress(), ignore)
    assert await _pid(pool)


async def test_file_may_be_exactly_as_large_as_allowed(pool: RenderPool) -> None:
    size = (await _render(pool, "good")).size
    assert (await _render(pool, "good", max_file_bytes=size)).size == size
    with pytest.raises(ExportTooLargeError):
        await _render(pool, "good", max_file_bytes=size - 1)


async def test_renderer_finds_no_secret_in_its_environment(pool: RenderPool) -> None:
    (warning,) = (await _render(pool, "tell environment")).warnings
    environment = json.loads(warning.detail)
    assert "PYTHONPATH" in environment
    assert SECRET not in warning.detail


def test_process_can_hide_from_others_of_its_user() -> None:
    get_dumpable = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
    hide = "from activities.steps.confinement import forbid_inspection; forbid_inspection();"
    told = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        for code in (get_dumpable, hide + get_dumpable)
    ]
    assert told == ["1", "0"]


def _may_leave_network() -> bool:
    leave = "from activities.steps.confinement import leave_network; print(leave_network())"
    command = [sys.executable, "-c", leave]
    return subprocess.run(command, capture_output=True, check=True).stdout.strip() == b"True"


async def test_renderer_reaches_no_network(pool: RenderPool) -> None:
    if not _may_leave_network():
        pytest.skip("this system does not let its users leave the network")
    (warning,) = (await _render(pool, "call out")).warnings
    assert int(warning.detail) == errno.ENETUNREACH


async def test_renderer_opens_no_file_of_others(tmp_path: Path) -> None:
    if not can_restrict_files():
        pytest.skip("this system has no Landlock")
    scratch = tmp_path / "scratch"
    exported = tmp_path / "files" / "export.json"
    exported.parent.mkdir()
    exported.write_bytes(b"{}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_FILE", str(exported))
        with render_children(scratch) as children:
            warnings = (await _render(children, "open files")).warnings
    assert {warning.code for warning in warnings} == {"refused"}


async def test_first_pages_are_drawn_where_nothing_else_can_be_read(tmp_path: Path) -> None:
    items = [full_item("content-1"), *world_items()]
    with render_children(tmp_path / "scratch") as children:
        rendered, pictures = await _draw(children, items)
        assert [Image.open(BytesIO(each)).size for each in pictures] == [(WIDTH, HEIGHTS["a4"])] * 2
        assert pictures[0] != pictures[1]
        assert (await _draw(children, items))[0].sha256 == rendered.sha256
        _, alone = await _draw(children, [item("content-1", title="x")])
        assert len(alone) == 1, "the file has one page"


async def test_what_is_no_pdf_is_not_drawn(pool: RenderPool) -> None:
    with pytest.raises(RenderFailedError):
        await _render(pool, "one", draws=True)


async def _draw(children: RenderPool, items: list[Item]) -> tuple[Rendered, list[bytes]]:
    job = _job(items, "pdf", draws=True)
    data = msgspec.json.Encoder().encode_lines(items)

    async def ignore(_: int) -> None:
        """Hear of progress and do nothing."""

    # Children give way to whatever else runs, and here is asked what is drawn, not how soon.
    limits = msgspec.structs.replace(PREVIEW_LIMITS, wall_seconds=60.0)
    rendered = await children.run(job, limits, lambda _: data, RenderProgress(), ignore)
    with rendered.file as file:
        return rendered, msgspec.msgpack.decode(file.read(), type=list[bytes])


async def test_renders_go_on_when_the_scratch_directory_is_another(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    large = [item("content-1", study_guide="x" * 900_000, faqs=[Faq("x", "x" * 900_000)] * 4)]
    limits = msgspec.structs.replace(LIMITS, is_small=False)  # so that it is one child's turn
    with render_children(scratch) as children:
        await _render_items(children, _job(large, "json"), large, limits)
        scratch.rmdir()
        with pytest.raises(OSError, match=os.strerror(errno.ENOENT)):
            await _render_items(children, _job(large, "json"), large, limits)
        await _render_items(children, _job(large, "json"), large, limits)


async def test_what_a_renderer_prints_is_not_logged(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with render_children(tmp_path) as children:
        await _render(children, "print")
        await _render(children, "good")
    assert "content" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("title", ["wait", "ignore cancellation", "loop in C", "sleep"])
async def test_cancelled_render_has_stopped_when_the_activity_ends(
    pool: RenderPool, title: str
) -> None:
    pid = await _pid(pool)
    environment = ActivityEnvironment()
    render = asyncio.ensure_future(environment.run(_render, pool, title))
    await asyncio.sleep(0.2)
    asked = time.monotonic()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await render
    assert time.monotonic() - asked < 2
    # One that listens keeps its process, and all that it has ready.
    assert (await _pid(pool) == pid) is (title == "wait")


async def test_render_that_is_cancelled_twice_has_stopped_too(pool: RenderPool) -> None:
    pid = await _pid(pool)
    render = asyncio.ensure_future(_render(pool, "ignore cancellation"))
    for _ in range(2):
        await asyncio.sleep(0.2)
        render.cancel()
    with pytest.raises(asyncio.CancelledError):
        await render
    assert not Path(f"/proc/{pid}").exists()


async def test_small_render_goes_beside_large_ones(pool: RenderPool) -> None:
    large = asyncio.ensure_future(
        _render(pool, "wait", limits=RenderLimits(60, 60.0, is_small=False))
    )
    await asyncio.sleep(0.2)
    pid = await _pid(pool)
    assert os.getpriority(os.PRIO_PROCESS, pid) == os.getpriority(os.PRIO_PROCESS, 0)
    large.cancel()
    with pytest.raises(asyncio.CancelledError):
        await large


async def test_render_that_takes_long_gives_way(pool: RenderPool) -> None:
    pid = await _pid(pool)
    render = asyncio.ensure_future(_render(pool, "wait"))
    await asyncio.sleep(1.3)
    niceness = min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, pid) == niceness
    assert await _pid(pool) != pid
    render.cancel()
    with pytest.raises(asyncio.CancelledError):
        await render


@pytest.mark.parametrize("title", ["wait", "ignore cancellation"])
async def test_what_takes_long_in_a_slot_for_small_renders_leaves_it(
    pool: RenderPool, title: str
) -> None:
    limits = msgspec.structs.replace(LIMITS, slot_seconds=1.2)
    with pytest.raises(RenderNotSmallError):
        await asyncio.wait_for(_render(pool, title, limits=limits), 20)
    assert await _pid(pool)


async def test_progress_is_told_and_heartbeats_go_on_while_it_cannot_be(pool: RenderPool) -> None:
    environment = ActivityEnvironment()
    heartbeats_sent: list[tuple[object, ...]] = []
    environment.on_heartbeat = lambda *details: heartbeats_sent.append(details)
    told: list[int] = []
    items = [item(str(place), title="good") for place in range(5)] + [item("5", title="wait")]
    data = msgspec.json.Encoder().encode_lines(items)

    async def tell(done: int) -> None:
        told.append(done)
        await asyncio.sleep(60)

    async def render() -> None:
        attempt = RenderAttempt()
        async with attempt.heartbeats():
            await pool.run(_job(items), LIMITS, lambda _: data, attempt.progress, tell)

    rendering = asyncio.ensure_future(environment.run(render))
    await asyncio.sleep(1.8)
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await rendering
    assert told == [5]
    assert len(heartbeats_sent) >= 3
    assert heartbeats_sent[0] == (5, "5", [], 0)


async def test_what_is_done_at_once_sends_no_heartbeat(pool: RenderPool) -> None:
    environment = ActivityEnvironment()
    heartbeats_sent: list[tuple[object, ...]] = []
    environment.on_heartbeat = lambda *details: heartbeats_sent.append(details)

    async def body() -> None:
        async with heartbeats():
            await asyncio.sleep(0)
        async with RenderAttempt().heartbeats():
            await _render(pool, "good")

    await environment.run(body)
    assert heartbeats_sent == []


async def test_heartbeats_go_on_while_the_body_waits_and_end_with_it() -> None:
    environment = ActivityEnvironment()
    heartbeats_sent: list[float] = []
    environment.on_heartbeat = lambda *_: heartbeats_sent.append(time.monotonic())

    async def body() -> int:
        async with heartbeats():
            await asyncio.sleep(1.8)
        return len(heartbeats_sent)

    during = await environment.run(body)
    assert during >= 2
    await asyncio.sleep(1.0)
    assert len(heartbeats_sent) == during


def test_limits_follow_from_the_estimate() -> None:
    small = limits_of("json", 1, is_chunk=False)
    large = limits_of("pdf", 100, is_chunk=False)
    assert small.is_small
    assert not outgrows_small_slot("pdf", 50_000)
    assert outgrows_small_slot("pdf", 1_000_000)
    assert not outgrows_small_slot("json", 10_000_000)
    assert not large.is_small
    assert 30 <= small.cpu_seconds < large.cpu_seconds
    assert large.cpu_seconds >= 20 * 100 * formats()["pdf"].seconds_per_item
    assert limits_of("docx", 1_000_000, is_chunk=True).cpu_seconds < 120
    # Temporal must not be the one that ends a render: it would only start it again.
    assert limits_of("pdf", 1_000_000, is_chunk=False).wall_seconds < 1200
