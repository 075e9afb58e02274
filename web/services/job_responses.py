"""Jobs as their owners see them."""

from collections.abc import Sequence

from activities.common.clock import utc_now
from activities.model.jobs import Job
from web.schemas.job import NO_ESTIMATE, JobResponse, job_response
from web.services.job_estimates import JobEstimates
from web.services.job_watcher import JobState
from web.services.presigned_urls import PresignedUrls


class JobResponses:
    """Adds to a job's record what only this moment knows: its estimate and its download URL."""

    def __init__(self, estimates: JobEstimates, urls: PresignedUrls) -> None:
        self._estimates = estimates
        self._urls = urls

    async def of(self, jobs: Sequence[Job], base_url: str) -> list[JobResponse]:
        """The jobs in the same order; `base_url` is what absolute URLs begin with."""
        estimates = await self._estimates.of(jobs)
        now = utc_now()
        return [
            job_response(
                job,
                self._urls.to_file(job, base_url, now),
                estimate=estimates.get(job.job_id, NO_ESTIMATE),
            )
            for job in jobs
        ]

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
