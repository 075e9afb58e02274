"""What a format is, and what a renderer is given.

A third party adds a format with an entry point in the group `export_service.formats` that
names a `Format`; see `catalog.py`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Literal, Protocol

import msgspec

from activities.content.model import Item


class Carries(msgspec.Struct, frozen=True):
    """What survives in a format, for people who choose one."""

    formatting: bool
    tables: bool
    math: Literal["native", "image", "source"]
    images: bool
    reimport: bool = False


class Format(msgspec.Struct, frozen=True):
    """One entry of the catalog. It is light: it names its renderer instead of importing it."""

    id: str
    name: str
    description: str
    media_type: str
    extension: str
    carries: Carries
    limits: str
    """In one sentence, what the format cannot hold."""
    renderer: str
    """`module:name` of a `WholeRenderer` or a `ChunkRenderer`."""
    chunked: bool
    """Whether the renderer is a `ChunkRenderer`."""
    seconds_per_item: float
    """Rough cost of an average item on one core; chunk sizes follow from it."""


class RenderOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a request may ask of a format."""

    include_metadata: bool = True
    include_quality_metrics: bool = False
    on_item_error: Literal["fail", "skip"] = "fail"
    """What becomes of the export when an item cannot be fetched or rendered; no renderer's
    business.
    """


class Export(msgspec.Struct, frozen=True):
    """What a renderer knows of the export as a whole. There is no clock and no job id in it."""

    options: RenderOptions
    items_total: int
    snapshot_time: datetime
    """`updated_at` of the newest item, UTC: the only time a file may carry as its own."""
    title: str
    """Of the whole file: the item's title when there is one item, else a fixed phrase."""


class ExportWarning(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that was left out or changed, and where."""

    code: str
    """For programs: `control-characters-removed`, `image-unreadable`, `script-missing`, ..."""
    detail: str
    """For people; holds ids and counts, never content."""
    item_id: str = ""
    part: str = ""


_ITEM_SKIPPED = "item-skipped"


def skipped(item_id: str, detail: str) -> ExportWarning:
    """The warning that an item is not in the file."""
    return ExportWarning(_ITEM_SKIPPED, detail, item_id)


def count_skipped(warnings: Iterable[ExportWarning]) -> int:
    """How many items are not in the file."""
    return len({warning.item_id for warning in warnings if warning.code == _ITEM_SKIPPED})


class Report(Protocol):
    """How a renderer tells what it does."""

    def tick(self) -> None:
        """Call it at least ten times a second of work. It raises when the work must stop;
        let that pass through.
        """

    def item_done(self) -> None:
        """Call it after each item: progress is counted in items."""

    def warn(self, warning: ExportWarning) -> None:
        """Note what was left out or changed; repeats of an equal warning are dropped."""


class WholeRenderer(Protocol):
    """Renders all items into one file in one go, item by item, in constant memory."""

    def write(self, items: Iterable[Item], export: Export, out: BinaryIO, report: Report) -> None:
        """Write the whole file. `out` is seekable and empty. Equal input gives equal bytes."""


class ChunkRenderer(Protocol):
    """Renders consecutive runs of items apart and joins them afterwards.

    `write_chunk` may run for several chunks at once, on other machines and in any order, and
    again for the same chunk; it knows nothing of the other chunks.
    """

    def write_chunk(
        self, items: Iterable[Item], options: RenderOptions, out: BinaryIO, report: Report
    ) -> None:
        """Write a fragment in a form of the renderer's choice. Equal input gives equal bytes,
        and the joined file must not depend on where the chunks were cut.
        """

    def join(
        self, fragments: Iterator[BinaryIO], export: Export, out: BinaryIO, report: Report
    ) -> None:
        """Join the fragments, given in order and read once each, into the file."""
