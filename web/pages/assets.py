"""The style, script and picture of the pages."""

import hashlib
from functools import cache
from pathlib import Path
from types import MappingProxyType

from litestar import MediaType, Response, get
from litestar.params import FromPath

from web.http.problems import not_found
from web.pages.design_css import design_css

_DIRECTORY = Path(__file__).parent / "static"
_MEDIA_TYPES = MappingProxyType(
    {
        "page.css": "text/css; charset=utf-8",
        "admin.css": "text/css; charset=utf-8",
        "page.js": "text/javascript; charset=utf-8",
        "icon.svg": "image/svg+xml",
        "landing-choose.webp": "image/webp",
        "landing-files.webp": "image/webp",
        "landing-phone.webp": "image/webp",
    }
)


@get("/assets/{digest:str}/{name:str}", sync_to_thread=False)
def page_asset(digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - for caches alone
    """Give one of the files that the pages need, and no other."""
    if name not in _MEDIA_TYPES:
        raise not_found()
    headers = {
        "Content-Type": _MEDIA_TYPES[name],
        "Cache-Control": "max-age=31536000, immutable",
    }
    return Response(_read(name), media_type=MediaType.TEXT, headers=headers)


@cache
def asset_url(name: str) -> str:
    """The path of an asset. It has a hash of the content, so that browsers may cache it."""
    digest = hashlib.sha256(_read(name)).hexdigest()[:12]
    return f"/assets/{digest}/{name}"


@cache
def _read(name: str) -> bytes:
    content = (_DIRECTORY / name).read_bytes()
    return design_css().encode() + content if name == "page.css" else content
