"""An erasure is killed at each of its steps: nothing is left of the owner, whoever dies when."""

import os
import signal
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from activities.common.database import Database
from activities.jobs.audit import AuditFilter, AuditLog
from tests.client import ServiceClient
from tests.faults.arena import Arena
from tests.faults.orders import Action
from tests.services.export.api_kit import token
from tests.services.export.erasure_kit import Left, give_content
from tests.services.export.kit import in_database, leftovers
from tests.waiting import eventually

pytestmark = pytest.mark.faults

OWN = "/api/export/owner"
SECONDS = 120.0


def caller(arena: Arena, owner: str) -> ServiceClient:
    settings = arena.stack.settings
    return ServiceClient(arena.stack.api, token(owner, secret=settings.jwt_secret))


def ask(client: ServiceClient) -> str:
    """Have everything erased, as often as the API has to be asked for it; the erasure's id."""

    def asked() -> str | None:
        try:
            response = client.http.delete(OWN)
        except httpx.TransportError:  # the API is started again
            return None
        found: dict[str, Any] = response.json()
        return found.get("erasure_id")

    return eventually(asked, SECONDS, pause=0.5)


def await_end(client: ServiceClient, erasure_id: str) -> None:
    def status() -> str | None:
        try:
            response = client.http.get(f"{OWN}/erasures/{erasure_id}")
        except httpx.TransportError:
            return None
        found: str | None = response.json().get("status")
        return found

    eventually(lambda: status() == "erased", SECONDS, pause=0.5)


def assert_nothing_left(arena: Arena, left: Left, job_ids: list[str]) -> None:
    found = in_database(arena.stack, lambda database: database.run(left.rows))
    assert not any(found.values()), found
    assert [leftovers(arena.stack, each) for each in job_ids] == [[]] * len(job_ids)

    async def named(database: Database) -> int:
        log = AuditLog(database)
        wanted = (AuditFilter(owner_id=left.owner_id), AuditFilter(actor=left.owner_id))
        return sum([len((await log.page(each, page=1, page_size=9)).entries) for each in wanted])

    assert in_database(arena.stack, named) == 0


@pytest.mark.parametrize(
    "point",
    [
        "erasure.asked",
        "erasure.taken",
        "erasure.begun",
        "erasure.room-emptied",
        "erasure.cancelled",
        "erasure.hidden",
        "erasure.files-removed",
        "erasure.removed",
        "erasure.pseudonymised",
        "erasure.completed",
    ],
)
def test_nothing_is_left_whatever_is_killed(arena: Arena, point: str) -> None:
    arena.begin()
    owner = f"owner-{uuid4().hex}"
    left = in_database(
        arena.stack, lambda database: database.run(lambda connection: Left(connection, owner))
    )
    ids = give_content(arena.stack, owner)
    with caller(arena, owner) as client:
        done = client.wait(client.export(ids, "json")["job_id"])
        going = client.export(ids, "slow")
        arena.orders.give(point, Action.KILL)
        erasure_id = ask(client)
        arena.orders.await_taken(point, SECONDS)
        await_end(client, erasure_id)
    assert_nothing_left(arena, left, [done["job_id"], going["job_id"]])


def test_an_export_that_publishes_meanwhile_leaves_no_file(arena: Arena) -> None:
    arena.begin()
    owner = f"owner-{uuid4().hex}"
    left = in_database(
        arena.stack, lambda database: database.run(lambda connection: Left(connection, owner))
    )
    ids = give_content(arena.stack, owner)
    with caller(arena, owner) as client, arena.second_worker():
        arena.orders.give("publish.in-place", Action.STOP)
        job_id = client.export(ids, "json")["job_id"]
        sleeper = arena.orders.await_taken("publish.in-place")
        try:
            await_end(client, ask(client))
        finally:
            os.kill(sleeper, signal.SIGCONT)
        eventually(lambda: leftovers(arena.stack, job_id) == [], SECONDS)
        time.sleep(2)  # and nothing comes back
    assert_nothing_left(arena, left, [job_id])
