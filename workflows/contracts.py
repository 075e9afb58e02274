"""The contracts between rooms: names, queues, the Structs of every call, and the steps.

Nothing here may hold content: all of it is kept in Temporal's history and shown in its UI.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import Generic, TypeVar

import msgspec

In = TypeVar("In")
Out = TypeVar("Out")

DEPLOYMENT = "export-service"
"""The worker deployment whose versions are the builds of this service."""
UNNAMED_BUILD = "unnamed"
"""The build of workers to which operators give no name."""
BUILD_WITHOUT_MAKE = "unversioned"
"""The same for workers of a version that has no `MAKE`; Temporal keeps in each history which build
took which decision."""

WORKFLOW_QUEUE = "export-workflow"
IO_QUEUE = "export-io"
RENDER_QUEUE = "export-render"
RENDER_SMALL_QUEUE = "export-render-small"
"""The renders of small exports, see `workflows.rendering`."""
EXPRESS_QUEUE = "export-express"
"""Of the workflows of small exports, whose workers also fetch, render and publish."""

WEBHOOK_QUEUE = "export-webhook"
"""Of messages to owners' webhooks, whose servers may be slow: nothing else waits for them."""

SENDING_QUEUE = "export-sending"
"""Of files that are delivered and mails, whose servers may be slow: nothing else waits for them."""

PREVIEW_QUEUE = "export-preview"
"""Of pictures of first pages, which have a place of their own: no export waits for one."""

EXPORT_WORKFLOW = "Export"
WEBHOOK_WORKFLOW = "ExportWebhook"
SENDING_WORKFLOW = "ExportSending"
ERASURE_WORKFLOW = "OwnerErasure"
PREVIEW_WORKFLOW = "ExportPreview"
RETENTION_WORKFLOW = "ExportRetention"
RETENTION_SCHEDULE_ID = "export-retention"
SCHEDULED_EXPORT_WORKFLOW = "ScheduledExport"
ARCHIVE_WORKFLOW = "ExportArchive"

_FINGERPRINTS = 1 << 256

SEARCH_OWNER = "ExportOwner"
SEARCH_FORMAT = "ExportFormat"
SEARCH_ATTRIBUTES = (SEARCH_OWNER, SEARCH_FORMAT)
"""Keywords that the namespace must know before the first export.

How it ended is Temporal's own `ExecutionStatus`: an attribute that says the same cost the server a
twentieth of an export.
"""


def workflow_id(job_id: str) -> str:
    """The id of the workflow that makes a job's file."""
    return f"export-{job_id}"


def webhook_workflow_id(job_id: str | None, delivery_id: str) -> str:
    """The id of the workflow that delivers one message about a job, or a test."""
    return f"webhook-{job_id or 'test'}-{delivery_id}"


def export_schedule_id(schedule_id: str) -> str:
    """The id of the Temporal Schedule that an owner's schedule has."""
    return f"schedule-{schedule_id}"


def scheduled_run_id(schedule_id: str, due_at: datetime) -> str:
    """The id of the workflow of a run that somebody asked for; Temporal names its own alike."""
    return f"schedule-run-{schedule_id}-{due_at.isoformat()}"


def archive_workflow_id(archive_id: str) -> str:
    """The id of the workflow that has an archive made, part by part."""
    return f"archive-{archive_id}"


def sending_workflow_id(job_id: str, kind: str, name: str) -> str:
    """The id of the workflow that sends one thing of a job that ended."""
    return f"send-{job_id}-{kind}-{name}"


def erasure_workflow_id(erasure_id: str) -> str:
    """The id of the workflow that erases everything of an owner."""
    return f"erase-{erasure_id}"


def preview_workflow_id(owner_key: str) -> str:
    """The id of the workflow that draws first pages for an owner, one at a time.

    Args:
        owner_key: stands for the owner.
    """
    return f"preview-{owner_key}"


def combined(fingerprints: Iterable[str]) -> str:
    """The fingerprint of all parts, however they were cut and in whatever order they come.

    Args:
        fingerprints: hashes of 256 bits, in hex, each of something different.
    """
    return f"{sum(int(each, 16) for each in fingerprints) % _FINGERPRINTS:064x}"


