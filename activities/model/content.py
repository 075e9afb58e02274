"""One item of course content: the shape every source gives and every format reads."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from types import MappingProxyType
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

PartName = Literal["outline", "study_guide", "faqs", "flashcards", "reading_guide_questions"]

PART_NAMES: tuple[PartName, ...] = get_args(PartName)
"""The part names, in the order in which an export holds them."""

PART_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "outline": "Outline",
        "study_guide": "Study guide",
        "faqs": "FAQs",
        "flashcards": "Flashcards",
        "reading_guide_questions": "Reading questions",
        "metadata": "Metadata",
        "quality_metrics": "Quality metrics",
    }
)
"""All that an item can hold, in the same order and in short English words."""

TextFormat = Literal["markdown", "html"]
"""How the texts of a part are written."""

ID_CHARACTERS_MAX = 255
"""Characters of a content id."""

ID_RULE = (
    f"a content id has 1 to {ID_CHARACTERS_MAX} characters, without control characters, line ends "
    "and marks that turn text around"
)

# Whatever else there is, joiners and soft hyphens of names in many scripts included. By their
# numbers: what a character counts as depends on the Unicode version of each Python.
_NOT_IN_IDS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def is_usable_id(item_id: str) -> bool:
    """Whether content may have this id, at every door: the API, the loader and each source."""
    return 0 < len(item_id) <= ID_CHARACTERS_MAX and not _NOT_IN_IDS.search(item_id)


Scalar = str | int | float | bool | None


COLLECTIONS_MAX = 100
"""Collections that an item may be in."""

COLLECTION_TITLE_MAX = 1_000
"""Characters of a collection's title."""

_FARTHEST = 10**15
"""The largest position, which every JSON reader keeps to the last digit."""


class CollectionPlace(msgspec.Struct, frozen=True, omit_defaults=True):
    """A collection of the platform, such as a course, and an item's place in it."""

    id: Annotated[str, Meta(min_length=1, max_length=ID_CHARACTERS_MAX)]
    title: Annotated[str, Meta(max_length=COLLECTION_TITLE_MAX)]
    position: (
        Annotated[int, Meta(ge=-_FARTHEST, le=_FARTHEST)]
        | Annotated[float, Meta(ge=-_FARTHEST, le=_FARTHEST)]
        | None
    ) = None
    """Items go by ascending positions; those of one position, and those without any, which come
    last, by when they were created.
    """

    def __post_init__(self) -> None:
        if not is_usable_id(self.id):
            raise ValueError("the id of a collection cannot be used")


class Section(msgspec.Struct, frozen=True, omit_defaults=True):
    """One section of an outline; sections nest."""

    title: str
    summary: str = ""
    learning_objectives: list[str] = []
    key_points: list[str] = []
    sections: list["Section"] = []


class Outline(msgspec.Struct, frozen=True, omit_defaults=True):
    """The table of contents of an item, section by section."""

    summary: str = ""
    sections: list[Section] = []


def _check_in_utc(name: str, time: datetime) -> None:
    try:
        time.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{name} is no time in UTC") from None


class Faq(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question that learners ask, with its answer."""

    question: str
    answer: str
    id: str = ""


class Flashcard(msgspec.Struct, frozen=True, omit_defaults=True):
    """A card to learn from: a front and a back."""

    front: str
    back: str
    id: str = ""
    tags: list[str] = []


class ReadingQuestion(msgspec.Struct, frozen=True):
    """A question for the reading guide; the answer may be left to the learner.

    In JSON such an answer is null rather than absent: that there is none is the point.
    """

    question: str
    answer: str | None = None
    id: str = ""


Record = Faq | Flashcard | ReadingQuestion
"""What an item has many of, each with an id."""


def stable_ids(records: Sequence[Record]) -> list[str]:
    """The id of each record: its own, or one derived from its question or front.

    A derived one is the same in every export, begins with a letter, so that no spreadsheet takes it
    for a number, and is no other record's: a question that is there again counts.
    """
    own = [record.id for record in records]
    if all(own):
        return own
    taken = set(own)
    again = Counter[str]()
    ids: list[str] = []
    for record in records:
        item_id = record.id
        while not item_id:
            kind, text = _asked(record)
            derived = _derived_id(kind, text, again[text])
            again[text] += 1
            item_id = "" if derived in taken else derived
        ids.append(item_id)
    return ids


def _asked(record: Record) -> tuple[str, str]:
    match record:
        case Faq():
            return "faq", record.question
        case Flashcard():
            return "flashcard", record.front
        case ReadingQuestion():
            return "question", record.question


def _derived_id(kind: str, text: str, before: int) -> str:
    texts = (kind, text, str(before)) if before else (kind, text)
    digest = hashlib.sha256("\x1f".join(texts).encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kind[0]}{digest[:16]}"


class Item(msgspec.Struct, frozen=True, omit_defaults=True):
    """One content item of one owner. Absent parts are None.

    Every text is Markdown, or what `text_format` says; titles of items are Markdown always, since
    lists show them without the item. A time that comes without a zone is UTC.
    """

    id: str
    owner_id: str
    title: str
    language: str
    version: int
    created_at: datetime
    updated_at: datetime
    outline: Outline | None = None
    study_guide: str | None = None
    faqs: list[Faq] | None = None
    flashcards: list[Flashcard] | None = None
    reading_guide_questions: list[ReadingQuestion] | None = None
    metadata: dict[str, Scalar | list[Scalar]] | None = None
    quality_metrics: dict[str, float] | None = None
    text_format: TextFormat | dict[PartName, TextFormat] = "markdown"
    """Of all parts, or of each that is named; the others are Markdown."""
    collections: Annotated[list[CollectionPlace], Meta(max_length=COLLECTIONS_MAX)] | None = None
    """The collections that it is in; of several of one id the first counts."""

    def __post_init__(self) -> None:
        for name in ("created_at", "updated_at"):
            time = getattr(self, name)
            if time.tzinfo is None:
                # Left as it is it would be another moment on each machine.
                msgspec.structs.force_setattr(self, name, time.replace(tzinfo=UTC))
            elif time.year in {MINYEAR, MAXYEAR}:
                _check_in_utc(name, time)

    def parts(self) -> tuple[str, ...]:
        """The names of the parts that this item has, in export order."""
        return tuple(name for name in PART_NAMES if getattr(self, name))

    def format_of(self, part: PartName) -> TextFormat:
        """How the texts of a part are written."""
        if isinstance(self.text_format, str):
            return self.text_format
        return self.text_format.get(part, "markdown")
