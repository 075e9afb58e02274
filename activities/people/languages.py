"""The languages in which the service speaks to people, and which of them somebody wants.

What a request or a mail says is said in one language: `speaking` sets it for all that is called
within, and `spoken` tells it. Each asyncio task and each thread that is started by one has its own.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from babel import Locale


class Language(NamedTuple):
    """A language that pages and mails are in."""

    tag: str
    """Its language tag (BCP 47), the name of its folder among the translations too."""
    own_name: str
    """What its speakers call it."""
    locale: str
    """The one of Unicode's locales (CLDR) whose dates and numbers are used."""

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Where its lines begin, as HTML says it."""
        return "rtl" if self.data.text_direction == "rtl" else "ltr"

    @property
    def data(self) -> Locale:
        """Its dates, numbers and plural forms."""
        return Locale.parse(self.locale)


SOURCE: Final = Language("en", "English", "en_GB")
"""The language in which the code is written: what has no translation is said in it."""

LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType(
    {
        language.tag: language
        for language in (
            Language("ar", "العربية", "ar"),
            Language("de", "Deutsch", "de"),
            SOURCE,
            Language("es", "Español", "es"),
            Language("fr", "Français", "fr"),
            Language("hi", "हिन्दी", "hi"),
            Language("ja", "日本語", "ja"),
            Language("ko", "한국어", "ko"),
            Language("pt", "Português", "pt_BR"),
            Language("zh", "简体中文", "zh_Hans"),
        )
    }
)
"""All of them, by their tags."""

_LONGEST_TAG = 35
_MOST_RANGES = 20
_LONGEST_HEADER = 1_000
_RANGE = re.compile(r"\s*([A-Za-z0-9-]{1,35})\s*(?:;\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_spoken: ContextVar[Language] = ContextVar("spoken language", default=SOURCE)


def spoken() -> Language:
    """The language in which to speak now."""
    return _spoken.get()


def speak(language: Language) -> None:
    """Speak in this language from now on, in this task."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Speak in this language until the context ends."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def known_language(tag: str) -> Language | None:
    """The language of a tag or of one more general: `pt` of `pt-BR` (RFC 4647, 3.4, Lookup).

    Names of locales such as `zh_CN` are taken as well, since claims hold both (OpenID Connect
    Core, 5.1).
    """
    parts = tag[:_LONGEST_TAG].strip().replace("_", "-").lower().split("-")
    return LANGUAGES.get(parts[0])


def accepted_language(header: str) -> Language | None:
    """The language that an `Accept-Language` header wants most (RFC 9110, 12.5.4).

    Of those that it wants equally, the first; None when it wants none that there is.
    """
    best, most = None, 0.0
    for part in header[:_LONGEST_HEADER].split(",")[:_MOST_RANGES]:
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        language, weight = known_language(found[1]), float(found[2] or 1)
        if language is not None and weight > most:
            best, most = language, weight
    return best
