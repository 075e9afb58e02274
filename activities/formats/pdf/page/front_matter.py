"""What is known of all units in the end, and stands before them: the cover's texts and drawing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from activities.documents.book_labels import BookLabels
from activities.documents.colophon import Shared, shared, shown_day
from activities.documents.design.design import Design
from activities.documents.design.subjects import most_frequent
from activities.documents.design.tokens import AccentName
from activities.documents.logo import logo_of
from activities.documents.model import Document, Facts
from activities.formats.pdf.page.cover import CoverTexts, Drawing
from activities.formats.pdf.page.motifs import MOTIFS, seed_of
from activities.model.warnings import Report

_BETWEEN: Final = "\u2002·\u2002"


class FrontMatter:
    """Collects what covers and heads tell."""

    def __init__(self, design: Design, snapshot: datetime) -> None:
        """Take the design of the file and the day of its content."""
        self._design = design
        self._snapshot = snapshot
        self._facts: list[Facts | None] = []
        self._accents: list[AccentName] = []
        self._item_ids: list[str] = []

    def note(self, document: Document) -> None:
        """Note a unit."""
        self._facts.append(metadata_of(document))
        self._accents.append(document.accent)
        self._item_ids.append(document.item_id)

    @property
    def accent(self) -> AccentName:
        """The accent of most units."""
        return most_frequent(self._accents)

    def texts(self, title: str, words: BookLabels, language: str) -> CoverTexts:
        """What the cover says."""
        told: Shared = shared(self._facts)
        count = len(self._facts)
        units = words.units.format(count) if count > 1 else ""
        meta = _BETWEEN.join(text for text in (told.subject, told.grade, units) if text)
        day = shown_day(self._snapshot, language)
        return CoverTexts(title, meta, told.teacher, told.group, told.school, day)

    def drawing(self, report: Report) -> Drawing:
        """What the cover shows; the report is told of a logo that cannot be read."""
        theme = self._design.theme
        motif = theme.motif or MOTIFS.get(self.accent, "tiles")
        return Drawing(
            None if motif == "none" else motif, seed_of(self._item_ids), logo_of(theme, report)
        )


def metadata_of(document: Document) -> Facts | None:
    """The metadata of a unit, if the file tells them."""
    for part in document.parts:
        if part.name == "metadata":
            return next((block for block in part.blocks if isinstance(block, Facts)), None)
    return None


def facts_told(documents: Sequence[Document]) -> Shared:
    """What documents say alike."""
    return shared([metadata_of(document) for document in documents])
