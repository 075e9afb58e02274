"""Examples of archives for the API's description."""

from datetime import UTC, datetime, timedelta

from activities.automation.archives import LeftOut, PartStatus
from activities.model.jobs import Status
from web.schemas.archives import (
    ArchiveList,
    ArchivePartResponse,
    ArchiveResponse,
    ArchiveSummary,
)

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ID = "9f1c2d3e-4b5a-4687-9c0d-1e2f3a4b5c6d"
_JOBS = (
    "3b2f8c1e-6d0a-4f6b-9a53-0c8e1d7f2a94",
    "b7c9d2e4-1f3a-4c5d-8e6f-7a8b9c0d1e2f",
    "c8d0e3f5-2a4b-4d6e-9f70-8b9c0d1e2f3a",
)
_URL = "https://export.example.org/api/export/jobs"


def _part(number: int, *, made: bool) -> ArchivePartResponse:
    job_id = _JOBS[number - 1]
    return ArchivePartResponse(
        number=number,
        job_id=job_id,
        status=PartStatus.COMPLETED if made else PartStatus.OPEN,
        owner_id="teacher-1",
        items=1_600,
        left_out=1 if number == 1 else 0,
        name=f"archive-part-{number}.zip" if made else None,
        size=98_304_512 if made else None,
        sha256="8d5f2f6d1c0d3b7c6a8b4f3e9e6a1c5d7b9f0a2c4e6d8f1a3b5c7d9e0f2a4b6c" if made else None,
        download_url=f"{_URL}/{job_id}/download?expires=1772452800&signature=v1.."
        if made
        else None,
        download_url_expires_at=_NOW + timedelta(days=1) if made else None,
    )


ARCHIVE = ArchiveResponse(
    archive_id=_ID,
    status=Status.PROCESSING,
    tenant=None,
    formats=["json", "pdf"],
    part_bytes=104_857_600,
    content_types=[],
    receipt=False,
    created_at=_NOW,
    started_at=_NOW,
    completed_at=None,
    expires_at=None,
    items=3_199,
    parts=[_part(1, made=True), _part(2, made=True), _part(3, made=False)],
    left_out=[
        LeftOut(
            "teacher-1",
            "content-7",
            "item-skipped",
            "It is no longer there.",
        )
    ],
    left_out_total=1,
    manifest_url=None,
    error=None,
)

ARCHIVE_LIST = ArchiveList(
    [
        ArchiveSummary(
            archive_id=_ID,
            status=Status.PROCESSING,
            tenant=None,
            formats=["json", "pdf"],
            created_at=_NOW,
            completed_at=None,
            expires_at=None,
        )
    ]
)
