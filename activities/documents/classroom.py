"""The words of worksheets, cards, keys and glossaries, by language."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from activities.documents.labels import primary_language


class Verbs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which verbs a question says how much is to be written."""

    first: bool
    """Whether a verb counts only where a sentence or clause begins."""
    joins: tuple[str, ...]
    """Words that may stand before it there."""
    short: tuple[str, ...]
    middle: tuple[str, ...]
    long: tuple[str, ...]
    draw: tuple[str, ...]
    calculate: tuple[str, ...]


class ClassroomWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What worksheets, cards, keys and glossaries say in one language."""

    worksheet: str
    name: str
    school_class: str
    date: str
    points: str
    continued: str
    answer_key: str
    answer_key_note: str
    open_question: str
    page: str
    """Holds the place of a number."""
    glossary: str
    cover_hint: str
    matching: str
    """Asks for the backs of cards."""
    cutout_title: str
    cutout_steps: tuple[str, ...]
    """One holds the place of the number of cards on a sheet."""
    young: str
    """A regular expression for an audience of grades up to four."""
    verbs: Verbs


def _read() -> Mapping[str, ClassroomWords]:
    source = files("activities.documents").joinpath("classroom.toml").read_bytes()
    return MappingProxyType(msgspec.toml.decode(source, type=dict[str, ClassroomWords]))


_WORDS: Final = _read()


def classroom_words(language: str) -> ClassroomWords:
    """The words for a BCP 47 tag: by its primary language, English where there are none."""
    return _WORDS.get(primary_language(language), _WORDS["en"])
