"""Presigned download URLs of finished jobs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from activities.model.jobs import Job, has_file
from activities.storage import signatures
from web.http.urls import job_url


class Links:
    """Makes the signed links of finished jobs."""

    def __init__(self, keys: Sequence[bytes], lifetime: timedelta) -> None:
        self._keys = keys
        self._lifetime = lifetime

    def to_file(self, job: Job, base_url: str, now: datetime) -> tuple[str, datetime] | None:
        """A link to the job's file and when it ends; None when there is no file."""
        if not has_file(job, now):
            return None
        ends = min(now + self._lifetime, job.expires_at or datetime.max.replace(tzinfo=UTC))
        expires = int(ends.timestamp())
        signature = signatures.sign(self._keys, job.job_id, job.owner_id, job.sha256 or "", expires)
        # Neither has a character that a query would have to quote.
        query = f"expires={expires}&signature={signature}"
        url = f"{job_url(base_url, job.job_id)}/download?{query}"
        return url, datetime.fromtimestamp(expires, UTC)

    def allows(self, job: Job, *, expires: str, signature: str, now: datetime) -> bool:
        """Whether this link is one of ours for this job and still valid."""
        return job.sha256 is not None and signatures.verify(
            self._keys,
            signature,
            job_id=job.job_id,
            owner_id=job.owner_id,
            sha256=job.sha256,
            expires=expires,
            now=now.timestamp(),
        )
