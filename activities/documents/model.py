"""The neutral document: what stands between content and formats.

A renderer sees only these shapes, never Markdown. Blocks hold runs of text or other blocks;
runs are flat, so that a renderer draws them one after the other without recursion. Nothing refers
back to what holds it, so that the garbage collector need not look (`gc=False`).
"""

from typing import Final, Literal

import msgspec

from activities.documents.callouts import CalloutKind
from activities.documents.classroom import ClassroomWords
from activities.documents.design.tokens import AccentName
from activities.documents.labels import Labels
from activities.model.content import Scalar

PART_LEVEL: Final = 2
"""The level of the headings of parts."""

_LINES_FOR_TWO_POINTS, _LINES_FOR_FOUR_POINTS = 3, 6

Alignment = Literal["left", "center", "right"] | None

FOOTNOTE_LINK: Final = "#fn-"
"""A footnote's label follows; see `Run.link`."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """A stretch of text in one style. A line break in the text is a hard break."""

    text: str
    strong: bool = False
    emphasis: bool = False
    strike: bool = False
    code: bool = False
    math: bool = False
    """The text is TeX without its dollar signs."""
    link: str | None = None
    """An address that `safe_address` gave, `#fn-<label>` for a footnote, or `#` and one of the
    `anchors` of the file."""
    superscript: bool = False
    subscript: bool = False
    underline: bool = False
    mark: bool = False
    """Highlighted, as with a pen."""
    keyboard: bool = False
    """A key to press."""
    picture: "Image | None" = None
    """A picture within the line; the text is its description."""
    missing: str | None = None
    """The address of a picture that could not be had, or an empty text where there is none to
    give; the text is its description."""
    anchors: tuple[str, ...] = ()
    """Names, unique within the file, to which links lead; likewise elsewhere."""

    @property
    def is_note_reference(self) -> bool:
        """Whether this is the number of a footnote."""
        return self.link is not None and self.link.startswith(FOOTNOTE_LINK)


Runs = tuple[Run, ...]


class Heading(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A heading; level 1 is an item's title, 2 a part's, 3 and below lie within a part."""

    level: int
    runs: Runs
    number: tuple[int, ...] = ()
    """The number of a section of the outline: (2, 1) is the first section within the second. Empty
    for all other headings."""
    numbered_by_author: bool = False
    """Whether the text begins with a number, so that ours would be a second one."""
    anchors: tuple[str, ...] = ()

    @property
    def shown_number(self) -> str:
        """The number that stands before the text, such as 2.1; empty for none."""
        return "" if self.numbered_by_author else ".".join(map(str, self.number))


