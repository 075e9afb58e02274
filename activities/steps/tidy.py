"""Tidying: all that retention does but reconciling, in one activity.

An activity of its own for each part would cost five times the events and the actions.
"""

from asyncio import sleep
from collections.abc import Awaitable, Callable
from typing import TypeVar

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.slices import SLICE
from activities.common.tracebacks import format_traceback
from activities.people.notifications import Notifications
from activities.steps.implements import implements
from activities.steps.retention import Retention
from activities.steps.retention_step import one_step
from activities.steps.sweep import Sweep
from activities.steps.webhook_upkeep import WebhookUpkeep
from workflows.contracts import (
    EXPIRE_FILES,
    REMOVE_RECORDS,
    SWEEP_STORAGE,
    TIDY,
    VERIFY_FILES,
    Swept,
    Tidied,
    Verified,
    Walk,
)
from workflows.policies import EXPIRING_AHEAD

T = TypeVar("T")

logger = get_logger(__name__)

_ATTEMPTS = 3
_WEBHOOKS = "webhooks"
_MAILS = "mails"


class Tidy:
    """The activity that tidies, with what does its parts."""

    def __init__(
        self,
        retention: Retention,
        sweep: Sweep,
        webhooks: WebhookUpkeep,
        sweep_schedules: Callable[[], Awaitable[int]],
        archives: Callable[[], Awaitable[int]],
        notifications: Notifications,
    ) -> None:
        self._retention = retention
        self._sweep = sweep
        self._webhooks = webhooks
        self._sweep_schedules = sweep_schedules
        self._archives = archives
        self._notifications = notifications

    @implements(TIDY)
    async def tidy(self, walk: Walk) -> Tidied:
        """Look after webhooks, expire, remove, sweep, verify, each whatever became of the others.

        Args:
            walk: the walk through all files as the run before left it.
        """
        failed = list[str]()

        async def part(name: str, work: Callable[[], Awaitable[T]], otherwise: T) -> T:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    return await work()
                except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                    logger.warning(
                        "part of retention failed",
                        part=name,
                        attempt=attempt,
                        cause=format_traceback(error),
                    )
                    if attempt < _ATTEMPTS:
                        await sleep(attempt)
            failed.append(name)
            return otherwise

        await part(_WEBHOOKS, self._webhooks.keep_up, 0)
        await part(_MAILS, self._announce_expiring, 0)
        expired = await part(EXPIRE_FILES.name, self._retention.expire_files, 0)
        removed = await part(REMOVE_RECORDS.name, self._retention.remove_records, 0)

        async def sweep() -> Swept | None:
            return await self._sweep.sweep_storage(walk)

        swept = await part(SWEEP_STORAGE.name, sweep, None)
        verified = await part(VERIFY_FILES.name, self._retention.verify_files, Verified(0, 0))
        await part("sweep_schedules", self._sweep_schedules, 0)
        await part("archives", self._archives, 0)
        return Tidied(expired, removed, swept, verified, failed)

    async def _announce_expiring(self) -> int:
        """Have owners who want it told of files that end soon; returns of how many."""
        told = 0
        async with one_step() as pace:
            while not pace.is_over:
                announced = await pace.write(
                    self._notifications.announce_expiring(utc_now(), EXPIRING_AHEAD, SLICE)
                )
                told += announced
                if announced < SLICE:
                    break
        return told
