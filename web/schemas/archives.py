"""Archives as JSON."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from activities.automation.archives import (
    LEAST_PART_BYTES,
    MOST_PART_BYTES,
    USUAL_PART_BYTES,
    LeftOut,
    PartStatus,
)
from activities.model.content import PartName
from activities.model.jobs import Problem, Status


class ArchiveRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All content at once."""

    formats: Annotated[
        list[str],
        Meta(
            description="The formats, each once: of one format each part is a file of it, of "
            "several a zip with `manifest.json`, as of an export of several formats."
        ),
    ]
    part_bytes: Annotated[
        int,
        Meta(
            ge=LEAST_PART_BYTES,
            le=MOST_PART_BYTES,
            description="The bytes that the file of a part has at most, unless a single item has "
            "more.",
        ),
    ] = USUAL_PART_BYTES
    content_types: Annotated[
        list[PartName] | None,
        Meta(description="Items are exported that have one of these parts. Empty or absent: all."),
    ] = None
    tenant: Annotated[
        bool,
        Meta(
            description="The content of everybody who belongs to the token's `tenant`, instead of "
            "the caller's own; needs the scope `export:tenant`. A part holds content of one owner."
        ),
    ] = False
    receipt: Annotated[
        bool,
        Meta(
            description="Whether each part has a receipt, `receipt.json`, beside its files; parts "
            "are then zips, of one format, too."
        ),
    ] = False


class ArchivePartResponse(msgspec.Struct, frozen=True):
    """A part of an archive: a job of its own, whose file can be fetched once it is complete."""

    number: int
    job_id: str
    status: PartStatus
    owner_id: str
    """Whose content it holds."""
    items: int
    """Items that it was cut for."""
    left_out: int
    """Items of these that it does without."""
    name: str | None
    size: int | None
    """The bytes of its file; null while there is none."""
    sha256: str | None
    download_url: str | None
    """A presigned URL; null while there is no file, and once it is over."""
    download_url_expires_at: datetime | None


class ArchiveResponse(msgspec.Struct, frozen=True):
    """An archive. Times are RFC 3339 in UTC."""

    archive_id: str
    status: Status
    tenant: str | None
    """Whose owners' content it holds; null: the caller's own."""
    formats: list[str]
    part_bytes: int
    content_types: list[str]
    receipt: bool
    """Whether each part has a receipt beside its files."""
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    expires_at: datetime | None
    """When its files are removed; null before it is complete."""
    items: int
    """Items in the parts that are complete."""
    parts: list[ArchivePartResponse]
    """Those that have been cut so far; while it is being made there will be others."""
    left_out: list[LeftOut]
    """Items that are in no part, and why: the first 1,000; the manifest has all."""
    left_out_total: int
    manifest_url: str | None
    """The signed list of all parts with their hashes, once it is complete."""
    error: Problem | None
    """Why it failed."""


class ArchiveSummary(msgspec.Struct, frozen=True):
    """An archive without its parts."""

    archive_id: str
    status: Status
    tenant: str | None
    formats: list[str]
    created_at: datetime
    completed_at: datetime | None
    expires_at: datetime | None


class ArchiveList(msgspec.Struct, frozen=True):
    """The caller's archives."""

    items: list[ArchiveSummary]
    """The newest 50, newest first."""
