"""Reading one slice of a job's content, as fetch and make do it."""

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from activities.common.clock import utc_now
from activities.common.metrics import DURATION
from activities.content.source import ContentSource, ReadItems, TooMuchContentError
from activities.documents.labels import language_tag
from activities.model.content import Item
from activities.model.fingerprints import content_fingerprint
from activities.model.item_versions import (
    MODEL_MAX,
    TITLE_MAX,
    ItemVersion,
    PartVersions,
)
from activities.model.jobs import FetchInput
from activities.model.limits import ExportTooLargeError, is_too_large
from activities.model.options import PictureOptions
from activities.model.quality import MinQuality, PoorItem
from activities.model.warnings import (
    ExportWarning,
    place_text,
    quality_excluded,
    quality_flagged,
    skipped,
    surrogates_replaced,
)
from activities.steps.errors import (
    BrokenItemsError,
    ContentNotFoundError,
    ItemsTooLargeError,
    NothingFetchedError,
    NothingGoodEnoughError,
    QualityTooLowError,
)
from activities.steps.made_of import MadeOf
from activities.steps.picture_hashes import references_of
from activities.steps.snapshot_check import moments_mixed
from workflows.contracts import Slice

_encoder = msgspec.json.Encoder()
_MODEL = "model"


class ContentPart(msgspec.Struct, frozen=True):
    """A frozen slice of content."""

    snapshot: bytes
    """The items as JSON lines."""
    items: int
    newest: datetime | None
    """`updated_at` of its newest item, UTC; None when every item of it was left out."""
    versions: PartVersions
    """What it holds."""
    references: list[str]
    """What its items may refer to pictures by, each once; none for formats without pictures."""
    warnings: list[ExportWarning]
    """Tell of what was changed, and of the items that were left out where these may be."""
    poor_items: Sequence[PoorItem] = ()
    """The items below the quality asked for, which were left out or marked."""
    below_quality: int = 0
    """Of these the number that were left out."""
    first_tag: str = ""
    """The BCP 47 tag of the first item's language; empty when there is no item."""

    @property
    def made_of(self) -> MadeOf:
        """What a file of it alone is made of."""
        return MadeOf(self.versions.items, self.poor_items)

    @property
    def why_empty(self) -> Exception:
        """The error that tells why there is no item, when there is none."""
        return NothingGoodEnoughError() if self.below_quality else NothingFetchedError()


