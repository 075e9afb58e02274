"""Lines of the log: JSON with the same keys, whoever logs."""

import asyncio
import gc
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from activities.common import logs

SECRET = "the pupil's diary"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_line_has_its_keys_its_fields_and_what_is_bound(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    structlog.contextvars.bind_contextvars(request_id="request-1")
    logs.get_logger("web.here").info("export accepted", items=2, owner=None)

    (line,) = _lines(capsys)
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "web.here",
        "message": "export accepted",
        "request_id": "request-1",
        "items": 2,
    }


def test_libraries_log_the_same_and_no_exception_says_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    structlog.contextvars.bind_contextvars(job_id="job-1")
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("library").warning("%d left", 3, exc_info=True)
        logs.get_logger("ours").exception("worker stopped")

    theirs, ours = _lines(capsys)
    assert theirs.keys() == ours.keys()
    assert (theirs["level"], theirs["message"]) == ("warning", "3 left")
    for line in (theirs, ours):
        assert line["job_id"] == "job-1"
        assert line["cause"].startswith("ValueError at test_logs.py:")
        assert SECRET not in json.dumps(line)


def test_task_whose_error_nobody_took_does_not_say_its_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def forget_a_failing_task() -> None:
        async def fail() -> None:
            int(SECRET)

        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        del task
        gc.collect()

    logs.configure()
    asyncio.run(forget_a_failing_task())

    (line,) = _lines(capsys)
    assert line["message"] == "Task exception was never retrieved"
    assert line["cause"].startswith("ValueError at test_logs.py:")
    assert SECRET not in json.dumps(line)


def test_details_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logs.get_logger("ours").debug("a detail")
    logging.getLogger("httpx").info("GET https://example.org/?token=secret")

    assert _lines(capsys) == []


@pytest.mark.parametrize("letter", ["x", "\x00", "\U0001f480", '"', "\ud800"])
def test_no_line_is_longer_than_2_kb_and_each_is_json(
    capsys: pytest.CaptureFixture[str], letter: str
) -> None:
    logs.configure()
    logger = logs.get_logger("ours")
    logger.info("short", path=letter * 50_000, status=404, owner="teacher-1", when=None)
    logger.info(
        letter * 50_000, many=[letter * 100] * 1_000, **{f"f{n}": letter * 900 for n in "ab"}
    )

    written = capsys.readouterr().err
    assert all(len(line.encode()) <= 2_000 for line in written.splitlines())
    short, long = map(json.loads, written.splitlines())
    assert (short["message"], short["status"], short["owner"]) == ("short", 404, "teacher-1")
    assert long["logger"] == "ours"