class ErrorType:
    """Types of the errors that activities raise; each is also the `code` of a job's problem."""

    CONTENT_NOT_FOUND = "content-not-found"
    SOURCE_BROKEN = "content-source-broken"
    RENDER_FAILED = "render-failed"
    RENDER_TOO_COSTLY = "render-too-costly"
    MEDIA_UNAVAILABLE = "media-unavailable"
    NO_CONTENT_MATCHED = "no-content-matched"
    """No item has the quality that was asked for."""
    QUALITY_TOO_LOW = "quality-too-low"
    """Items are below the quality that was asked for, and the export is to fail then."""
    NOTHING_CHANGED = "nothing-changed"
    """Of an export of what changed: nothing did, as pictures told that were fetched for it."""
    TOO_LARGE = "export-too-large"
    BYTES_LIMIT = "bytes-limit"
    """The owner's files take as much room as they may."""
    JOB_TAKEN = "job-taken"
    """The row no longer belongs to this run: cancelled, ended or taken over."""
    SOURCE_UNAVAILABLE = "content-source-unavailable"
    NO_SPACE = "insufficient-storage"
    STORAGE = "storage-unavailable"
    DATABASE = "database-unavailable"
    INTERNAL = "internal-error"
    TIMED_OUT = "timed-out"
    TERMINATED = "terminated"
    """An operator ended the workflow."""


NOT_SMALL = "render-not-small"
"""The type of the error by which a render leaves the queue of small exports: no job ends by it."""
NOT_EXPRESS = "not-express"
"""The type of the error with which `EXPRESS` leaves an export to the queues; never a job's code."""

UNEXPECTED_FAILURE = "It failed for a reason that is neither the request's nor the content's."
"""The sentence for people of `ErrorType.INTERNAL`."""

NOTHING_GOOD_ENOUGH = "No item has the quality that was asked for."
"""The sentence for people when every item was left out that was below the quality asked for."""

NOTHING_FETCHED = "No item of the export could be fetched."
"""The sentence for people when every item was left out before it was rendered."""


