"""The page on which format and options are chosen, and from which exports start."""

import hashlib
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import get, post
from litestar.di import Provide
from litestar.response import Redirect, Template

from activities.model.problems import FORBIDDEN
from web.auth.guards import ApiRequest
from web.auth.tokens import READ, WRITE
from web.http.problems import FieldError, ProblemError, invalid
from web.http.request_ids import request_id
from web.pages.choices import Choices
from web.pages.fields import Fields, query
from web.pages.kept_form import KEPT, browsing_in, kept_through_sign_in, options_in, unpacked
from web.pages.new_export_form import NewExportForm, new_export_form
from web.pages.option_controls import SENT
from web.pages.session import FORM_KEY, is_form_key, require_own_page, signed_in
from web.schemas.requests import CreateExportRequest
from web.services.create_export import ExportCreator
from web.services.injection import Service

_FORM = {"form": Provide(new_export_form, sync_to_thread=False)}
# A hundred ids of content of the longest kind, every character of them percent-encoded. Who never
# signed in is refused before any of it is read.
_MAX_FORM_BYTES = 512 * 1024


@get("/exports/new", guards=[signed_in(READ)], dependencies=_FORM)
async def new_export_page(request: ApiRequest, form: Service[NewExportForm]) -> Redirect | Template:
    """Show formats, options and what to expect of them; without items, let them be chosen."""
    fields = Fields(request.scope["query_string"])
    if fields.one(KEPT):
        fields = unpacked(fields.one(KEPT))
    try:
        choices = await form.reader.choices(request.user, fields)
    except ProblemError as error:
        if not fields.one(SENT):
            raise
        return await form.page(request, form.reader.as_filled_in(fields), error)
    if not choices.item_ids:
        kept = [*fields.pairs("collection"), *browsing_in(fields), *options_in(fields)]
        return Redirect(f"/?{urlencode([*kept, ('nothing', '1')])}", status_code=303)
    return await form.page(request, choices)


@post(
    "/exports",
    guards=[kept_through_sign_in, signed_in(WRITE)],
    dependencies=_FORM,
    request_max_body_size=_MAX_FORM_BYTES,
)
async def start_exports(
    request: ApiRequest, form: Service[NewExportForm], export_creator: Service[ExportCreator]
) -> Redirect | Template:
    """Start one export for each format, or one of all; the same form sent twice does so once."""
    require_own_page(request)
    fields = Fields(await request.body())
    if not is_form_key(request, fields.one(FORM_KEY)):
        error = ProblemError(
            FORBIDDEN,
            "You have signed in anew since this page was shown, so nothing has started. All that "
            "you filled in is still here.",
        )
        return await form.page(request, form.reader.as_filled_in(fields), error)
    try:
        choices = await form.reader.choices(request.user, fields)
    except ProblemError as error:
        return await form.page(request, form.reader.as_filled_in(fields), error)
    started: list[str] = []
    stopped_by = ""
    bodies = _bodies(choices)
    try:
        if not choices.item_ids:
            raise invalid([FieldError("Choose at least one item.")])
        if not choices.formats:
            raise invalid([FieldError("Choose at least one format.")])
        for body in bodies:
            key = _idempotency_key(fields.one("nonce"), body)
            created = await export_creator.create(
                request.user, body, key, request_id(request.scope)
            )
            started.append(created.job.job_id)
    except ProblemError as error:
        if not started:
            return await form.page(request, choices, error)
        stopped_by = error.kind.code
    await form.reader.remember(request.user, choices)
    if len(started) == 1 == len(bodies):
        return Redirect(f"/exports/{started[0]}", status_code=303)
    told = query(started=str(len(started)), of=str(len(bodies)), error=stopped_by)
    return Redirect(f"/exports?{told}", status_code=303)


def _bodies(choices: Choices) -> list[CreateExportRequest]:
    formats: list[dict[str, Any]] = (
        [{"formats": choices.formats}]
        if choices.together and len(choices.formats) > 1
        else [{"format": name} for name in choices.formats]
    )
    options = msgspec.structs.asdict(choices.options)
    return [
        CreateExportRequest(
            content_ids=choices.item_ids,
            deliver_to=choices.deliver_to or None,
            **chosen,
            **options,
        )
        for chosen in formats
    ]


def _idempotency_key(nonce: str, body: CreateExportRequest) -> str:
    """The idempotency key of one showing of the form with these choices: a changed choice is
    another export.
    """
    wanted = nonce.encode() + b"\n" + msgspec.json.encode(body, order="sorted")
    return f"page-{hashlib.sha256(wanted).hexdigest()}"
