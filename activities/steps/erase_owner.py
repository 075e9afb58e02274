"""erase_owner: everything of one owner goes, and the audit log keeps a pseudonym.

It may break off anywhere: the next attempt finds what is left, by the row that asks for it.
"""

import asyncio
from collections.abc import Sequence

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.jobs.owner_jobs import OwnerJobs
from activities.people.erasures import Erasure, Erasures
from activities.steps.erasure_rooms import Room
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from activities.steps.owner_exports import OwnerExports
from workflows.contracts import ERASE_OWNER, Erased, ErasureTask
from workflows.policies import ERASURE_SETTLES

logger = get_logger(__name__)


class EraseOwner:
    """The activity that erases owners, with what it needs."""

    def __init__(
        self,
        erasures: Erasures,
        rooms: Sequence[Room],
        exports: OwnerExports,
        jobs: OwnerJobs,
    ) -> None:
        self._erasures = erasures
        self._rooms = rooms
        self._exports = exports
        self._jobs = jobs

    @implements(ERASE_OWNER)
    async def erase_owner(self, task: ErasureTask) -> Erased:
        """Erase what is left of the owner, whom the erasure's row names."""
        async with heartbeats():
            erasure = await self._erasures.begin(task.erasure_id, utc_now())
            if erasure is None:
                return Erased(0)
            exports = await self._pass(erasure)
            # What had begun before the owner's rows were refused is there by then.
            settled = erasure.requested_at + ERASURE_SETTLES
            await asyncio.sleep(max((settled - utc_now()).total_seconds(), 0))
            exports += await self._pass(erasure)
            await self._jobs.remove_late()
            await self._erasures.pseudonymise(erasure)
            await self._erasures.complete(erasure, utc_now())
            logger.info("owner erased", erasure_id=erasure.erasure_id, exports=exports)
            return Erased(exports)

    async def _pass(self, erasure: Erasure) -> int:
        """Erase all that there is now; returns how many exports that were."""
        owner_id = erasure.owner_id
        assert owner_id is not None
        for room in self._rooms:
            await room.delete_all_of(owner_id)
        await self._exports.end_all(owner_id)
        exports = 0
        while erased := await self._exports.erase_some(owner_id):
            await self._erasures.count(erasure.erasure_id, erased)
            exports += erased
        return exports
