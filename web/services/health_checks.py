"""Checks that everything that an export needs can be reached."""

import asyncio
from collections.abc import Awaitable
from typing import Literal

from temporalio.client import Client

from activities.common.database import Database
from activities.common.log_floods import FloodGate
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.content.source import ContentSource
from activities.jobs.write_check import WriteCheck
from activities.storage.protocol import Storage
from activities.temporal import client as temporal

logger = get_logger(__name__)
# Probes need no token.
_gate = FloodGate(logger, "failed checks not logged", of_one=1)

_CHECK_SECONDS = 3.0

State = Literal["ok", "unavailable"]

COMPONENTS = ("database", "storage", "content", "temporal")
NEEDED = ("database", "storage")
"""Without these no request for an export is accepted. While one of the others is away, exports are
accepted and wait, so a process without it must go on getting requests."""


class HealthChecks:
    """Asks each component whether it can be used."""

    def __init__(
        self, database: Database, storage: Storage, content: ContentSource, client: Client
    ) -> None:
        self._writes = WriteCheck(database)
        self._storage = storage
        self._content = content
        self._client = client

    async def states(self) -> dict[str, State]:
        """The state of each of `COMPONENTS`; one that does not respond in 3 s is unavailable.

        The database is available if a row can be written.
        """
        checks: tuple[Awaitable[None], ...] = (
            self._writes.check(),
            self._storage.check(),
            self._content.check(),
            temporal.check(self._client),
        )
        states = await asyncio.gather(*map(_state, COMPONENTS, checks))
        return dict(zip(COMPONENTS, states, strict=True))


async def _state(name: str, check: Awaitable[None]) -> State:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the component is not usable
        if _gate.admits(name):
            logger.warning("not ready", component=name, cause=format_traceback(error))
        return "unavailable"
    return "ok"
