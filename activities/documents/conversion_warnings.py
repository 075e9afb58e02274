"""Counts what was left out or changed while one item became a document or a file, and where."""

from types import MappingProxyType

import msgspec

from activities.documents.bidi_controls import close_bidi_controls
from activities.documents.formulas.readable import readable_text
from activities.documents.labels import Labels
from activities.documents.model import Runs
from activities.model.warnings import (
    FURTHER_WARNINGS,
    FURTHER_WARNINGS_DETAIL,
    PLACES_MAX,
    WARNINGS_MAX,
    ExportWarning,
    Place,
    Report,
    place_text,
)

_EXAMPLES_MAX = 10
"""The examples that a warning names."""

_DETAILS = MappingProxyType(
    {
        "answers-left-out": "Answers to questions of quizzes, which the file has only as feedback "
        "(lms_answers): {}.",
        "card-too-long": "Flashcards that are too long to be cut out, which are listed after the "
        "others: {}.",
        "code-fence-runnable": "Code that programs for notes can run (Dataview, Templater), "
        "which is written without the name of its language where that keeps them from it: {}.",
        "cell-split": "Texts longer than a cell (32,767 characters), which go on in the rows "
        "below: {}.",
        "cell-too-long": "Rows with a text of more than 32,767 characters, which spreadsheets cut "
        "or spread over other rows: {}.",
        "item-without-rows": "Items that are in none of the files, as they have nothing that these "
        "hold: {}.",
        "control-characters-removed": "Control characters removed: {}.",
        FURTHER_WARNINGS: FURTHER_WARNINGS_DETAIL,
        "formula-as-source": "Formulas shown as their TeX source, because it cannot be read: {}.",
        "formula-too-large": "Formulas set smaller than is easy to read, because they are larger "
        "than the page and have no sign to be broken at: {}.",
        "direction-left-out": "Paragraphs of another direction than the text around, which the "
        "format cannot hold: {}.",
        "strike-left-out": "Words that are struck out, which the format shows like others: {}.",
        "diagram-as-source": "Diagrams shown as their source, because they are not drawn: {}.",
        "front-matter-left-out": "Data at the head of texts (front matter), which is left out: {}.",
        "image-left-out": "Pictures replaced by their description, because the format has no place "
        "for them: {}.",
        "image-not-embedded": "Pictures that could not be had, for which their description and "
        "address stand: {}.",
        "image-too-large": "Pictures replaced by their description, because they are too large: "
        "{}.",
        "image-unreadable": "Pictures replaced by their description, because they are no readable "
        "PNG, JPEG, GIF, WebP, AVIF, TIFF, BMP or SVG: {}.",
        "link-changed": "Links without what could deceive in their address: user and password, "
        "marks of direction, all of a mail but its recipients and subject: {}.",
        "link-removed": "Links reduced to their text, because they are not http, https or "
        "mailto: {}.",
        "link-target-missing": "Links reduced to their text, because what they lead to is not in "
        "the file: {}.",
        "link-unusable": "Links reduced to their text, because the format cannot hold their "
        "address: {}.",
        "script-missing": "Characters of the script {what} for which there is no font: {} "
        "({examples}).",
        "standard-not-claimed": "Items whose language is not known, or for PDF/UA-2 which have "
        "characters for private use, because of which the file does not claim its standard: {}.",
        "shown-as-source": "Texts of which a table or the rest is shown with its marks as text, "
        "because the item has more tables and marks than an item may have: {}.",
        "shown-as-plain-text": "Texts of which the rest is shown without headings, lists and "
        "styles, because the item has more of these than an item may have: {}.",
        "html-removed": "Scripts, styles and other parts of web pages that hold no text, left "
        "out: {}.",
        "hidden-removed": "Texts that a web page would not show, left out: {}.",
        "embedded-as-link": "Videos, sounds and embedded web pages shown as a link: {}.",
        "nesting-too-deep": "Texts with lists or quotations nested too deeply, shown with their "
        "list and quotation marks as text: {}.",
    }
)


