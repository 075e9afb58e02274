"""What stands behind all units of a file: noted while they are drawn, and drawn after them."""

from collections.abc import Callable, Sequence

from activities.documents.classroom import ClassroomWords, classroom_words
from activities.documents.glossary import terms_of
from activities.documents.model import Card, Document, Heading, Part, ReadingTask, Run
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.pdf.page.answer_key import AnswerKey, KeyUnit
from activities.formats.pdf.page.course_blocks import CourseBlockPainter
from activities.formats.pdf.page.cutouts import CutoutSheets, CutUnit
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.furniture import Furniture
from activities.formats.pdf.page.glossary import Glossary, GlossaryEntry
from activities.formats.pdf.page.headings import without_notes
from activities.formats.pdf.page.landmarks import Landmarks
from activities.formats.pdf.page.unit_texts import UnitText


def back_titles(options: PdfOptions) -> int:
    """How many titles the contents list at most of what stands behind all units."""
    return sum([options.answers == "key", options.cards == "cutout", options.glossary])


def is_only_cards(options: PdfOptions) -> bool:
    """Whether the file is nothing but cards to cut out."""
    return options.cards == "cutout" and options.part_names() == ("flashcards",)


class BackMatter:
    """Notes what units have for it, and draws it."""

    def __init__(
        self,
        flow: Flow,
        landmarks: Landmarks,
        furniture: Furniture,
        options: PdfOptions,
        *,
        is_book: bool,
    ) -> None:
        """Draw on the pages of a flow, and let readers find it.

        Args:
            flow: Where to draw.
            landmarks: Notes titles.
            furniture: Shows them in the heads of a book.
            options: What was asked for.
            is_book: Whether there may be several units.
        """
        self._flow = flow
        self._landmarks = landmarks
        self._furniture = furniture
        self._options = options
        self._is_book = is_book
        self._key: list[KeyUnit] = []
        self._terms: list[GlossaryEntry] = []
        self._cards: list[CutUnit] = []

    def note(
        self,
        unit: int | None,
        document: Document,
        drawn: Sequence[tuple[Part, CourseBlockPainter]],
        begin: Callable[[str], CourseBlockPainter],
    ) -> None:
        """Note what a unit has for it, once the unit is drawn.

        Args:
            unit: Its number, if units have numbers.
            document: The unit.
            drawn: Its parts, and what drew each.
            begin: Lets what is set be of a part of the unit again; gives what draws its blocks.
        """
        flow = self._flow
        text = UnitText(
            unit,
            without_notes(document.title.runs),
            document.language,
            document.right_to_left,
            flow.palette,
            0,
            "",
            begin,
        )
        for part, painter in drawn:
            tasks = [block for block in part.blocks if isinstance(block, ReadingTask)]
            if part.name == "flashcards" and self._options.glossary:
                for term in terms_of(document):
                    page, name = painter.card_places.get(term.card.number, (0, ""))
                    at = text._replace(page=page, destination=name)
                    self._terms.append(GlossaryEntry(term, at))
            cards = [block for block in part.blocks if isinstance(block, Card)]
            if cards and self._options.cards == "cutout":
                self._cards.append(CutUnit(text, cards))
            if tasks and self._options.answers == "key":
                at = text._replace(page=painter.worksheet_page, destination=painter.worksheet_name)
                self._key.append(KeyUnit(at, tasks))

    def draw(self, language: str, begin: Callable[[], None]) -> None:
        """Draw all of it.

        Args:
            language: That of the file.
            begin: Lets what is set be of the file and of none of its units.
        """
        words = self._words(language)
        if self._terms:
            begin()
            self._flow.finish_notes()
            heading = self._begin(words.glossary)
            glossary = Glossary(self._flow, words, self._landmarks.note)
            glossary.draw(heading, self._terms)
            self._flow.finish_notes()
        if any(task.answer for unit in self._key for task in unit.tasks):
            begin()
            heading = self._begin(words.answer_key)
            key = AnswerKey(self._flow, words, self._landmarks.note)
            if self._is_book or not key.draw_turned(heading, self._key[0]):
                self._flow.finish_notes()
                key.draw(heading, self._key)
        self._end()

    def draw_sheets(self, language: str, begin: Callable[[], None]) -> None:
        """Draw the cards to cut out, which stand behind everything; see `draw`."""
        if not self._cards:
            return
        flow, words = self._flow, self._words(language)
        begin()
        heading = self._begin(words.cutout_title)
        sheets = CutoutSheets(flow, words, self._landmarks.note, self._furniture.leave_out)
        too_long = sheets.draw(heading, self._cards)
        for unit in too_long:
            unit.text.enter(flow, "flashcards").draw_too_long(unit.cards)
        self._end()

    def _words(self, language: str) -> ClassroomWords:
        return classroom_words(self._options.language or language)

    def _end(self) -> None:
        self._flow.finish_notes()
        self._furniture.end_unit(self._flow)

    def _begin(self, title: str) -> Heading:
        """Let pages show a title; its heading."""
        heading = Heading(1, (Run(title),))
        if self._is_book:
            self._flow.break_page()
            self._furniture.begin_unit(self._flow, None, heading.runs)
        self._landmarks.begin_back_matter((heading,))
        return heading
