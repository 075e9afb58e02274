"""For those who operate the service: its state, the jobs of all owners, the audit log."""

from datetime import UTC, datetime
from typing import Annotated

from litestar import Response, Router, delete, get, post
from litestar.params import Body, FromPath, FromQuery, QueryParameter

from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog
from activities.jobs.operator_queries import JobFilter
from activities.model.jobs import Status
from activities.model.problems import (
    ALREADY_ENDED,
    DATABASE_UNAVAILABLE,
    ERASURE_IN_PROGRESS,
    FORBIDDEN,
    KEYS_UNAVAILABLE,
    NOT_FOUND,
    NOT_RETRYABLE,
    UNAUTHENTICATED,
)
from web.auth.guards import ApiRequest, origin_of, requires
from web.auth.tokens import ADMIN
from web.http.departures import EndWithCaller
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
from web.routes.responses import ANY_CALL, problems, responses
from web.schemas.operators import OperatorJob, ServiceState
from web.schemas.page import Page
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.operators import Operators, check_filters
from web.services.paging import USUAL_PAGE_SIZE, PageCursor, PageNumber, PageSize, Paging

_PATH = "/api/export/admin"

_Owner = Annotated[str | None, QueryParameter(name="owner", description="Jobs of this owner.")]
_OperatorJobPage = Annotated[Page[OperatorJob], Body(schema_component_key="OperatorJobPage")]
_AuditPage = Annotated[Page[AuditEntry], Body(schema_component_key="AuditPage")]


@get(
    "/state",
    guards=[requires(ADMIN)],
    middleware=[EndWithCaller()],
    summary="Read the state of the service",
    responses=responses(200, ServiceState, "The state.", SERVICE_STATE)
    | problems(UNAUTHENTICATED, FORBIDDEN, KEYS_UNAVAILABLE, DATABASE_UNAVAILABLE),
)
async def get_state(operators: Service[Operators]) -> ServiceState:
    """Count jobs and failures; read storage, queues and what retention did last."""
    return await operators.state()


@get(
    "/jobs",
    guards=[requires(ADMIN)],
    middleware=[EndWithCaller()],
    summary="List the jobs of all owners",
    responses=responses(
        200,
        _OperatorJobPage,
        "One page.",
        [example("page", "One job", Page([FAILED_OPERATOR_JOB], 1, 20, 1, 1))],
    )
    | problems(*ANY_CALL),
)
async def list_all_jobs(
    request: ApiRequest,
    operators: Service[Operators],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    cursor: PageCursor = None,
    owner: _Owner = None,
    status: FromQuery[Status | None] = None,
    format_: Annotated[str | None, QueryParameter(name="format")] = None,
    reason: Annotated[
        str | None, QueryParameter(description="The code of the problem for which a job failed.")
    ] = None,
) -> Response[_OperatorJobPage]:
    """List jobs, newest first; `Link` leads to the other pages."""
    check_filters(owner=owner, format=format_, reason=reason)
    wanted = paging.page(page, page_size, cursor)
    listed = await operators.page(
        JobFilter(owner_id=owner, status=status, format=format_, reason=reason), wanted
    )
    filters = {
        "owner": owner,
        "status": status.value if status else None,
        "format": format_,
        "reason": reason,
    }
    return wanted.response(listed.entries, listed, f"{base_url(request)}{_PATH}/jobs", filters)


@get(
    "/jobs/{job_id:str}",
    guards=[requires(ADMIN)],
    summary="Read a job of any owner",
    responses=responses(200, OperatorJob, "The job.", OPERATOR_JOBS)
    | problems(*ANY_CALL, NOT_FOUND),
)
async def get_any_job(
    job_id: FromPath[str], job_access: Service[JobAccess], operators: Service[Operators]
) -> OperatorJob:
    """Read a job of any owner."""
    (response,) = await operators.with_work([await job_access.of_anybody(job_id)])
    return response


@delete(
    "/jobs/{job_id:str}",
    guards=[requires(ADMIN)],
    status_code=202,
    opt={"operation": "cancel"},
    summary="Cancel a job of any owner",
    responses=responses(202, OperatorJob, "The job.", CANCELLED_OPERATOR_JOB)
    | problems(*ANY_CALL, NOT_FOUND, ALREADY_ENDED),
)
async def cancel_any_job(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    operators: Service[Operators],
) -> OperatorJob:
    """Cancel a pending or processing job; cancelling again changes nothing."""
    job = await job_access.cancel(await job_access.of_anybody(job_id), origin_of(request))
    return operators.response(job)


@post(
    "/jobs/{job_id:str}/retry",
    guards=[requires(ADMIN)],
    status_code=202,
    opt={"operation": "retry"},
    summary="Retry a job of any owner",
    responses=responses(202, OperatorJob, "The new job.", RETRIED_OPERATOR_JOB)
    | problems(*ANY_CALL, NOT_FOUND, NOT_RETRYABLE, ERASURE_IN_PROGRESS),
)
async def retry_job(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    operators: Service[Operators],
) -> Response[OperatorJob]:
    """Make a new job of the same owner, content and options; a repeat gives the same new job."""
    made = await operators.retry(await job_access.of_anybody(job_id), origin_of(request))
    location = f"{base_url(request)}{_PATH}/jobs/{made.job_id}"
    return Response(operators.response(made), headers={"Location": location})


@get(
    "/audit",
    guards=[requires(ADMIN)],
    middleware=[EndWithCaller()],
    summary="Read the audit log",
    responses=responses(
        200,
        _AuditPage,
        "One page.",
        [example("page", "An export and its retry", Page(AUDIT_ENTRIES, 1, 20, 2, 1))],
    )
    | problems(*ANY_CALL),
)
async def read_audit_log(
    request: ApiRequest,
    audit_log: Service[AuditLog],
    paging: Service[Paging],
    page: PageNumber = 1,
    page_size: PageSize = USUAL_PAGE_SIZE,
    cursor: PageCursor = None,
    owner: _Owner = None,
    actor: Annotated[
        str | None, QueryParameter(description="What the subject of this token did.")
    ] = None,
    action: FromQuery[Action | None] = None,
    job: Annotated[str | None, QueryParameter(description="The id of a job.")] = None,
    from_: Annotated[
        datetime | None, QueryParameter(name="from", description="At this moment or later.")
    ] = None,
    to: Annotated[datetime | None, QueryParameter(description="Before it.")] = None,
) -> Response[_AuditPage]:
    """Read who did what to which export, newest first; `Link` leads to the other pages."""
    check_filters(owner=owner, actor=actor, job=job)
    since, until = _moment("from", from_), _moment("to", to)
    wanted = paging.page(page, page_size, cursor)
    listed = await audit_log.page(
        AuditFilter(
            owner_id=owner, actor=actor, action=action, job_id=job, since=since, until=until
        ),
        page=wanted.number,
        page_size=wanted.size,
        cursor=wanted.cursor,
    )
    filters = {
        "owner": owner,
        "actor": actor,
        "action": action.value if action else None,
        "job": job,
        "from": since.isoformat() if since else None,
        "to": until.isoformat() if until else None,
    }
    return wanted.response(listed.entries, listed, f"{base_url(request)}{_PATH}/audit", filters)


def _moment(name: str, given: datetime | None) -> datetime | None:
    """A moment in UTC, which is meant when no zone was given."""
    if given is None:
        return None
    try:
        return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    except OverflowError:
        raise invalid([FieldError(f"{name} is out of range.", parameter=name)]) from None


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
