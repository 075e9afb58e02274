"""The names of sheets and columns in the language of the file."""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from activities.documents.labels import labels, primary_language
from activities.model.content import PART_TITLES

_ENGLISH: Final = "en"
_NAMES: Final = MappingProxyType({**PART_TITLES, "reading_guide_questions": "Questions"})
"""Of the sheets in English, by their parts: programs have known them for long."""


def _read() -> Mapping[str, dict[str, str]]:
    source = files("activities.formats.xlsx").joinpath("words.toml").read_bytes()
    return MappingProxyType(msgspec.toml.decode(source, type=dict[str, dict[str, str]]))


_WORDS: Final = _read()


class SheetWords:
    """The words for a BCP 47 tag: by its primary language, English where there are none."""

    def __init__(self, language: str) -> None:
        """Choose the words."""
        self._language = primary_language(language)
        if self._language not in _WORDS:
            self._language = _ENGLISH
        self._words = _WORDS[self._language]
        self._labels = labels(self._language)

    def head(self, name: str) -> str:
        """The head of a column: a word of the sheets' own, or one that documents have."""
        own = self._words.get(name)
        return own if own is not None else self._labels.part(name)

    def sheet(self, part: str) -> str:
        """The name of the sheet for a part of content."""
        return _NAMES[part] if self._language == _ENGLISH else self._labels.part(part)
