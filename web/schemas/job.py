"""The job as JSON: the one shape in which every answer shows a job."""

from datetime import datetime

import msgspec

from activities.model.jobs import Job, Phase, Problem, Status
from activities.model.options import RenderOptions
from activities.model.warnings import ExportWarning, count_skipped
from web.services.presigned_urls import Links

# How much of the work each phase is, in percent; the rest is joining and publishing.
_FETCHED = 10.0
_RENDERED = 80.0
_ASSEMBLING_AT = _FETCHED + _RENDERED
_PUBLISHING_AT = 95.0
_BEFORE_THE_END = 99.0


class Progress(msgspec.Struct, frozen=True):
    """How far a job is."""

    percent: float
    """0 to 100; 100 only when there is a file."""
    phase: str
    """`queued`, `fetching`, `rendering`, `assembling`, `publishing`; at the end, the status."""
    items_done: int
    """Items that have been rendered."""
    items_total: int


class JobEstimate(msgspec.Struct, frozen=True):
    """What lies before a job that has not ended, as far as it is known."""

    queue_position: int | None = None
    estimated_seconds_left: int | None = None


ENDED = JobEstimate()
"""The estimate of a job that has ended: nothing lies before it."""


class ExportFile(msgspec.Struct, frozen=True):
    """The finished file."""

    name: str
    size: int
    """Bytes."""
    media_type: str
    sha256: str
    """Hex."""
    items: int


class JobResponse(msgspec.Struct, frozen=True):
    """A job. Times are RFC 3339 in UTC."""

    job_id: str
    status: Status
    format: str
    progress: Progress
    queue_position: int | None
    """How many exports will begin before this one, as owners take turns; null once it has begun,
    and while it is not known."""
    estimated_seconds_left: int | None
    """A guess from the pace so far, and while it waits from that of the queue; null at the end, and
    while there is nothing to go by."""
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    """When the file will be removed."""
    file: ExportFile | None
    download_url: str | None
    """Gives the file to whoever has it, without a token, until `download_url_expires_at`."""
    download_url_expires_at: datetime | None
    error: Problem | None
    """Why the job failed."""
    warnings: list[ExportWarning]
    """What was left out or changed, and where."""
    options: RenderOptions
    reused: bool = False
    """Whether the file is that of an earlier export of the same content and options."""


def progress_of(job: Job) -> Progress:
    """How far the job is, as its record says."""
    total = job.items_total
    if job.status in {Status.COMPLETED, Status.EXPIRED}:
        return Progress(100.0, job.status.value, total, total)
    rendered = min(job.items_rendered, total)
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


def _phase_of(job: Job) -> str:
    if job.status.ended:
        return job.status.value
    # Chunks are fetched while others are rendered; what is shown is the later of the two.
    if job.phase is Phase.FETCHING and (job.items_rendered or job.items_fetched >= job.items_total):
        return Phase.RENDERING.value
    return job.phase.value


def view(
    job: Job,
    links_to: Links,
    base_url: str,
    now: datetime,
    *,
    outlook: JobEstimate = ENDED,
    progress: Progress | None = None,
) -> JobResponse:
    """The job as it is shown.

    Args:
        job: the record.
        links_to: makes the download link.
        base_url: what absolute links begin with.
        now: decides whether there still is a file, and when the link ends.
        outlook: what lies before it.
        progress: shown instead of the record's own.
    """
    link = links_to.to_file(job, base_url, now)
    file = None
    if job.sha256 is not None and job.file_name is not None and job.file_size is not None:
        media_type = job.media_type or "application/octet-stream"
        items = job.items_total - count_skipped(job.warnings)
        file = ExportFile(job.file_name, job.file_size, media_type, job.sha256, items)
    return JobResponse(
        job_id=job.job_id,
        status=job.status,
        format=job.format,
        progress=progress or progress_of(job),
        queue_position=outlook.queue_position,
        estimated_seconds_left=outlook.estimated_seconds_left,
        created_at=job.created_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        expires_at=job.expires_at,
        file=file,
        download_url=link[0] if link else None,
        download_url_expires_at=link[1] if link else None,
        error=job.error,
        warnings=job.warnings,
        options=job.options,
        reused=job.reused_from is not None,
    )
