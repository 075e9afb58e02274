"""The accent of a unit by its subject, from the words of `subjects.toml`."""

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Final
from unicodedata import category

import msgspec

from activities.documents.design.tokens import AccentName

_SUBJECT_MAX: Final = 200
"""Characters of a subject that are looked at."""


def accent_of(subject: object) -> AccentName:
    """The accent for what an item's metadata say is its subject, or `default`.

    Of a list of subjects, or several in one text, the first that is known counts.
    """
    if isinstance(subject, list | tuple):
        found = (accent_of(one) for one in subject)
        return next((accent for accent in found if accent != "default"), "default")
    if not isinstance(subject, str):
        return "default"
    text = _comparable(subject[:_SUBJECT_MAX])
    return next((_ACCENTS[word] for word in _words(text) if word in _ACCENTS), "default")


def most_frequent(accents: Iterable[AccentName]) -> AccentName:
    """The accent of most units; of several that are as frequent, the one that comes first."""
    counted = Counter(accents)
    return max(counted, key=counted.__getitem__) if counted else "default"


def _comparable(text: str) -> str:
    return " ".join(text.casefold().split())


def _read() -> dict[str, AccentName]:
    source = files("activities.documents.design").joinpath("subjects.toml").read_bytes()
    words = msgspec.toml.decode(source, type=dict[AccentName, list[str]])
    return {_comparable(word): accent for accent, known in words.items() for word in known}


def _words(text: str) -> Iterator[str]:
    """What may be a word of a text, from its beginning on, at one place the longest first."""
    letters = [category(character)[0] in "LM" for character in text]
    begins = [True, *[not letter for letter in letters]]
    ends = [not letter for letter in letters] + [True]
    for start, first in enumerate(text):
        is_unspaced = _is_han(first)
        if begins[start] or is_unspaced:
            for end in range(min(start + _LONGEST, len(text)), start, -1):
                if ends[end] or is_unspaced:
                    yield text[start:end]


def _is_han(character: str) -> bool:
    """Whether it is of a script whose words stand without spaces."""
    return "\u3400" <= character <= "\u9fff"


_ACCENTS: Final = _read()
_LONGEST: Final = max(map(len, _ACCENTS))
