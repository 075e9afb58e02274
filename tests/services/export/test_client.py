"""The client and its command against the running service."""

import asyncio
import hashlib
import io
import json
import re
import socket
import ssl
import sys
import threading
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import msgspec
import pytest

from export_client import (
    AsyncExportClient,
    ExportClient,
    ExportFailedError,
    Job,
    RefusedError,
    UnavailableError,
    calls,
)
from export_client.command import main
from export_client.files import DamagedFileError, part_of
from export_client.model import File, Problem, Progress
from export_client.progress_line import ProgressLine
from export_client.request_flags import OPTION_FLAGS
from scripts.dev.credentials import issue_token
from scripts.dev.stack import Stack
from tests.security.authority import Authority
from tests.security.key_server import answering, key_server
from web.auth.tokens import ADMIN
from web.schemas.requests import ExportRequestBody


@pytest.fixture
def client(stack: Stack) -> Iterator[ExportClient]:
    with ExportClient(stack.api, stack.token) as connected:
        yield connected


def test_items_become_a_file_under_its_own_name(client: ExportClient, tmp_path: Path) -> None:
    job = client.wait(client.create("json", ["content-1"], include_quality_metrics=True))
    target = client.download(job, tmp_path)
    assert job.file is not None
    assert target == tmp_path / job.file.name
    assert hashlib.sha256(target.read_bytes()).hexdigest() == job.file.sha256
    assert list(tmp_path.iterdir()) == [target]


def test_filters_choose(client: ExportClient) -> None:
    job = client.create_bulk(
        "txt", content_types=["flashcards"], date_from=date(2024, 1, 1), max_items=3
    )
    assert client.wait(job).progress.items_total == 3
    assert job.job_id in {each.job_id for each in client.jobs().items}


def test_progress_is_told(client: ExportClient) -> None:
    seen: list[int] = []
    ids = [f"content-{number}" for number in range(1, 21)]
    job = client.create("slow", ids)
    client.wait(job, lambda now: seen.append(now.progress.items_done))
    assert seen == sorted(seen)
    assert seen[-1] == 20


def test_job_that_waits_says_how_many_are_before_it_and_how_long_it_takes(
    client: ExportClient,
) -> None:
    ids = [f"content-{number}" for number in range(1, 9)]
    waiting: list[Job] = []
    # More than an owner's share of workers: the last ones wait for the first.
    jobs = [client.create("slow", ids) for _ in range(4)]
    client.wait(jobs[-1], waiting.append)
    for job in jobs:
        client.wait(job)
    assert any(job.queue_position for job in waiting)
    assert any(job.estimated_seconds_left for job in waiting)
    assert (waiting[-1].queue_position, waiting[-1].estimated_seconds_left) == (None, None)


def test_a_job_is_followed_to_its_end(client: ExportClient) -> None:
    job = client.create("slow", [f"content-{number}" for number in range(1, 9)])
    seen = list(client.follow(job.job_id))
    done = [each.progress.items_done for each in seen]
    assert done == sorted(done)
    assert [each.ended for each in seen] == [False] * (len(seen) - 1) + [True]
    assert len(seen) > 2
    assert seen[-1].file is not None


def test_a_stream_of_events_that_breaks_off_goes_on(stack: Stack) -> None:
    with (
        _breaking_connection(stack.api, after=1_500, times=2) as address,
        ExportClient(address, stack.token) as client,
    ):
        job = client.create("slow", [f"content-{number}" for number in range(1, 9)])
        seen = list(client.follow(job.job_id))
    done = [each.progress.items_done for each in seen]
    assert done == sorted(done)
    assert seen[-1].status == "completed"


def test_who_follows_a_job_of_another_is_refused(stack: Stack, client: ExportClient) -> None:
    job = client.create("json", ["content-1"])
    with (
        ExportClient(stack.api, stack.other_token) as stranger,
        pytest.raises(RefusedError, match="nothing here"),
    ):
        list(stranger.follow(job.job_id))


def test_one_call_waits_for_the_end(client: ExportClient) -> None:
    job = client.create("slow", ["content-1", "content-2"])
    assert client.job(job.job_id, wait=60).ended


def test_pages_lead_to_each_other(client: ExportClient) -> None:
    for _ in range(3):
        client.create("json", ["content-1"])
    first = client.jobs(page_size=1)
    second = client.jobs(page_size=1, cursor=first.next_cursor)
    assert first.next_cursor
    assert first.items[0].created_at > second.items[0].created_at
    assert client.jobs(page_size=100, status="cancelled").next_cursor is None


