"""The job as the service keeps it."""

from datetime import datetime
from enum import StrEnum

import msgspec

from activities.model.changes import ChangeCounts, Changes, Delta
from activities.model.options import RenderOptions
from activities.model.themes import StoredTheme
from activities.model.warnings import ExportWarning, more_matched


class Status(StrEnum):
    """The states of a job."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def ended(self) -> bool:
        """True if nothing more will happen to the job, except that its file expires."""
        return self not in OPEN


OPEN = (Status.PENDING, Status.PROCESSING)
"""The states of a job that has not ended."""


FENCED = ""
"""As `run_id`: no run may complete this row any more."""


class Phase(StrEnum):
    """The work that an open job is doing."""

    QUEUED = "queued"
    FETCHING = "fetching"
    RENDERING = "rendering"
    ASSEMBLING = "assembling"
    PUBLISHING = "publishing"
    ENDED = "ended"


class SendingStatus(StrEnum):
    """The states of what is sent of a job that ended."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """The job ended without a file; in no row."""


class Delivery(msgspec.Struct, frozen=True):
    """The delivery of a job's file to a destination."""

    to: str
    """The name of the destination."""
    status: SendingStatus = SendingStatus.PENDING
    """`pending` from the request on; `delivered`; `failed`, after the last attempt; `cancelled`, as
    the export has no file."""
    attempts: int = 0
    delivered_at: datetime | None = None
    error: str | None = None
    """A word for why the last attempt failed."""


class Problem(msgspec.Struct, frozen=True):
    """Why a job failed, as a problem object (RFC 9457)."""

    type: str
    title: str
    detail: str
    code: str


class OwnerLimits(msgspec.Struct, frozen=True):
    """The most jobs that one owner may have; 0 is no limit."""

    in_flight: int
    """Jobs that have not ended."""
    per_hour: int
    """Jobs that are created within an hour."""


NO_LIMITS = OwnerLimits(in_flight=0, per_hour=0)
"""The limits of an owner who may have any number of jobs."""


class OwnerUsage(msgspec.Struct, frozen=True):
    """The jobs that one owner has, as limits count them."""

    in_flight: int
    """Jobs that have not ended."""
    recent: int
    """Jobs that were created after the moment that was asked about."""
    oldest: datetime | None
    """The time at which the first of the recent ones was created, in UTC."""


class Job(msgspec.Struct, frozen=True):
    """One job with its progress."""

    job_id: str
    owner_id: str
    status: Status
    phase: Phase
    format: str
    options: RenderOptions
    title: str
    items_total: int
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    run_id: str | None = None
    file_name: str | None = None
    file_size: int | None = None
    media_type: str | None = None
    sha256: str | None = None
    error: Problem | None = None
    warnings: list[ExportWarning] = []
    request_hash: str | None = None
    reused_from: str | None = None
    """The job whose file was taken over instead of making one."""
    request_id: str | None = None
    """The `X-Request-ID` of the request that created the job, for logs."""
    file_lost_at: datetime | None = None
    """The time at which the file was found missing or damaged, before its time was up."""
    dispatched_at: datetime | None = None
    """When it was given its turn, or its workflow was last known to exist; None while it waits."""
    matched: int | None = None
    """The number of items that matched the filters of a bulk export, as far as they were counted;
    None of others, and if it is not known."""
    skipped: int = 0
    """Of those the number of newer ones that it was to pass over."""
    theme_sha256: str | None = None
    """The hash of the theme that it was accepted with; None: none."""
    changes: ChangeCounts | None = None
    """How much has changed, of an export of what changed; None of others."""
    deliver_to: list[str] = []
    """The names of the destinations that its file is delivered to."""
    pinned_at: datetime | None = None
    """When the owner asked to keep the file until further notice; None: its time runs."""
    trace_parent: str | None = None
    """The trace context of the request that created the job (W3C's `traceparent`); None: it was not
    traced."""
    titles: list[str] = []
    """Those of the items, in their order, as Markdown; empty if an older process made the job."""
    # From here on in no column of the job's row.
    items_fetched: int = 0
    items_rendered: int = 0
    sent: list[Delivery] = []
    """The deliveries that have a row."""
    damaged: bool = False
    """True if the row cannot be read whole; what cannot be read is left at what says nothing."""

    @property
    def deliveries(self) -> list[Delivery]:
        """What became of each delivery that was asked for, in the order of the request."""
        known = {each.to: each for each in self.sent}
        unsent = self.status in {Status.FAILED, Status.CANCELLED}
        usual = SendingStatus.CANCELLED if unsent else SendingStatus.PENDING
        return [known.get(name) or Delivery(name, usual) for name in self.deliver_to]

    @property
    def every_warning(self) -> list[ExportWarning]:
        """What its file lost, and what its filters matched that it was not to hold."""
        end = (self.skipped or 0) + self.items_total
        if self.matched is None or self.matched <= end:
            return self.warnings
        return [more_matched(self.matched, self.matched - end, end), *self.warnings]


