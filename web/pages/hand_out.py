"""What the page of an export does with its file: share it, open it, keep it on, remove it."""

from datetime import timedelta

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from activities.common.clock import utc_now
from activities.model.jobs import Job
from activities.model.problems import NOT_FOUND
from activities.people.amounts import number
from activities.people.shares import (
    MOST_DOWNLOADS,
    MOST_NAME_CHARACTERS,
    MOST_OF_A_FILE,
    ShareState,
)
from web.auth.guards import ApiRequest, origin_of
from web.auth.tokens import READ, WRITE
from web.http.problems import ProblemError
from web.http.ranges import content_disposition
from web.http.urls import base_url
from web.pages.session import read_form, signed_in
from web.pages.words import N_, _
from web.schemas.job import file_of
from web.schemas.shares import ShareRequest, ShareResponse
from web.services.file_deliveries import FileDeliveries
from web.services.file_keeping import FileKeeping
from web.services.file_sender import FileSender
from web.services.file_shares import FileShares
from web.services.injection import Service
from web.services.job_access import JobAccess
from web.services.paging import RequestedPage

_PDF = "application/pdf"
_MOST_DAYS = 3_650
_STATES = {
    ShareState.ACTIVE: N_("Active"),
    ShareState.USED_UP: N_("Used up"),
    ShareState.EXPIRED: N_("Expired"),
    ShareState.REVOKED: N_("Ended"),
}


class ShownShare(msgspec.Struct, frozen=True):
    """A share, in words."""

    response: ShareResponse
    name: str
    state: str
    downloads: str
    is_over: bool
    """True if nothing brings it back."""


class HandOut(msgspec.Struct, frozen=True):
    """What the page offers to hand a file out."""

    shares: list[ShownShare]
    usual_days: int
    most_days: int
    most_downloads: int = MOST_DOWNLOADS
    most_characters: int = MOST_NAME_CHARACTERS


async def hand_out(request: ApiRequest, job: Job, file_shares: FileShares) -> HandOut | None:
    """The shares of a job's file, and the form for another; None where nothing is offered."""
    if WRITE not in request.user.scopes or not file_shares.longest:
        return None
    wanted = RequestedPage(1, MOST_OF_A_FILE)
    found, _listed = await file_shares.page(job.owner_id, wanted, base_url(request), job.job_id)
    day = timedelta(days=1)
    return HandOut(
        [_shown(share) for share in found],
        usual_days=max(file_shares.usual_life // day, 1),
        most_days=max(file_shares.longest // day, 1),
    )


def _shown(share: ShareResponse) -> ShownShare:
    if share.max_downloads is None:
        downloads = _("Downloads: %(count)s") % {"count": number(share.downloads)}
    else:
        downloads = _("Downloads: %(count)s of %(most)s") % {
            "count": number(share.downloads),
            "most": number(share.max_downloads),
        }
    return ShownShare(
        response=share,
        name=share.name or _("Link"),
        state=_(_STATES[share.state]),
        downloads=downloads,
        is_over=share.state is ShareState.REVOKED,
    )


@post("/exports/{job_id:str}/shares", guards=[signed_in(WRITE)])
async def share_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_shares: Service[FileShares],
) -> Redirect:
    """Make a link for others, and show it."""
    fields = await read_form(request)
    job = await job_access.of_caller(request.user, job_id)
    life = min(timedelta(days=fields.number("days", maximum=_MOST_DAYS)), file_shares.longest)
    most = fields.number("downloads", maximum=MOST_DOWNLOADS) if fields.one("downloads") else None
    terms = ShareRequest(fields.one("name")[:MOST_NAME_CHARACTERS], utc_now() + life, most)
    await file_shares.make(job, terms, base_url(request), origin_of(request))
    return _back(job_id, "#hand-out")


@post("/exports/{job_id:str}/shares/{share_id:str}/end", guards=[signed_in(WRITE)])
async def end_share(
    request: ApiRequest,
    job_id: FromPath[str],
    share_id: FromPath[str],
    job_access: Service[JobAccess],
    file_shares: Service[FileShares],
) -> Redirect:
    """End a link at once."""
    await read_form(request)
    await job_access.of_caller(request.user, job_id)
    await file_shares.revoke(request.user.owner_id, share_id, origin_of(request))
    return _back(job_id, "#hand-out")


@post("/exports/{job_id:str}/delete", guards=[signed_in(WRITE)])
async def delete_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_keeping: Service[FileKeeping],
) -> Redirect:
    """Remove the file, and with it its links."""
    await read_form(request)
    job = await job_access.of_caller(request.user, job_id)
    await file_keeping.delete(job, origin_of(request))
    return _back(job_id)


@post("/exports/{job_id:str}/deliveries/{to:str}/retry", guards=[signed_in(WRITE)])
async def deliver_file_again(
    request: ApiRequest,
    job_id: FromPath[str],
    to: FromPath[str],
    job_access: Service[JobAccess],
    file_deliveries: Service[FileDeliveries],
) -> Redirect:
    """Deliver the file once more to a destination."""
    await read_form(request)
    job = await job_access.of_caller(request.user, job_id)
    await file_deliveries.again(request.user, job, to)
    return _back(job_id, "#deliveries")


@post("/exports/{job_id:str}/pin", guards=[signed_in(WRITE)])
async def pin_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_keeping: Service[FileKeeping],
) -> Redirect:
    """Keep the file until further notice."""
    await read_form(request)
    job = await job_access.of_caller(request.user, job_id)
    await file_keeping.pin(job, origin_of(request))
    return _back(job_id)


@post("/exports/{job_id:str}/unpin", guards=[signed_in(WRITE)])
async def unpin_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_keeping: Service[FileKeeping],
) -> Redirect:
    """Let the time of the file run again."""
    await read_form(request)
    job = await job_access.of_caller(request.user, job_id)
    await file_keeping.unpin(job, origin_of(request))
    return _back(job_id)


@get("/exports/{job_id:str}/open", guards=[signed_in(READ)])
async def open_file(
    request: ApiRequest,
    job_id: FromPath[str],
    job_access: Service[JobAccess],
    file_sender: Service[FileSender],
) -> Response[None] | Stream:
    """Show a PDF in the browser; every other format is for downloading alone.

    Nothing that runs in a page of ours may come from content: of all formats browsers show a PDF
    in a viewer of their own.
    """
    job = await job_access.of_caller(request.user, job_id)
    file = file_of(job)
    if file is not None and file.media_type != _PDF:
        raise ProblemError(NOT_FOUND)
    response = await file_sender.send(job, origin_of(request), request.method, request.headers)
    if file is not None and "Content-Disposition" in response.headers:
        disposition = content_disposition(file.name).replace("attachment", "inline", 1)
        response.headers["Content-Disposition"] = disposition
    return response


def _back(job_id: str, place: str = "") -> Redirect:
    return Redirect(f"/exports/{job_id}{place}", status_code=303)
