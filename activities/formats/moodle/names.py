"""Names of questions and categories, of which Moodle keeps the text alone."""

from typing import Final

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.control_characters import remove_control_characters

_CHARACTERS_MAX: Final = 200
"""Of a name; Moodle's database holds 255, and lists show fewer."""


def plain_name(text: str) -> str:
    """A text as a name: one line, and no sign that would begin a tag, which Moodle removes."""
    text = " ".join(remove_control_characters(text)[0].replace("<", "＜").split())
    if len(text) > _CHARACTERS_MAX:
        text = f"{text[: _CHARACTERS_MAX - 1].rstrip()}…"
    return close_bidi_controls(text) or "…"


def category_path(names: list[str]) -> str:
    """The place of a category in a course's question bank, the outermost first.

    A slash within a name is doubled, and a blank keeps one at its ends from those between names.
    """
    return "$course$/top/" + "/".join(map(_within_path, names))


def _within_path(name: str) -> str:
    doubled = plain_name(name).replace("/", "//")
    before, behind = doubled.startswith("/"), doubled.endswith("/")
    return f"{' ' * before}{doubled}{' ' * behind}"
