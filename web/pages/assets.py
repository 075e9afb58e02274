"""The style, script and picture of the pages."""

from functools import cache
from types import MappingProxyType

from litestar import MediaType, Response, get

from web.http.problems import not_found
from web.pages.answers import ASSETS

_MEDIA_TYPES = MappingProxyType(
    {
        "page.css": "text/css; charset=utf-8",
        "desk.css": "text/css; charset=utf-8",
        "page.js": "text/javascript; charset=utf-8",
        "icon.svg": "image/svg+xml",
    }
)


@get("/assets/{digest:str}/{name:str}", sync_to_thread=False)
def page_asset(digest: str, name: str) -> Response[bytes]:  # noqa: ARG001 - for caches alone
    """Give one of the files that the pages need, and no other."""
    if name not in _MEDIA_TYPES:
        raise not_found()
    headers = {
        "Content-Type": _MEDIA_TYPES[name],
        "Cache-Control": "public, max-age=31536000, immutable",
    }
    return Response(_read(name), media_type=MediaType.TEXT, headers=headers)


@cache
def _read(name: str) -> bytes:
    return (ASSETS / name).read_bytes()
