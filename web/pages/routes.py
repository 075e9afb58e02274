"""All pages, with their errors as pages too."""

from litestar import Router

from web.pages.answers import trouble_page
from web.pages.assets import page_asset
from web.pages.content_page import content_page
from web.pages.desk import (
    desk_audit_page,
    desk_cancel,
    desk_job_page,
    desk_jobs_page,
    desk_page,
    desk_retry,
)
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
        desk_page,
        desk_jobs_page,
        desk_job_page,
        desk_cancel,
        desk_retry,
        desk_audit_page,
        sign_in_page,
        sign_in,
        sign_out,
        page_asset,
    ],
    exception_handlers={Exception: trouble_page},
    include_in_schema=False,
)