def test_failed_export_says_why(client: ExportClient) -> None:
    with pytest.raises(ExportFailedError, match="content-1"):
        client.wait(client.create("broken", ["content-1"]))


def test_refused_request_says_why(client: ExportClient) -> None:
    with pytest.raises(RefusedError, match="content-none") as raised:
        client.create("json", ["content-none"])
    assert (raised.value.problem.status, raised.value.problem.code) == (404, "content-not-found")


def test_asynchronous_twin(stack: Stack, tmp_path: Path) -> None:
    async def export() -> Path:
        async with AsyncExportClient(stack.api, stack.token) as client:
            job = await client.wait(await client.create("csv", ["content-1"]))
            cancelled = await client.cancel((await client.create("slow", ["content-1"])).job_id)
            assert cancelled.status in {"pending", "processing", "cancelled"}
            followed = [each async for each in client.follow(job.job_id)]
            assert followed[-1].status == "completed"
            assert (await client.job(job.job_id, wait=5)).ended
            return await client.download(job, tmp_path / "course.csv")

    assert asyncio.run(export()).read_bytes()


@contextmanager
def _breaking_connection(api: str, after: int, times: int = 1) -> Iterator[str]:
    """A way to the API that breaks so many long answers off, each after so many bytes."""
    broken: list[int] = []

    async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, limit: int) -> None:
        passed = 0
        while data := await source.read(4096):
            target.write(data)
            await target.drain()
            passed += len(data)
            if passed > limit and len(broken) < times:
                broken.append(passed)
                return

    async def connect(near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        far, request = await asyncio.open_connection(urlsplit(api).hostname, urlsplit(api).port)
        there = asyncio.create_task(pump(near, request, sys.maxsize))
        back = asyncio.create_task(pump(far, answer, after))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (there, back):
                task.cancel()
            for writer in (answer, request):
                writer.transport.abort()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(
        asyncio.start_server(connect, "127.0.0.1", 0), loop
    ).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
    assert len(broken) == times, "not enough was broken off"


async def _end(server: asyncio.Server) -> None:
    server.close()
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # lets the aborted transports close their sockets


def test_download_goes_on_where_it_broke_off(stack: Stack, tmp_path: Path) -> None:
    with (
        _breaking_connection(stack.api, after=100_000) as url,
        ExportClient(url, stack.token) as client,
    ):
        job = client.wait(client.create_bulk("csv", max_items=100))
        counts: list[int] = []
        target = client.download(job, tmp_path / "all.csv", counts.append)
    assert job.file is not None
    assert target.stat().st_size == job.file.size
    assert counts == sorted(counts), "it began anew"


@pytest.mark.parametrize("twin", [False, True])
def test_download_that_breaks_off_again_and_again_comes_whole(
    twin: bool, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "POLL_SECONDS", 0.01)
    target = tmp_path / "all.csv"
    with ExportClient(stack.api, stack.token) as client:
        job = client.wait(client.create_bulk("csv", max_items=100))
    assert job.file is not None
    # More often than a call that brings nothing is tried.
    after = job.file.size // 10
    with _breaking_connection(stack.api, after, times=8) as url:
        if twin:
            _with_twin(url, stack.token, lambda client: client.download(job, target))
        else:
            with ExportClient(url, stack.token) as client:
                client.download(job, target)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == job.file.sha256


def test_download_goes_on_with_the_part_of_an_earlier_one(
    client: ExportClient, tmp_path: Path
) -> None:
    job = client.wait(client.create("json", ["content-1"]))
    assert job.file is not None
    target = client.download(job, tmp_path)
    whole = target.read_bytes()
    part_of(target, job.file).write_bytes(whole[:-10])
    counts: list[int] = []
    client.download(job, target, counts.append)
    assert target.read_bytes() == whole
    assert counts == [len(whole)], "it began anew"


def test_download_does_not_go_on_with_the_part_of_another_file(
    client: ExportClient, tmp_path: Path
) -> None:
    def break_off(_done: int) -> None:
        raise KeyboardInterrupt

    given_up, wanted = (
        client.wait(client.create("json", [item])) for item in ("content-1", "content-2")
    )
    target = tmp_path / "[course].json"
    with pytest.raises(KeyboardInterrupt):
        client.download(given_up, target, break_off)
    client.download(wanted, target)
    assert wanted.file is not None
    assert hashlib.sha256(target.read_bytes()).hexdigest() == wanted.file.sha256
    assert list(tmp_path.iterdir()) == [target]


def test_damaged_part_is_not_taken_for_the_file(client: ExportClient, tmp_path: Path) -> None:
    job = client.wait(client.create("json", ["content-1"]))
    assert job.file is not None
    target = tmp_path / "course.json"
    part_of(target, job.file).write_bytes(b"not the beginning of it")
    with pytest.raises(DamagedFileError):
        client.download(job, target)
    assert client.download(job, target).exists()


WHOLE = b"the whole file"
COMPLETED = Job(
    job_id="job-1",
    status="completed",
    format="txt",
    progress=Progress(percent=100, phase="completed", items_done=1, items_total=1),
    created_at=datetime(2024, 1, 8, tzinfo=UTC),
    file=File("course.txt", len(WHOLE), "text/plain", hashlib.sha256(WHOLE).hexdigest(), items=1),
)


@contextmanager
def _busy_api(status: int, refusals: int) -> Iterator[str]:
    """An API that turns so many requests away before it sends the file."""
    body = b'{"title": "Too busy", "detail": "Come again later."}'
    refuse = answering(status, body, **{"Retry-After": "7"})
    send = answering(200, WHOLE)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (refuse if len(server.asked) <= refusals else send)(handler)

    with key_server(answer) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds for which the clients would have waited."""
    asked: list[float] = []

    async def sleep(seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=asked.append))
    monkeypatch.setattr("stamina._core._smart_sleep", sleep)
    return asked


def _download(url: str, target: Path) -> None:
    with ExportClient(url, "token") as client:
        client.download(COMPLETED, target)


def _download_with_twin(url: str, target: Path) -> None:
    async def download() -> None:
        async with AsyncExportClient(url, "token") as client:
            await client.download(COMPLETED, target)

    asyncio.run(download())


def _list_formats(url: str, _target: Path) -> None:
    with ExportClient(url, "token") as client:
        client.formats()


def _list_formats_with_twin(url: str, _target: Path) -> None:
    async def list_formats() -> None:
        async with AsyncExportClient(url, "token") as client:
            await client.formats()

    asyncio.run(list_formats())


@pytest.mark.parametrize("download", [_download, _download_with_twin])
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_download_waits_while_the_api_is_busy(
    download: Callable[[str, Path], None], status: int, pauses: list[float], tmp_path: Path
) -> None:
    with _busy_api(status, refusals=2) as url:
        download(url, tmp_path / "course.txt")
    assert (tmp_path / "course.txt").read_bytes() == WHOLE
    assert pauses == [7, 7], "the API knows when to come again"


@pytest.mark.parametrize(
    "call", [_download, _download_with_twin, _list_formats, _list_formats_with_twin]
)
@pytest.mark.parametrize("status", [429, 503])
def test_api_that_stays_busy_is_unavailable(
    call: Callable[[str, Path], None], status: int, pauses: list[float], tmp_path: Path
) -> None:
    with (
        _busy_api(status, refusals=sys.maxsize) as url,
        pytest.raises(UnavailableError, match="Too busy: Come again later"),
    ):
        call(url, tmp_path / "course.txt")
    assert pauses == [7] * 4
    assert not list(tmp_path.iterdir())


def _register(url: str) -> None:
    with ExportClient(url, "token") as client:
        client.create_webhook("https://hooks.example")


def _register_with_twin(url: str) -> None:
    async def register() -> None:
        async with AsyncExportClient(url, "token") as client:
            await client.create_webhook("https://hooks.example")

    asyncio.run(register())


def _schedule(url: str) -> None:
    with ExportClient(url, "token") as client:
        client.create_schedule("Daily", {"format": "txt"}, every="P1D")


def _break_off(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("create", [_register, _register_with_twin, _schedule])
@pytest.mark.parametrize(
    "answer", [_break_off, answering(502, b"{}"), answering(504, b"{}")], ids=["off", "502", "504"]
)
def test_what_may_have_been_created_is_not_created_again(
    create: Callable[[str], None],
    answer: Callable[[BaseHTTPRequestHandler], None],
    pauses: list[float],
) -> None:
    with key_server(answer) as server, pytest.raises(UnavailableError, match=r"127\.0\.0\.1"):
        create(f"http://127.0.0.1:{server.server_port}")
    assert len(server.asked) == 1
    assert pauses == []


@pytest.mark.parametrize("create", [_register, _register_with_twin, _schedule])
def test_what_was_surely_not_created_is_created_later(
    create: Callable[[str], None], pauses: list[float]
) -> None:
    refuse = answering(503, b'{"title": "Too busy"}', **{"Retry-After": "7"})
    with key_server(refuse) as server, pytest.raises(UnavailableError):
        create(f"http://127.0.0.1:{server.server_port}")
    assert len(server.asked) == 5
    assert pauses == [7] * 4


@pytest.mark.parametrize("call", [_list_formats, _list_formats_with_twin])
def test_nobody_there(
    call: Callable[[str, Path], None], pauses: list[float], tmp_path: Path
) -> None:
    with pytest.raises(UnavailableError, match="no whole response"):
        call("http://127.0.0.1:9", tmp_path)
    assert len(pauses) == 4, "it was waited after the last attempt"
    for attempt, seconds in enumerate(pauses):
        assert 0.3 * 2**attempt <= seconds <= 0.3 * 2**attempt + 0.3


@pytest.mark.parametrize("download", [_download, _download_with_twin])
def test_download_that_brings_nothing_is_given_up_with_its_job_and_cause(
    download: Callable[[str, Path], None], pauses: list[float], tmp_path: Path
) -> None:
    def promise(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(WHOLE)))
        handler.end_headers()

    with (
        key_server(promise) as server,
        pytest.raises(UnavailableError, match=r"^job job-1: .*the connection breaks off"),
    ):
        download(f"http://127.0.0.1:{server.server_port}", tmp_path)
    assert len(pauses) == 4


def _with_twin(
    url: str, token: str, call: Callable[[AsyncExportClient], Awaitable[object]]
) -> None:
    async def run() -> None:
        async with AsyncExportClient(url, token) as client:
            await call(client)

    asyncio.run(run())


@pytest.mark.parametrize("twin", [False, True])
def test_wait_outlasts_an_api_that_is_away(
    twin: bool, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody listens for is refused for as long as a restart takes, then the API is back."""
    completed = answering(200, msgspec.json.encode(COMPLETED))
    waiting = msgspec.structs.replace(COMPLETED, status="processing", file=None)
    monkeypatch.setattr(calls, "POLL_SECONDS", 0)
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as back:

        def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 20:
                back.enter_context(key_server(completed, port))

        async def sleep_in_loop(seconds: float) -> None:
            sleep(seconds)

        monkeypatch.setattr("tenacity.nap.time", SimpleNamespace(sleep=sleep))
        monkeypatch.setattr("stamina._core._smart_sleep", sleep_in_loop)
        if twin:
            _with_twin(url, "token", lambda client: client.wait(waiting))
        else:
            with ExportClient(url, "token") as client:
                assert client.wait(waiting).status == "completed"
    assert len(pauses) == 20


def test_wait_whose_patience_ends_names_job_and_cause() -> None:
    waiting = msgspec.structs.replace(COMPLETED, status="processing", file=None)
    said = re.escape("nothing listens at 127.0.0.1:9")
    with (
        ExportClient("http://127.0.0.1:9", "token") as client,
        pytest.raises(UnavailableError, match=f"^job job-1: .*{said}"),
    ):
        client.wait(waiting, patience=0.1)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://no-such-host.invalid", "the name no-such-host.invalid is not found"),
        ("http://127.0.0.1:9", "nothing listens at 127.0.0.1:9"),
    ],
)
def test_cause_is_told(url: str, said: str, pauses: list[float]) -> None:
    with pytest.raises(UnavailableError, match=said), ExportClient(url, "token") as client:
        client.formats()


