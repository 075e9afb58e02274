"""What a request says about the file it wants."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from activities.model.content import PART_NAMES, PartName

TITLE_MAX = 200
"""Characters of a title that a request gives."""
LabelLanguage = Literal["ar", "de", "el", "en", "es", "fr", "hi", "zh"]
"""The languages in which there are headings and captions."""


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
