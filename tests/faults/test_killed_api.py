"""The API is killed after it wrote a job's row: one job, whatever the caller does next."""

import httpx
import pytest

from tests.faults.arena import SMALL, STRANGERS, Arena
from tests.faults.orders import Action

pytestmark = pytest.mark.faults


def test_repeated_request_finds_the_job_of_the_killed_api(arena: Arena) -> None:
    ledger = arena.begin(SMALL, STRANGERS)
    arena.orders.give("api.created", Action.KILL)

    ledger.submit(SMALL)  # repeats with its key until somebody answers
    ledger.submit(STRANGERS)

    assert arena.orders.taken("api.created")
    arena.judge().assert_clean()


def test_job_without_an_answer_ends_too(arena: Arena) -> None:
    arena.begin(SMALL)
    arena.orders.give("api.created", Action.KILL)
    caller = arena.callers[SMALL.owner]
    body = {"content_ids": SMALL.ids, "format": SMALL.format}

    with pytest.raises(httpx.TransportError):
        caller.http.post("/api/export/", json=body)

    verdict = arena.judge()
    [job] = verdict.jobs.values()
    assert job["status"] == "completed"
    assert caller.download(job) == arena.references[SMALL].content
