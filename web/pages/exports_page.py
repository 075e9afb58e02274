"""The pages on which exports are watched, cancelled and downloaded."""

from typing import Any, NamedTuple

import msgspec
from litestar import Response, get, post
from litestar.response import Redirect, Template
from litestar.response.base import ASGIResponse

from activities.common.clock import utc_now
from activities.model.jobs import Status
from activities.model.problems import problem_type
from web.auth.guards import ApiRequest
from web.auth.tokens import READ, WRITE
from web.pages.answers import page
from web.pages.fields import Fields, query
from web.pages.jobs_shown import facts_of, show, show_job
from web.pages.session import read_form, signed_in
from web.pages.wording import STATUS_LABELS
from web.schemas.job import ENDED, view
from web.services.job_access import cancel, find_job, origin_of
from web.services.job_events import JobEventStream
from web.services.job_watcher import JobState
from web.services.resources import Resources
from web.services.send_file import send_file

_PAGE_SIZE = 20
_MOST_PAGES = 1_000_000


class LiveJob(msgspec.Struct, frozen=True):
    """What the page's script shows of a job as it goes on."""

    percent: float
    summary: str
    ended: bool


class Tab(NamedTuple):
    """A filter of the list."""

    value: str
    label: str


_TABS = (Tab("", "All"), *(Tab(status.value, label) for status, label in STATUS_LABELS.items()))


@get("/exports", guards=[signed_in(READ)])
async def exports_page(request: ApiRequest) -> Template:
    """List the caller's exports, newest first."""
    resources: Resources = request.app.state.resources
    fields = Fields(request.scope["query_string"])
    status = next((each for each in Status if each.value == fields.one("status")), None)
    number = fields.number("page", most=_MOST_PAGES)
    jobs, total = await resources.records.page(
        request.user.owner_id, status=status, page=number, page_size=_PAGE_SIZE
    )
    return page(
        request,
        "exports.html",
        here="exports",
        jobs=await show(request, jobs),
        tabs=_TABS,
        status=status.value if status else "",
        page=number,
        pages=max(-(-total // _PAGE_SIZE), 1),
        started=_started(fields),
        query=query,
    )


@get("/exports/{job_id:str}", guards=[signed_in(READ)])
async def export_page(request: ApiRequest, job_id: str) -> Template:
    """Show one export."""
    (job,) = await show(request, [await find_job(request, job_id)])
    return page(request, "export.html", here="exports", job=job, facts=facts_of(job))


@get("/exports/{job_id:str}/events", guards=[signed_in(READ)])
async def follow_export(request: ApiRequest, job_id: str) -> ASGIResponse:
    """Tell the page's script of each change."""
    resources: Resources = request.app.state.resources
    job = await find_job(request, job_id)
    outlooks = await resources.outlooks.of([job])
    watch = resources.watcher.watch(job, outlooks.get(job_id, ENDED))

    def tell(state: JobState) -> LiveJob:
        seen = view(
            state.job,
            resources.links,
            "",
            utc_now(),
            outlook=state.outlook,
            progress=state.progress,
        )
        shown = show_job(state.job, seen)
        return LiveJob(seen.progress.percent, shown.summary, seen.status.ended)

    return JobEventStream(watch, tell, request.headers.get("last-event-id"))


@get("/exports/{job_id:str}/download", guards=[signed_in(READ)])
async def download_export(request: ApiRequest, job_id: str) -> Response[Any]:
    """Send the file."""
    return await send_file(request, await find_job(request, job_id), origin_of(request))


@post("/exports/{job_id:str}/cancel", guards=[signed_in(WRITE)])
async def cancel_export(request: ApiRequest, job_id: str) -> Redirect:
    """Cancel, and show what became of it."""
    await read_form(request)
    await cancel(request, await find_job(request, job_id))
    return Redirect(f"/exports/{job_id}", status_code=303)


def _started(fields: Fields) -> str:
    """What was started a moment ago, when the form leads here."""
    number, wanted = (fields.number(name, most=1_000) for name in ("started", "of"))
    if not fields.one("started"):
        return ""
    if number < wanted:
        advice = problem_type(fields.one("error")).advice
        return f"{number} of {wanted} exports have started. {advice}"
    return f"{number} exports have started."
