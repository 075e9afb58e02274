"""The API's responses, as far as a client needs them. Fields that a newer API adds are ignored."""

from datetime import datetime
from typing import Any

import msgspec

ENDED = frozenset({"completed", "failed", "cancelled", "expired"})


class Progress(msgspec.Struct, frozen=True):
    """The progress of a job."""

    percent: float
    phase: str
    items_done: int
    items_total: int


class File(msgspec.Struct, frozen=True):
    """A finished file; `size` in bytes, `sha256` in hex."""

    name: str
    size: int
    media_type: str
    sha256: str
    items: int


class Place(msgspec.Struct, frozen=True):
    """Where something was left out or changed: the item, its part, the heading above it."""

    item_id: str
    title: str = ""
    part: str = ""
    heading: str = ""

    def __str__(self) -> str:
        """The way to it, from the item down."""
        part = self.part.replace("_", " ")
        return " > ".join(filter(None, [self.title or self.item_id, part, self.heading]))


class ExportWarning(msgspec.Struct, frozen=True):
    """Something that was left out or changed, how often, and where."""

    code: str
    detail: str
    item_id: str = ""
    part: str = ""
    count: int = 1
    places: list[Place] = []
    """The first places."""

    @property
    def message(self) -> str:
        """All that it says, in one line."""
        # An older service names no places, and none does of an item that was left out.
        places = self.places or [Place(self.item_id, part=self.part)]
        where = "; ".join(filter(None, map(str, places)))
        return f"{self.detail} In: {where}" if where else self.detail


class Problem(msgspec.Struct, frozen=True):
    """An error as a problem document (RFC 9457)."""

    title: str = ""
    detail: str = ""
    code: str = ""
    status: int = 0
    errors: list[dict[str, Any]] = []
    content_ids: list[str] = []
    """The ids of content that was not found."""

    @property
    def message(self) -> str:
        """All that it says, in one line."""
        details = self.content_ids or [str(each.get("detail", "")) for each in self.errors]
        new = [each for each in details if each not in (self.title, self.detail)]
        *before, last = list(filter(None, [self.title, self.detail, ", ".join(new)])) or [""]
        return ": ".join([each.rstrip(".") for each in before] + [last])


class Changes(msgspec.Struct, frozen=True):
    """How much is new, changed and gone since an earlier export, or since a moment."""

    since: datetime
    since_job_id: str | None
    new: int
    changed: int
    gone: int


class Usage(msgspec.Struct, frozen=True):
    """What an owner's files take, shared and pinned ones among them."""

    files: int
    bytes: int
    max_bytes: int | None
    """None: they may take any number."""
    pinned: int
    max_pinned: int


class Notifications(msgspec.Struct, frozen=True):
    """Which mails an owner gets."""

    email: str | None
    on: list[str]
    """`completed`, `failed`, `expiring`; empty: none."""
    after_seconds: int
    """An export that took less is not told of when it ends."""
    language: str | None


class Erasure(msgspec.Struct, frozen=True):
    """How far it is with erasing everything of an owner."""

    erasure_id: str
    status: str
    """`erasing`, or `erased` once nothing is left."""
    requested_at: datetime
    completed_at: datetime | None
    exports: int
    """How many exports were erased so far."""


class Delivery(msgspec.Struct, frozen=True):
    """The delivery of a file to a destination."""

    to: str
    status: str
    """`pending`, `delivered`, `failed`, or `cancelled` if the export has no file."""
    attempts: int = 0
    delivered_at: datetime | None = None
    error: str | None = None
    """A word for why the last attempt failed."""


