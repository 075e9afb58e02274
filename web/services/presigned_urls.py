"""Presigned download URLs of finished jobs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from activities.model.jobs import Job, has_file
from activities.storage import signatures
from web.http.urls import job_url
from web.schemas.job import DownloadUrl

_STEPS = 100
_LONGEST_STEP = 600


class PresignedUrls:
    """Signs the download URLs of finished jobs, and verifies them."""

    def __init__(self, keys: Sequence[bytes], lifetime: timedelta) -> None:
        """Take the keys and the lifetime.

        Args:
            keys: the first signs, all verify.
            lifetime: the time for which each URL is valid, unless its file is removed earlier.
        """
        self._keys = keys
        self._lifetime = lifetime
        self._step = max(1, min(_LONGEST_STEP, int(lifetime.total_seconds()) // _STEPS))

    def to_file(
        self, job: Job, base_url: str, now: datetime, *, steady: bool = False
    ) -> DownloadUrl | None:
        """A URL of the job's file; None when there is no file at this moment.

        Those that are `steady` stay the same for a hundredth of the lifetime, ten minutes at most,
        and are valid for up to so much less.
        """
        expires = self._expires(job, now, steady=steady)
        if expires is None:
            return None
        signature = signatures.sign(self._keys, job.job_id, job.owner_id, job.sha256 or "", expires)
        # Neither has a character that a query would have to quote.
        query = f"expires={expires}&signature={signature}"
        url = f"{job_url(base_url, job.job_id)}/download?{query}"
        return DownloadUrl(url, datetime.fromtimestamp(expires, UTC))

    def step(self, now: datetime) -> int:
        """A number that stays the same while steady URLs do, but for those of files that end."""
        return int((now + self._lifetime).timestamp() // self._step)

    def _expires(self, job: Job, now: datetime, *, steady: bool) -> int | None:
        if not has_file(job, now):
            return None
        ends = self.step(now) * self._step if steady else int((now + self._lifetime).timestamp())
        return ends if job.expires_at is None else min(ends, int(job.expires_at.timestamp()))

    def allows(self, job: Job, *, expires: str, signature: str, now: datetime) -> bool:
        """True if these query parameters are of a URL that was signed for this job and has not
        expired.
        """
        return job.sha256 is not None and signatures.verify(
            self._keys,
            signature,
            job_id=job.job_id,
            owner_id=job.owner_id,
            sha256=job.sha256,
            expires=expires,
            now=now.timestamp(),
        )
