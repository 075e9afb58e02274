"""Calls about archives: everything at once, in parts."""

import msgspec

from export_client.archive_model import Archive, ArchiveList
from export_client.calls import Call, given

_PATH = "/api/export/archives"


def create_archive(
    formats: list[str],
    *,
    part_bytes: int | None = None,
    content_types: list[str] | None = None,
    tenant: bool | None = None,
    receipt: bool | None = None,
) -> Call[Archive]:
    """Export all content of one's own, or of the token's tenant, in parts.

    If the response is lost, look among the archives: an owner has one made at a time.
    """
    body = given(part_bytes=part_bytes, content_types=content_types, tenant=tenant, receipt=receipt)
    body["formats"] = formats
    return Call("POST", "/api/export/archive", Archive, body, repeatable=False)


def archives() -> Call[ArchiveList]:
    """Read one's archives, newest first, without their parts."""
    return Call("GET", _PATH, ArchiveList)


def archive(archive_id: str) -> Call[Archive]:
    """Read an archive: which parts there are, and where their files are."""
    return Call("GET", f"{_PATH}/{archive_id}", Archive)


def archive_manifest(archive_id: str) -> Call[msgspec.Raw]:
    """Read the manifest of an archive that is complete, byte for byte as it was signed."""
    return Call("GET", f"{_PATH}/{archive_id}/manifest", msgspec.Raw)


def cancel_archive(archive_id: str) -> Call[Archive]:
    """Cancel an archive as a whole; none of its parts has a file then."""
    return Call("DELETE", f"{_PATH}/{archive_id}", Archive)
