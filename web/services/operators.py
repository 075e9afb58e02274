"""What those who operate the service see of it and do with the jobs of all owners.

They need no content for that: neither titles nor file names, files or links to them are shown.
"""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote
from uuid import uuid4

import msgspec

from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import OPERATIONS
from activities.jobs.audit import Origin
from activities.jobs.operator_queries import FailureCount
from activities.model.catalog import formats
from activities.model.jobs import Job, NewJob, Problem, Status
from activities.model.problems import NOT_RETRYABLE
from activities.temporal.client import TemporalUnavailableError
from activities.temporal.state import QueueState, RetentionState, read_queues, read_retention
from web.http.problems import ProblemError
from web.schemas.job import Progress, progress_of
from web.services.resources import Resources
from workflows.contracts import workflow_id

logger = get_logger(__name__)

T = TypeVar("T")

_PATIENCE_SECONDS = 3.0
_RETRYABLE = (Status.FAILED, Status.CANCELLED, Status.EXPIRED)


class OperatorJob(msgspec.Struct, frozen=True):
    """A job as operators see it. Times are RFC 3339 in UTC."""

    job_id: str
    owner_id: str
    status: Status
    format: str
    progress: Progress
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    cancel_requested_at: datetime | None
    file_size: int | None
    """Bytes."""
    error: Problem | None
    """Why the job failed."""
    warnings: int
    """How many the owner sees."""
    workflow_url: str | None
    """Of its workflow in Temporal's web UI; null when `EXPORT_TEMPORAL_UI_URL` is not set."""

    @property
    def cancellable(self) -> bool:
        """Whether it can be cancelled."""
        return not self.status.ended and self.cancel_requested_at is None

    @property
    def retryable(self) -> bool:
        """Whether another job may be put in its place."""
        return self.status in _RETRYABLE


class StorageState(msgspec.Struct, frozen=True):
    """What files take."""

    used_bytes: int | None
    """Of files and staging, when retention measured them last."""
    files: int | None
    measured_at: datetime | None
    free_bytes: int | None
    """Left on the disk now; null for an object store."""


class ServiceState(msgspec.Struct, frozen=True):
    """How the service is. What comes from Temporal is null while it does not answer."""

    jobs: dict[Status, int]
    """Of all owners, by state."""
    failures: list[FailureCount]
    """In the last week, by reason."""
    storage: StorageState
    queues: list[QueueState] | None
    retention: RetentionState | None


def operator_job(resources: Resources, job: Job) -> OperatorJob:
    """The job as operators of this service see it."""
    return operator_view(job, resources.settings.temporal_ui_url, resources.temporal.namespace)


def operator_view(job: Job, temporal_ui_url: str, namespace: str) -> OperatorJob:
    """The job without what is its owner's alone.

    Args:
        job: the record.
        temporal_ui_url: of Temporal's web UI; empty when there is none to link to.
        namespace: the one that the service works in.
    """
    workflows = f"{temporal_ui_url.rstrip('/')}/namespaces/{quote(namespace, safe='')}/workflows"
    return OperatorJob(
        job_id=job.job_id,
        owner_id=job.owner_id,
        status=job.status,
        format=job.format,
        progress=progress_of(job),
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        expires_at=job.expires_at,
        cancel_requested_at=job.cancel_requested_at,
        file_size=job.file_size,
        error=job.error,
        warnings=len(job.warnings),
        workflow_url=f"{workflows}/{workflow_id(job.job_id)}" if temporal_ui_url else None,
    )


async def service_state(resources: Resources) -> ServiceState:
    """How the service is at this moment."""
    now = utc_now()
    jobs, failures, queues, retention = await asyncio.gather(
        resources.records.count_by_status(),
        resources.oversight.failures(now),
        _unless_away(read_queues(resources.temporal)),
        _unless_away(read_retention(resources.temporal)),
    )
    report = retention.last_report if retention else None
    storage = StorageState(
        used_bytes=report.stored_bytes if report else None,
        files=report.stored_files if report else None,
        measured_at=retention.reported_at if retention else None,
        free_bytes=resources.storage.free_bytes(),
    )
    return ServiceState(jobs, failures, storage, queues, retention)


async def retry(resources: Resources, job: Job, origin: Origin) -> Job:
    """Make a new job of the same owner with the same content and options.

    A job is retried once: asked again, this gives the new job as it is then. The owner's limits do
    not count, since it is not the owner who asks.

    Raises:
        ProblemError: the job has not ended, has its file, or nothing can make it any more.
    """
    if job.status not in _RETRYABLE:
        raise ProblemError(NOT_RETRYABLE, f"The export is {job.status.value}.")
    if job.format not in formats():
        raise ProblemError(NOT_RETRYABLE, f"The format {job.format} is not installed any more.")
    # No caller can send this key: a header has no line break.
    key = f"retry\n{job.job_id}"
    new = NewJob(
        job_id=str(uuid4()),
        owner_id=job.owner_id,
        format=job.format,
        options=job.options,
        title=job.title,
        content_ids=await resources.records.content_ids(job.job_id, job.owner_id),
        created_at=utc_now(),
        idempotency_key=key,
        retry_of=job.job_id,
    )
    usage = await resources.records.usage(job.owner_id, new.created_at)
    immediately = resources.dispatcher.dispatches_immediately(usage.in_flight)
    made = await resources.records.create(new, origin=origin, dispatched_immediately=immediately)
    if made is None:
        made = await resources.records.by_idempotency_key(job.owner_id, key)
        assert made is not None
        return made
    await resources.dispatcher.start(made, dispatched_immediately=immediately)
    OPERATIONS.labels("retry", job.format, "accepted").inc()
    logger.info("export retried", job_id=made.job_id, of=job.job_id)
    return made


async def _unless_away(answer: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await answer
    except (TemporalUnavailableError, TimeoutError):
        return None
