"""For those who operate the service: its state, the jobs of all owners, the audit log."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.params import QueryParameter

from activities.jobs.audit import Action, AuditEntry, AuditFilter
from activities.jobs.operator_queries import JobFilter
from activities.model.jobs import Job, Status
from activities.model.problems import (
    ALREADY_ENDED,
    DATABASE_UNAVAILABLE,
    FORBIDDEN,
    KEYS_UNAVAILABLE,
    NOT_FOUND,
    NOT_RETRYABLE,
    UNAUTHENTICATED,
)
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import ADMIN
from web.http.problems import FieldError, invalid
from web.http.urls import base_url
from web.routes.openapi_examples import (
    AUDIT_ENTRIES,
    CANCELLED_OPERATOR_JOB,
    FAILED_OPERATOR_JOB,
    OPERATOR_JOBS,
    RETRIED_OPERATOR_JOB,
    SERVICE_STATE,
    example,
)
from web.routes.paging import (
    USUAL_PAGE_SIZE,
    PageNumber,
    PageSize,
    allowed_page_size,
    page_count,
    page_headers,
)
from web.routes.responses import ANY_CALL, answers, problems
from web.services.job_access import any_job, cancel, check_filters, origin_of
from web.services.operators import OperatorJob, ServiceState, operator_job, retry, service_state
from web.services.resources import Resources

_PATH = "/api/export/admin"

_Owner = Annotated[str | None, QueryParameter(name="owner", description="Jobs of this owner.")]


class OperatorJobPage(msgspec.Struct, frozen=True):
    """One page of jobs, newest first."""

    items: list[OperatorJob]
    page: int
    page_size: int
    total: int
    """Of all pages; above a thousand it may be five seconds old."""
    pages: int


class AuditPage(msgspec.Struct, frozen=True):
    """One page of the audit log, newest first."""

    items: list[AuditEntry]
    page: int
    page_size: int
    total: int
    """Of all pages; above a thousand it may be five seconds old."""
    pages: int


@get(
    "/state",
    guards=[requires(ADMIN)],
    summary="Read the state of the service",
    responses=answers(200, ServiceState, "The state.", SERVICE_STATE)
    | problems(UNAUTHENTICATED, FORBIDDEN, KEYS_UNAVAILABLE, DATABASE_UNAVAILABLE),
)
async def get_state(request: ApiRequest) -> Response[ServiceState]:
    """Count jobs and failures; read storage, queues and what retention did last."""
    state = await service_state(request.app.state.resources)
    return Response(state, headers={"Cache-Control": "no-store"})


@get(
    "/jobs",
    guards=[requires(ADMIN)],
    summary="List the jobs of all owners",
    responses=answers(
        200,
        OperatorJobPage,
        "One page.",
        [example("page", "One job", OperatorJobPage([FAILED_OPERATOR_JOB], 1, 20, 1, 1))],
    )
    | problems(*ANY_CALL),
)
async def list_all_jobs(
    request: ApiRequest,
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    owner: _Owner = None,
    status: Status | None = None,
    format_: Annotated[str | None, QueryParameter(name="format")] = None,
    reason: Annotated[
        str | None, QueryParameter(description="The code of the problem for which a job failed.")
    ] = None,
) -> Response[OperatorJobPage]:
    """List jobs, newest first; `Link` leads to the other pages."""
    resources: Resources = request.app.state.resources
    check_filters(owner=owner, format=format_, reason=reason)
    page_size = allowed_page_size(resources, page_size)
    wanted = JobFilter(owner_id=owner, status=status, format=format_, reason=reason)
    jobs, total = await resources.oversight.page(wanted, page=page, page_size=page_size)
    pages = page_count(total, page_size)
    listed = [operator_job(resources, job) for job in jobs]
    query = {
        "owner": owner,
        "status": status.value if status else None,
        "format": format_,
        "reason": reason,
    }
    url = f"{base_url(request)}{_PATH}/jobs"
    return Response(
        OperatorJobPage(listed, page, page_size, total, pages),
        headers=page_headers(url, query, page=page, page_size=page_size, pages=pages),
    )


@get(
    "/jobs/{job_id:str}",
    guards=[requires(ADMIN)],
    summary="Read a job of any owner",
    responses=answers(200, OperatorJob, "The job.", OPERATOR_JOBS) | problems(*ANY_CALL, NOT_FOUND),
)
async def get_any_job(request: ApiRequest, job_id: str) -> Response[OperatorJob]:
    """Read a job."""
    return _answer(request, await any_job(request, job_id))


@delete(
    "/jobs/{job_id:str}",
    guards=[requires(ADMIN)],
    status_code=202,
    opt={"operation": "cancel"},
    summary="Cancel a job of any owner",
    responses=answers(202, OperatorJob, "The job.", CANCELLED_OPERATOR_JOB)
    | problems(*ANY_CALL, NOT_FOUND, ALREADY_ENDED),
)
async def cancel_any_job(request: ApiRequest, job_id: str) -> Response[OperatorJob]:
    """Cancel a pending or processing job; cancelling again changes nothing."""
    return _answer(request, await cancel(request, await any_job(request, job_id)), 202)


@post(
    "/jobs/{job_id:str}/retry",
    guards=[requires(ADMIN)],
    status_code=202,
    opt={"operation": "retry"},
    summary="Retry a job of any owner",
    responses=answers(202, OperatorJob, "The new job.", RETRIED_OPERATOR_JOB)
    | problems(*ANY_CALL, NOT_FOUND, NOT_RETRYABLE),
)
async def retry_job(request: ApiRequest, job_id: str) -> Response[OperatorJob]:
    """Make a new job of the same owner, content and options; a repeat gives the same new job."""
    resources: Resources = request.app.state.resources
    made = await retry(resources, await any_job(request, job_id), origin_of(request))
    answer = _answer(request, made, 202)
    answer.headers["Location"] = f"{base_url(request)}{_PATH}/jobs/{made.job_id}"
    return answer


@get(
    "/audit",
    guards=[requires(ADMIN)],
    summary="Read the audit log",
    responses=answers(
        200,
        AuditPage,
        "One page.",
        [example("page", "An export and its retry", AuditPage(AUDIT_ENTRIES, 1, 20, 2, 1))],
    )
    | problems(*ANY_CALL),
)
async def read_audit_log(
    request: ApiRequest,
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    owner: _Owner = None,
    actor: Annotated[
        str | None, QueryParameter(description="What the subject of this token did.")
    ] = None,
    action: Action | None = None,
    job: Annotated[str | None, QueryParameter(description="The id of a job.")] = None,
    from_: Annotated[
        datetime | None, QueryParameter(name="from", description="At this moment or later.")
    ] = None,
    to: Annotated[datetime | None, QueryParameter(description="Before it.")] = None,
) -> Response[AuditPage]:
    """Read who did what to which export, newest first; `Link` leads to the other pages."""
    resources: Resources = request.app.state.resources
    check_filters(owner=owner, actor=actor, job=job)
    since, until = _moment("from", from_), _moment("to", to)
    page_size = allowed_page_size(resources, page_size)
    wanted = AuditFilter(
        owner_id=owner, actor=actor, action=action, job_id=job, since=since, until=until
    )
    entries, total = await resources.audit.page(wanted, page=page, page_size=page_size)
    pages = page_count(total, page_size)
    query = {
        "owner": owner,
        "actor": actor,
        "action": action.value if action else None,
        "job": job,
        "from": since.isoformat() if since else None,
        "to": until.isoformat() if until else None,
    }
    url = f"{base_url(request)}{_PATH}/audit"
    return Response(
        AuditPage(entries, page, page_size, total, pages),
        headers=page_headers(url, query, page=page, page_size=page_size, pages=pages),
    )


def _moment(name: str, given: datetime | None) -> datetime | None:
    """A moment in UTC, which is meant when no zone was given."""
    if given is None:
        return None
    try:
        return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid([FieldError(f"{name} is out of range.", parameter=name)]) from None


def _answer(request: ApiRequest, job: Job, status_code: int = 200) -> Response[OperatorJob]:
    shown = operator_job(request.app.state.resources, job)
    return Response(shown, status_code=status_code, headers={"Cache-Control": "no-store"})


ROUTES = Router(
    _PATH,
    route_handlers=[
        get_state,
        list_all_jobs,
        get_any_job,
        cancel_any_job,
        retry_job,
        read_audit_log,
    ],
    tags=["operators"],
    security=[{"bearer": []}],
)