@pytest.mark.parametrize("call", [_list_formats, _list_formats_with_twin])
def test_certificate_that_is_not_trusted_is_told_at_once(
    call: Callable[[str, Path], None], pauses: list[float], tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Authority(tmp_path, "nobody").issue("127.0.0.1"))
    with key_server(answering(200, b"{}")) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        with pytest.raises(UnavailableError, match=r"certificate of 127\.0\.0\.1 is not trusted: "):
            call(f"https://127.0.0.1:{server.server_port}", tmp_path)
    assert pauses == []


_PAGE = b"<!doctype html><title>Sign in to this network</title>"


@pytest.mark.parametrize("call", [_download, _download_with_twin, _list_formats])
def test_page_of_a_proxy_is_not_taken_for_the_api(
    call: Callable[[str, Path], None], tmp_path: Path
) -> None:
    page = answering(200, _PAGE, **{"Content-Type": "text/html; charset=utf-8"})
    with (
        key_server(page) as server,
        pytest.raises(UnavailableError, match="gives text/html and not what the API answers"),
    ):
        call(f"http://127.0.0.1:{server.server_port}", tmp_path / "course.txt")
    assert not (tmp_path / "course.txt").exists()


@pytest.mark.parametrize("call", [_download, _download_with_twin, _list_formats])
def test_answer_that_is_packed_wrongly_is_told(
    call: Callable[[str, Path], None], tmp_path: Path
) -> None:
    packed = answering(200, WHOLE, **{"Content-Encoding": "gzip"})
    with key_server(packed) as server, pytest.raises(UnavailableError, match="is packed wrongly"):
        call(f"http://127.0.0.1:{server.server_port}", tmp_path / "course.txt")


