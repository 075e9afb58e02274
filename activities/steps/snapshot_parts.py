"""Keeping what was read of an export's content in storage, whichever step read it."""

from collections.abc import Callable

from activities.steps.content_reader import ContentPart
from activities.steps.frozen_pictures import encode_references
from activities.storage.protocol import Storage
from workflows.contracts import SnapshotPart


async def keep_part(storage: Storage, part: ContentPart, key: Callable[[str], str]) -> SnapshotPart:
    """Store a slice of content, and what it refers to pictures by.

    Args:
        storage: where.
        part: the slice.
        key: gives the key that the step's attempt writes to by a name.
    """
    number = f"{part.versions.chunk:04}"
    snapshot, references = key(f"snapshot-{number}"), ""
    await storage.put(snapshot, part.snapshot)
    if part.references:
        references = key(f"references-{number}")
        await storage.put(references, encode_references(part.references))
    return SnapshotPart(
        snapshot,
        part.items,
        part.newest,
        part.versions.fingerprint,
        references,
        part.below_quality,
        part.first_tag,
    )
