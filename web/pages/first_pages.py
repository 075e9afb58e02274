"""The pictures of first pages that the page of formats and options shows."""

from litestar import MediaType, Response, get
from litestar.params import FromPath

from web.auth.guards import ApiRequest
from web.auth.tokens import READ
from web.http.request_ids import request_id
from web.pages.session import signed_in
from web.services.injection import Service
from web.services.page_previews import PagePreviews

_HEADERS = {"Content-Type": "image/webp"}


@get("/exports/previews/{preview_id:str}/{place:int}", guards=[signed_in(READ)])
async def first_page(
    request: ApiRequest,
    preview_id: FromPath[str],
    place: FromPath[int],
    page_previews: Service[PagePreviews],
) -> Response[bytes]:
    """Give one picture, once it is drawn."""
    picture = await page_previews.picture(
        request.user, preview_id, place, request_id(request.scope)
    )
    if picture is None:
        return Response(b"", status_code=204)
    return Response(picture, media_type=MediaType.TEXT, headers=_HEADERS)