class ContentReader:
    """Reads content from its source and judges it."""

    def __init__(self, content: ContentSource, max_part_bytes: int) -> None:
        self._content = content
        self._max_part_bytes = max_part_bytes

    async def moments_mixed(
        self, owner_id: str, versions: Sequence[ItemVersion], since: datetime
    ) -> list[ExportWarning]:
        """The warnings that items were changed while the export was read; see `snapshot_check`."""
        return await moments_mixed(self._content, owner_id, versions, since)

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
            QualityTooLowError: items are below the quality that the request insists on.
            ExportTooLargeError: the slice has more bytes than it may have.
            ContentSourceError: the source is away.
            TooMuchContentError: the slice has more than `most_bytes`.
        """
        started = utc_now()
        wanted = job.content_ids[piece.start : piece.stop]
        read = (
            await self._content.items(job.owner_id, wanted, most_bytes=most_bytes)
            if wanted
            else ReadItems([])
        )
        items, broken = read.items, read.broken
        found = {item.id for item in items}
        lines = [_encoder.encode(item) for item in items]
        too_large = [
            item.id for item, line in zip(items, lines, strict=True) if is_too_large(item, line)
        ]
        missing = [i for i in wanted if i not in found and i not in broken]
        warnings = [surrogates_replaced(each, count) for each, count in read.replaced.items()]
        if job.options.on_item_error == "skip":
            warnings += _left_out(missing, broken, too_large)
            items, lines = _without(too_large, items, lines)
        elif missing:
            raise ContentNotFoundError(missing)
        elif broken:
            raise BrokenItemsError(broken)
        elif too_large:
            raise ItemsTooLargeError(too_large)
        gate = job.options.min_quality
        below = _below_quality(items, gate) if gate else []
        if gate and below and gate.action == "fail":
            # Who is refused is told all of it at once.
            before = await self._below_among(job, job.content_ids[: piece.start], piece, gate)
            after = await self._below_among(job, job.content_ids[piece.stop :], piece, gate)
            raise QualityTooLowError([*before, *below, *after])
        is_excluded = gate is not None and gate.action == "exclude"
        tell = quality_excluded if is_excluded else quality_flagged
        warnings += [tell(each) for each in below]
        excluded = [each.id for each in below] if is_excluded else []
        items, lines = _without(excluded, items, lines)
        snapshot = b"".join(line + b"\n" for line in lines)
        if len(snapshot) > self._max_part_bytes:
            raise ExportTooLargeError
        if most_bytes is not None and len(snapshot) > most_bytes:
            raise TooMuchContentError
        wants_facts = job.options.receipt
        versions = [
            _version(item, line, wants_facts) for item, line in zip(items, lines, strict=True)
        ]
        is_everything = len(wanted) == len(job.content_ids)
        if is_everything and not read.is_of_one_moment:
            warnings += await self.moments_mixed(job.owner_id, versions, started)
        shows_pictures = isinstance(job.options, PictureOptions)
        references = await asyncio.to_thread(_references, lines) if shows_pictures else []
        DURATION.labels("any", "fetch").observe((utc_now() - started).total_seconds())
        return ContentPart(
            snapshot,
            len(items),
            newest=max((item.updated_at for item in items), default=_without_items(job)),
            versions=PartVersions(
                piece.chunk,
                content_fingerprint(items, wanted, piece.start),
                versions,
            ),
            references=references,
            warnings=warnings,
            poor_items=below,
            below_quality=len(excluded),
            # Nothing that content says freely may come into a history.
            first_tag=language_tag(items[0].language) if items else "",
        )

    async def _below_among(
        self, job: FetchInput, wanted: Sequence[str], piece: Slice, gate: MinQuality
    ) -> list[PoorItem]:
        """Those of these items that are below, read so many at a time as the slice has."""
        size = piece.stop - piece.start
        below: list[PoorItem] = []
        for start in range(0, len(wanted), size):
            read = await self._content.items(job.owner_id, wanted[start : start + size])
            below += _below_quality(read.items, gate)
        return below


def _without_items(job: FetchInput) -> datetime | None:
    """The time of a file that tells of what is gone, and has nothing else to hold."""
    if job.changes is None or job.content_ids:
        return None
    return job.changes.newest


def _references(lines: list[bytes]) -> list[str]:
    """Each once, in the order of the content."""
    found: dict[str, None] = {}
    for line in lines:
        found.update(dict.fromkeys(references_of(line)))
    return list(found)


def _below_quality(items: Sequence[Item], gate: MinQuality) -> list[PoorItem]:
    return [
        PoorItem(item.id, place_text(item.title), gate.shortfall(item.quality_metrics))
        for item in items
        if not gate.is_reached(item.quality_metrics)
    ]


def _version(item: Item, line: bytes, wants_facts: bool) -> ItemVersion:
    version = ItemVersion(
        item.id,
        item.updated_at,
        hashlib.sha256(line).digest(),
        item.version,
        item.title[:TITLE_MAX],
    )
    if not wants_facts:
        return version
    model = (item.metadata or {}).get(_MODEL)
    return msgspec.structs.replace(
        version,
        model="" if model is None else str(model)[:MODEL_MAX],
        quality=item.quality_metrics or {},
    )


def _left_out(
    missing: list[str], broken: Mapping[str, str], too_large: list[str]
) -> list[ExportWarning]:
    return [
        *(skipped(each, "The item was left out: it is no longer there.") for each in missing),
        *(
            skipped(each, f"The item was left out: it is not content ({reason}).")
            for each, reason in broken.items()
        ),
        *(
            skipped(each, "The item was left out: it is larger than an item may be.")
            for each in too_large
        ),
    ]


def _without(
    ids: Collection[str], items: list[Item], lines: list[bytes]
) -> tuple[list[Item], list[bytes]]:
    """The items but for those, and each as JSON."""
    if not ids:
        return items, lines
    remaining = [pair for pair in zip(items, lines, strict=True) if pair[0].id not in ids]
    return [item for item, _ in remaining], [line for _, line in remaining]