class NewJob(msgspec.Struct, frozen=True):
    """A job as it is first written."""

    job_id: str
    owner_id: str
    format: str
    options: RenderOptions
    title: str
    content_ids: list[str]
    created_at: datetime
    idempotency_key: str | None = None
    request_hash: str | None = None
    retry_of: str | None = None
    """The job in whose place an operator puts this one."""
    matched: int | None = None
    """See `Job`."""
    skipped: int = 0
    """See `Job`."""
    theme_sha256: str | None = None
    """See `Job`. The theme itself is kept before."""
    delta: Delta | None = None
    """What has changed, if that is what it exports."""
    deliver_to: list[str] = []
    """See `Job`."""
    titles: list[str] = []
    """See `Job`."""

    def as_job(self, request_id: str | None, reused: "ReusedFile | None") -> Job:
        """The job as its record shows it before anything else happens to it.

        Args:
            request_id: the id of the request that made it.
            reused: the file with which it is completed at once; None: it is pending.
        """
        job = Job(
            job_id=self.job_id,
            owner_id=self.owner_id,
            status=Status.PENDING,
            phase=Phase.QUEUED,
            format=self.format,
            options=self.options,
            title=self.title,
            items_total=len(self.content_ids),
            created_at=self.created_at,
            request_hash=self.request_hash,
            request_id=request_id,
            matched=self.matched,
            skipped=self.skipped,
            theme_sha256=self.theme_sha256,
            changes=self.delta.changes.counts if self.delta is not None else None,
            deliver_to=self.deliver_to,
            titles=self.titles,
        )
        if reused is None:
            return job
        return msgspec.structs.replace(
            job,
            status=Status.COMPLETED,
            phase=Phase.ENDED,
            started_at=reused.completed_at,
            completed_at=reused.completed_at,
            expires_at=reused.expires_at,
            file_name=reused.source.file_name,
            file_size=reused.source.file_size,
            media_type=reused.source.media_type,
            sha256=reused.source.sha256,
            warnings=reused.source.warnings,
            reused_from=reused.source.job_id,
        )


class ReusedFile(msgspec.Struct, frozen=True):
    """The file with which a new job is completed at once. Times are in UTC."""

    job_id: str
    """The id of the new job."""
    source: Job
    """The job that has the same file."""
    fingerprint: str
    """The hash of content, options and title of both jobs, in hex (`export_fingerprint`)."""
    completed_at: datetime
    expires_at: datetime
    """The time at which the new job's file will be removed, in UTC."""


class RenderInput(msgspec.Struct, frozen=True):
    """The data of its job that a render needs."""

    options: RenderOptions
    title: str
    content_ids: list[str]
    theme: StoredTheme | None = None
    """The theme that the job was accepted with; None: none."""
    changes: Changes | None = None
    """What has changed, if that is what the job exports."""
    owner_id: str = ""
    content_owner_id: str | None = None
    """Whose content it is; None: its owner's own."""


class FetchInput(msgspec.Struct, frozen=True):
    """The data of its job that a fetch needs, and the render after it."""

    owner_id: str
    content_ids: list[str]
    options: RenderOptions
    title: str
    theme: StoredTheme | None = None
    """See `RenderInput`."""
    changes: Changes | None = None
    """See `RenderInput`."""

    @property
    def render_input(self) -> RenderInput:
        """The data that a render needs."""
        return RenderInput(
            self.options, self.title, self.content_ids, self.theme, self.changes, self.owner_id
        )


class ExpressInput(FetchInput, frozen=True, kw_only=True):
    """The data of its job that the step needs which does everything."""

    created_at: datetime
    is_first: bool
    """True if no run had claimed the job before, so that nothing of it can be in storage."""


def has_file(job: Job, now: datetime) -> bool:
    """True if there is a file to download; a file past its time counts as removed."""
    kept = job.status is Status.COMPLETED and (job.expires_at is None or now < job.expires_at)
    return kept and job.file_lost_at is None and not job.damaged
