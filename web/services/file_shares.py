"""What owners do with shares of their files, by the API or by the pages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import UNSET

from activities.common.clock import utc_now
from activities.common.metrics import OPERATIONS, SHARES
from activities.jobs.audit import Origin
from activities.jobs.pages import Listed
from activities.model.jobs import Job
from activities.model.problems import EXPIRED, NOT_READY, SHARE_ENDED, SHARE_LIMIT, SHARING_OFF
from activities.people.share_codes import code_of, is_share_id, new_share_id
from activities.people.shares import (
    MOST_OF_A_FILE,
    NoFileToShareError,
    Share,
    Shares,
    ShareTerms,
    TooManySharesError,
)
from web.http.problems import FieldError, ProblemError, invalid, not_found
from web.schemas.shares import ChangeShareRequest, ShareRequest, ShareResponse, share_response
from web.services.one_line_names import one_line_name
from web.services.owner_usage import OwnerUsage
from web.services.paging import RequestedPage

USUAL_LIFE = timedelta(days=7)
"""How long a share lasts whose owner does not say."""


class FileShares:
    """The shares of those who call. What is another owner's looks like what does not exist."""

    def __init__(
        self, shares: Shares, usage: OwnerUsage, keys: Sequence[bytes], max_days: float
    ) -> None:
        """Take what shares are made with.

        Args:
            shares: their records.
            usage: the room that owners have.
            keys: the first makes links, all open them.
            max_days: days for which a share may last; 0: nothing is shared.
        """
        self._shares = shares
        self._usage = usage
        self._keys = keys
        self._longest = timedelta(days=max_days)

    @property
    def longest(self) -> timedelta:
        """How long a share may last; nothing: files are not shared."""
        return self._longest

    @property
    def usual_life(self) -> timedelta:
        """How long a share lasts whose owner does not say."""
        return min(USUAL_LIFE, self._longest)

    async def make(self, job: Job, body: ShareRequest, base: str, origin: Origin) -> ShareResponse:
        """Share the file of a job; it is kept as long as the share lasts.

        Args:
            job: the caller's.
            body: how it is to be shared.
            base: the URL of the service.
            origin: the caller and the request, for the audit log.

        Raises:
            ProblemError: there is no file, it has as many shares as it may have, the end is past
                or too far away, or nothing is shared here.
        """
        if not self._longest:
            raise ProblemError(SHARING_OFF)
        await self._usage.check(job.owner_id)
        now = utc_now()
        terms = ShareTerms(
            one_line_name(body.name, may_be_empty=True),
            self._checked_end(body.expires_at or now + self.usual_life, now),
            body.max_downloads,
        )
        try:
            share = await self._shares.make(
                new_share_id(), job.job_id, job.owner_id, terms, now, origin
            )
        except NoFileToShareError:
            raise _no_file(job) from None
        except TooManySharesError:
            detail = f"A file has at most {MOST_OF_A_FILE} links that have not ended."
            raise ProblemError(SHARE_LIMIT, detail) from None
        OPERATIONS.labels("share", job.format, "accepted").inc()
        SHARES.labels("made").inc()
        return self._response(share, base)

    async def page(
        self, owner_id: str, wanted: RequestedPage, base: str, job_id: str | None = None
    ) -> tuple[list[ShareResponse], Listed[Share]]:
        """One page of an owner's shares, of one job or of all, newest first."""
        listed = await self._shares.page(
            owner_id,
            job_id=job_id,
            page=wanted.number,
            page_size=wanted.size,
            cursor=wanted.cursor,
        )
        return [self._response(share, base) for share in listed.entries], listed

    async def change(
        self, owner_id: str, share_id: str, body: ChangeShareRequest, base: str
    ) -> ShareResponse:
        """Give a share other terms; one that is used up or expired is active again by them.

        Raises:
            ProblemError: there is no such share, it was revoked, the file is gone, or the end is
                past or too far away.
        """
        share = await self._of(owner_id, share_id)
        now = utc_now()
        end = share.expires_at
        if body.expires_at is not UNSET:
            end = self._checked_end(body.expires_at, now)
        terms = ShareTerms(
            share.name if body.name is UNSET else one_line_name(body.name, may_be_empty=True),
            end,
            share.max_downloads if body.max_downloads is UNSET else body.max_downloads,
        )
        try:
            changed = await self._shares.change(share, terms, now)
        except NoFileToShareError:
            raise ProblemError(EXPIRED) from None
        if changed is None:
            raise ProblemError(SHARE_ENDED, "The link was ended, which nothing undoes.")
        return self._response(changed, base)

    async def revoke(self, owner_id: str, share_id: str, origin: Origin) -> str:
        """End a share at once; ending it again changes nothing. Returns whose job's it is.

        Raises:
            ProblemError: there is no such share.
        """
        share = await self._of(owner_id, share_id)
        if await self._shares.revoke(share_id, owner_id, utc_now(), origin):
            SHARES.labels("revoked").inc()
        return share.job_id

    async def _of(self, owner_id: str, share_id: str) -> Share:
        found = None
        if is_share_id(share_id):
            found = await self._shares.of_owner(share_id, owner_id)
        if found is None:
            raise not_found()
        return found

    def _checked_end(self, end: datetime, now: datetime) -> datetime:
        # Compared before it is put in UTC, where years 1 and 9999 may have no such moment.
        if end <= now:
            detail = "expires_at: Give a moment that is still to come."
        elif end > now + self._longest:
            detail = f"expires_at: A link lasts {_days(self._longest)} at most."
        else:
            return end.astimezone(UTC)
        raise invalid([FieldError(detail, pointer="/expires_at")])

    def _response(self, share: Share, base: str) -> ShareResponse:
        url = f"{base}/s/{code_of(share.share_id, self._keys)}"
        return share_response(share, url, utc_now())


def _no_file(job: Job) -> ProblemError:
    if job.status.ended:
        return ProblemError(EXPIRED, "The export has no file that could be shared.")
    return ProblemError(NOT_READY, f"The export is {job.status.value}; share it when it is ready.")


def _days(life: timedelta) -> str:
    days = life / timedelta(days=1)
    return "1 day" if days == 1 else f"{days:g} days"
