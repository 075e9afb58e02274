"""Archives as the API shows them."""

from datetime import datetime

import msgspec

from export_client.model import Problem


class ArchivePart(msgspec.Struct, frozen=True):
    """A part of an archive, which is a job of its own."""

    number: int
    job_id: str
    status: str
    """`open`, `completed` or `failed`."""
    owner_id: str = ""
    """Whose content it holds."""
    items: int = 0
    left_out: int = 0
    """Items of these that it does without."""
    name: str | None = None
    size: int | None = None
    sha256: str | None = None
    download_url: str | None = None
    download_url_expires_at: datetime | None = None


class LeftOut(msgspec.Struct, frozen=True):
    """An item that is in no part."""

    owner_id: str
    content_id: str
    code: str
    detail: str = ""


class Archive(msgspec.Struct, frozen=True):
    """All content, in parts. Times are in UTC."""

    archive_id: str
    status: str
    created_at: datetime
    formats: list[str]
    tenant: str | None = None
    part_bytes: int = 0
    content_types: list[str] = []
    receipt: bool = False
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    items: int = 0
    """Items in the parts that are complete."""
    parts: list[ArchivePart] = []
    left_out: list[LeftOut] = []
    """The first 1,000 of those that are in no part."""
    left_out_total: int = 0
    manifest_url: str | None = None
    error: Problem | None = None


class ArchiveList(msgspec.Struct, frozen=True):
    """The newest archives of the caller."""

    items: list[Archive]
