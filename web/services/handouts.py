"""What others get by the links of shares.

Whoever asks is told alike that there is no such link, whether nobody made it or somebody forged it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from activities.common.clock import utc_now
from activities.common.metrics import SHARES
from activities.jobs.records import JobRecords
from activities.model.jobs import Job, has_file
from activities.model.problems import LIMIT_REACHED, SHARE_ENDED
from activities.people.share_codes import share_id_of
from activities.people.shares import Share, Shares, ShareState
from web.http.miss_limit import MissLimit
from web.http.problems import ProblemError, not_found, retry_after
from web.http.sealed_cookies import seal, unseal

FREE_FOR = timedelta(days=1)
"""How long whoever was counted may fetch the file again."""

_PURPOSE = "download by share"
_MISS_RETRY_SECONDS = 60


class Handout(NamedTuple):
    """A share that gives its file away now."""

    share: Share
    job: Job
    is_counted: bool
    """True if whoever asks was counted already."""


class _Counted(msgspec.Struct, frozen=True):
    """The value of the cookie of somebody who was counted."""

    share_id: str
    until: datetime


class Handouts:
    """Finds what a code gives, and counts."""

    def __init__(
        self, shares: Shares, records: JobRecords, keys: Sequence[bytes], *, enabled: bool
    ) -> None:
        """Take what codes are checked with.

        Args:
            shares: the records of shares.
            records: those of jobs.
            keys: that make codes and cookies; all count.
            enabled: False: no link gives anything.
        """
        self._shares = shares
        self._records = records
        self._keys = keys
        self._enabled = enabled
        self._misses = MissLimit()

    async def find(self, code: str, cookie: str, network: str) -> Handout:
        """What the link of a code gives at this moment.

        Args:
            code: as it stands in the link.
            cookie: the value that `cookie_for` gave; empty: there is none.
            network: of the caller, whose misses are counted.

        Raises:
            ProblemError: there is no such link, it has ended, or the caller has tried too many.
        """
        share_id = share_id_of(code, self._keys)
        share = await self._shares.get(share_id) if share_id is not None else None
        if share is None:
            SHARES.labels("missed").inc()
            if not self._misses.admits(network):
                detail = "Too many links that there are not. Wait a minute."
                raise retry_after(LIMIT_REACHED, detail, _MISS_RETRY_SECONDS)
            raise not_found()
        now = utc_now()
        state = share.state(now)
        if not self._enabled:
            state = ShareState.REVOKED
        counted = unseal(cookie, _Counted, _PURPOSE, self._keys) if cookie else None
        is_counted = (
            counted is not None and counted.share_id == share.share_id and now < counted.until
        )
        if state is not ShareState.ACTIVE and not (state is ShareState.USED_UP and is_counted):
            raise _ended(state)
        job = await self._records.get(share.job_id)
        if job is None or (not has_file(job, now) and job.file_lost_at is None):
            raise _ended(ShareState.REVOKED)
        return Handout(share, job, is_counted)

    async def count(self, found: Handout) -> None:
        """Count a download by somebody who was not counted yet.

        Raises:
            ProblemError: others were faster, or the share has ended meanwhile.
        """
        if found.is_counted:
            SHARES.labels("again").inc()
            return
        now = utc_now()
        if not await self._shares.count(found.share.share_id, now):
            share = await self._shares.get(found.share.share_id)
            raise _ended(share.state(now) if share else ShareState.REVOKED)
        SHARES.labels("used").inc()

    def cookie_for(self, share: Share) -> str:
        """The value by which a browser shows that it was counted."""
        return seal(_Counted(share.share_id, utc_now() + FREE_FOR), _PURPOSE, self._keys)


def _ended(state: ShareState) -> ProblemError:
    SHARES.labels("ended").inc()
    return ProblemError(SHARE_ENDED, _ended_detail(state))


def _ended_detail(state: ShareState) -> str:
    if state is ShareState.EXPIRED:
        return "This link was for a time, which is over."
    if state is ShareState.USED_UP:
        return "This link was for a number of downloads, which have all been used."
    return "Whoever shared the file has ended this link, or removed the file."
