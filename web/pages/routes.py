"""All pages, with their errors as pages too."""

from litestar import Router

from web.pages.answers import trouble_page
from web.pages.assets import page_asset
from web.pages.content_page import content_page
from web.pages.exports_page import (
    cancel_export,
    download_export,
    export_page,
    exports_page,
    follow_export,
)
from web.pages.new_export_page import new_export_page, start_exports
from web.pages.signing import sign_in, sign_in_page, sign_out

PAGES = Router(
    "/",
    route_handlers=[
        content_page,
        new_export_page,
        start_exports,
        exports_page,
        export_page,
        follow_export,
        download_export,
        cancel_export,
        sign_in_page,
        sign_in,
        sign_out,
        page_asset,
    ],
    exception_handlers={Exception: trouble_page},
    include_in_schema=False,
)
