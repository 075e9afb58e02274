"""The admin console: pages for those who operate the service."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from activities.automation.failed_messages import WEBHOOK, FailedMessages
from activities.common.clock import utc_now
from activities.jobs.audit import Action, AuditEntry, AuditFilter, AuditLog
from activities.jobs.job_table import DELIVERY
from activities.jobs.operator_queries import JobFilter
from activities.jobs.sendings import MAIL
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
from web.pages.wording import status_labels
from web.pages.words import N_, _
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.operators import Operators, check_filters
from web.services.paging import RequestedPage, page_count
from web.services.webhooks import Webhooks
from workflows.contracts import ABANDON, ASSEMBLE, FETCH, FREEZE_PICTURES, MAKE, RENDER

T = TypeVar("T", bound=StrEnum)

_PAGE_SIZE = 50
_MOST_FAILED = 20
_MESSAGE_KINDS = {DELIVERY: "File", MAIL: "Mail", WEBHOOK: "Webhook"}
_MOST_PAGES = 1_000_000
ACTION_LABELS = {
    Action.CREATED: N_("Started"),
    Action.CANCELLED: N_("Cancelled"),
    Action.RETRIED: N_("Retried"),
    Action.DOWNLOADED: N_("Downloaded"),
    Action.EXPIRED: N_("File expired"),
    Action.REMOVED: N_("Record removed"),
    Action.SIGNED_IN: N_("Signed in"),
    Action.SIGNED_OUT: N_("Signed out"),
    Action.ARCHIVED: N_("Archive begun"),
    Action.ARCHIVE_CANCELLED: N_("Archive cancelled"),
    Action.LINK_MADE: N_("Sign-in link made"),
    Action.SHARED: N_("Link to the file made"),
    Action.UNSHARED: N_("Link to the file ended"),
    Action.DELETED: N_("File deleted"),
    Action.PINNED: N_("File kept"),
    Action.UNPINNED: N_("File no longer kept"),
    Action.DELIVERED: N_("Delivered"),
    Action.MAILED: N_("Mail sent"),
    Action.WEBHOOK_CREATED: N_("Webhook added"),
    Action.WEBHOOK_CHANGED: N_("Webhook changed"),
    Action.WEBHOOK_ROTATED: N_("Webhook's secret renewed"),
    Action.WEBHOOK_REMOVED: N_("Webhook removed"),
    Action.WEBHOOK_DISABLED: N_("Webhook switched off"),
    Action.ERASURE_BEGUN: "Erasure asked for",
    Action.ERASED: "Erased",
}


_STEP_NAMES = {
    FETCH.name: N_("fetching"),
    FREEZE_PICTURES.name: N_("fetching pictures"),
    MAKE.name: N_("fetching and rendering"),
    RENDER.name: N_("rendering"),
    ASSEMBLE.name: N_("assembling"),
    ABANDON.name: N_("cleaning up"),
}


_OUTCOME_LABELS = {
    "completed": N_("completed"),
    "running": N_("running"),
    "failed": N_("failed"),
}


def step_name(step: str) -> str:
    """A step of the workflow, in words."""
    return _(_STEP_NAMES.get(step, N_("deciding what comes next")))


class AuditRow(NamedTuple):
    """An entry of the audit log, in words."""

    entry: AuditEntry
    action: str
    actor: str
    """The subject of the token, or words when there is none."""
    is_person: bool


@get("/admin", guards=[signed_in(ADMIN)], middleware=[EndWithCaller()])
async def console_page(
    request: ApiRequest,
    operators: Service[Operators],
    webhooks: Service[Webhooks],
    failed_messages: Service[FailedMessages],
) -> Template:
    """Show the state of the service."""
    state, open_jobs, webhook_state, not_arrived = await asyncio.gather(
        operators.state(),
        operators.oldest_open(),
        webhooks.state(),
        failed_messages.newest(utc_now(), _MOST_FAILED),
    )
    return page(
        request,
        "admin_state.html",
        here="admin",
        section="state",
        state=state,
        outcome_labels={name: _(label) for name, label in _OUTCOME_LABELS.items()},
        open_jobs=open_jobs,
        webhooks=webhook_state,
        not_arrived=not_arrived,
        message_kinds=_MESSAGE_KINDS,
        now=utc_now(),
        step_name=step_name,
        format_name=format_name,
        status_labels=status_labels(),
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
        status_labels=status_labels(),
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
        status_labels=status_labels(),
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
        action_labels={action: _(label) for action, label in ACTION_LABELS.items()},
        query=query,
    )


def _rows(entries: list[AuditEntry]) -> list[AuditRow]:
    return [AuditRow(entry, _(ACTION_LABELS[entry.action]), *_actor_of(entry)) for entry in entries]


def _actor_of(entry: AuditEntry) -> tuple[str, bool]:
    if entry.actor is not None:
        return entry.actor, True
    if entry.action is Action.DOWNLOADED:
        return _("by link"), False
    return _("the service"), False


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
