"""What others see of a file that was shared with them: a page, and behind its button the file.

Programs open links before people do. So the page counts nothing, and neither does whatever asks for
the file without taking it.
"""

from collections.abc import Mapping

from litestar import MediaType, Response, get
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Stream, Template

from activities.jobs.audit import Origin
from activities.people.export_titles import shown_title
from web.http.prefetches import is_prefetch
from web.http.problems import AnyRequest, network_of
from web.http.request_ids import request_id
from web.http.session_cookies import is_over_tls
from web.http.urls import path_prefix
from web.pages.jobs_shown import format_name
from web.pages.page import page
from web.schemas.job import file_of
from web.services.file_sender import FileSender
from web.services.handouts import FREE_FOR, Handout, Handouts
from web.services.injection import Service

_COOKIE = "export_share"
_HEADERS: Mapping[str, str] = {
    "X-Robots-Tag": "noindex",
    # The address is all that the file asks for.
    "Referrer-Policy": "no-referrer",
}


@get("/s/{code:str}")
async def handout_page(
    request: AnyRequest, code: FromPath[str], handouts: Service[Handouts]
) -> Template:
    """Show what a link gives, and until when; whose it is, nobody is told."""
    found = await _find(request, code, handouts)
    share, file = found.share, file_of(found.job)
    left = None
    if share.max_downloads is not None:
        left = max(share.max_downloads - share.downloads, 0)
    return page(
        request,
        "handout.html",
        headers=dict(_HEADERS),
        code=code,
        title=shown_title(found.job),
        file=file,
        format_name=format_name(found.job.format),
        until=share.expires_at,
        left=left,
        is_counted=found.is_counted,
    )


@get("/s/{code:str}/file")
async def handout_file(
    request: AnyRequest,
    code: FromPath[str],
    handouts: Service[Handouts],
    file_sender: Service[FileSender],
) -> Response[bytes] | Response[None] | Stream:
    """Send the file, and count it unless this browser was counted within a day."""
    found = await _find(request, code, handouts)
    if is_prefetch(request.headers):
        # Browsers throw it away and ask again when somebody goes there.
        return Response(b"", status_code=503, media_type=MediaType.TEXT, headers=dict(_HEADERS))
    share = found.share

    async def count() -> None:
        await handouts.count(found)

    origin = Origin(request_id=request_id(request.scope), share_id=share.share_id)
    response = await file_sender.send(
        found.job, origin, request.method, request.headers, before_body=count
    )
    response.headers.update(_HEADERS)
    if response.status_code in {200, 206} and request.method == "GET" and not found.is_counted:
        response.set_cookie(
            Cookie(
                key=_COOKIE,
                value=handouts.cookie_for(share),
                max_age=int(FREE_FOR.total_seconds()),
                path=f"{path_prefix(request)}/s/{code}",
                secure=is_over_tls(request),
                httponly=True,
                samesite="lax",
            )
        )
    return response


async def _find(request: AnyRequest, code: str, handouts: Handouts) -> Handout:
    cookie = request.cookies.get(_COOKIE, "")
    return await handouts.find(code, cookie, network_of(request))
