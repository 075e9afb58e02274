"""Readiness says what is wrong in a sentence, and a full disk is told from one that is away."""

from typing import cast

import pytest
from temporalio.client import Client

from activities.common.database import Database
from activities.content.sql import SqlContent
from activities.jobs.write_check import WriteCheck
from activities.storage.protocol import LEAST_FREE_BYTES, Storage
from activities.temporal import client as temporal_client
from activities.temporal.client import TemporalUnavailableError
from web.services.health_checks import ComponentState, HealthChecks

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


class _Disk:
    """Storage that responds, on a disk with so much room."""

    def __init__(self, free: int | None) -> None:
        self._free = free

    async def check(self) -> None: ...

    def free_bytes(self) -> int | None:
        return self._free


async def states(
    database: Database, free: int | None, monkeypatch: pytest.MonkeyPatch
) -> dict[str, ComponentState]:
    async def away(_client: Client) -> None:
        raise TemporalUnavailableError("away")

    monkeypatch.setattr(temporal_client, "check", away)
    disk = cast("Storage", _Disk(free))
    checks = HealthChecks(
        WriteCheck(database), disk, SqlContent(database), cast("Client", object())
    )
    return await checks.states()


@pytest.mark.parametrize(
    ("free", "told"),
    [
        (3 * MIB + 1, ComponentState("full", "3 MiB are free; an export needs 16 MiB.")),
        (0, ComponentState("full", "0 MiB are free; an export needs 16 MiB.")),
        (LEAST_FREE_BYTES, ComponentState("ok")),
        (None, ComponentState("ok")),
    ],
)
async def test_storage_says_how_much_room_is_left_and_needed(
    database: Database, free: int | None, told: ComponentState, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = await states(database, free, monkeypatch)
    assert found["storage"] == told
    assert found["database"] == ComponentState("ok")
    assert found["temporal"] == ComponentState("unavailable", "Temporal does not respond.")
