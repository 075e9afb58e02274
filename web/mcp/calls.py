"""What the tools do: the services of the API, for one caller."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import msgspec

from activities.common.clock import utc_now
from activities.jobs.audit import Origin
from activities.model.jobs import Job
from activities.model.problems import EXPIRED
from web.auth.tokens import Caller
from web.http.problems import ProblemError, invalid
from web.mcp.arguments import CancelExport, DownloadExport, FindContent, GetExport, StartedBy
from web.mcp.views import Download, Exports, ExportView, FoundContent
from web.schemas.content import ContentItem
from web.schemas.job import ExportFile, JobResponse, Progress
from web.schemas.requests import CreateExportRequest
from web.services.content_filters import errors_in, filters_of
from web.services.file_sender import file_to_send
from web.services.job_watcher import JobState
from web.services.open_services import Services
from web.services.paging import page_count

LONGEST_TEXT_BYTES = 64 * 1024
"""Bytes of a file whose text comes along: what is longer fills an agent's context."""
_TEXT_TYPES = frozenset({"application/json", "application/x-ndjson", "application/xml"})
_NEWEST = 20

Report = Callable[[Progress], Awaitable[None]]
"""Tells whoever waits how far an export is."""


class Session(NamedTuple):
    """Who calls, and by which request."""

    caller: Caller
    services: Services
    request_id: str
    base_url: str
    """What absolute links begin with, without a slash at the end."""
    report: Report

    @property
    def origin(self) -> Origin:
        """The caller and the request, for the audit log."""
        return Origin(self.caller.owner_id, self.request_id)


async def find_content(session: Session, wanted: FindContent) -> FoundContent:
    """One page of the caller's items.

    Raises:
        ProblemError: a condition is not valid.
        UnsupportedFilterError: see `ContentSource`.
        ContentSourceError: see `ContentSource`.
        BrokenContentError: see `ContentSource`.
    """
    if errors := errors_in(wanted, below=()):
        raise invalid(errors)
    filters = msgspec.structs.replace(filters_of(wanted), text=wanted.text)
    look = await session.services.content_catalog.look(
        session.caller.owner_id,
        filters,
        sort=filters.usual_order,
        skip=(wanted.page - 1) * wanted.page_size,
        size=wanted.page_size,
        facets=(),
    )
    items = [
        ContentItem(head.id, head.title, head.created_at, head.updated_at, head.parts)
        for head in look.excerpt.heads
    ]
    total = look.excerpt.matching
    return FoundContent(items, wanted.page, page_count(total, wanted.page_size), total)


async def start_export(session: Session, wanted: StartedBy) -> ExportView:
    """A new export.

    Raises:
        ProblemError: it is refused.
        ContentSourceError: the content cannot be read now.
        BrokenContentError: the content source gave something unusable.
    """
    creator, body = session.services.export_creator, wanted.body
    rest = (wanted.idempotency_key, session.request_id)
    if isinstance(body, CreateExportRequest):
        created = await creator.create(session.caller, body, *rest)
    else:
        created = await creator.create_bulk(session.caller, body, *rest)
    return ExportView.of(await _told(session, created.job))


async def get_export(session: Session, wanted: GetExport) -> Exports:
    """One export, at its end if that comes within the time, or the newest ones.

    Raises:
        ProblemError: there is no such export, or too many are waited for.
    """
    services = session.services
    if wanted.job_id is None:
        listed = await services.records.page(
            session.caller.owner_id, status=wanted.status, page=1, page_size=_NEWEST
        )
        told = await services.job_responses.of(listed.entries, session.base_url)
        return Exports([ExportView.of(each) for each in told])
    job = await services.job_access.of_caller(session.caller, wanted.job_id)
    if not wanted.wait_seconds or job.status.ended:
        return Exports([ExportView.of(await _told(session, job))])
    state = await _until_end(session, job, wanted.wait_seconds)
    return Exports([ExportView.of(services.job_responses.at(state, session.base_url))])


async def download_export(session: Session, wanted: DownloadExport) -> Download:
    """The link to a file, and its text if it is small and one.

    Raises:
        ProblemError: there is no such file.
        StorageUnavailableError: storage cannot be used now.
        StorageError: the object store does not respond.
    """
    job = await session.services.job_access.of_caller(session.caller, wanted.job_id)
    file = file_to_send(job)
    left_out = _left_out(file, wanted)
    text = None
    if left_out is None:
        data = await session.services.file_sender.read(job, session.origin)
        text = data.decode("utf-8-sig")
    told = await _told(session, job)
    if told.download_url is None or told.download_url_expires_at is None:
        # Its time was up just now.
        raise ProblemError(EXPIRED)
    return Download(
        job.job_id, file, told.download_url, told.download_url_expires_at, text, left_out
    )


async def cancel_export(session: Session, wanted: CancelExport) -> ExportView:
    """The export, whose end was asked for.

    Raises:
        ProblemError: there is no such export, or it had come to another end.
    """
    access = session.services.job_access
    job = await access.of_caller(session.caller, wanted.job_id)
    return ExportView.of(await _told(session, await access.cancel(job, session.origin)))


async def _told(session: Session, job: Job) -> JobResponse:
    return await session.services.job_responses.one(job, session.base_url)


async def _until_end(session: Session, job: Job, seconds: float) -> JobState:
    """See `JobWatcher.until_end`; what changes meanwhile is reported."""
    # Nobody is told of a job for longer than the token that asked is valid.
    now = utc_now().timestamp()
    until = now + min(seconds, session.caller.expires - now)
    with await session.services.job_watcher.watch(job) as watch:
        reported = -1.0
        while not (watch.state.job.status.ended or watch.closing):
            if watch.state.progress.percent > reported:
                reported = watch.state.progress.percent
                await session.report(watch.state.progress)
            left = until - utc_now().timestamp()
            if left <= 0 or not await watch.changed(left):
                break
        return watch.state


def _left_out(file: ExportFile, wanted: DownloadExport) -> str | None:
    if not wanted.include_text:
        return "not-asked-for"
    media_type = file.media_type.partition(";")[0].strip()
    if not (media_type.startswith("text/") or media_type in _TEXT_TYPES):
        return "not-text"
    return "too-large" if file.size > LONGEST_TEXT_BYTES else None
