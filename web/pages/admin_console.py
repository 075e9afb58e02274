"""The admin console: pages for those who operate the service."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from activities.common.clock import utc_now
from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog
from activities.jobs.operator_queries import JobFilter
from activities.model.catalog import formats
from activities.model.job_formats import bundle
from activities.model.jobs import Status
from web.auth.guards import ApiRequest, origin_of
from web.auth.tokens import ADMIN
from web.http.departures import EndWithCaller
from web.http.problems import FieldError, invalid
from web.pages.fields import Fields, query
from web.pages.jobs_shown import format_name
from web.pages.page import page
from web.pages.session import read_form, signed_in
from web.pages.wording import STATUS_LABELS
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.operators import Operators, check_filters
from web.services.paging import RequestedPage, page_count
from web.services.webhooks import Webhooks
from workflows.contracts import ABANDON, ASSEMBLE, FETCH, FREEZE_PICTURES, MAKE, RENDER

T = TypeVar("T", bound=StrEnum)

_PAGE_SIZE = 50
_MOST_PAGES = 1_000_000
_ACTION_LABELS = {
    Action.CREATED: "Started",
    Action.CANCELLED: "Cancelled",
    Action.RETRIED: "Retried",
    Action.DOWNLOADED: "Downloaded",
    Action.EXPIRED: "File expired",
    Action.REMOVED: "Record removed",
    Action.SIGNED_IN: "Signed in",
    Action.SIGNED_OUT: "Signed out",
    Action.LINK_MADE: "Sign-in link made",
    Action.WEBHOOK_CREATED: "Webhook added",
    Action.WEBHOOK_CHANGED: "Webhook changed",
    Action.WEBHOOK_ROTATED: "Webhook's secret renewed",
    Action.WEBHOOK_REMOVED: "Webhook removed",
    Action.WEBHOOK_DISABLED: "Webhook switched off",
}


_STEP_NAMES = {
    FETCH.name: "fetching",
    FREEZE_PICTURES.name: "fetching pictures",
    MAKE.name: "fetching and rendering",
    RENDER.name: "rendering",
    ASSEMBLE.name: "assembling",
    ABANDON.name: "cleaning up",
}


def step_name(step: str) -> str:
    """A step of the workflow, in words."""
    return _STEP_NAMES.get(step, "deciding what comes next")


class AuditRow(NamedTuple):
    """An entry of the audit log, in words."""

    entry: AuditEntry
    action: str
    actor: str
    """The subject of the token, or words when there is none."""
    is_person: bool


@get("/admin", guards=[signed_in(ADMIN)], middleware=[EndWithCaller()])
async def console_page(
    request: ApiRequest, operators: Service[Operators], webhooks: Service[Webhooks]
) -> Template:
    """Show the state of the service."""
    state, open_jobs, webhook_state = await asyncio.gather(
        operators.state(), operators.oldest_open(), webhooks.state()
    )
    return page(
        request,
        "admin_state.html",
        here="admin",
        section="state",
        state=state,
        open_jobs=open_jobs,
        webhooks=webhook_state,
        now=utc_now(),
        step_name=step_name,
        format_name=format_name,
        status_labels=STATUS_LABELS,
        query=query,
    )


@get("/admin/jobs", guards=[signed_in(ADMIN)], middleware=[EndWithCaller()])
async def jobs_page(request: ApiRequest, operators: Service[Operators]) -> Template:
    """List the jobs of all owners."""
    fields = Fields(request.scope["query_string"])
    chosen = {name: fields.one(name) for name in ("status", "owner", "format", "reason")}
    check_filters(**chosen)
    wanted = JobFilter(
        owner_id=chosen["owner"] or None,
        status=_choice(Status, "status", chosen["status"]),
        format=chosen["format"] or None,
        reason=chosen["reason"] or None,
    )
    number = fields.number("page", maximum=_MOST_PAGES)
    listed, failures = await asyncio.gather(
        operators.page(wanted, RequestedPage(number, _PAGE_SIZE, fields.one("cursor") or None)),
        operators.failures(),
    )
    reasons = [failure.reason for failure in failures]
    if chosen["reason"] and chosen["reason"] not in reasons:
        reasons.append(chosen["reason"])
    return page(
        request,
        "admin_jobs.html",
        here="admin",
        section="jobs",
        listed=listed,
        page=number,
        pages=max(page_count(listed.total, _PAGE_SIZE), 1),
        chosen=chosen,
        status_labels=STATUS_LABELS,
        formats=[*formats().values(), bundle()],
        format_name=format_name,
        reasons=reasons,
        query=query,
    )


@get("/admin/jobs/{job_id:str}", guards=[signed_in(ADMIN)])
async def job_page(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    operators: Service[Operators],
    audit_log: Service[AuditLog],
) -> Template:
    """Show one job, and what was done to it."""
    job = await job_access.of_anybody(job_id)
    (shown,) = await operators.with_work([job])
    listed = await audit_log.page(AuditFilter(job_id=job.job_id), page=1, page_size=_PAGE_SIZE)
    return page(
        request,
        "admin_job.html",
        here="admin",
        section="jobs",
        job=shown,
        now=utc_now(),
        step_name=step_name,
        format_name=format_name,
        status_labels=STATUS_LABELS,
        rows=_rows(listed.entries),
        query=query,
    )


@post("/admin/jobs/{job_id:str}/cancel", guards=[signed_in(ADMIN)])
async def cancel_any_job(
    request: ApiRequest, job_id: FromPath[str], job_access: Service[JobAccess]
) -> Redirect:
    """Cancel a job, and show what became of it."""
    await read_form(request)
    await job_access.cancel(await job_access.of_anybody(job_id), origin_of(request))
    return Redirect(f"/admin/jobs/{job_id}", status_code=303)


@post("/admin/jobs/{job_id:str}/retry", guards=[signed_in(ADMIN)])
async def retry_any_job(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    operators: Service[Operators],
) -> Redirect:
    """Put a new job in the place of one, and show it."""
    await read_form(request)
    made = await operators.retry(await job_access.of_anybody(job_id), origin_of(request))
    return Redirect(f"/admin/jobs/{made.job_id}", status_code=303)


@get("/admin/audit", guards=[signed_in(ADMIN)], middleware=[EndWithCaller()])
async def audit_page(request: ApiRequest, audit_log: Service[AuditLog]) -> Template:
    """Show who did what to which export."""
    fields = Fields(request.scope["query_string"])
    names = ("owner", "actor", "action", "job", "from", "to")
    chosen = {name: fields.one(name) for name in names}
    check_filters(**chosen)
    wanted = AuditFilter(
        owner_id=chosen["owner"] or None,
        actor=chosen["actor"] or None,
        action=_choice(Action, "action", chosen["action"]),
        job_id=chosen["job"] or None,
        since=_day("from", chosen["from"]),
        until=_end_of(_day("to", chosen["to"])),
    )
    number = fields.number("page", maximum=_MOST_PAGES)
    listed = await audit_log.page(
        wanted, page=number, page_size=_PAGE_SIZE, cursor=fields.one("cursor") or None
    )
    return page(
        request,
        "admin_audit.html",
        here="admin",
        section="audit",
        rows=_rows(listed.entries),
        listed=listed,
        page=number,
        pages=max(page_count(listed.total, _PAGE_SIZE), 1),
        chosen=chosen,
        action_labels=_ACTION_LABELS,
        query=query,
    )


def _rows(entries: list[AuditEntry]) -> list[AuditRow]:
    return [AuditRow(entry, _ACTION_LABELS[entry.action], *_actor_of(entry)) for entry in entries]


def _actor_of(entry: AuditEntry) -> tuple[str, bool]:
    if entry.actor is not None:
        return entry.actor, True
    if entry.action is Action.DOWNLOADED:
        return "by link", False
    return "the service", False


def _choice(kind: type[T], name: str, text: str) -> T | None:
    """The member of the enumeration that a field names."""
    try:
        return kind(text) if text else None
    except ValueError:
        raise invalid([FieldError(f"There is no such {name}.", parameter=name)]) from None


def _day(name: str, text: str) -> datetime | None:
    """The start, in UTC, of the day that a field names; None when the field is empty."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise invalid([FieldError(f"{name} is not a date.", parameter=name)]) from None
    return datetime.combine(day, time(), UTC) if day else None


def _end_of(day: datetime | None) -> datetime | None:
    """The end of a day that starts then; None for the last day that a datetime can hold."""
    return day + timedelta(days=1) if day and day.date() < date.max else None
