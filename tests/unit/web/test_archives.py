"""What is told of the parts of an archive that is being made."""

from datetime import timedelta
from typing import Any, cast

import pytest

from activities.automation.archives import Archive, PartStatus, ToldPart
from activities.common.clock import utc_now
from activities.model.jobs import Job, Status
from tests.unit.web.jobs import NOW, job
from web.services.archives import Archives
from web.services.presigned_urls import PresignedUrls

pytestmark = pytest.mark.anyio
ARCHIVE = Archive(
    archive_id="00000000-0000-4000-8000-000000000009",
    owner_id="owner",
    tenant=None,
    status=Status.PROCESSING,
    formats=["json"],
    content_types=[],
    part_bytes=2**20,
    created_at=NOW,
)
FILE: dict[str, Any] = {
    "status": Status.COMPLETED,
    "completed_at": NOW,
    "file_name": "archive-part-1.json",
    "file_size": 12,
    "media_type": "application/json",
    "sha256": "a" * 64,
}


class Records:
    """Archives with one part."""

    def __init__(self, status: PartStatus, made: Job) -> None:
        self._part = ToldPart(1, made.job_id, "owner", 3, status, [], made)

    async def parts_of(self, _: str) -> list[ToldPart]:
        return [self._part]


@pytest.mark.parametrize("status", [PartStatus.OPEN, PartStatus.COMPLETED])
async def test_whoever_can_fetch_a_part_is_told_what_it_is(status: PartStatus) -> None:
    made = job(expires_at=utc_now() + timedelta(days=1), **FILE)
    part = await told(Records(status, made))
    assert part.download_url is not None
    assert (part.name, part.size, part.sha256) == ("archive-part-1.json", 12, "a" * 64)


async def test_a_part_without_a_file_has_no_hash() -> None:
    part = await told(Records(PartStatus.OPEN, job(status=Status.PROCESSING)))
    assert (part.download_url, part.name, part.size, part.sha256) == (None, None, None, None)


async def told(records: Records) -> Any:
    urls = PresignedUrls([b"k" * 32], timedelta(hours=1))
    nobody = cast("Any", None)
    archives = Archives(cast("Any", records), nobody, nobody, urls, nobody, makes_receipts=False)
    [part] = (await archives.response(ARCHIVE, "http://here")).parts
    return part
