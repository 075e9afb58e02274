"""Calls for operators, whose tokens have the scope `export:admin`."""

from datetime import datetime

from export_client.calls import Call, asked
from export_client.operator_model import AuditPage, OperatorJob, OperatorJobPage, ServiceState

_PATH = "/api/export/admin"


def admin_state() -> Call[ServiceState]:
    """Read the state of the service: jobs, failures, storage, queues and retention."""
    return Call("GET", f"{_PATH}/state", ServiceState)


def admin_jobs(
    page: int = 1,
    page_size: int = 20,
    *,
    owner: str | None = None,
    status: str | None = None,
    format_id: str | None = None,
    reason: str | None = None,
    cursor: str | None = None,
) -> Call[OperatorJobPage]:
    """Read one page of the jobs of all owners, newest first; `reason` is a problem's code."""
    query = asked(page=page, page_size=page_size, owner=owner, status=status, reason=reason)
    query |= asked(format=format_id, cursor=cursor)
    return Call("GET", f"{_PATH}/jobs", OperatorJobPage, query=query)


def admin_job(job_id: str) -> Call[OperatorJob]:
    """Read a job of any owner."""
    return Call("GET", f"{_PATH}/jobs/{job_id}", OperatorJob)


def admin_cancel(job_id: str) -> Call[OperatorJob]:
    """Cancel a job of any owner."""
    return Call("DELETE", f"{_PATH}/jobs/{job_id}", OperatorJob)


def admin_retry(job_id: str) -> Call[OperatorJob]:
    """Make a new job of the same owner, content and options; a repeat gives the same new job."""
    return Call("POST", f"{_PATH}/jobs/{job_id}/retry", OperatorJob)


def admin_audit(
    page: int = 1,
    page_size: int = 20,
    *,
    owner: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    job_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
) -> Call[AuditPage]:
    """Read one page of the audit log, newest first, from `since` on and before `until`."""
    query = asked(page=page, page_size=page_size, owner=owner, actor=actor, action=action)
    query |= asked(job=job_id, to=until, cursor=cursor, **{"from": since})
    return Call("GET", f"{_PATH}/audit", AuditPage, query=query)
