"""The page on which archives are begun, watched, fetched and cancelled."""

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from activities.automation.archives import USUAL_PART_BYTES
from activities.model.catalog import formats
from web.auth.guards import ApiRequest, origin_of
from web.auth.tokens import READ, TENANT, WRITE
from web.http.problems import FieldError, ProblemError, invalid
from web.http.urls import base_url
from web.pages.jobs_shown import format_name
from web.pages.page import page
from web.pages.session import read_form, signed_in
from web.pages.wording import STATUS_LABELS
from web.pages.words import _
from web.schemas.archives import ArchiveRequest
from web.services.archives import Archives
from web.services.injection import Service

_PART_SIZES = (16 * 1024**2, USUAL_PART_BYTES, 1024**3)
"""Bytes of a part that are offered."""
_SHOWN = 5
"""The newest archives, with their parts."""


@get("/archives", guards=[signed_in(READ)])
async def archives_page(request: ApiRequest, archives: Service[Archives]) -> Template:
    """Show the caller's archives with what can be fetched, and offer to begin one."""
    return await _page(request, archives)


@post("/archives", guards=[signed_in(WRITE)])
async def begin_archive(request: ApiRequest, archives: Service[Archives]) -> Redirect | Template:
    """Begin an archive of all content."""
    fields = await read_form(request)
    try:
        chosen = [name for name in fields.every("format") if name in formats()]
        if not chosen:
            raise invalid([FieldError("Choose at least one format.")])
        sizes = {str(size): size for size in _PART_SIZES}
        wanted = ArchiveRequest(
            formats=list(dict.fromkeys(chosen)),
            part_bytes=sizes.get(fields.one("part_bytes"), USUAL_PART_BYTES),
            tenant=fields.one("tenant") == "1",
            receipt=fields.one("receipt") == "1",
        )
        await archives.create(request.user, wanted, origin_of(request))
    except ProblemError as error:
        return await _page(request, archives, error)
    return Redirect("/archives", status_code=303)


@post("/archives/{archive_id:str}/cancel", guards=[signed_in(WRITE)])
async def cancel_archive(
    request: ApiRequest, archive_id: FromPath[str], archives: Service[Archives]
) -> Redirect:
    """Cancel an archive as a whole."""
    await read_form(request)
    archive = await archives.of_caller(request.user, archive_id)
    await archives.cancel(archive, origin_of(request))
    return Redirect("/archives", status_code=303)


@get("/archives/{archive_id:str}/manifest", guards=[signed_in(READ)])
async def archive_manifest(
    request: ApiRequest, archive_id: FromPath[str], archives: Service[Archives]
) -> Response[bytes]:
    """Give the manifest of an archive as a file."""
    archive = await archives.of_caller(request.user, archive_id)
    return Response(
        await archives.manifest(archive),
        media_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="archive-manifest.json"'},
    )


async def _page(
    request: ApiRequest, archives: Archives, trouble: ProblemError | None = None
) -> Template:
    caller = request.user
    listed = (await archives.all_of(caller.owner_id))[:_SHOWN]
    shown = [
        await archives.response(
            await archives.of_caller(caller, each.archive_id), base_url(request)
        )
        for each in listed
    ]
    return page(
        request,
        "archives.html",
        here="archives",
        archives=shown,
        trouble=trouble,
        formats=[(name, format_name(name)) for name in formats()],
        format_name=format_name,
        sizes=_PART_SIZES,
        usual_size=USUAL_PART_BYTES,
        may_have_receipts=archives.makes_receipts,
        tenant=caller.tenant if TENANT in caller.scopes else None,
        may_begin=WRITE in caller.scopes and all(each.status.ended for each in shown),
        status_labels={status: _(label) for status, label in STATUS_LABELS.items()},
    )


HANDLERS = (archives_page, begin_archive, cancel_archive, archive_manifest)
