"""What the service says to people, in their language.

Translations are files of gettext (PO), one for each language and room. They are read where they
lie, when something is first said in a language: there is nothing to compile, and nothing that could
be older than its source.

Constants, such as the titles of problems, stay in English where they are declared and are
translated where they are shown. Sentences of which a part changes, such as the detail of an error
that a job keeps, are found by their pattern (`Words.sentence`).
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from activities.people.languages import SOURCE, spoken

PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")
"""Where something is put into a sentence."""

_LONGEST_SENTENCE = 2_000
_FULL_STOPS = {"hi": "।", "ja": "。", "zh": "。"}


class _Pattern(NamedTuple):
    pattern: re.Pattern[str]
    translation: str


class _Read(NamedTuple):
    """The translations into one language."""

    translations: NullTranslations
    patterns: Sequence[_Pattern]


class Words:
    """The words of a room, which stands on another one's.

    Args:
        directory: holds `<language>/<domain>.po`.
        domain: the name of the files.
        behind: has what is not among them.
    """

    def __init__(self, directory: Path, domain: str, behind: "Words | None" = None) -> None:
        self.directory = directory
        self.domain = domain
        self._behind = behind
        self._read = cache(self._read_language)

    def path(self, language: str) -> Path:
        """The file of a language's translations."""
        return self.directory / language / f"{self.domain}.po"

    def gettext(self, message: str) -> str:
        """The message in the language that is spoken; itself when there is no translation."""
        return self._spoken().translations.gettext(message) if message else ""

    def pgettext(self, context: str, message: str) -> str:
        """The same for a message that means several things, told apart by a context."""
        return self._spoken().translations.pgettext(context, message)

    def ngettext(self, one: str, other: str, number: int) -> str:
        """The form of a message that goes with a number."""
        return self._spoken().translations.ngettext(one, other, number)

    def npgettext(self, context: str, one: str, other: str, number: int) -> str:
        """Both."""
        return self._spoken().translations.npgettext(context, one, other, number)

    def sentence(self, text: str) -> str | None:
        """What was said in English, perhaps long ago, in the language that is spoken.

        None when there is no translation. What a sentence names, such as an option, is translated
        along with it where that is known.
        """
        if spoken() is SOURCE or not text:
            return text
        read = self._spoken()
        known = read.translations.gettext(text)
        if known != text:
            return known
        title = text.removesuffix(".")
        known = read.translations.gettext(title)
        if known != title:
            return known + _FULL_STOPS.get(spoken().tag, ".")
        for pattern, translation in read.patterns if len(text) <= _LONGEST_SENTENCE else ():
            found = pattern.fullmatch(text)
            if found is not None:
                return translation % {
                    name: self._named(value) for name, value in found.groupdict().items()
                }
        name, _, rest = text.partition(": ")
        told = self.sentence(rest) if rest else None
        if told is None and rest and self.gettext(f"{name}.") != f"{name}.":
            # A whole sentence, and behind it what it is about: ids, which are in no language.
            return f"{self._named(name)}: {rest}"
        # What is told of some formats of several has their names before it.
        names = ", ".join(map(self.gettext, name.split(", ")))
        return f"{names}: {told}" if told else None

    def _named(self, text: str) -> str:
        """What a sentence names, or begins with: that may be the whole of another one."""
        known = self.gettext(text)
        if known != text:
            return known
        whole = f"{text}."
        known = self.gettext(whole)
        return text if known == whole else known.rstrip(".。।")

    def forms(self, one: str, other: str) -> Mapping[str, str]:
        """The forms of a message by the plural categories of the language that is spoken (CLDR),
        as `Intl.PluralRules` of browsers names them.
        """
        category_of = spoken().data.plural_form
        found: dict[str, str] = {}
        for number in _SAMPLES:
            found.setdefault(category_of(number), self.ngettext(one, other, number))
        return found

    def _spoken(self) -> _Read:
        return self._read(spoken().tag)

    def _read_language(self, tag: str) -> _Read:
        if tag == SOURCE.tag:
            return _Read(NullTranslations(), ())
        with self.path(tag).open("rb") as file:
            catalog = read_po(file, locale=tag)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        translations = GNUTranslations(BytesIO(compiled.getvalue()))
        patterns = _patterns(catalog)
        if self._behind is not None:
            behind = self._behind._read(tag)  # noqa: SLF001 - of the same class
            translations.add_fallback(behind.translations)
            patterns = [*patterns, *behind.patterns]
        return _Read(translations, patterns)


# Every category of every language has one of these (CLDR, plural rules of cardinals).
_SAMPLES = range(1_000)


def _patterns(catalog: Catalog) -> list[_Pattern]:
    """The sentences in which something is put, those that say most beside it first."""
    found = []
    for message in catalog:
        if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
            fixed = PLACEHOLDER.split(message.id)[::2]
            if len(fixed) > 1 and any(part.strip(" .:,;") for part in fixed):
                found.append((sum(map(len, fixed)), _pattern(message.id), message.string))
    found.sort(key=lambda each: -each[0])
    return [_Pattern(pattern, translation) for _, pattern, translation in found]


def _pattern(message: str) -> re.Pattern[str]:
    parts = PLACEHOLDER.split(message)
    written, known = "", set()
    for position, part in enumerate(parts):
        if position % 2 == 0:
            written += re.escape(part.replace("%%", "%"))
        else:
            written += f"(?P={part})" if part in known else f"(?P<{part}>.+?)"
            known.add(part)
    return re.compile(written, re.DOTALL)


SERVICE: Final = Words(Path(__file__).parent / "locales", "service")
"""What pages and mails say alike: problems, formats, options."""

_ = SERVICE.gettext
ngettext = SERVICE.ngettext