class Paragraph(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A paragraph of running text."""

    runs: Runs
    role: Literal["body", "summary", "note"] = "body"


class ListItem(msgspec.Struct, frozen=True, gc=False):
    """One entry of a list; `checked` is set in task lists only."""

    blocks: tuple["Block", ...]
    checked: bool | None = None


ListStyle = Literal["decimal", "lower-alpha", "upper-alpha", "lower-roman", "upper-roman"]
"""How the numbers of a list are written, by the names of CSS (`list-style-type`)."""


class ListBlock(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A bulleted list, or a numbered one from `start` on."""

    items: tuple[ListItem, ...]
    ordered: bool = False
    start: int = 1
    style: ListStyle = "decimal"
    delimiter: Literal[".", ")"] = "."
    """What stands behind each number."""


class Definition(msgspec.Struct, frozen=True, gc=False):
    """One or more terms with what they mean."""

    terms: tuple[Runs, ...]
    details: tuple[tuple["Block", ...], ...]


class Definitions(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A list of terms and their definitions."""

    entries: tuple[Definition, ...]


class Table(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A table, whose rows all have as many cells."""

    header: tuple[Runs, ...] | None
    """None when there is no header row."""
    rows: tuple[tuple[Runs, ...], ...]
    alignments: tuple[Alignment, ...]
    """One a column."""
    caption: Runs = ()

    @property
    def shown_rows(self) -> tuple[tuple[Runs, ...], ...]:
        """All rows, the header first."""
        return self.rows if self.header is None else (self.header, *self.rows)


class CodeBlock(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Preformatted text, without its last newline."""

    text: str
    language: str = ""
    anchors: tuple[str, ...] = ()


class MathBlock(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A displayed formula in TeX, without its delimiters."""

    tex: str
    anchors: tuple[str, ...] = ()


class Image(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A raster picture that can be decoded: upright, of 8 bits a channel, in grey, RGB or a
    palette.
    """

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]
    alt: str
    width: int
    """The width in pixels."""
    height: int
    caption: Runs = ()
    """What stands below it."""
    display_width: float | None = None
    """The width that the author asked for, in pixels of CSS; None for the picture's own."""
    link: str | None = None
    """As a run's."""
    anchors: tuple[str, ...] = ()

    @property
    def shown_width(self) -> float:
        """The width to show it in where there is room enough, in pixels of CSS."""
        return self.width if self.display_width is None else self.display_width

    @property
    def shown_height(self) -> float:
        """The height that goes with `shown_width`."""
        return self.shown_width * self.height / self.width


class MissingPicture(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A picture that could not be had, or could not be read."""

    description: str
    address: str
    """As the content has it; empty where the content had the data itself."""
    reason: str
    """The code of the warning; empty when the format shows no pictures and nothing was lost."""
    link: str | None = None
    """As a run's."""
    anchors: tuple[str, ...] = ()


class Quote(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A quotation, which holds blocks."""

    blocks: tuple["Block", ...]


class Callout(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Blocks that are set apart under a title of their own."""

    kind: CalloutKind
    title: Runs
    """The author's, or the label of the kind: never empty."""
    blocks: tuple["Block", ...]


class Rule(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A thematic break: a line between two blocks."""


class Footnotes(msgspec.Struct, frozen=True, tag=True, gc=False):
    """The notes of one Markdown text, in order; a run links to `#fn-<label>`."""

    notes: tuple[tuple[str, tuple["Block", ...]], ...]


class Objectives(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Learning objectives or key points of a section."""

    kind: Literal["learning_objectives", "key_points"]
    entries: tuple[Runs, ...]


class QuestionAnswer(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A frequently asked question, numbered within its part from 1 or as its author did. In the
    learner's edition there is no answer.
    """

    number: int
    id: str
    question: tuple["Block", ...]
    answer: tuple["Block", ...]


class Card(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A flashcard, numbered as questions are. In the learner's edition the back is empty."""

    number: int
    id: str
    front: tuple["Block", ...]
    back: tuple["Block", ...]
    tags: tuple[str, ...] = ()


class WritingSpace(msgspec.Struct, frozen=True, gc=False):
    """The room for a written answer: lines, or squares to draw and calculate on."""

    lines: int
    """How many; 0 where there are squares."""
    squares: tuple[int, int] | None = None
    """How many squares of 5 mm across and down."""
    young: bool = False
    """Whether lines are wide, for children who learn to write."""

    @property
    def points(self) -> int:
        """The points that go with so much room, where some are suggested."""
        if self.squares:
            return 4
        if self.lines <= _LINES_FOR_TWO_POINTS:
            return 2
        return 4 if self.lines <= _LINES_FOR_FOUR_POINTS else 6


class ReadingTask(msgspec.Struct, frozen=True, tag=True, gc=False):
    """A reading question; without an answer the reader gets room to write."""

    number: int
    id: str
    question: tuple["Block", ...]
    answer: tuple["Block", ...] | None = None
    space: WritingSpace = WritingSpace(lines=4)
    """The room that an answer takes, whether the document holds one or not."""


Fact = Scalar | tuple[Scalar, ...]
"""The value of a fact: one, or a list of them."""


class Facts(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Names and values: an item's metadata, or its quality metrics as numbers."""

    kind: Literal["metadata", "quality_metrics"]
    entries: tuple[tuple[str, Fact], ...]
    """Values as they are."""


Block = (
    Heading
    | Paragraph
    | ListBlock
    | Definitions
    | Table
    | CodeBlock
    | MathBlock
    | Image
    | MissingPicture
    | Quote
    | Callout
    | Rule
    | Footnotes
    | Objectives
    | QuestionAnswer
    | Card
    | ReadingTask
    | Facts
)


class Part(msgspec.Struct, frozen=True, gc=False):
    """One part of an item under its heading (level 2)."""

    name: str
    """outline, study_guide, faqs, flashcards, reading_guide_questions, metadata or
    quality_metrics."""
    heading: Heading
    blocks: tuple[Block, ...]


class Document(msgspec.Struct, frozen=True, gc=False):
    """One item as a document: a title and parts in order."""

    item_id: str
    language: str
    """The language as a BCP 47 tag."""
    right_to_left: bool
    labels: Labels
    """The words for what stands around the content, perhaps in another language."""
    words: ClassroomWords
    """Those of worksheets, cards and keys in the same language."""
    title: Heading
    parts: tuple[Part, ...]
    accent: AccentName = "default"
    """The colour of its subject."""
    reading_minutes: int = 0
    """How long the study guide takes to read; 0 for a short one."""
