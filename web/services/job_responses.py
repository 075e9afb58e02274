"""Jobs as their owners see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from activities.common.clock import utc_now
from activities.model.jobs import Job, has_file
from web.schemas.job import NO_ESTIMATE, JobResponse, job_response
from web.services.job_estimates import JobEstimates
from web.services.job_watcher import JobState
from web.services.presigned_urls import PresignedUrls

# Some 2 kB each.
_KEPT = 2_000


class _Written(NamedTuple):
    job: Job
    """The object itself: it stays the same while nothing of the job changes (`ended_jobs`)."""
    step: int
    """Of its URL; see `PresignedUrls.step`."""
    has_file: bool
    text: msgspec.Raw


class JobResponses:
    """Adds to a job's record what only this moment knows: its estimate and its download URL."""

    def __init__(self, estimates: JobEstimates, urls: PresignedUrls) -> None:
        self._estimates = estimates
        self._urls = urls
        self._written: dict[tuple[str, str], _Written] = {}

    async def of(self, jobs: Sequence[Job], base_url: str) -> list[JobResponse]:
        """The jobs in the same order; `base_url` is what absolute URLs begin with."""
        return await self._made(jobs, base_url, utc_now())

    async def _made(
        self, jobs: Sequence[Job], base_url: str, now: datetime, *, steady: bool = False
    ) -> list[JobResponse]:
        estimates = await self._estimates.of(jobs)
        return [
            job_response(
                job,
                self._urls.to_file(job, base_url, now, steady=steady),
                estimate=estimates.get(job.job_id, NO_ESTIMATE),
            )
            for job in jobs
        ]

    async def as_json(self, jobs: Sequence[Job], base_url: str) -> list[msgspec.Raw]:
        """The same as JSON, which is written anew only when a job or its URL is another.

        The URLs are steady ones.
        """
        now = utc_now()
        step = self._urls.step(now)
        written = {job.job_id: self._known(job, base_url, now, step) for job in jobs}
        missing = [job for job in jobs if written[job.job_id] is None]
        made = await self._made(missing, base_url, now, steady=True)
        for job, response in zip(missing, made, strict=True):
            text = msgspec.Raw(msgspec.json.encode(response))
            written[job.job_id] = text
            if job.status.ended:
                self._keep(base_url, _Written(job, step, has_file(job, now), text))
        return [text for text in written.values() if text is not None]

    def _known(self, job: Job, base_url: str, now: datetime, step: int) -> msgspec.Raw | None:
        known = self._written.get((job.job_id, base_url))
        if known is None or known.job is not job or known.step != step:
            return None
        return known.text if known.has_file == has_file(job, now) else None

    def _keep(self, base_url: str, written: _Written) -> None:
        if len(self._written) >= _KEPT:
            self._written.clear()
        self._written[written.job.job_id, base_url] = written

    async def one(self, job: Job, base_url: str) -> JobResponse:
        """One job; see `of`."""
        (response,) = await self.of([job], base_url)
        return response

    def at(self, state: JobState, base_url: str) -> JobResponse:
        """A job that is watched, as it was seen last; see `of`."""
        return job_response(
            state.job,
            self._urls.to_file(state.job, base_url, utc_now()),
            estimate=state.estimate,
            progress=state.progress,
        )
