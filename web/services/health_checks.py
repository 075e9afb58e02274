"""Checks that everything that an export needs can be reached."""

import asyncio
from collections.abc import Awaitable
from typing import Literal, NamedTuple

from temporalio.client import Client

from activities.common.database import LOCK_SECONDS
from activities.common.database_faults import SENTENCES, database_fault
from activities.common.log_floods import FloodGate
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.content.source import ContentSource
from activities.jobs.write_check import WriteCheck
from activities.storage.protocol import LEAST_FREE_BYTES, Storage
from activities.temporal import client as temporal

logger = get_logger(__name__)
# Probes need no token.
_gate = FloodGate(logger, "failed checks not logged", of_one=1)

# So that a database that is locked is told from one that does not answer.
_CHECK_SECONDS = LOCK_SECONDS + 1.0
_MIB = 1024 * 1024

State = Literal["ok", "full", "unavailable"]
"""`full`: it responds, and has no room for another export."""

COMPONENTS = ("database", "storage", "content", "temporal")
_UNUSABLE = {
    "database": "It cannot be used; the log says why.",
    "storage": "It cannot be reached or written.",
    "content": "The content source does not respond.",
    "temporal": "Temporal does not respond.",
}
NEEDED = ("database", "storage")
"""Without these no request for an export is accepted. While one of the others is away, exports are
accepted and wait, so a process without it must go on getting requests."""


class ComponentState(NamedTuple):
    """The state of a component, and in a sentence what is wrong with it."""

    state: State
    detail: str = ""


class NoRoomError(Exception):
    """Storage has no room for another export; the message says how much there is."""


class HealthChecks:
    """Asks each component whether it can be used."""

    def __init__(
        self, writes: WriteCheck, storage: Storage, content: ContentSource, client: Client
    ) -> None:
        self._writes = writes
        self._storage = storage
        self._content = content
        self._client = client
        self.is_leaving = False
        """True once the process was told to stop."""

    def leave(self) -> None:
        """Be ready no more: the process takes requests only until balancers have noticed."""
        self.is_leaving = True

    async def states(self) -> dict[str, ComponentState]:
        """The state of each of `COMPONENTS`; one that does not respond in 5 s is unavailable,
        Temporal sooner.

        The database is available if a row can be written.
        """
        checks: tuple[Awaitable[None], ...] = (
            self._writes.check(),
            self._check_storage(),
            self._content.check(),
            temporal.check(self._client),
        )
        states = await asyncio.gather(*map(_state, COMPONENTS, checks))
        return dict(zip(COMPONENTS, states, strict=True))

    async def _check_storage(self) -> None:
        await self._storage.check()
        free = self._storage.free_bytes()
        if free is not None and free < LEAST_FREE_BYTES:
            needed = LEAST_FREE_BYTES // _MIB
            raise NoRoomError(f"{free // _MIB} MiB are free; an export needs {needed} MiB.")


async def _state(name: str, check: Awaitable[None]) -> ComponentState:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check
    except NoRoomError as error:
        return ComponentState("full", str(error))
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the component is not usable
        fault = database_fault(error)
        if _gate.admits(name):
            logger.warning(
                "not ready", component=name, database=fault, cause=format_traceback(error)
            )
        if isinstance(error, TimeoutError):
            return ComponentState("unavailable", f"No answer in {_CHECK_SECONDS:.0f} s.")
        return ComponentState("unavailable", SENTENCES[fault] if fault else _UNUSABLE[name])
    return ComponentState("ok")
