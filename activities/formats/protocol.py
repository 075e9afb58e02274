"""What a format is, and what a renderer is given.

A third party adds a format with an entry point in the group `export_service.formats` that
names a `Format`; see `catalog.py`.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, BinaryIO, Literal, Protocol, runtime_checkable

import msgspec
from msgspec import Meta

from activities.content.model import PART_NAMES, Item, PartName

TITLE_MAX = 200
"""Characters of a title that a request gives."""

LabelLanguage = Literal["ar", "de", "el", "en", "es", "fr", "hi", "zh"]
"""The languages in which there are headings and captions."""


class Carries(msgspec.Struct, frozen=True):
    """What survives in a format, for people who choose one."""

    formatting: bool
    tables: bool
    math: Literal["native", "image", "source"]
    images: bool
    reimport: bool = False


class Variant(msgspec.Struct, frozen=True):
    """Another type of file, which a format gives when an option has a certain value."""

    option: str
    value: str
    media_type: str
    extension: str


class FileType(msgspec.Struct, frozen=True):
    """What kind of file an export is."""

    media_type: str
    extension: str


class Format(msgspec.Struct, frozen=True):
    """One entry of the catalog. It is light: it names its renderer instead of importing it."""

    id: str
    name: str
    description: str
    media_type: str
    extension: str
    """Without a dot in it: a file is found again by what follows the last dot of its name."""
    carries: Carries
    limits: str
    """In one sentence, what the format cannot hold."""
    renderer: str
    """`module:name` of a `WholeRenderer` or a `ChunkRenderer`."""
    chunked: bool
    """Whether the renderer is a `ChunkRenderer`."""
    seconds_per_item: float
    """Rough cost of an average item on one core; chunk sizes follow from it."""
    options: tuple[str, ...] = ("on_item_error", "title")
    """The render options that make a difference; these two do for every format."""
    variants: tuple[Variant, ...] = ()

    def file_type(self, options: "RenderOptions") -> FileType:
        """What kind of file an export with these options is."""
        for variant in self.variants:
            if getattr(options, variant.option) == variant.value:
                return FileType(variant.media_type, variant.extension)
        return FileType(self.media_type, self.extension)


class RenderOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a request may ask of a file. An option that a format has no use for is ignored."""

    include_metadata: Annotated[bool, Meta(description="Whether the file holds metadata.")] = True
    include_quality_metrics: Annotated[
        bool, Meta(description="Whether the file holds quality metrics.")
    ] = False
    on_item_error: Annotated[
        Literal["fail", "skip"],
        Meta(
            description="What becomes of the export when an item cannot be fetched or rendered: "
            "it fails, or goes on without the item and says so in `warnings`."
        ),
    ] = "fail"
    parts: Annotated[
        Annotated[tuple[PartName, ...], Meta(min_length=1)] | None,
        Meta(
            description="Which parts of the content the file holds, each at most once, and in "
            "which order; null is all of them. Metadata and quality metrics, which have options "
            "of their own, follow. In JSON, whose members have no order, it only chooses."
        ),
    ] = None
    include_answers: Annotated[
        bool,
        Meta(
            description="False gives the learner's edition, which holds nothing that answers: "
            "the answers of FAQs and reading questions and the backs of flashcards are left out; "
            "documents leave room to write. Study guides stay as they are."
        ),
    ] = True
    title: Annotated[
        Annotated[str, Meta(min_length=1, max_length=TITLE_MAX)] | None,
        Meta(
            description=f"The file's own title, one line of at most {TITLE_MAX} characters: its "
            "name, its title in the properties, and where a document shows one. Null is the title "
            "of a single item, or says how many items there are."
        ),
    ] = None
    language: Annotated[
        LabelLanguage | None,
        Meta(
            description="The language of the headings and captions that a document adds to the "
            "content; null is each item's own. The content is not translated."
        ),
    ] = None
    paper: Annotated[Literal["a4", "letter"], Meta(description="The size of the pages.")] = "a4"
    cards: Annotated[
        Literal["list", "cutout"],
        Meta(
            description="How flashcards are printed: one below the other, or on pages to cut "
            "out, with the backs behind the fronts."
        ),
    ] = "list"
    tagged: Annotated[
        bool,
        Meta(
            description="Whether a PDF tells screen readers and other programs what its parts are. "
            "Without that it is a quarter smaller, and for print alone."
        ),
    ] = True
    csv_bom: Annotated[
        bool,
        Meta(
            description="Whether CSV begins with a byte order mark, by which spreadsheets know "
            "UTF-8; some programs take it for text."
        ),
    ] = True
    csv_layout: Annotated[
        Literal["rows", "files"],
        Meta(description="One CSV of all rows, or a zip archive with one CSV a part."),
    ] = "rows"
    csv_formulas: Annotated[
        Literal["neutral", "raw"],
        Meta(
            description="What CSV does with text that a spreadsheet would run as a formula: "
            "`neutral` puts an apostrophe before it; `raw` keeps every character as it is and is "
            "for programs alone, because a spreadsheet that opens it runs whatever it holds."
        ),
    ] = "neutral"

    def part_names(self) -> tuple[str, ...]:
        """The names of all parts that the file may hold, in order."""
        names: list[str] = list(PART_NAMES if self.parts is None else self.parts)
        if self.include_metadata:
            names.append("metadata")
        if self.include_quality_metrics:
            names.append("quality_metrics")
        return tuple(names)


class Export(msgspec.Struct, frozen=True):
    """What a renderer knows of the export as a whole. There is no clock and no job id in it."""

    options: RenderOptions
    items_total: int
    snapshot_time: datetime
    """`updated_at` of the newest item, UTC: the only time a file may carry as its own."""
    title: str
    """Of the whole file: the one that the request gives, the item's when there is one item, else
    a fixed phrase.
    """


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


@runtime_checkable
class WholeRenderer(Protocol):
    """Renders all items into one file in one go, item by item, in constant memory."""

    def write(self, items: Iterable[Item], export: Export, out: BinaryIO, report: Report) -> None:
        """Write the whole file. `out` is seekable and empty. Equal input gives equal bytes."""


class ChunkRenderer(Protocol):
    """Renders consecutive runs of items apart and joins them afterwards.

    `write_chunk` may run for several chunks at once, on other machines and in any order, and
    again for the same chunk; it knows nothing of the other chunks.

    One that is a `WholeRenderer`, too, is spared the fragment where one chunk is all there is.
    Its `write` gives the same bytes as a fragment and a join would.
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
