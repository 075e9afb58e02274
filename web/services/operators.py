"""The view that operators have of the service, and their actions on the jobs of all owners."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar
from uuid import uuid4

import msgspec
from temporalio.client import Client

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import Origin
from activities.jobs.cached_counts import CachedReading
from activities.jobs.operator_queries import FailureCount, JobFilter, OperatorQueries
from activities.jobs.pages import Listed
from activities.jobs.records import JobRecords
from activities.model.job_formats import missing_formats
from activities.model.jobs import Job, NewJob
from activities.model.problems import NOT_RETRYABLE
from activities.storage.protocol import Storage, StorageUnavailableError
from activities.temporal.client import ANSWER_SECONDS, TemporalUnavailableError
from activities.temporal.pending_work import PendingWorks
from activities.temporal.state import read_queues, read_retention
from web.http.problems import FieldError, ProblemError, invalid
from web.schemas.operators import OperatorJob, ServiceState, StorageState, operator_job
from web.services.job_counts import JobCounts
from web.services.job_creator import JobCreator
from web.services.paging import RequestedPage

logger = get_logger(__name__)

T = TypeVar("T")

_LONGEST_FILTER = 255
_MOST_OPEN_SHOWN = 20


class Operators:
    """Lists and retries jobs of all owners, and tells the state of the service."""

    def __init__(
        self,
        records: JobRecords,
        queries: OperatorQueries,
        job_counts: JobCounts,
        creator: JobCreator,
        storage: Storage,
        client: Client,
        works: PendingWorks,
        *,
        temporal_ui_url: str,
        express: bool,
    ) -> None:
        """Take the collaborators; nothing is called yet.

        Args:
            records: the records of all jobs.
            queries: the queries that only operators make.
            job_counts: counts the jobs in each state.
            creator: makes the jobs that are put in the place of others.
            storage: the storage whose free space is shown.
            client: a Temporal client, which tells the length of the queues.
            works: tell what open jobs wait for.
            temporal_ui_url: the base URL of Temporal's web UI; empty when there is none to link to.
            express: True if small exports go to workers of their own.
        """
        self._records = records
        self._queries = queries
        self._failures = CachedReading(lambda: queries.failures(utc_now()))
        self._job_counts = job_counts
        self._creator = creator
        self._storage = storage
        self._client = client
        self._works = works
        self._temporal_ui_url = temporal_ui_url
        self._express = express

    def response(self, job: Job) -> OperatorJob:
        """The job as operators of this service see it."""
        return operator_job(job, self._temporal_ui_url, self._client.namespace)

    async def with_work(self, jobs: Sequence[Job]) -> list[OperatorJob]:
        """The jobs, and of those that have not ended what Temporal knows of them."""
        open_ids = [job.job_id for job in jobs if not job.status.ended]
        progressed, pending = await asyncio.gather(
            self._queries.last_progress(open_ids), self._works.of(open_ids)
        )
        return [
            msgspec.structs.replace(
                self.response(job),
                last_progress_at=progressed.get(job.job_id),
                pending=pending.get(job.job_id),
            )
            for job in jobs
        ]

    async def oldest_open(self) -> list[OperatorJob]:
        """Jobs that have their turn and have not ended, the oldest first."""
        return await self.with_work(await self._queries.oldest_open(_MOST_OPEN_SHOWN))

    async def page(self, wanted: JobFilter, page: RequestedPage) -> Listed[OperatorJob]:
        """The jobs on one page, newest first; see `Pages.read`."""
        listed = await self._queries.page(
            wanted, page=page.number, page_size=page.size, cursor=page.cursor
        )
        return Listed(await self.with_work(listed.entries), *listed[1:])

    async def failures(self) -> list[FailureCount]:
        """The number of jobs that failed in the last week, by reason, at most 5 s ago."""
        return await self._failures.get()

    async def state(self) -> ServiceState:
        """The state of the service; counts of jobs are at most 5 s old."""
        jobs, failures, queues, retention = await asyncio.gather(
            self._job_counts.by_status(),
            self.failures(),
            _unless_away(read_queues(self._client, express=self._express)),
            _unless_away(read_retention(self._client)),
        )
        report = retention.last_report if retention else None
        free, available = self._free_bytes()
        storage = StorageState(
            used_bytes=report.stored_bytes if report else None,
            files=report.stored_files if report else None,
            measured_at=report.walk.ended_at if report else None,
            free_bytes=free,
            available=available,
        )
        return ServiceState(jobs, failures, storage, queues, retention)

    def _free_bytes(self) -> tuple[int | None, bool]:
        """The bytes that are left, and whether storage could be asked: operators need the rest of
        the state most when it cannot.
        """
        try:
            return self._storage.free_bytes(), True
        except StorageUnavailableError:
            return None, False

    async def retry(self, job: Job, origin: Origin) -> Job:
        """Make a new job of the same owner with the same content and options.

        A job is retried once: asked again, this gives the new job as it is then. The owner's limits
        do not count, since it is not the owner who asks.

        Raises:
            ProblemError: the job has not ended, has its file, or nothing can make it any more.
        """
        if not self.response(job).retryable:
            raise ProblemError(NOT_RETRYABLE, f"The export is {job.status.value}.")
        for missing in missing_formats(job.format, job.options):
            raise ProblemError(NOT_RETRYABLE, f"The format {missing} is not installed any more.")
        # No caller can send this key: a header has no line break.
        key = f"retry\n{job.job_id}"
        new = NewJob(
            job_id=str(uuid4()),
            owner_id=job.owner_id,
            format=job.format,
            options=job.options,
            title=job.title,
            content_ids=await self._records.content_ids(job.job_id, job.owner_id),
            created_at=utc_now(),
            idempotency_key=key,
            retry_of=job.job_id,
            matched=job.matched,
            skipped=job.skipped,
            theme_sha256=job.theme_sha256,
            titles=job.titles,
        )
        made = await self._creator.create(new, origin)
        if made is None:
            earlier = await self._records.by_idempotency_key(job.owner_id, key)
            assert earlier is not None
            return earlier
        OPERATIONS.labels("retry", job.format, "accepted").inc()
        logger.info("export retried", job_id=made.job_id, of=job.job_id)
        return made


def check_filters(**filters: str | None) -> None:
    """Refuse what no row can hold, before a database does so with an error.

    Raises:
        ProblemError: a filter is too long, or has unprintable characters.
    """
    for name, value in filters.items():
        if value is not None and not (len(value) <= _LONGEST_FILTER and value.isprintable()):
            detail = f"{name} is at most {_LONGEST_FILTER} printable characters."
            raise invalid([FieldError(detail, parameter=name)])


async def _unless_away(call: Awaitable[T]) -> T | None:
    """The result of the call; None while Temporal does not respond."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await call
    except (TemporalUnavailableError, TimeoutError):
        return None
