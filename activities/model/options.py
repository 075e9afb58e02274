"""The options of an export: what a request says about the file that it asks for.

`RenderOptions` holds what every format understands. A format that understands more declares a
subclass beside itself: a field of it is all that an option needs to be taken by the API, described
in OpenAPI, kept with the job, shown on the page and given to the renderer.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from activities.model.content import PART_NAMES, PART_TITLES, PartName
from activities.model.quality import MinQuality

TITLE_MAX = 200
"""Characters of a title that a request gives."""
LabelLanguage = Literal[
    "ar", "de", "el", "en", "es", "fa", "fr", "he", "hi", "ja", "ko", "pt", "ur", "zh"
]
"""The languages in which there are headings and captions."""

Answers = Literal["below", "key", "none"]
"""Where the answers of a file are."""

RESERVED_NAMES = frozenset(
    {"content_ids", "filters", "format", "formats", "max_items", "preset"}
    | {"reuse", "skip"}
    | {"again", "all", "form_key", "item", "nonce", "on_format_error", "options", "since", "text"}
    | {"together", "type", "until"}
    | {"arrange", "choose", "collection", "facet", "move", "move_part", "order", "sort"}
    | {"deliver_to", "since_job_id"}
)
"""Names that options cannot have: other members of a request's body, and fields of the form."""

OptionsT = TypeVar("OptionsT", bound="RenderOptions")


def described(
    label: str, description: str, hint: str = "", choices: Mapping[str, str] | None = None
) -> Meta:
    """The words for an option.

    Args:
        label: its name on the page.
        description: a sentence on its effect, for the description of the API.
        hint: the text below it on the page.
        choices: labels of its values on the page; `""` is that of null.
    """
    extra = {"hint": hint, "choices": dict(choices or {})}
    return Meta(title=label, description=description, extra=extra)


Hyphenate = Annotated[
    bool,
    described(
        "Hyphenation",
        "Whether words are divided at the ends of lines, by the rules of each item's language; "
        "where there are none for it, and in headings, they are not. Word does so itself.",
        "Divides words at the ends of lines, by the rules of their language.",
    ),
]
"""An option of the formats that have lines of limited width."""


