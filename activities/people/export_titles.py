"""The titles of exports: what owners give, or what the service makes of their content.

A title that the service made is kept as it was made, for it is in the file. Pages and mails show it
in their own language: they know it by making it again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from babel.lists import format_list

from activities.model.jobs import Job
from activities.model.plain_titles import plain_title
from activities.model.times import in_utc
from activities.model.warnings import place_text
from activities.people.languages import LANGUAGES, Language, speaking, spoken
from activities.people.words import _, ngettext

_LONGEST = 100
_UNTITLED = "…"
_COMMAS = {"ar": "، ", "ja": "、", "zh": "、"}
_NAMED = 3
"""Titles of a list that are told in full."""


def kept_titles(titles: Sequence[str]) -> list[str]:
    """The titles of items as a job keeps them: Markdown, of a long one the beginning as text."""
    return [title if len(title) <= _LONGEST else place_text(plain_title(title)) for title in titles]


def title_of_items(titles: Sequence[str]) -> str:
    """The title of an export of several items, in the language that is spoken.

    Args:
        titles: as `kept_titles` gives them.
    """
    more = len(titles) - 1
    told = ngettext("%(title)s and %(num)s more", "%(title)s and %(num)s more", more)
    return told % {"title": " ".join(titles[0].split()) or _UNTITLED, "num": more}


def title_of_changes(since: datetime) -> str:
    """The title of an export of what changed, in the language that is spoken."""
    return _("Course changes since %(day)s") % {"day": in_utc(since)[:10]}


def shown_title(job: Job) -> str:
    """A job's title as plain text; one that the service made in the language that is spoken."""
    made = _made(job)
    if made is None or not any(job.title == in_language(made, each) for each in LANGUAGES.values()):
        return plain_title(job.title)
    return plain_title(made())


def content_in_short(job: Job) -> str:
    """The titles of what a job exports, in one line; empty of one item, and if none is known."""
    titles = [plain_title(title) for title in job.titles[:_NAMED]]
    if len(job.titles) < 2:
        return ""
    if len(job.titles) <= _NAMED:
        return format_list(titles, locale=spoken().data)
    more = len(job.titles) - _NAMED
    told = ngettext("%(title)s and %(num)s more", "%(title)s and %(num)s more", more)
    return told % {"title": _COMMAS.get(spoken().tag, ", ").join(titles), "num": more}


def in_language(made: Callable[[], str], language: Language) -> str:
    """What is made by words, in a language."""
    with speaking(language):
        return made()


def _made(job: Job) -> Callable[[], str] | None:
    """What makes the job's title, if the service may have made it."""
    if job.changes is not None:
        return partial(title_of_changes, job.changes.since)
    if len(job.titles) > 1 and " ".join(job.titles[0].split()) in job.title:
        return partial(title_of_items, job.titles)
    return None