_OF_NO_SCRIPT = "Characters for which there is no font: {} ({examples})."


class _Record(msgspec.Struct, frozen=True, gc=False):
    """A card or question, of which most are never named."""

    labels: Labels
    part: str
    number: int


class _Noted(msgspec.Struct):
    """What was noted of one kind."""

    count: int = 0
    parts: set[str] = msgspec.field(default_factory=set)
    places: dict[tuple[str, str], None] = msgspec.field(default_factory=dict)
    """Part and heading of the first places."""
    examples: dict[str, None] = msgspec.field(default_factory=dict)
    """The first ones."""


class ConversionWarnings:
    """Counts by code; `flush` makes one warning of each.

    Who walks over the item keeps `part` and `heading` true; who adds need not know them.
    """

    def __init__(self, item_id: str) -> None:
        self.part = ""
        """The part that is being read; empty for the item itself."""
        self.heading: Runs | str | _Record = ""
        """The heading above what is being read; empty before the first of a part."""
        self.item_id = item_id
        self._noted: dict[tuple[str, str], _Noted] = {}
        self._once: dict[tuple[str, int], object] = {}

    def begin_part(self, name: str) -> None:
        """Note that what comes is in another part, and below no heading yet."""
        self.part, self.heading = name, ""

    def begin_record(self, labels: Labels, number: int) -> None:
        """Note that what comes is in this card or question of the part."""
        self.heading = _Record(labels, self.part, number)

    def add(self, code: str, count: int = 1, what: str = "", example: str = "") -> None:
        """Note that `code` happened `count` times at the current place.

        Args:
            code: one of those that there is a sentence for.
            count: how often.
            what: stands in the sentence for `{what}`; different ones are told apart.
            example: stands in the sentence, with others, for `{examples}`.
        """
        kind = (code, what)
        if kind not in self._noted and len(self._noted) >= WARNINGS_MAX:
            kind = (FURTHER_WARNINGS, "")
        noted = self._noted.setdefault(kind, _Noted())
        noted.count += count
        noted.parts.add(self.part)
        if example and len(noted.examples) <= _EXAMPLES_MAX:
            noted.examples[example] = None
        if len(noted.places) < PLACES_MAX:
            noted.places[self.part, _shown(self.heading)] = None

    def add_once(self, code: str, thing: object) -> None:
        """Note that `code` happened to an object of the document, however often it is drawn."""
        if (code, id(thing)) not in self._once:
            # Kept, so that nothing else gets the same identity.
            self._once[code, id(thing)] = thing
            self.add(code)

    def flush(self, report: Report, title: Runs = ()) -> None:
        """Hand everything over, in the order in which it was first noted.

        Args:
            report: is told.
            title: the item's.
        """
        shown = _shown(title)
        for (code, what), noted in self._noted.items():
            report.warn(
                ExportWarning(
                    code,
                    _detail(code, what).replace("{examples}", _listed(list(noted.examples))),
                    item_id=self.item_id,
                    part=noted.parts.pop() if len(noted.parts) == 1 else "",
                    count=noted.count,
                    places=tuple(
                        Place(self.item_id, shown, part, heading) for part, heading in noted.places
                    ),
                )
            )
        self._noted.clear()
        self._once.clear()


def _detail(code: str, what: str) -> str:
    if code == "script-missing" and not what:
        return _OF_NO_SCRIPT
    return _DETAILS[code].replace("{what}", what)


def _listed(examples: list[str]) -> str:
    more = ", …" if len(examples) > _EXAMPLES_MAX else ""
    return ", ".join(examples[:_EXAMPLES_MAX]) + more


def _shown(text: Runs | str | _Record) -> str:
    if isinstance(text, _Record):
        text = f"{text.labels.part(text.part)} {text.number}"
    elif not isinstance(text, str):
        text = "".join(readable_text(run) for run in text if not run.is_note_reference)
    return close_bidi_controls(place_text(text))