def test_way_to_another_place_is_told() -> None:
    away = answering(302, b"", Location="https://login.example/")
    with (
        key_server(away) as server,
        pytest.raises(UnavailableError, match=r"leads to https://login\.example/"),
    ):
        _list_formats(f"http://127.0.0.1:{server.server_port}", Path())


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("127.0.0.1:8000", "token"),
        ("ftp://127.0.0.1", "token"),
        ("http://", "token"),
        ("http://127.0.0.1", "tök"),
        ("http://127.0.0.1", "two\nlines"),
        ("http://127.0.0.1", " "),
    ],
)
def test_address_or_token_that_is_none_is_told_before_anything_is_sent(
    url: str, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in (ExportClient, AsyncExportClient):
        with pytest.raises(ValueError, match=r"address|token"):
            kind(url, token)
    with pytest.raises(SystemExit) as ended:
        main(["--url", url, "--token", token, "formats"])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_certificates_that_are_not_there_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/certificates.pem")
    with pytest.raises(SystemExit):
        main(["--url", "https://127.0.0.1:9", "--token", "token", "formats"])
    assert "SSL_CERT_FILE or SSL_CERT_DIR names: No such file" in capsys.readouterr().err


def test_disk_that_gets_full_leaves_the_way_to_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        download = handler.path.endswith("/download")
        answering(200, WHOLE if download else msgspec.json.encode(COMPLETED))(handler)

    assert COMPLETED.file is not None
    # A device that has no room, in place of the part.
    part_of(tmp_path / "course.txt", COMPLETED.file).symlink_to("/dev/full")
    with key_server(answer) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        command = ["--url", url, "--token", "token", "download", "job-1", "-o", str(tmp_path)]
        assert main(command) == 4
    told = capsys.readouterr().err
    assert "export-client: job job-1: " in told
    assert "No space left on device" in told
    assert "go on with: export-client download job-1" in told


def test_problem_says_nothing_twice() -> None:
    detail = "There are the formats json."
    problem = Problem("No such format", detail, errors=[{"detail": detail}])
    assert problem.message == "No such format: There are the formats json."
    missing = Problem("Not found", "1 of 2 are missing.", content_ids=["x"])
    assert missing.message == "Not found: 1 of 2 are missing: x"


def test_every_option_of_a_request_has_a_flag() -> None:
    members = {field.name for field in msgspec.structs.fields(ExportRequestBody)}
    assert set(OPTION_FLAGS) == members - {"format", "formats"}


class TestCommand:
    @pytest.fixture(autouse=True)
    def _environment(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EXPORT_TOKEN", stack.token)
        monkeypatch.setenv("EXPORT_API_URL", stack.api)

    def test_export(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        target = tmp_path / "course.pdf"
        arguments = ["--type", "flashcards", "--since", "2024-01-01", "--max-items", "2"]
        # The environment is read when the parser is made.
        assert main(["export", "pdf", *arguments, "-o", str(target)]) == 0
        assert target.read_bytes().startswith(b"%PDF")
        assert capsys.readouterr().out.strip() == str(target)

    def test_watch_says_how_a_job_ended(
        self, client: ExportClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        job = client.create("slow", ["content-1"])
        assert main(["watch", job.job_id]) == 0
        assert capsys.readouterr().out == "completed\n"
        assert main(["watch", job.job_id, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["job_id"] == job.job_id

    def test_calls_are_commands_that_print_json(
        self, client: ExportClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        job = client.create("slow", ["content-1"])
        assert main(["job", job.job_id, "--wait", "60"]) == 0
        assert json.loads(capsys.readouterr().out)["status"] == "completed"
        assert main(["admin-audit", "--since", "2024-03-01", "--page-size", "1"]) == 2
        assert "export:admin" in capsys.readouterr().err

    def test_operators_have_commands(
        self, stack: Stack, client: ExportClient, capsys: pytest.CaptureFixture[str]
    ) -> None:
        job = client.wait(client.create("json", ["content-1"]))
        bearer = issue_token(stack.settings, "head-of-it", ADMIN, timedelta(minutes=10))
        operator = ["--token", bearer]
        for command, answered in (
            (["admin-state"], "jobs"),
            (["admin-jobs", "--page-size", "1", "--format-id", "json"], "items"),
            (["admin-job", job.job_id], "workflow_url"),
            (["admin-audit", "--job-id", job.job_id, "--since", "2024-03-01"], "items"),
        ):
            assert main([*operator, *command]) == 0
            assert answered in json.loads(capsys.readouterr().out)

    def test_export_of_several_formats_is_a_zip(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        target = tmp_path / "course.zip"
        assert main(["export", "json,txt", "content-1", "-o", str(target)]) == 0
        assert capsys.readouterr().out.strip() == str(target)
        with zipfile.ZipFile(target) as archive:
            assert len(archive.namelist()) == 4

    def test_line_on_a_terminal_says_what_is_before_the_export(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        waiting = msgspec.structs.replace(
            COMPLETED,
            status="pending",
            progress=Progress(percent=0, phase="queued", items_done=0, items_total=2),
            queue_position=3,
            estimated_seconds_left=12,
        )

        def wait(
            client: ExportClient, job: Job, show: Callable[[Job], None], patience: float
        ) -> Job:
            show(waiting)
            raise KeyboardInterrupt

        monkeypatch.setattr(ExportClient, "wait", wait)
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        assert main(["export", "json", "content-1", "-o", str(tmp_path)]) == 130
        assert "queued, 0/2 items, 3 before it, about 12 s left" in capsys.readouterr().err

    def test_failure_and_refusal_have_codes(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["export", "broken", "content-1"]) == 1
        assert main(["export", "nonsense", "content-1"]) == 2
        assert main(["--url", "http://127.0.0.1:9", "formats"]) == 3
        assert "content-1" in capsys.readouterr().err

    def test_busy_api_has_the_code_of_one_that_is_away(
        self, pauses: list[float], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with _busy_api(503, refusals=sys.maxsize) as url:
            assert main(["--url", url, "formats"]) == 3
        assert capsys.readouterr().err == "export-client: Too busy: Come again later.\n"

    def test_interrupt_cancels_the_export(
        self,
        client: ExportClient,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        jobs: list[Job] = []

        def interrupted(_client: ExportClient, job: Job, *_: object) -> Job:
            jobs.append(job)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(ExportClient, "wait", interrupted)
            assert main(["export", "slow", *(f"content-{n}" for n in range(1, 21))]) == 130
        assert capsys.readouterr().err == f"export-client: job {jobs[0].job_id}: cancelled\n"
        with pytest.raises(ExportFailedError, match="cancelled"):
            client.wait(jobs[0])

    @pytest.mark.parametrize("interrupted", ["download", "wait"])
    def test_interrupt_leaves_an_export_that_has_ended(
        self,
        interrupted: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        call = getattr(ExportClient, interrupted)

        def call_and_interrupt(*arguments: object) -> None:
            call(*arguments)
            raise KeyboardInterrupt

        monkeypatch.setattr(ExportClient, interrupted, call_and_interrupt)
        assert main(["export", "json", "content-1", "-o", str(tmp_path)]) == 130
        told = capsys.readouterr().err
        assert re.fullmatch(r"export-client: job \S+: interrupted\n", told)

    def test_lists(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["formats"]) == 0
        assert main(["jobs", "--status", "completed"]) == 0
        assert "pdf" in capsys.readouterr().out
        assert main(["collections"]) == 0
        assert "how-life-works      8  How life works" in capsys.readouterr().out
        course = ["--collection", "how-life-works", "--subject", "Biology", "--text", "CELL"]
        assert main(["content", *course]) == 0
        listed = capsys.readouterr()
        titles = [line.split("  ", 2)[2] for line in listed.out.splitlines()]
        assert titles == ["Cell structure", "Cellular respiration"]
        assert "page 1 of 1, 2 items" in listed.err
        assert main(["content", "--tag", "none", "--json"]) == 0
        assert '"total":0' in capsys.readouterr().out

    @pytest.mark.parametrize("place", ["missing/course.pdf", "file/course.pdf"])
    def test_place_that_cannot_be_written_is_found_before_the_export(
        self,
        place: str,
        client: ExportClient,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        (tmp_path / "file").write_text("")
        before = client.jobs().total
        assert main(["export", "json", "content-1", "-o", str(tmp_path / place)]) == 4
        told = capsys.readouterr().err
        assert told.startswith(f"export-client: {(tmp_path / place).parent}: N")
        assert client.jobs().total == before

    def test_standard_output_has_the_file_and_nothing_else(
        self, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], client: ExportClient
    ) -> None:
        assert main(["export", "json", "content-1", "-o", str(tmp_path / "x.json")]) == 0
        capfdbinary.readouterr()
        assert main(["export", "json", "content-1", "-o", "-"]) == 0
        assert capfdbinary.readouterr().out == (tmp_path / "x.json").read_bytes()

    def test_json_is_one_document(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ["export", "json", "content-1", "--json", "--idempotency-key", "one"]
        assert main([*arguments, "-o", str(tmp_path)]) == 0
        job = json.loads(capsys.readouterr().out)
        assert Path(job["path"]).name == job["file"]["name"]
        assert main([*arguments, "-o", str(tmp_path)]) == 0
        assert json.loads(capsys.readouterr().out)["job_id"] == job["job_id"]
        assert main(["jobs", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["page"] == 1
        assert main(["formats", "--json"]) == 0
        assert "pdf" in [each["id"] for each in json.loads(capsys.readouterr().out)]

    def test_flags_are_the_options_of_the_request(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        target = tmp_path / "course.json"
        flags = ["--no-answers", "--parts", "faqs,flashcards", "--title", "Mine", "--no-metadata"]
        assert (
            main(
                [
                    "export",
                    "json",
                    "content-1",
                    *flags,
                    "--option",
                    "paper=letter",
                    "-o",
                    str(target),
                ]
            )
            == 0
        )
        assert json.loads(target.read_bytes())["export"]["options"] == {
            "include_answers": False,
            "include_metadata": False,
            "include_quality_metrics": False,
            "parts": ["faqs", "flashcards"],
            "title": "Mine",
        }

    @pytest.mark.parametrize(
        "arguments",
        [
            ["export", "json", "content-1", "--type", "faqs"],
            ["export", "json", "--since", "yesterday"],
            ["export", "json", "--option", "paper"],
            ["export", "json", "--json", "-o", "-"],
        ],
    )
    def test_what_contradicts_itself_is_refused_before_anything_is_sent(
        self, arguments: list[str], client: ExportClient
    ) -> None:
        before = client.jobs().total
        with pytest.raises(SystemExit):
            main(arguments)
        assert client.jobs().total == before

    def test_api_that_does_not_come_back_leaves_the_way_to_the_file(
        self,
        stack: Stack,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        tmp_path: Path,
    ) -> None:
        def away(client: ExportClient, *_: object) -> Job:
            raise UnavailableError("no whole response")

        monkeypatch.setattr(ExportClient, "wait", away)
        assert main(["export", "json", "content-1", "-o", str(tmp_path)]) == 3
        told = capsys.readouterr().err
        assert re.search(r"go on with: export-client download [0-9a-f-]{36}\n", told)
        download = told.split()[-3:]
        monkeypatch.undo()
        assert (
            main(["--url", stack.api, "--token", stack.token, *download[1:], "-o", str(tmp_path)])
            == 0
        )


def test_time_left_of_a_download_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    clock = iter([0.0, 2.0])
    monkeypatch.setattr("export_client.progress_line.time.monotonic", lambda: next(clock))
    line = ProgressLine(out := Terminal())
    line.show_download(10_000_000, 40_000_000)
    line.show_download(20_000_000, 40_000_000)
    assert out.getvalue().endswith("50.0% downloading, 20.0 of 40.0 MB, about 4 s left")
    line.show_trouble("nothing listens")
    assert out.getvalue().endswith("50.0% nothing listens")
