"""The job as JSON: the one shape in which every response shows a job."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from activities.model.job_formats import members_of
from activities.model.jobs import Delivery, Job, Phase, Problem, Status
from activities.model.options import RenderOptions
from activities.model.problems import FILE_LOST, RECORD_DAMAGED, problem
from activities.model.warnings import ExportWarning, skipped_ids

# How much of the work each phase is, in percent; the rest is joining and publishing.
_FETCHED = 10.0
_RENDERED = 80.0
_ASSEMBLING_AT = _FETCHED + _RENDERED
_PUBLISHING_AT = 95.0
_BEFORE_THE_END = 99.0


class Progress(msgspec.Struct, frozen=True):
    """The progress of a job."""

    percent: float
    """0 to 100; 100 only when there is a file."""
    phase: str
    """`queued`, `fetching`, `rendering`, `assembling`, `publishing`; at the end, the status."""
    items_done: int
    """Items that have been rendered."""
    items_total: int


class JobEstimate(msgspec.Struct, frozen=True):
    """The estimates for a job that has not ended; None is what is not known."""

    queue_position: int | None = None
    """The number of exports that will begin before it."""
    estimated_seconds_left: int | None = None
    phase: Phase | None = None
    """The phase that Temporal knows it to be in, where the record is behind."""
    waits_for: str | None = None
    """The code of the problem that its last attempt met."""


NO_ESTIMATE = JobEstimate()
"""The estimate of a job that has ended."""


class DownloadUrl(NamedTuple):
    """A presigned URL: it gives the file to every caller who has it."""

    url: str
    expires_at: datetime


class ExportFile(msgspec.Struct, frozen=True):
    """The finished file of an export."""

    name: str
    size: int
    """The size in bytes."""
    media_type: str
    sha256: str
    """The hash of the bytes, in hex."""
    items: int


class ChangesResponse(msgspec.Struct, frozen=True):
    """How much is new, changed and gone."""

    since: datetime
    """The moment from which on changes count: that of `since_job_id`, if there is one."""
    since_job_id: str | None
    """The export with which content was compared; null: by a moment."""
    new: int
    changed: int
    """Items that changed; until the job compared pictures, those that may have, too."""
    gone: int
    """Items of that export that are not there any more; which they are the file says."""


class JobResponse(msgspec.Struct, frozen=True):
    """A job. Times are RFC 3339 in UTC."""

    job_id: str
    status: Status
    format: str
    """The format of the file; `bundle` if it is a zip of `formats`."""
    formats: list[str]
    """The formats of all files, in the order of the request."""
    progress: Progress
    queue_position: int | None
    """The number of exports that will begin before this one, as owners take turns; null once it has
    begun, and while it is not known."""
    estimated_seconds_left: int | None
    """A guess from the pace so far, and while it waits from that of the queue; null at the end, and
    while there is nothing to go by."""
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    """The time at which the file will be removed."""
    file: ExportFile | None
    download_url: str | None
    """The presigned URL of the file, valid without a token until `download_url_expires_at`."""
    download_url_expires_at: datetime | None
    error: Problem | None
    """Why the job failed, or why the file of a completed one is lost (`file-lost`), or that the
    record cannot be read (`record-damaged`)."""
    warnings: list[ExportWarning]
    """The parts that were left out or changed, and where."""
    options: RenderOptions
    reused: bool = False
    """True if the file is that of an earlier export of the same content and options."""
    waits_for: str | None = None
    """What the export waits for before it is tried again: the code of the problem that the last
    attempt met, such as `content-source-unavailable`; null while all goes well."""
    pinned: bool = False
    """True if the owner has the file kept until further notice."""
    matched: int | None = None
    """The number of items that matched the filters of a bulk export, as far as the content source
    counts them; null of other exports."""
    changes: ChangesResponse | None = None
    """What has changed, of an export of what did; null of others."""
    deliveries: list[Delivery] = []
    """What became of each destination of `deliver_to`. A delivery that fails does not fail the
    export: the file is still there."""


def progress_of(job: Job) -> Progress:
    """The progress of the job, by its record."""
    total = job.items_total
    # Of each file of a bundle all items are rendered.
    items_rendered = job.items_rendered // max(len(members_of(job.format, job.options)), 1)
    if job.status in {Status.COMPLETED, Status.EXPIRED}:
        return Progress(100.0, job.status.value, total, total)
    rendered = min(items_rendered, total)
    if job.status is Status.PENDING:
        percent = 0.0
    else:
        fetched = min(max(job.items_fetched, rendered), total)
        percent = (_FETCHED * fetched + _RENDERED * rendered) / max(total, 1)
        if job.phase is Phase.ASSEMBLING:
            percent = max(percent, _ASSEMBLING_AT)
        elif job.phase is Phase.PUBLISHING:
            percent = max(percent, _PUBLISHING_AT)
    return Progress(round(min(percent, _BEFORE_THE_END), 1), _phase_of(job), rendered, total)


def _changes_of(job: Job) -> ChangesResponse | None:
    if job.changes is None:
        return None
    return ChangesResponse(
        job.changes.since,
        job.changes.since_job_id,
        job.changes.new,
        job.changes.changed + job.changes.unsure,
        job.changes.gone,
    )


def _in_phase(progress: Progress, phase: Phase | None) -> Progress:
    return progress if phase is None else msgspec.structs.replace(progress, phase=phase.value)


def _phase_of(job: Job) -> str:
    if job.status.ended:
        return job.status.value
    # Chunks are fetched while others are rendered; what is shown is the later of the two.
    if job.phase is Phase.FETCHING and (job.items_rendered or job.items_fetched >= job.items_total):
        return Phase.RENDERING.value
    return job.phase.value


def file_of(job: Job) -> ExportFile | None:
    """The file that was made, whether or not it is still there; None before it was."""
    if job.sha256 is None or job.file_name is None or job.file_size is None:
        return None
    media_type = job.media_type or "application/octet-stream"
    items = job.items_total - len(skipped_ids(job.warnings))
    return ExportFile(job.file_name, job.file_size, media_type, job.sha256, items)


def error_of(job: Job) -> Problem | None:
    """Why there is no file although the job has ended and its time is not up."""
    if job.damaged:
        return problem(RECORD_DAMAGED.code)
    if job.file_lost_at is not None and job.status is Status.COMPLETED:
        return problem(FILE_LOST.code)
    return job.error


def job_response(
    job: Job,
    download: DownloadUrl | None,
    *,
    estimate: JobEstimate = NO_ESTIMATE,
    progress: Progress | None = None,
) -> JobResponse:
    """The job as its owner sees it.

    Args:
        job: the record.
        download: leads to its file; None when there is no file now.
        estimate: the estimates for it, if it has not ended.
        progress: shown instead of the record's own.
    """
    return JobResponse(
        job_id=job.job_id,
        status=job.status,
        format=job.format,
        formats=list(members_of(job.format, job.options)),
        progress=_in_phase(progress or progress_of(job), estimate.phase),
        queue_position=estimate.queue_position,
        estimated_seconds_left=estimate.estimated_seconds_left,
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        expires_at=job.expires_at,
        file=file_of(job),
        download_url=download.url if download else None,
        download_url_expires_at=download.expires_at if download else None,
        error=error_of(job),
        warnings=job.every_warning,
        options=job.options,
        reused=job.reused_from is not None,
        waits_for=estimate.waits_for,
        pinned=job.pinned_at is not None and job.status is Status.COMPLETED,
        matched=job.matched,
        changes=_changes_of(job),
        deliveries=job.deliveries,
    )
