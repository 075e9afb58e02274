"""The content source misbehaves for one owner, whose exports wait or fail clearly, others go on."""

import time
from collections.abc import Iterator

import pytest

from activities.steps.make import FETCH_SECONDS
from activities.worker import RENDERS_AT_ONCE
from tests.faults.arena import SMALL, STRANGERS, Arena, running_arena
from tests.faults.faulty_content import FaultyContent, faulty_content
from tests.unit.content.platform_server import (
    Handler,
    Step,
    body,
    hang_up,
    reset,
    status,
    truncated,
)

pytestmark = pytest.mark.faults

_SILENCE_SECONDS = 12  # longer than the service waits for a byte


def _slow(handler: Handler) -> None:
    time.sleep(_SILENCE_SECONDS)
    handler.serve()


def _cut_short(handler: Handler) -> None:
    """Announce fewer bytes than there are."""
    handler.answer(b'{"items": [], "next": null}', length=10)


def _without_end(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * 1_000_000)


@pytest.fixture(scope="module")
def platform() -> Iterator[FaultyContent]:
    """A content platform that runs."""
    with faulty_content() as running:
        yield running


@pytest.fixture(scope="module")
def fed(platform: FaultyContent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """A service whose content comes from the platform."""
    with running_arena(tmp_path_factory.mktemp("fed"), platform.settings) as running:
        yield running


@pytest.mark.parametrize(
    "trouble",
    [status(429), status(500), status(503), reset, truncated, hang_up, _slow],
    ids=["429", "500", "503", "reset", "truncated", "hang-up", "slow"],
)
def test_export_waits_until_the_source_is_well(
    fed: Arena, platform: FaultyContent, trouble: Step
) -> None:
    platform.trouble = None
    ledger = fed.begin(SMALL, STRANGERS)
    platform.trouble, platform.troubled = trouble, 0
    ledger.submit(SMALL)
    other = ledger.submit(STRANGERS)

    # Others do not notice.
    assert fed.callers[STRANGERS.owner].wait(other.job_id, 10)["status"] == "completed"
    while platform.troubled < 2:
        time.sleep(0.05)
    assert fed.ledger.open_jobs() == 1
    platform.trouble = None

    fed.judge(60).assert_clean()


def test_source_that_hangs_keeps_no_render_worker(fed: Arena, platform: FaultyContent) -> None:
    platform.trouble = None
    ledger = fed.begin(SMALL, STRANGERS)
    platform.trouble = _slow
    for _ in range(2 * RENDERS_AT_ONCE):  # as many as two render workers take
        ledger.submit(SMALL)
    time.sleep(FETCH_SECONDS)
    other = ledger.submit(STRANGERS)
    assert fed.callers[STRANGERS.owner].wait(other.job_id, FETCH_SECONDS)["status"] == "completed"
    platform.trouble = None

    fed.judge(60).assert_clean()


@pytest.mark.parametrize(
    "trouble",
    [body(b"<html>"), _cut_short, _without_end, status(404)],
    ids=["not-json", "cut-short", "without-end", "404"],
)
def test_export_fails_when_the_source_gives_what_is_not_content(
    fed: Arena, platform: FaultyContent, trouble: Step
) -> None:
    platform.trouble = None
    ledger = fed.begin(SMALL, STRANGERS)
    platform.trouble = trouble
    entry = ledger.submit(SMALL, ends_as=frozenset({"failed"}))
    ledger.submit(STRANGERS)

    verdict = fed.judge(60)
    verdict.assert_clean()
    assert verdict.jobs[entry.job_id]["error"]["code"] == "content-source-broken"
