"""The responses to calls for operators. Fields that a newer API adds are ignored."""

from datetime import datetime
from typing import Any

import msgspec

from export_client.model import Listed, Problem, Progress


class OperatorJob(msgspec.Struct, frozen=True):
    """A job as operators see it. Times are in UTC."""

    job_id: str
    owner_id: str
    status: str
    format: str
    progress: Progress
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    file_size: int | None = None
    """The size of the file in bytes."""
    error: Problem | None = None
    warnings: int = 0
    """The number of warnings that the owner sees."""
    workflow_url: str | None = None
    """The URL of its workflow in Temporal's web UI."""
    last_progress_at: datetime | None = None
    pending: dict[str, Any] | None = None
    """The step that it is at, as Temporal knows it."""


class OperatorJobPage(Listed, frozen=True, kw_only=True):
    """One page of jobs of all owners, newest first."""

    items: list[OperatorJob]


class ServiceState(msgspec.Struct, frozen=True):
    """The state of the service. What is Temporal's is None while it does not respond."""

    jobs: dict[str, int]
    """The number of jobs in each state."""
    failures: list[dict[str, Any]] = []
    storage: dict[str, Any] = {}
    queues: list[dict[str, Any]] | None = None
    retention: dict[str, Any] | None = None


class AuditEntry(msgspec.Struct, frozen=True):
    """One entry of the audit log."""

    id: int
    at: datetime
    action: str
    actor: str | None = None
    """The subject of the token; None for what the service does by itself."""
    owner_id: str | None = None
    job_id: str | None = None
    related_job_id: str | None = None
    format: str | None = None
    items: int | None = None
    request_id: str | None = None
    link: str | None = None
    """The presigned URL that was used, by the first digits of its signature."""


class AuditPage(Listed, frozen=True, kw_only=True):
    """One page of the audit log, newest first."""

    items: list[AuditEntry]
