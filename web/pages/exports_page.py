"""The pages on which exports are watched, cancelled and downloaded."""

from typing import NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template
from litestar.response.base import ASGIResponse

from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from activities.model.problems import problem_type
from web.auth.guards import ApiRequest, origin_of
from web.auth.tokens import READ, WRITE
from web.http.urls import base_url
from web.pages.deliveries_shown import show_deliveries
from web.pages.fields import Fields, query
from web.pages.hand_out import hand_out
from web.pages.item_titles import titles_by_id
from web.pages.jobs_shown import choices_among, facts_of, show_job
from web.pages.page import page
from web.pages.session import read_form, signed_in
from web.pages.wording import part_labels, status_labels
from web.pages.words import _, ngettext
from web.services.file_sender import FileSender
from web.services.file_shares import FileShares
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.job_events import JobEventStream
from web.services.job_responses import JobResponses
from web.services.job_watcher import JobState, JobWatcher
from web.services.owner_usage import OwnerUsage
from web.services.paging import page_count

_PAGE_SIZE = 20
_MOST_PAGES = 1_000_000


class LiveJob(msgspec.Struct, frozen=True):
    """The parts of a job that the page's script updates."""

    percent: float
    summary: str
    ended: bool


class Tab(NamedTuple):
    """A filter of the list."""

    value: str
    label: str


def _tabs() -> list[Tab]:
    labels = status_labels().items()
    return [Tab("", _("All")), *(Tab(status.value, label) for status, label in labels)]


@get("/exports", guards=[signed_in(READ)])
async def exports_page(
    request: ApiRequest,
    records: Service[JobRecords],
    job_responses: Service[JobResponses],
    owner_usage: Service[OwnerUsage],
) -> Template:
    """List the caller's exports, newest first."""
    fields = Fields(request.scope["query_string"])
    status = next((each for each in Status if each.value == fields.one("status")), None)
    number = fields.number("page", maximum=_MOST_PAGES)
    listed = await records.page(
        request.user.owner_id,
        status=status,
        page=number,
        page_size=_PAGE_SIZE,
        cursor=fields.one("cursor") or None,
    )
    jobs = listed.entries
    responses = await job_responses.of(jobs, base_url(request))
    shown = [
        show_job(job, response, await titles_by_id(records, job) if response.error else {})
        for job, response in zip(jobs, responses, strict=True)
    ]
    return page(
        request,
        "exports.html",
        here="exports",
        choices=choices_among(jobs, shown),
        are_some_open=any(not job.status.ended for job in jobs),
        tabs=_tabs(),
        status=status.value if status else "",
        listed=listed,
        page=number,
        pages=max(page_count(listed.total, _PAGE_SIZE), 1),
        started=_started(fields),
        usage=await owner_usage.get(request.user.owner_id),
        query=query,
    )


@get("/exports/{job_id:str}", guards=[signed_in(READ)])
async def export_page(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    job_responses: Service[JobResponses],
    records: Service[JobRecords],
    file_shares: Service[FileShares],
) -> Template:
    """Show the page of one export."""
    job = await job_access.of_caller(request.user, job_id)
    response = await job_responses.one(job, base_url(request))
    shown = show_job(job, response, await titles_by_id(records, job))
    return page(
        request,
        "export.html",
        here="exports",
        job=shown,
        hand_out=await hand_out(request, job, file_shares) if shown.has_file else None,
        may_write=WRITE in request.user.scopes,
        facts=facts_of(shown),
        deliveries=show_deliveries(response.deliveries),
        part_labels=part_labels(),
    )


@get("/exports/{job_id:str}/events", guards=[signed_in(READ)])
async def follow_export(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    job_responses: Service[JobResponses],
    job_watcher: Service[JobWatcher],
) -> ASGIResponse:
    """Tell the page's script of each change."""
    watch = await job_watcher.watch(await job_access.of_caller(request.user, job_id))
    base = base_url(request)

    def tell(state: JobState) -> LiveJob:
        response = job_responses.at(state, base)
        shown = show_job(state.job, response)
        return LiveJob(response.progress.percent, shown.summary, response.status.ended)

    last_event_id = request.headers.get("last-event-id")
    return JobEventStream(watch, tell, last_event_id, request.user.expires)


@get("/exports/{job_id:str}/download", guards=[signed_in(READ)])
async def download_export(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_sender: Service[FileSender],
) -> Response[None] | Stream:
    """Send the file of an export."""
    job = await job_access.of_caller(request.user, job_id)
    return await file_sender.send(job, origin_of(request), request.method, request.headers)


@post("/exports/{job_id:str}/cancel", guards=[signed_in(WRITE)])
async def cancel_export(
    request: ApiRequest, job_id: FromPath[str], job_access: Service[JobAccess]
) -> Redirect:
    """Cancel, and show what became of it."""
    await read_form(request)
    job = await job_access.of_caller(request.user, job_id)
    await job_access.cancel(job, origin_of(request))
    return Redirect(f"/exports/{job_id}", status_code=303)


def _started(fields: Fields) -> str:
    """A sentence on the exports that were just started; empty when the form did not lead here."""
    number, wanted = (fields.number(name, maximum=1_000) for name in ("started", "of"))
    if not fields.one("started"):
        return ""
    if number < wanted:
        advice = _(problem_type(fields.one("error")).advice)
        told = _("%(started)s of %(wanted)s exports have started.")
        return f"{told % {'started': number, 'wanted': wanted}} {advice}"
    told = ngettext("%(num)s export has started.", "%(num)s exports have started.", number)
    return told % {"num": number}
