"""The manifest of an archive: which parts it has, and what is in none of them."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from activities.automation.archives import Archive, PartStatus, ToldPart
from activities.automation.canonical_json import canonical
from activities.automation.signed_statement import NotGenuineError, opened, signed
from activities.automation.signing_keys import SigningKeys
from activities.model.times import in_utc

KIND: Final = "archive"
"""The `type` of what is signed."""


def manifest(archive: Archive, parts: Sequence[ToldPart], keys: SigningKeys) -> bytes:
    """The manifest of an archive whose parts have all been settled, as one line of JSON.

    It is signed if there are keys; otherwise its `signature` is null.
    """
    whose = {"owner_id": archive.owner_id} if archive.tenant is None else {"tenant": archive.tenant}
    statement: dict[str, Any] = {
        "archive_id": archive.archive_id,
        **whose,
        "created_at": in_utc(archive.created_at),
        "formats": archive.formats,
        "content_types": archive.content_types,
        "part_bytes": archive.part_bytes,
        "items": sum(part.items - len(part.left_out) for part in parts),
        "parts": [_part(part) for part in parts if part.status is PartStatus.COMPLETED],
        "left_out": [
            {"part": part.number, **msgspec.structs.asdict(each)}
            for part in parts
            for each in part.left_out
        ],
    }
    if keys.exist:
        return signed(KIND, statement, keys)
    return canonical({"signature": None, "statement": {**statement, "type": KIND}})


def is_manifest(document: bytes, keys: SigningKeys) -> bool:
    """Whether a document is a manifest that this service signed, byte for byte."""
    try:
        opened(KIND, document, keys)
    except NotGenuineError:
        return False
    return True


def _part(part: ToldPart) -> dict[str, Any]:
    job = part.job
    return {
        "number": part.number,
        "job_id": part.job_id,
        "owner_id": part.content_owner,
        "items": part.items - len(part.left_out),
        "name": job.file_name if job else None,
        "media_type": job.media_type if job else None,
        "size": job.file_size if job else None,
        "sha256": job.sha256 if job else None,
    }
