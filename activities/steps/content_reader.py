"""Reading one slice of a job's content, as fetch and make do it."""

import hashlib
from datetime import datetime

import msgspec

from activities.common.clock import utc_now
from activities.common.metrics import DURATION
from activities.content.source import (
    BrokenContentError,
    ContentSource,
    RefusedError,
    TooMuchContentError,
)
from activities.model.content import Item
from activities.model.fingerprints import content_fingerprint
from activities.model.item_versions import ItemVersion, PartVersions
from activities.model.jobs import FetchInput
from activities.model.limits import ExportTooLargeError, is_too_large
from activities.model.warnings import ExportWarning, skipped
from activities.steps.errors import BrokenItemsError, ContentNotFoundError, ItemsTooLargeError
from workflows.contracts import Slice

_encoder = msgspec.json.Encoder()


class ContentPart(msgspec.Struct, frozen=True):
    """A frozen slice of content."""

    snapshot: bytes
    """The items as JSON lines."""
    items: int
    newest: datetime | None
    """`updated_at` of its newest item, UTC; None when every item of it was left out."""
    versions: PartVersions
    """What it holds."""
    warnings: list[ExportWarning]
    """Tell of the items that were left out; empty when none may be."""


class ContentReader:
    """Reads content from its source and judges it."""

    def __init__(self, content: ContentSource, max_part_bytes: int) -> None:
        self._content = content
        self._max_part_bytes = max_part_bytes

    async def read(
        self, job: FetchInput, piece: Slice, most_bytes: int | None = None
    ) -> ContentPart:
        """Read one slice of the job's content.

        Args:
            job: the job.
            piece: the slice.
            most_bytes: the bytes of content after which no more is read; None: read all.

        Raises:
            ContentNotFoundError: an item is gone, and the request does not say to skip it.
            BrokenItemsError: an item is not content, likewise.
            RefusedError: the source refuses requests like ours.
            ItemsTooLargeError: an item is larger than an item may be, likewise.
            ExportTooLargeError: the slice has more bytes than it may have.
            ContentSourceError: the source is away.
            TooMuchContentError: the slice has more than `most_bytes`.
        """
        started = utc_now()
        wanted = job.content_ids[piece.start : piece.stop]
        items, broken = await self._items(job.owner_id, wanted, most_bytes)
        found = {item.id for item in items}
        lines = [_encoder.encode(item) for item in items]
        too_large = [
            item.id for item, line in zip(items, lines, strict=True) if is_too_large(item, line)
        ]
        missing = [i for i in wanted if i not in found and i not in broken]
        warnings: list[ExportWarning] = []
        if job.options.on_item_error == "skip":
            warnings = _left_out(missing, broken, too_large)
            items, lines = _without(too_large, items, lines)
        elif missing:
            raise ContentNotFoundError(missing)
        elif broken:
            raise BrokenItemsError(broken)
        elif too_large:
            raise ItemsTooLargeError(too_large)
        snapshot = b"".join(line + b"\n" for line in lines)
        if len(snapshot) > self._max_part_bytes:
            raise ExportTooLargeError
        if most_bytes is not None and len(snapshot) > most_bytes:
            raise TooMuchContentError
        DURATION.labels("any", "fetch").observe((utc_now() - started).total_seconds())
        return ContentPart(
            snapshot,
            len(items),
            newest=max((item.updated_at for item in items), default=None),
            versions=PartVersions(
                piece.chunk,
                content_fingerprint(items, wanted, piece.start),
                [_version(item, line) for item, line in zip(items, lines, strict=True)],
            ),
            warnings=warnings,
        )

    async def _items(
        self, owner_id: str, ids: list[str], most_bytes: int | None
    ) -> tuple[list[Item], list[str]]:
        """The items that are there, and the ids of those that are not content."""
        try:
            return await self._content.items(owner_id, ids, most_bytes=most_bytes), []
        except RefusedError:
            raise
        except BrokenContentError:
            if len(ids) == 1:
                return [], ids
        # One of them spoils the response for all: ask for each.
        items: list[Item] = []
        broken: list[str] = []
        for item_id in ids:
            good, bad = await self._items(owner_id, [item_id], most_bytes)
            items += good
            broken += bad
        return items, broken


def _version(item: Item, line: bytes) -> ItemVersion:
    return ItemVersion(item.id, item.updated_at, hashlib.sha256(line).digest())


def _left_out(missing: list[str], broken: list[str], too_large: list[str]) -> list[ExportWarning]:
    reasons = {
        "it is no longer there": missing,
        "it is not content": broken,
        "it is larger than an item may be": too_large,
    }
    return [
        skipped(item_id, f"The item was left out: {reason}.")
        for reason, ids in reasons.items()
        for item_id in ids
    ]


def _without(
    ids: list[str], items: list[Item], lines: list[bytes]
) -> tuple[list[Item], list[bytes]]:
    """The items but for those, and each as JSON."""
    if not ids:
        return items, lines
    remaining = [pair for pair in zip(items, lines, strict=True) if pair[0].id not in ids]
    return [item for item, _ in remaining], [line for _, line in remaining]
