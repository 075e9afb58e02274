"""The page on which format and options are chosen, and from which exports start."""

import hashlib
from collections.abc import Sequence
from uuid import uuid4

import msgspec
from litestar import get, post
from litestar.response import Redirect, Template

from activities.content.source import ItemHead
from activities.model.catalog import formats
from activities.model.options import RenderOptions
from activities.model.problems import problem_type
from web.auth.guards import ApiRequest
from web.auth.tokens import READ, WRITE
from web.http.problems import FieldError, ProblemDocument, ProblemError, explain, invalid
from web.http.request_ids import request_id
from web.pages.answers import page
from web.pages.browse import find, read_filter
from web.pages.fields import Fields, query
from web.pages.jobs_shown import format_name
from web.pages.option_controls import SENT, choices_of, controls, read_options, value_of
from web.pages.preview import Preview, measure_content, preview
from web.pages.session import MAX_FORM_BYTES, read_form, signed_in
from web.pages.wording import duration, size, traits
from web.schemas.requests import CreateExportRequest
from web.services.job_access import find_job
from web.services.resources import Resources

_USUAL_FORMAT = "pdf"


class Choices(msgspec.Struct, frozen=True):
    """What somebody wants to export, and how."""

    item_ids: list[str]
    dropped: int = 0
    """How many more matched than one export takes."""
    formats: list[str] = []
    options: RenderOptions = RenderOptions()


@get("/exports/new", guards=[signed_in(READ)])
async def new_export_page(request: ApiRequest) -> Template:
    """Show formats, options and what to expect of them."""
    fields = Fields(request.scope["query_string"])
    return await _page(request, await _choices(request, fields))


@post(
    "/exports",
    guards=[signed_in(WRITE)],
    request_max_body_size=MAX_FORM_BYTES,
)
async def start_exports(request: ApiRequest) -> Redirect | Template:
    """Start one export for each format; the same form sent twice starts them once."""
    resources: Resources = request.app.state.resources
    fields = await read_form(request)
    try:
        choices = await _choices(request, fields)
    except ProblemError as error:
        kept = Choices(fields.every("item"), formats=_known_formats(fields))
        return await _page(request, kept, error)
    started: list[str] = []
    stopped_by = ""
    try:
        if not choices.item_ids:
            raise invalid([FieldError("Choose at least one item.")])
        if not choices.formats:
            raise invalid([FieldError("Choose at least one format.")])
        for format_id in choices.formats:
            body = _body(choices, format_id)
            key = _idempotency_key(fields.one("nonce"), body)
            submitted = await resources.submission.create(
                request.user, body, key, request_id(request.scope)
            )
            started.append(submitted.job.job_id)
    except ProblemError as error:
        if not started:
            return await _page(request, choices, error)
        stopped_by = error.kind.code
    if len(started) == 1 == len(choices.formats):
        return Redirect(f"/exports/{started[0]}", status_code=303)
    told = query(started=str(len(started)), of=str(len(choices.formats)), error=stopped_by)
    return Redirect(f"/exports?{told}", status_code=303)


def _body(choices: Choices, format_id: str) -> CreateExportRequest:
    return CreateExportRequest(
        content_ids=choices.item_ids,
        format=format_id,
        **{name: getattr(choices.options, name) for name in RenderOptions.__struct_fields__},
    )


def _idempotency_key(nonce: str, body: CreateExportRequest) -> str:
    """Of one showing of the form and what it asks for: a changed choice is another export."""
    wanted = nonce.encode() + b"\n" + msgspec.json.encode(body, order="sorted")
    return f"page-{hashlib.sha256(wanted).hexdigest()}"


async def _choices(request: ApiRequest, fields: Fields) -> Choices:
    """What the fields say: an earlier export again, all that matches, or chosen items.

    Raises:
        ProblemError: there is no such export, or a field is wrong.
    """
    resources: Resources = request.app.state.resources
    owner_id = request.user.owner_id
    if fields.one("again"):
        job = await find_job(request, fields.one("again"))
        item_ids = await resources.records.content_ids(job.job_id, owner_id)
        return Choices(item_ids, formats=[job.format], options=job.options)
    most = resources.settings.max_items
    item_ids = fields.every("item")
    if fields.one("all"):
        listing = await find(resources.content, owner_id, read_filter(fields))
        item_ids = [head.id for head in listing.heads]
    chosen = _known_formats(fields)
    if not chosen and not fields.one(SENT):
        chosen = [_USUAL_FORMAT] if _USUAL_FORMAT in formats() else []
    return Choices(item_ids[:most], len(item_ids[most:]), chosen, read_options(fields))


def _known_formats(fields: Fields) -> list[str]:
    return [name for name in formats() if name in fields.every("format")]


async def _page(
    request: ApiRequest, choices: Choices, error: ProblemError | None = None
) -> Template:
    resources: Resources = request.app.state.resources
    owner_id = request.user.owner_id
    found = await resources.content.heads(owner_id, choices.item_ids)
    heads = [found[item_id] for item_id in choices.item_ids if item_id in found]
    if not heads and error is None:
        error = invalid([FieldError("Choose at least one item.")])
    trouble: ProblemDocument | None = explain(request, error)[0] if error else None
    previews = await _previews(request, choices, heads)
    return page(
        request,
        "new_export.html",
        status_code=trouble.status if trouble else 200,
        here="content",
        trouble=trouble,
        advice=problem_type(trouble.code).advice if trouble else "",
        heads=heads,
        missing=len(choices.item_ids) - len(heads),
        dropped=choices.dropped,
        most=resources.settings.max_items,
        back=query(item=[head.id for head in heads]),
        nonce=uuid4().hex,
        formats=list(formats().values()),
        chosen_formats=choices.formats,
        options=choices.options,
        controls=controls(),
        value_of=value_of,
        choices_of=choices_of,
        traits=traits,
        format_names=_format_names,
        previews=previews,
        summary=_summary(previews),
    )


async def _previews(
    request: ApiRequest, choices: Choices, heads: Sequence[ItemHead]
) -> list[Preview]:
    if not heads or not choices.formats:
        return []
    resources: Resources = request.app.state.resources
    ids = [head.id for head in heads]
    measured = await measure_content(resources.content, request.user.owner_id, ids, choices.options)
    return [preview(formats()[name], measured) for name in choices.formats if name in formats()]


def _format_names(ids: Sequence[str]) -> str:
    return ", ".join(map(format_name, ids))


def _summary(previews: Sequence[Preview]) -> str:
    if not previews:
        return "No format is chosen yet."
    files = "1 file" if len(previews) == 1 else f"{len(previews)} files"
    known = [expected.bytes for expected in previews if expected.bytes is not None]
    amount = f", about {size(sum(known))}" if len(known) == len(previews) else ""
    return f"{files}{amount}, in {duration(sum(expected.seconds for expected in previews))}"
