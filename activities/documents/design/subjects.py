"""The accent of a unit by its subject, from the words of `subjects.toml`."""

from collections import Counter
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

import msgspec
import regex

from activities.documents.design.tokens import AccentName

_SUBJECT_MAX: Final = 200
"""Characters of a subject that are looked at."""
_UNSPACED: Final = regex.compile(r"\p{Han}")


def accent_of(subject: object) -> AccentName:
    """The accent for what an item's metadata say is its subject, or `default`.

    Of a list of subjects, or several in one text, the first that is known counts.
    """
    if isinstance(subject, list | tuple):
        found = (accent_of(one) for one in subject)
        return next((accent for accent in found if accent != "default"), "default")
    if not isinstance(subject, str):
        return "default"
    match = _ANY_WORD.search(_comparable(subject[:_SUBJECT_MAX]))
    return _ACCENTS[match[0]] if match else "default"


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


def _whole(word: str) -> str:
    """A pattern for a word; where words stand without spaces, for the letters alone."""
    if _UNSPACED.search(word):
        return regex.escape(word)
    return rf"(?<![\p{{L}}\p{{M}}]){regex.escape(word)}(?![\p{{L}}\p{{M}}])"


_ACCENTS: Final = _read()
_ANY_WORD: Final = regex.compile("|".join(map(_whole, sorted(_ACCENTS, key=len, reverse=True))))
