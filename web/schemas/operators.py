"""Jobs and the service as operators see them.

They need no content for that: neither titles nor file names, files or links to them are shown.
"""

from datetime import datetime
from urllib.parse import quote

import msgspec

from activities.jobs.operator_queries import FailureCount
from activities.model.jobs import Job, Problem, Status
from activities.model.problems import RECORD_DAMAGED
from activities.temporal.pending_work import PendingWork
from activities.temporal.state import QueueState, RetentionState
from web.schemas.job import Progress, error_of, progress_of
from workflows.contracts import workflow_id

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
    """The size of the file in bytes."""
    error: Problem | None
    """Why the job failed, or why the file of a completed one is lost (`file-lost`), or that the
    record cannot be read (`record-damaged`)."""
    warnings: int
    """The number of warnings that the owner sees."""
    workflow_url: str | None
    """The URL of its workflow in Temporal's web UI; null when `EXPORT_TEMPORAL_UI_URL` is not set.
    """

    last_progress_at: datetime | None = None
    """When more of it was done than before, while it has not ended."""
    pending: PendingWork | None = None
    """The step that it is at, as Temporal knows it, while it has not ended; null while Temporal
    does not respond in time."""

    @property
    def cancellable(self) -> bool:
        """True if it can be cancelled."""
        return not self.status.ended and self.cancel_requested_at is None

    @property
    def retryable(self) -> bool:
        """True if another job may be put in its place."""
        if self.error is not None and self.error.code == RECORD_DAMAGED.code:
            return False  # nobody knows what it exported
        return self.status in _RETRYABLE or self.error is not None


class StorageState(msgspec.Struct, frozen=True):
    """The space that files take."""

    used_bytes: int | None
    """The bytes of files and staging, when retention last measured them."""
    files: int | None
    measured_at: datetime | None
    free_bytes: int | None
    """Left on the disk now; null for an object store, and for a disk that cannot be read."""
    available: bool = True
    """False while the directory of files cannot be read."""


class ServiceState(msgspec.Struct, frozen=True):
    """The state of the service. Fields from Temporal are null while it does not respond."""

    jobs: dict[Status, int]
    """The number of jobs of all owners in each state, at most 5 s ago."""
    failures: list[FailureCount]
    """The number of jobs that failed in the last week, by reason, at most 5 s ago."""
    storage: StorageState
    queues: list[QueueState] | None
    retention: RetentionState | None


def operator_job(job: Job, temporal_ui_url: str, namespace: str) -> OperatorJob:
    """The job without what is its owner's alone.

    Args:
        job: the record.
        temporal_ui_url: the base URL of Temporal's web UI; empty when there is none to link to.
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
        error=error_of(job),
        warnings=len(job.every_warning),
        workflow_url=f"{workflows}/{workflow_id(job.job_id)}" if temporal_ui_url else None,
    )