class Job(msgspec.Struct, frozen=True):
    """One export. Times are in UTC."""

    job_id: str
    status: str
    format: str
    """The format of its file; `bundle` if it is a zip of several."""
    progress: Progress
    created_at: datetime
    formats: list[str] = []
    """The formats of the files in it."""
    queue_position: int | None = None
    """The number of exports that will begin before it; None once it has begun, or if not known."""
    estimated_seconds_left: int | None = None
    """A guess; None once it has ended, and when there is nothing to go by."""
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    file: File | None = None
    download_url: str | None = None
    download_url_expires_at: datetime | None = None
    error: Problem | None = None
    warnings: list[ExportWarning] = []
    options: dict[str, Any] = {}
    reused: bool = False
    """True if the file is that of an earlier export."""
    waits_for: str | None = None
    """The code of the problem for which the export is tried again, if there is one."""
    pinned: bool = False
    """True if its file is kept until further notice."""
    matched: int | None = None
    """The number of items that matched the filters of a bulk export; None of other exports."""
    changes: Changes | None = None
    """What has changed, of an export of what did."""
    deliveries: list[Delivery] = []
    """What became of each destination of `deliver_to`."""

    @property
    def ended(self) -> bool:
        """True if nothing more will happen to it, except that its file expires."""
        return self.status in ENDED


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What pages of every list have."""

    page: int
    page_size: int
    total: int
    pages: int
    next_cursor: str | None = None
    """The `cursor` of the next page; None: this is the last."""


class JobPage(Listed, frozen=True, kw_only=True):
    """One page of jobs, newest first."""

    items: list[Job]


class Share(msgspec.Struct, frozen=True):
    """A link by which others download a file. Times are in UTC."""

    share_id: str
    job_id: str
    name: str
    url: str
    state: str
    """`active`, `used-up`, `expired` or `revoked`."""
    created_at: datetime
    expires_at: datetime
    max_downloads: int | None = None
    """None: any number."""
    downloads: int = 0
    last_used_at: datetime | None = None


class SharePage(Listed, frozen=True, kw_only=True):
    """One page of shares, newest first."""

    items: list[Share]


class ScheduleRun(msgspec.Struct, frozen=True):
    """One run of a schedule."""

    due_at: datetime
    outcome: str
    """`started` if there is an export; else why there is none, or that it waits."""
    manual: bool = False
    job_id: str | None = None
    status: str | None = None
    """That of its export."""
    reason: str | None = None


class Schedule(msgspec.Struct, frozen=True):
    """An export that recurs. Times are in UTC."""

    schedule_id: str
    name: str
    cron: str | None
    every: str | None
    time_zone: str
    export: dict[str, Any]
    only_changed: bool
    overlap: str
    paused: bool
    created_at: datetime
    paused_reason: str | None = None
    deliver_to: list[str] = []
    next_runs: list[datetime] = []
    last_jobs: list[ScheduleRun] = []


class ScheduleList(msgspec.Struct, frozen=True):
    """All schedules of the caller."""

    items: list[Schedule]


class Format(msgspec.Struct, frozen=True):
    """One format that the service offers."""

    id: str
    name: str
    description: str
    media_type: str
    extension: str
    limits: str = ""
    opening: str = ""


class FormatList(msgspec.Struct, frozen=True):
    """All formats that the service offers."""

    formats: list[Format]


class SignInLink(msgspec.Struct, frozen=True):
    """A link that signs the token's owner in to the pages, once."""

    url: str
    expires_at: datetime


class ClientError(Exception):
    """Something that the client cannot do.

    Attributes:
        job_id: of the job that it is about, which its message begins with; empty: of none.
    """

    job_id: str = ""

    def __str__(self) -> str:
        text = super().__str__()
        return f"job {self.job_id}: {text}" if self.job_id else text


class RefusedError(ClientError):
    """The API refused a request.

    Attributes:
        problem: the reason, as the response gives it.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class UnavailableError(ClientError):
    """The API could not be reached, or was too busy, after several attempts, or what answers is
    something else; the message says why.
    """


class ExportFailedError(ClientError):
    """A job ended without a file.

    Attributes:
        job: as it ended.
    """

    def __init__(self, job: Job) -> None:
        reason = (job.error.detail or job.error.title) if job.error else ""
        super().__init__(f"the export {job.status}" + (f": {reason}" if reason else ""))
        self.job = job
        self.job_id = job.job_id