class _Traced(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str = ""
    """The id of the API's request that created the job, for logs; empty when it is not known."""


class JobTask(_Traced, frozen=True):
    """The input of an export's workflow and of each of its steps."""

    job_id: str


class ExportRequest(JobTask, frozen=True):
    """The input of one export workflow."""

    format: str
    items_total: int
    seconds_per_item: float
    """Cost estimate from the format's catalog entry; sizes the chunks."""
    chunked: bool
    """True if the format renders per chunk; otherwise one render takes all parts."""
    max_seconds: float | None = None
    """The time that the export may take, in seconds; None only in histories from before there was a
    limit."""
    express: bool = False
    """True if the worker that has the workflow may do all of it, in one local step."""
    makes_in_one: bool = False
    """True if an export of one slice is fetched and rendered in one step; False of bundles, and in
    histories from before there was such a step."""
    members: list[str] = []
    """Of a bundle: the formats of its files, each of which one render makes of all parts."""
    compares: bool = False
    """True if it exports what changed, and only pictures tell of which items that is so."""
    skips_formats: bool = False
    """True if a bundle goes on without a file that cannot be made."""
    max_bytes: int | None = None
    """The bytes that its file may have, unless it is of one item; None: as many as any file."""


class Slice(msgspec.Struct, frozen=True):
    """A run of the job's items, by position: from `start` up to but without `stop`."""

    chunk: int
    start: int
    stop: int


class FetchTask(JobTask, frozen=True):
    """Freeze one slice of the content into a snapshot part."""

    slice: Slice
    repeats: bool = False
    """True if another step may have left warnings of the same slice."""


class SnapshotPart(msgspec.Struct, frozen=True):
    """A frozen slice of content in storage."""

    key: str
    items: int
    newest: datetime | None
    """`updated_at` of its newest item, UTC; None when every item of it was skipped."""
    fingerprint: str = ""
    """The hash of the content, in hex; empty only in histories from before there was one."""
    references: str = ""
    """The key of what its items refer to pictures by; empty when they refer to none."""
    below_quality: int = 0
    """The items that were left out since they are below the quality asked for."""
    first_tag: str = ""
    """The BCP 47 tag of its first item's language, `und` where the item says what is none; empty
    when every item was left out."""


class PicturesTask(JobTask, frozen=True):
    """Freeze the pictures that an export's content refers to."""

    references: list[str]
    """Storage keys, in the order of the content."""
    snapshots: list[str] = []
    """Storage keys of the snapshot parts that have them; none in histories from before they
    counted."""


class FrozenPictures(msgspec.Struct, frozen=True):
    """The pictures of an export in storage."""

    key: str
    """Of what says which reference is which picture; renders take it before the snapshot parts."""
    fingerprint: str
    """Stands for each reference and the bytes behind it, in hex."""


class Compared(msgspec.Struct, frozen=True):
    """What is left of an export of what changed, once that is known of all items."""

    items_total: int


class RenderTask(JobTask, frozen=True):
    """Render snapshot parts into one stored file or fragment."""

    format: str
    parts: list[str]
    """Storage keys, in order; first that of the pictures, if there are any."""
    chunk: int
    newest: datetime | None
    """`updated_at` of the newest item of the export, whose finished file is asked for; None asks
    for a fragment for `assemble`, which has no dates.
    """
    repeats: bool = False
    """True if another step may have left warnings of the same chunk."""
    is_member: bool = False
    """True if the file is one of a bundle, in which it has the chunk's number."""


class Produced(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was made of content, whatever the format; `activities.model.limits` has its bounds."""

    tokens: int = 0
    """What texts became: `activities.documents.budget`."""
    pixels: int = 0
    """Of images, one that comes again included."""
    unpacked: int = 0
    """Bytes of what is in a zip file, before compression."""

    def __add__(self, other: "Produced") -> "Produced":
        return Produced(
            self.tokens + other.tokens,
            self.pixels + other.pixels,
            self.unpacked + other.unpacked,
        )


class AssembleTask(JobTask, frozen=True):
    """Join fragments into the finished file."""

    format: str
    fragments: list[str]
    """Storage keys, in order."""
    newest: datetime
    """`updated_at` of the newest item of the export."""
    repeats: bool = False
    """True if another step may have left warnings of the same chunk."""
    produced: Produced = Produced()
    """What all fragments hold."""
    first_tag: str = ""
    """The BCP 47 tag of the first item's language."""


class StagedFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A finished file, or a fragment of one, under its staging key."""

    key: str
    size: int
    sha256: str
    produced: Produced = Produced()
    """What its content became; nothing in histories from before it was counted."""


class MakeTask(JobTask, frozen=True):
    """Fetch the content of an export that is one slice, and render its file from it."""

    format: str
    slice: Slice
    repeats: bool = False
    """True if another step may have left warnings of the same slice."""


class MadeFile(msgspec.Struct, frozen=True):
    """A finished file under its staging key, and what it was made of."""

    file: StagedFile
    fingerprint: str
    """The hash of the content in the file, in hex."""


class ExpressTask(JobTask, frozen=True):
    """Fetch, render and publish a small export."""

    format: str


class BundledFile(msgspec.Struct, frozen=True):
    """A file of a bundle."""

    format: str
    number: int
    """Its place among the formats of the request."""
    file: StagedFile


class LeftOut(msgspec.Struct, frozen=True):
    """A format that a bundle does without, and why."""

    format: str
    code: str
    detail: str
    """For people: ids and counts, never content."""


class BundleTask(JobTask, frozen=True):
    """Put the files of several formats into one zip."""

    format: str
    files: list[BundledFile]
    left_out: list[LeftOut]
    newest: datetime
    """`updated_at` of the newest item of the export."""


class PublishTask(JobTask, frozen=True):
    """Give the finished file its final name and complete the row."""

    format: str
    file: StagedFile
    fingerprint: str = ""
    """The hash of the content in the file, in hex; empty only in histories from before there was
    one."""


class AbandonTask(JobTask, frozen=True):
    """Remove what is in storage, then write the end state."""

    format: str
    cancelled: bool
    """False: the job failed, for the reason in `code`."""
    code: str = ""
    detail: str = ""
    """For people: ids and counts, never content."""


class ExportOutcome(msgspec.Struct, frozen=True):
    """The result of the workflow: enough for an operator, nothing of the content."""

    status: str
    size: int = 0
    sha256: str = ""


class WebhookTask(msgspec.Struct, frozen=True, kw_only=True):
    """Deliver one message to a webhook."""

    delivery_id: str
    webhook_id: str
    job_id: str | None
    """None for a test."""
    event: str


class SendingTask(msgspec.Struct, frozen=True):
    """Send the file of a job that ended to a destination, or a mail to its owner."""

    job_id: str
    kind: str
    """`delivery` or `mail`."""
    name: str
    """Of the destination, or of the event that the mail tells of."""


class SendingOutcome(msgspec.Struct, frozen=True):
    """What became of it."""

    status: str
    """`delivered`, `failed`, or `gone` if it had ended before or was removed with its job."""
    attempts: int = 0
    error: str = ""
    """A word for why it failed."""


class PreviewTask(msgspec.Struct, frozen=True):
    """Draw the first pages of an export that nobody has started yet."""

    preview_id: str
    request_id: str = ""
    """The id of the request that asked for them, for logs."""


class PreviewOutcome(msgspec.Struct, frozen=True):
    """What became of pictures of first pages."""

    status: str
    """`ready`, `failed`, or `gone` if nobody wants them any more."""
    pages: int = 0
    error: str = ""
    """A word for why they could not be drawn."""


class WebhookOutcome(msgspec.Struct, frozen=True):
    """What became of a message."""

    status: str
    """`delivered`, `failed`, or `gone` if it had ended before or was removed with its webhook."""
    attempts: int = 0
    error: str = ""
    """A word for why it failed."""


class ScheduledRun(msgspec.Struct, frozen=True):
    """One run of an owner's schedule."""

    schedule_id: str
    due_at: datetime | None = None
    """The moment at which it is due; None: that at which Temporal's Schedule was."""
    manual: bool = False
    """Somebody asked for it."""


class OpenedRun(msgspec.Struct, frozen=True):
    """What became of a run."""

    outcome: str
    """See `activities.automation.schedules.Outcome`; empty: there is no such run."""
    due_at: datetime | None = None
    """The time that the run has; None if there is none."""


class ArchiveTask(_Traced, frozen=True):
    """The input of an archive's workflow."""

    archive_id: str


class AdvanceTask(ArchiveTask, frozen=True):
    """Note what became of parts, and say which are to be made next."""

    running: list[str]
    """The jobs of the parts that are being made."""
    room: int
    """The most parts to begin."""


class ArchivePart(msgspec.Struct, frozen=True):
    """A part that is to be made, by the export of its job."""

    export: ExportRequest
    owner: str
    """As `SEARCH_OWNER` has it."""
    fairness_key: str


class ArchiveNext(msgspec.Struct, frozen=True):
    """What an archive does next."""

    parts: list[ArchivePart]
    """Parts to make now."""
    unmade: int
    """Parts that are not made yet, those included."""
    walked: bool
    """True if all content is in parts."""
    ended: bool = False
    """True if the archive has ended, is to be cancelled, or is gone."""


class EndArchiveTask(ArchiveTask, frozen=True):
    """End an archive without a manifest."""

    cancelled: bool
    """False: it failed, for the reason in `code`."""
    code: str = ""
    detail: str = ""
    """For people: ids and counts, never content."""


class ArchiveOutcome(msgspec.Struct, frozen=True):
    """The result of an archive's workflow."""

    status: str
    """As its row has it; `gone` without one."""
    parts: int = 0


class Walk(msgspec.Struct, frozen=True):
    """A walk through all published files, which several runs of retention may share."""

    next_piece: int = 0
    """The piece of it that comes next; 0: none is under way."""
    bytes: int = 0
    """The bytes of the files in the pieces before that."""
    files: int = 0
    whole_bytes: int | None = None
    """The bytes of all files by the last walk that came to its end; None before the first."""
    whole_files: int | None = None
    ended_at: datetime | None = None
    """The time at which that was, in UTC."""


class Swept(msgspec.Struct, frozen=True):
    """What sweeping storage removed and found."""

    removed: int
    staged_bytes: int
    """The bytes of all that is staged."""
    staged_files: int
    walk: Walk
    """The walk as the next run takes it on."""


class RetentionReport(msgspec.Struct, frozen=True):
    """The counts of one run of retention; those of a step that failed are 0."""

    expired: int
    """Files removed because their time was up."""
    records_removed: int
    swept: int
    """Objects removed that no job needs."""
    started: int
    """Jobs that had no workflow and now have one."""
    failed: int
    """Jobs whose workflow had ended or never would."""
    cancelled: int
    stored_bytes: int | None
    """The bytes of all objects in storage; None when they could not be counted. Those of files are
    as the last walk found them, see `walk`."""
    stored_files: int | None
    files_verified: int = 0
    """Files that were read and compared with their hash."""
    files_lost: int = 0
    """Those of them that are damaged."""
    failed_steps: list[str] = []
    """Names of the steps that failed for good."""
    walk: Walk = Walk()
    """The walk through all files as the next run takes it on."""


class Verified(msgspec.Struct, frozen=True):
    """The counts of one check of files against their hashes."""

    files: int
    lost: int


class Tidied(msgspec.Struct, frozen=True):
    """What tidying did: expiring files, removing records, sweeping storage, verifying files."""

    expired: int
    records_removed: int
    swept: Swept | None
    """None when storage could not be swept."""
    verified: Verified
    failed: list[str]
    """Those of its parts that failed, by the names that they have as steps."""


class Reconciled(msgspec.Struct, frozen=True):
    """The changes that reconciling rows with workflows made."""

    started: int
    failed: int
    cancelled: int


class ErasureTask(msgspec.Struct, frozen=True):
    """What to erase: its row says whose."""

    erasure_id: str


class Erased(msgspec.Struct, frozen=True):
    """What an erasure found."""

    exports: int
    """0 if all was erased before."""


class Stored(msgspec.Struct, frozen=True):
    """The amount of data in storage."""

    bytes: int
    files: int


@dataclass(frozen=True)
class Step(Generic[In, Out]):
    """An activity as both its ends know it: the workflow that runs it and what implements it.

    Attributes:
        name: its type in Temporal.
        takes: the type of its argument; `NoneType` when it takes none.
        gives: the type of what it returns.
    """

    name: str
    takes: type[In]
    gives: type[Out]


FETCH = Step("fetch", FetchTask, SnapshotPart)
COMPARE = Step("compare", JobTask, Compared)
FREEZE_PICTURES = Step("freeze_pictures", PicturesTask, FrozenPictures)
RENDER = Step("render", RenderTask, StagedFile)
ASSEMBLE = Step("assemble", AssembleTask, StagedFile)
BUNDLE_FILES = Step("bundle_files", BundleTask, StagedFile)
MAKE = Step("make", MakeTask, MadeFile)
EXPRESS = Step("express", ExpressTask, ExportOutcome)
PUBLISH = Step("publish", PublishTask, ExportOutcome)
ABANDON = Step("abandon", AbandonTask, ExportOutcome)

PREVIEW = Step("preview", PreviewTask, PreviewOutcome)

DELIVER = Step("deliver", SendingTask, SendingOutcome)
NOTIFY = Step("notify", SendingTask, SendingOutcome)
DELIVER_WEBHOOK = Step("deliver_webhook", WebhookTask, WebhookOutcome)


OPEN_RUN = Step("open_run", ScheduledRun, OpenedRun)
LOOK_AT_RUN = Step("look_at_run", ScheduledRun, OpenedRun)

ERASE_OWNER = Step("erase_owner", ErasureTask, Erased)
ADVANCE_ARCHIVE = Step("advance_archive", AdvanceTask, ArchiveNext)
SEAL_ARCHIVE = Step("seal_archive", ArchiveTask, ArchiveOutcome)
END_ARCHIVE = Step("end_archive", EndArchiveTask, ArchiveOutcome)

TIDY = Step("tidy", Walk, Tidied)

RECONCILE_JOBS = Step("reconcile_jobs", NoneType, Reconciled)

# The parts of `TIDY`, which were steps of their own in runs that began before.
EXPIRE_FILES = Step("expire_files", NoneType, int)
REMOVE_RECORDS = Step("remove_records", NoneType, int)
VERIFY_FILES = Step("verify_files", NoneType, Verified)
SWEEP_STORAGE = Step("sweep", Walk, Swept)

# Of runs that began before one walk did for both; no worker has them any more.
SWEEP_STORAGE_WHOLE = Step("sweep_storage", NoneType, int)
MEASURE_STORAGE = Step("measure_storage", NoneType, Stored)
