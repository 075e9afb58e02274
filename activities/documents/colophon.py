"""What a book says about itself, from the metadata of its items: every value has its place."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from icu4py.messageformat import MessageFormat

from activities.documents.book_labels import BookLabels
from activities.documents.model import Fact, Facts
from activities.documents.plain import shown_fact

_DAY: Final = "{day, date, ::dMMMMy}"
_BETWEEN: Final = " · "
_FOR: Final = ("target_audience", "audience", "grade", "grade_level", "level", "class", "subject")
_MADE_BY: Final = ("author", "authors", "teacher", "school", "organisation", "organization")
_MODELS: Final = ("model", "ai_model", "generator")
_CHECKERS: Final = ("reviewed_by", "checked_by", "reviewer")
_CHECKED: Final = ("reviewed", "checked")
_LICENCES: Final = ("licence", "license")
_READING: Final = "reading_minutes"
_NAMED: Final = MappingProxyType(
    {
        "keywords": "keywords",
        "tags": "keywords",
        "prerequisites": "prerequisites",
        "prior_knowledge": "prerequisites",
        "difficulty": "difficulty",
        "duration": "duration",
        "curriculum": "curriculum",
        "standards": "curriculum",
        "topic": "topic",
        "topics": "topic",
    }
)
"""Names of further values, and the words for them."""


class Line(NamedTuple):
    """A name and what is said under it."""

    name: str
    text: str


class Known(NamedTuple):
    """What an item's metadata say, in lines that a colophon has words for, and the others."""

    lines: tuple[Line, ...]
    others: tuple[Line, ...]


def about(facts: Facts | None, words: BookLabels) -> Known:
    """The metadata of an item as a colophon tells it; nulls are left out."""
    values = {
        name: value for name, value in (facts.entries if facts else ()) if not _is_null(value)
    }
    told: dict[str, list[str]] = {}
    used: set[str] = set()

    def tell(line: str, names: Iterable[str], phrase: Callable[[Fact], str | None]) -> None:
        for name in names:
            if name in values and (said := phrase(values[name])):
                used.add(name)
                told.setdefault(line, []).append(said)

    tell(words.for_whom, _FOR, shown_fact)
    tell(words.for_whom, (_READING,), lambda value: _minutes(value, words))
    tell(words.made_by, _MADE_BY, shown_fact)
    tell(words.how_written, _MODELS, lambda value: words.drafted.format(shown_fact(value)))
    tell(words.how_written, _CHECKERS, lambda value: words.checked_by.format(shown_fact(value)))
    tell(words.how_written, _CHECKED, lambda value: _checked(value, words))
    tell(words.may, _LICENCES, shown_fact)
    joined = {words.how_written: " "}
    return Known(
        tuple(Line(name, joined.get(name, _BETWEEN).join(said)) for name, said in told.items()),
        tuple(
            Line(_name_in(words, name), shown_fact(value))
            for name, value in values.items()
            if name not in used
        ),
    )


def _is_null(value: Fact) -> bool:
    return value is None or (isinstance(value, tuple) and all(each is None for each in value))


def _minutes(value: Fact, words: BookLabels) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return words.reading_minutes.format(max(1, round(value)))
    return None


def _checked(value: Fact, words: BookLabels) -> str | None:
    if isinstance(value, bool):
        return words.checked if value else words.unchecked
    return None


def _name_in(words: BookLabels, name: str) -> str:
    """The name of a value in the words of a language, as it is written where there are none."""
    known = _NAMED.get(name.lower())
    return getattr(words, known) if known else readable_name(name)


def readable_name(name: str) -> str:
    """The name of a value as people write it."""
    spaced = " ".join(name.replace("_", " ").split())
    return spaced[:1].upper() + spaced[1:] or "–"


def shown_day(moment: datetime, language: str) -> str:
    """A day as a language (a BCP 47 tag) writes it."""
    # Noon without a zone is the same day in whatever zone this process runs.
    noon = datetime(moment.year, moment.month, moment.day, 12)  # noqa: DTZ001
    return str(MessageFormat(_DAY, _WRITTEN.get(language, language)).format({"day": noon}))


_WRITTEN: Mapping[str, str] = MappingProxyType({"en": "en-GB"})
"""Languages whose dates are those of a place."""
_GRADES: Final = ((0.9, "very_good"), (0.8, "good"), (0.6, "fair"))


def grade(value: Fact, words: BookLabels) -> str:
    """The word for a metric from 0 to 1; none for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return ""
    name = next((name for least, name in _GRADES if value >= least), "weak")
    word: str = getattr(words, name)
    return word


class Shared(NamedTuple):
    """What all items say alike, for covers and heads; empty where they differ or say nothing."""

    subject: str
    grade: str
    teacher: str
    group: str
    school: str


_SUBJECTS: Final = ("subject",)
_GRADE_NAMES: Final = ("grade", "grade_level", "target_audience", "audience", "level")
_TEACHERS: Final = ("teacher", "author", "authors")
_GROUPS: Final = ("class",)
_SCHOOLS: Final = ("school", "organisation", "organization")


def shared(all_facts: Sequence[Facts | None]) -> Shared:
    """What all items of a file say alike."""
    entries = [dict(facts.entries) if facts else {} for facts in all_facts]

    def alike(names: Iterable[str]) -> str:
        for name in names:
            values = {values.get(name) for values in entries}
            if len(values) == 1 and not _is_null(value := values.pop()):
                return " ".join(shown_fact(value).split())
        return ""

    subject = alike(_SUBJECTS)
    return Shared(
        subject[:1].upper() + subject[1:],
        alike(_GRADE_NAMES),
        alike(_TEACHERS),
        alike(_GROUPS),
        alike(_SCHOOLS),
    )
