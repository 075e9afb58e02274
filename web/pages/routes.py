"""All pages, with their errors as pages too."""

from litestar import Router

from activities.settings import Settings
from web.http.request_checks import refuse_encodings
from web.pages import schedules_page, settings_page
from web.pages.admin_console import (
    audit_page,
    cancel_any_job,
    console_page,
    job_page,
    jobs_page,
    retry_any_job,
)
from web.pages.archives_page import HANDLERS as ARCHIVES
from web.pages.assets import page_asset
from web.pages.check_page import check_page, download_receipt
from web.pages.content_page import content_page
from web.pages.entering import enter, enter_page
from web.pages.error_page import error_page
from web.pages.exports_page import (
    cancel_export,
    download_export,
    export_page,
    exports_page,
    follow_export,
)
from web.pages.first_pages import first_page
from web.pages.hand_out import (
    delete_file,
    deliver_file_again,
    end_share,
    open_file,
    pin_file,
    share_file,
    unpin_file,
)
from web.pages.handout import handout_file, handout_page
from web.pages.lti import (
    begin_by_form,
    begin_by_link,
    enter_from_platform,
    launch,
    tool_configuration,
)
from web.pages.new_export_page import new_export_page, start_exports
from web.pages.oidc_pages import (
    begin_at_provider,
    come_from_provider,
    end_by_provider,
    leave_provider,
)
from web.pages.signing import sign_in, sign_in_page, sign_out
from web.pages.speech import SpeakWithCaller
from web.pages.webhooks_page import (
    add_webhook,
    remove_webhook,
    rotate_webhook_secret,
    send_message_again,
    send_webhook_test,
    switch_webhook,
    webhook_page,
    webhooks_page,
)


def pages(settings: Settings) -> Router:
    """The pages; their forms are short, but for the one that says what to export."""
    return Router(
        "/",
        route_handlers=[
            content_page,
            new_export_page,
            start_exports,
            first_page,
            exports_page,
            export_page,
            follow_export,
            download_export,
            cancel_export,
            webhooks_page,
            add_webhook,
            webhook_page,
            rotate_webhook_secret,
            send_webhook_test,
            switch_webhook,
            remove_webhook,
            send_message_again,
            console_page,
            jobs_page,
            job_page,
            cancel_any_job,
            retry_any_job,
            audit_page,
            begin_by_link,
            begin_by_form,
            launch,
            enter_from_platform,
            tool_configuration,
            sign_in_page,
            sign_in,
            sign_out,
            begin_at_provider,
            come_from_provider,
            end_by_provider,
            leave_provider,
            enter_page,
            enter,
            *schedules_page.HANDLERS,
            *settings_page.HANDLERS,
            *ARCHIVES,
            share_file,
            end_share,
            delete_file,
            deliver_file_again,
            pin_file,
            unpin_file,
            open_file,
            check_page,
            download_receipt,
            handout_page,
            handout_file,
            page_asset,
        ],
        middleware=[SpeakWithCaller()],
        exception_handlers={Exception: error_page},
        # A form has a field for each item that is chosen, all of one name.
        before_request=refuse_encodings,
        include_in_schema=False,
        request_max_body_size=settings.max_form_bytes,
    )
