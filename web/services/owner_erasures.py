"""Erasing everything of an owner, as they and operators ask for it."""

from collections.abc import Sequence

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import Origin
from activities.people.erasures import Erasure, Erasures
from activities.people.pseudonyms import pseudonyms_of
from web.http.problems import FieldError, invalid, not_found
from web.http.urls import is_job_id

logger = get_logger(__name__)

_LONGEST_OWNER = 1_024


class OwnerErasures:
    """Has owners erased, and tells how far that is. What does it are workers."""

    def __init__(self, erasures: Erasures, keys: Sequence[bytes]) -> None:
        """Take the erasures, and the keys of pseudonyms: the first makes new ones."""
        self._erasures = erasures
        self._keys = keys

    async def ask_for(self, owner_id: str, origin: Origin) -> Erasure:
        """Have everything of an owner erased; again meanwhile: the one that is under way.

        Raises:
            ProblemError: no owner can be called so.
        """
        if not owner_id.strip() or len(owner_id) > _LONGEST_OWNER or "\0" in owner_id:
            raise invalid([FieldError("Name an owner.", parameter="owner")])
        asked = await self._erasures.ask_for(
            owner_id, pseudonyms_of(owner_id, self._keys), utc_now(), origin
        )
        OPERATIONS.labels("erase", "all", "accepted").inc()
        logger.info("erasure requested", erasure_id=asked.erasure_id)
        return asked

    async def of_owner(self, owner_id: str, erasure_id: str) -> Erasure:
        """An owner's erasure, also once it is completed.

        Raises:
            ProblemError: there is none, or it is another owner's, which looks the same.
        """
        found = await self.by_id(erasure_id)
        if found.pseudonym not in pseudonyms_of(owner_id, self._keys):
            raise not_found()
        return found

    async def by_id(self, erasure_id: str) -> Erasure:
        """The erasure of this id, whoever's it is.

        Raises:
            ProblemError: there is none.
        """
        found = await self._erasures.get(erasure_id) if is_job_id(erasure_id) else None
        if found is None:
            raise not_found()
        return found

    async def newest(self, limit: int) -> list[Erasure]:
        """Erasures of all owners, the newest first."""
        return await self._erasures.newest(limit)
