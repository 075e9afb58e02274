"""The declaration of a format, without its renderer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from activities.model.content import PART_NAMES, PART_TITLES
from activities.model.options import OptionsT, RenderOptions

_ANSWERED = frozenset({"faqs", "flashcards", "reading_guide_questions"})
_CONCERNED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "include_metadata": frozenset({"metadata"}),
        "include_quality_metrics": frozenset({"quality_metrics"}),
        "parts": frozenset(PART_NAMES),
        "include_answers": _ANSWERED,
        "answers": _ANSWERED,
        "glossary": frozenset({"flashcards"}),
        "points": frozenset({"reading_guide_questions"}),
    }
)
"""The parts without any of which an option makes no difference."""


class Carries(msgspec.Struct, frozen=True):
    """The features of content that a format keeps, for people who choose one."""

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
    """The kind of file that an export is."""

    media_type: str
    extension: str


class SizeModel(msgspec.Struct, frozen=True):
    """Bytes of a file: those of an empty one, and those that are added by what it holds.

    The numbers of the built-in formats are least-squares fits over exports of the demo content
    (163 items, 2,800 characters each on average, in nine scripts): 24 of its items one by one, and
    groups of 3 to 50. Sizes of those exports came out within a third of the file's own, those of
    PDF, whose embedded fonts depend on the scripts, within a factor of three.
    """

    empty: float
    per_text_byte: float
    """For each byte of text as UTF-8."""
    per_text: float = 0
    """For each title, paragraph, question, answer and side of a card."""
    per_picture_byte: float = 0
    """For each byte of pictures as files."""


class PageModel(msgspec.Struct, frozen=True):
    """Pages of a file. The defaults are those of PDF, fitted as sizes are, within a factor of two;
    the pages of DOCX, counted in LibreOffice, were within one of those.
    """

    empty: float = -0.8
    per_item: float = 2.2
    per_character: float = 0.00046


class Format(msgspec.Struct, frozen=True):
    """One entry of the catalog. It is light: it names its renderer instead of importing it."""

    id: str
    """Lower-case ASCII letters and digits, a letter first."""
    name: str
    description: str
    media_type: str
    extension: str
    """Lower-case ASCII letters and digits: a file is found again by what follows the last dot of
    its name.
    """
    carries: Carries
    limits: str
    """What the format cannot hold, in one sentence."""
    renderer: str
    """`module:name` of a `WholeRenderer` or a `ChunkRenderer`; workers alone import it."""
    chunked: bool
    """True if the renderer is a `ChunkRenderer`."""
    seconds_per_item: float
    """Rough cost of an average item on one core; chunk sizes follow from it."""
    opening: str = ""
    """How to open the file, or to import it where it is for, in a sentence or two."""
    options: type[RenderOptions] = RenderOptions
    """The type of the renderer's options; a subclass has options of the format's own."""
    parts: tuple[str, ...] = tuple(PART_TITLES)
    """The parts of an item that the format can hold, by the names in `PART_TITLES`."""
    marks_titles: bool = True
    """Whether the file shows titles of items as `build` gives them, marked where they are below
    `min_quality`. Otherwise the file tells of these items in another place."""
    variants: tuple[Variant, ...] = ()
    size: SizeModel | None = None
    """None: its files were not measured."""
    pages: PageModel | None = None
    """None: it has no pages."""

    def option_names(self) -> tuple[str, ...]:
        """The options that make a difference."""
        return tuple(
            name
            for name in self.options.__struct_fields__
            if name not in _CONCERNED or not _CONCERNED[name].isdisjoint(self.parts)
        )

    def narrowed(self, options: OptionsT) -> OptionsT:
        """The options without the parts that the format cannot hold."""
        if set(self.parts) == set(PART_TITLES):
            return options
        wanted = PART_NAMES if options.parts is None else options.parts
        return msgspec.structs.replace(
            options,
            parts=tuple(name for name in wanted if name in self.parts),
            include_metadata=options.include_metadata and "metadata" in self.parts,
            include_quality_metrics=options.include_quality_metrics
            and "quality_metrics" in self.parts,
        )

    def file_type(self, options: RenderOptions) -> FileType:
        """The kind of file that an export with these options, of the format's own type, is."""
        for variant in self.variants:
            if getattr(options, variant.option) == variant.value:
                return FileType(variant.media_type, variant.extension)
        return FileType(self.media_type, self.extension)