class RenderOptions(msgspec.Struct, frozen=True):
    """The options that every format has. Members that are not known are ignored."""

    include_metadata: Annotated[
        bool,
        described(
            PART_TITLES["metadata"],
            "Whether the file holds metadata.",
            "Audience, model, dates and the like.",
        ),
    ] = True
    include_quality_metrics: Annotated[
        bool,
        described(
            PART_TITLES["quality_metrics"],
            "Whether the file holds quality metrics.",
            "Scores of each item.",
        ),
    ] = False
    on_item_error: Annotated[
        Literal["fail", "skip"],
        described(
            "When an item cannot be exported",
            "What becomes of the export when an item cannot be fetched or rendered: "
            "it fails, or goes on without the item and says so in `warnings`.",
            choices={"fail": "Stop and say so", "skip": "Go on without it"},
        ),
    ] = "fail"
    parts: Annotated[
        Annotated[tuple[PartName, ...], Meta(min_length=1)] | None,
        described(
            "Parts",
            "Which parts of the content the file holds, each at most once, and in "
            "which order; null is all of them. Metadata and quality metrics, which have options "
            "of their own, follow. In JSON, whose members have no order, it only chooses.",
            "What the file holds of each item.",
            {name: PART_TITLES[name] for name in PART_NAMES},
        ),
    ] = None
    include_answers: Annotated[
        bool,
        described(
            "Answers and backs of cards",
            "False gives the learner's edition, and is another way to say `answers: none`; "
            "to say two different things by both is an error.",
            "Without them it is an edition for learners, with room to write.",
        ),
    ] = True
    answers: Annotated[
        Answers,
        described(
            "Answers",
            "Where the answers are: `below` their questions; in a `key` at the end, questions "
            "becoming worksheets, which formats without pages take for `below`; or nowhere "
            "(`none`). That is the learner's edition, which holds nothing that answers: the "
            "answers of FAQs and reading questions and the backs of flashcards are left out; "
            "documents leave room to write. Study guides stay as they are.",
            "A key makes worksheets of the questions.",
            {"below": "Below the questions", "key": "In a key at the end", "none": "Nowhere"},
        ),
    ] = "below"
    title: Annotated[
        Annotated[str, Meta(min_length=1, max_length=TITLE_MAX)] | None,
        described(
            "Title of the file",
            f"The file's own title, one line of at most {TITLE_MAX} characters: its "
            "name, its title in the properties, and where a document shows one. Null is the title "
            "of a single item, or says how many items there are.",
            "Left empty, it is made from the content.",
        ),
    ] = None
    min_quality: Annotated[
        MinQuality | None,
        described(
            "Least quality",
            "The least value of a quality metric that items are to have, and what becomes of those "
            "that do not, or do not have the metric: they are left out (`exclude`), marked beside "
            "their titles in documents (`flag`), or fail the export (`fail`). `warnings` name "
            "each; in the first two cases the file does, too.",
            "Of one of the content’s own metrics, such as readability.",
            {
                "": "Any",
                "exclude": "Leave out what is below",
                "flag": "Mark what is below",
                "fail": "Stop if anything is below",
            },
        ),
    ] = None
    receipt: Annotated[
        bool,
        described(
            "Receipt",
            "Whether there is a signed statement of what the file is made of: items, versions and "
            "hashes, options, quality and the models that wrote it. It is at "
            "`/api/export/jobs/{job_id}/receipt`, within PDF and EPUB, and beside the files of "
            "several formats. With it anybody who has the file can have it checked.",
            "A signed statement of what the file is made of, by which anybody can check it.",
        ),
    ] = False

    def __post_init__(self) -> None:
        """Let `answers` and `include_answers` say the same: `answers` is what formats go by."""
        if not self.include_answers:
            msgspec.structs.force_setattr(self, "answers", "none")
        elif self.answers == "none":
            msgspec.structs.force_setattr(self, "include_answers", False)

    def part_names(self) -> tuple[str, ...]:
        """The names of all parts that the file may hold, in order."""
        names: list[str] = list(PART_NAMES if self.parts is None else self.parts)
        if self.include_metadata:
            names.append("metadata")
        if self.include_quality_metrics:
            names.append("quality_metrics")
        return tuple(names)


class DocumentOptions(RenderOptions, frozen=True):
    """The options of documents, which add text of their own."""

    language: Annotated[
        LabelLanguage | None,
        described(
            "Language of headings",
            "The language of the headings and captions that a document adds to the "
            "content; null is each item's own. The content is not translated.",
            "Of what the file itself says. The content is not translated.",
            {
                "": "That of each item",
                "ar": "العربية",
                "de": "Deutsch",
                "el": "Ελληνικά",
                "en": "English",
                "es": "Español",
                "fa": "فارسی",
                "fr": "Français",
                "he": "עברית",
                "hi": "हिन्दी",
                "ja": "日本語",
                "ko": "한국어",
                "pt": "Português",
                "ur": "اردو",
                "zh": "中文",
            },
        ),
    ] = None


class PictureOptions(DocumentOptions, frozen=True):
    """The options of documents that show pictures, for which those are fetched that content
    refers to.
    """

    on_media_error: Annotated[
        Literal["warn", "fail"],
        described(
            "When a picture cannot be had",
            "What becomes of the export when a picture that the content refers to cannot be had, "
            "or cannot be read: a frame with its description and address stands for it and "
            "`warnings` say so, or the export fails.",
            choices={"warn": "Show what stands for it and say so", "fail": "Stop and say so"},
        ),
    ] = "warn"


class PageOptions(PictureOptions, frozen=True):
    """The options of documents that have pages of paper."""

    paper: Annotated[
        Literal["a4", "letter"],
        described("Paper", "The size of the pages.", choices={"a4": "A4", "letter": "Letter"}),
    ] = "a4"
    hyphenate: Hyphenate = False


def converted(options: RenderOptions, options_type: type[OptionsT]) -> OptionsT:
    """These options as another format has them: what only one of the two knows gets its default
    or is left out.
    """
    return msgspec.convert(options, options_type, from_attributes=True)
