"""Jobs for the unit tests of the API."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from activities.model.jobs import Job, Phase, Status
from activities.model.options import RenderOptions

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)

_PENDING = Job(
    job_id="00000000-0000-4000-8000-000000000001",
    owner_id="owner",
    status=Status.PENDING,
    phase=Phase.QUEUED,
    format="pdf",
    options=RenderOptions(),
    title="A title",
    items_total=10,
    created_at=NOW,
    started_at=None,
    completed_at=None,
    expires_at=None,
    cancel_requested_at=None,
    file_name=None,
    file_size=None,
    media_type=None,
    sha256=None,
    error=None,
    warnings=[],
    request_hash=None,
    run_id=None,
)


def job(**changes: Any) -> Job:
    """A pending job, with these changes."""
    return msgspec.structs.replace(_PENDING, **changes)


def completed(**changes: Any) -> Job:
    """A completed job, with these changes."""
    return job(
        **{
            "status": Status.COMPLETED,
            "phase": Phase.ENDED,
            "file_name": "A title.pdf",
            "file_size": 1000,
            "media_type": "application/pdf",
            "sha256": "ab" * 32,
            "completed_at": NOW,
            **changes,
        }
    )
