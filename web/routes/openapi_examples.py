"""Examples for the API's description, made of the structures that responses hold."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from litestar.openapi.spec import Example

from activities.automation.schedules import Outcome, Overlap
from activities.jobs.audit import Action, AuditEntry
from activities.jobs.operator_queries import FailureCount
from activities.model.catalog import formats
from activities.model.facets import FacetValue
from activities.model.jobs import Delivery, Job, Phase, Status
from activities.model.options import RenderOptions
from activities.model.problems import (
    ALREADY_ENDED,
    BYTES_LIMIT,
    CONTENT_NOT_FOUND,
    FORBIDDEN,
    INVALID_FORMAT,
    INVALID_REQUEST,
    LIMIT_REACHED,
    NOT_READY,
    NOT_RETRYABLE,
    RANGE_NOT_SATISFIABLE,
    UNAUTHENTICATED,
    HttpProblemType,
    problem,
)
from activities.temporal.state import QueueState, RetentionState
from web.http.problems import FieldError, ProblemDocument
from web.schemas.content import CollectionItem, ContentItem, ContentPage
from web.schemas.erasures import ErasureResponse, ErasureStatus
from web.schemas.job import NO_ESTIMATE, JobEstimate, JobResponse, job_response
from web.schemas.operators import OperatorJob, ServiceState, StorageState, operator_job
from web.schemas.page import Page
from web.schemas.requests import BulkExportRequest, BulkFilters
from web.schemas.schedules import ScheduleResponse, ScheduleRun
from web.schemas.sign_in_links import SignInLink
from web.services.presigned_urls import PresignedUrls
from workflows.contracts import (
    IO_QUEUE,
    RENDER_QUEUE,
    RENDER_SMALL_QUEUE,
    WORKFLOW_QUEUE,
    RetentionReport,
)

_BASE = "https://export.example.org"
_JOB_ID = "3b2f8c1e-6d0a-4f6b-9a53-0c8e1d7f2a94"
_NEW_JOB_ID = "b7c9d2e4-1f3a-4c5d-8e6f-7a8b9c0d1e2f"
_REQUEST_ID = "0b9f8e7d-6c5b-4a39-8877-665544332211"
_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_SIZE = 184_320
_URLS = PresignedUrls([b"not a key, an example of one"], timedelta(days=1))

_PENDING = Job(
    job_id=_JOB_ID,
    owner_id="teacher-1",
    status=Status.PENDING,
    phase=Phase.QUEUED,
    format="pdf",
    options=RenderOptions(include_quality_metrics=True),
    title="Photosynthesis",
    items_total=2,
    created_at=_NOW,
)
_PROCESSING = msgspec.structs.replace(
    _PENDING,
    status=Status.PROCESSING,
    phase=Phase.RENDERING,
    started_at=_NOW + timedelta(seconds=1),
    items_fetched=2,
    items_rendered=1,
)
_COMPLETED = msgspec.structs.replace(
    _PROCESSING,
    status=Status.COMPLETED,
    phase=Phase.ENDED,
    completed_at=_NOW + timedelta(seconds=3),
    expires_at=_NOW + timedelta(days=7),
    file_name="Photosynthesis.pdf",
    file_size=_SIZE,
    media_type="application/pdf",
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
)
_CANCELLED = msgspec.structs.replace(
    _PENDING,
    status=Status.CANCELLED,
    phase=Phase.ENDED,
    completed_at=_NOW + timedelta(seconds=2),
)
_FAILED = msgspec.structs.replace(
    _PROCESSING,
    status=Status.FAILED,
    phase=Phase.ENDED,
    completed_at=_NOW + timedelta(seconds=3),
    error=problem(
        "render-failed",
        "The file could not be made from this content; it failed at item content-2.",
    ),
)

# What is said of an occurrence where more is known of it.
_DETAILS: dict[HttpProblemType, str] = {
    INVALID_REQUEST: "Give 1 to 100 content ids, not 0.",
    UNAUTHENTICATED: "The token has expired.",
    FORBIDDEN: "The token needs the scope export:write.",
    CONTENT_NOT_FOUND: "1 of 2 content ids were not found among your content.",
    NOT_READY: "The export is processing; try again.",
    ALREADY_ENDED: "The export is completed; there is nothing to cancel.",
    NOT_RETRYABLE: "The export is completed.",
    RANGE_NOT_SATISFIABLE: f"The file has {_SIZE} bytes.",
    BYTES_LIMIT: "Your files take 499000000 bytes of 500000000, and this one would take about "
    "2000000.",
    LIMIT_REACHED: "You have 200 exports not finished; 200 are allowed.",
}


def problem_example(kind: HttpProblemType) -> Example:
    """A problem of this kind, as it is sent."""
    more: dict[str, Any] = {}
    detail = _DETAILS.get(kind, kind.detail)
    if kind is INVALID_REQUEST:
        more["errors"] = [FieldError(detail, pointer="/content_ids")]
    elif kind is INVALID_FORMAT:
        known = list(formats())
        detail = f"There are the formats {', '.join(known)}."
        more = {"formats": known, "errors": [FieldError(detail, pointer="/format")]}
    elif kind is CONTENT_NOT_FOUND:
        error = FieldError("This content was not found.", pointer="/content_ids/1")
        more = {"content_ids": ["content-2"], "errors": [error]}
    document = ProblemDocument(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=f"/api/export/jobs/{_JOB_ID}",
        code=kind.code,
        **more,
    )
    return example(kind.code, kind.title, document)


def example(name: str, summary: str, value: Any) -> Example:
    """One example; of a dictionary the description would leave out what is null."""
    return Example(id=name, summary=summary, value=value)


def _seen(job: Job, estimate: JobEstimate = NO_ESTIMATE) -> JobResponse:
    download = _URLS.to_file(job, _BASE, _NOW + timedelta(minutes=1))
    return job_response(job, download, estimate=estimate)


PENDING_JOB = _seen(_PENDING, JobEstimate(queue_position=3, estimated_seconds_left=12))
PROCESSING_JOB = _seen(_PROCESSING, JobEstimate(estimated_seconds_left=1))
COMPLETED_JOB = _seen(_COMPLETED)
DELIVERED_AGAIN_JOB = _seen(
    msgspec.structs.replace(
        _COMPLETED, deliver_to=["archive"], sent=[Delivery("archive", attempts=9)]
    )
)

ACCEPTED = [example("accepted", "Accepted, and waiting", PENDING_JOB)]
JOBS = [
    example("pending", "Waiting", PENDING_JOB),
    example("processing", "In progress", PROCESSING_JOB),
    example("completed", "Ready to download", COMPLETED_JOB),
    example("failed", "Failed", _seen(_FAILED)),
]
CANCELLED_JOB = [example("cancelled", "Cancelled", _seen(_CANCELLED))]


def _operated(job: Job) -> OperatorJob:
    return operator_job(job, "https://temporal.example.org", "default")


FAILED_OPERATOR_JOB = _operated(_FAILED)
OPERATOR_JOBS = [example("failed", "Failed", FAILED_OPERATOR_JOB)]
CANCELLED_OPERATOR_JOB = [example("cancelled", "Cancelled", _operated(_CANCELLED))]
RETRIED_OPERATOR_JOB = [
    example(
        "retried",
        "The new job",
        _operated(msgspec.structs.replace(_PENDING, job_id=_NEW_JOB_ID)),
    )
]

AUDIT_ENTRIES = [
    AuditEntry(
        id=2,
        at=_NOW + timedelta(minutes=5),
        action=Action.RETRIED,
        actor="operator-1",
        owner_id="teacher-1",
        job_id=_JOB_ID,
        related_job_id=_NEW_JOB_ID,
        format="pdf",
        items=2,
        request_id=_REQUEST_ID,
        link=None,
    ),
    AuditEntry(
        id=1,
        at=_NOW,
        action=Action.CREATED,
        actor="teacher-1",
        owner_id="teacher-1",
        job_id=_JOB_ID,
        related_job_id=None,
        format="pdf",
        items=2,
        request_id=_REQUEST_ID,
        link=None,
    ),
]

SIGN_IN_LINK_REQUEST = [
    Example(value={"next": "/exports/new?item=content-1&format=pdf"}),
]
SIGN_IN_LINK = [
    example(
        "link",
        "Good for a minute",
        SignInLink(
            "https://exports.example.org/enter/4kfW0nWcB5sRk2oXq1pE8mTzYh3uJvDg6aLtNi7QeSc",
            _NOW + timedelta(minutes=1),
        ),
    )
]

_ERASURE = "1f0e4f4c-6d1a-4e0b-9a55-3d2c8b7a6f01"
ERASING = [
    example(
        "erasing",
        "It has begun",
        ErasureResponse(_ERASURE, ErasureStatus.ERASING, _NOW, None, 0),
    )
]
ERASED = [
    example(
        "erased",
        "Nothing is left",
        ErasureResponse(_ERASURE, ErasureStatus.ERASED, _NOW, _NOW + timedelta(seconds=6), 12),
    )
]

SERVICE_STATE = [
    example(
        "state",
        "All is well, but one export failed",
        ServiceState(
            jobs=dict.fromkeys(Status, 0) | {Status.COMPLETED: 41, Status.FAILED: 1},
            failures=[FailureCount("render-failed", 1, 1)],
            storage=StorageState(
                used_bytes=41 * _SIZE,
                files=41,
                measured_at=_NOW,
                free_bytes=60_095_475_712,
            ),
            queues=[
                QueueState(name, 0, 0.0, 1)
                for name in (WORKFLOW_QUEUE, IO_QUEUE, RENDER_QUEUE, RENDER_SMALL_QUEUE)
            ],
            retention=RetentionState(
                next_run_at=_NOW + timedelta(minutes=1),
                paused=False,
                last_run_at=_NOW,
                last_outcome="completed",
                last_report=RetentionReport(
                    expired=3,
                    records_removed=0,
                    swept=0,
                    started=0,
                    failed=0,
                    cancelled=0,
                    stored_bytes=41 * _SIZE,
                    stored_files=41,
                ),
                reported_at=_NOW,
            ),
        ),
    )
]

CONTENT_PAGE = ContentPage(
    [
        ContentItem(
            "content-1",
            "Photosynthesis",
            datetime(2024, 3, 1, 9, tzinfo=UTC),
            datetime(2024, 3, 4, 10, 30, tzinfo=UTC),
            ("outline", "study_guide", "flashcards"),
        )
    ],
    1,
    20,
    1,
    1,
    {"subject": [FacetValue("biology", 1), FacetValue("physics", 12)], "tags": []},
)
COLLECTION_PAGE = Page(
    [CollectionItem("course-1", "How life works", 8), CollectionItem("course-2", "Optics", 5)],
    1,
    20,
    2,
    1,
)

SCHEDULE = ScheduleResponse(
    schedule_id="0d3f8a52-7c1b-4a64-9a2e-6f1d2b7c9e10",
    name="What is new, each working day",
    cron="0 6 * * mon-fri",
    every=None,
    time_zone="Europe/Berlin",
    export=BulkExportRequest(format="pdf", filters=BulkFilters(content_types=["study_guide"])),
    only_changed=True,
    overlap=Overlap.SKIP,
    deliver_to=[],
    paused=False,
    paused_reason=None,
    created_at=datetime(2024, 3, 1, 9, tzinfo=UTC),
    next_runs=[datetime(2024, 3, 5, 5, tzinfo=UTC), datetime(2024, 3, 6, 5, tzinfo=UTC)],
    last_jobs=[
        ScheduleRun(
            due_at=datetime(2024, 3, 4, 5, tzinfo=UTC),
            outcome=Outcome.STARTED,
            manual=False,
            job_id=COMPLETED_JOB.job_id,
            status=Status.COMPLETED,
            reason=None,
        )
    ],
)
