"""What the pages say: their own words, and behind them those of pages and mails alike."""

from pathlib import Path
from typing import Final

from markupsafe import Markup, escape

from activities.people.words import SERVICE, Words

PAGES: Final = Words(Path(__file__).parent / "locales", "pages", SERVICE)

_ = PAGES.gettext
ngettext = PAGES.ngettext
pgettext = PAGES.pgettext


def N_(message: str) -> str:  # noqa: N802 - as gettext's manual names it (4.7, Special Cases)
    """Mark a constant for translation, which comes where it is shown."""
    return message


def said(text: str) -> Markup:
    """What was said in English in the language of the page, or marked as English.

    Readers of screens pronounce it so (WCAG 2.2, 3.1.2), and its lines begin where English ones do.
    """
    translated = PAGES.sentence(text)
    if translated is None:
        return Markup('<span lang="en" dir="ltr">{}</span>').format(text)
    return escape(translated)
