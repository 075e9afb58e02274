"""What stands behind all units of a file: noted while they are drawn, and drawn after them."""

from collections.abc import Callable, Sequence

from activities.documents.classroom import classroom_words
from activities.documents.model import Document, Heading, Part, ReadingTask, Run
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.pdf.page.answer_key import AnswerKey, KeyUnit
from activities.formats.pdf.page.course_blocks import CourseBlockPainter
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.furniture import Furniture
from activities.formats.pdf.page.headings import without_notes
from activities.formats.pdf.page.landmarks import Landmarks
from activities.formats.pdf.page.unit_texts import UnitText


def back_titles(options: PdfOptions) -> int:
    """How many titles the contents list at most of what stands behind all units."""
    return sum([options.answers == "key"])


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

    def note(
        self,
        unit: int | None,
        document: Document,
        drawn: Sequence[tuple[Part, CourseBlockPainter]],
        begin: Callable[[], CourseBlockPainter],
        end: Callable[[], None],
    ) -> None:
        """Note what a unit has for it, once the unit is drawn.

        Args:
            unit: Its number, if units have numbers.
            document: The unit.
            drawn: Its parts, and what drew each.
            begin: Lets what is set be of the unit again; gives what draws its blocks.
            end: Tells what was noted of it since.
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
            end,
        )
        for part, painter in drawn:
            tasks = [block for block in part.blocks if isinstance(block, ReadingTask)]
            if tasks and self._options.answers == "key":
                at = text._replace(page=painter.worksheet_page, destination=painter.worksheet_name)
                self._key.append(KeyUnit(at, tasks))

    def draw(self, language: str, begin: Callable[[], None]) -> None:
        """Draw all of it.

        Args:
            language: That of the file.
            begin: Lets what is set be of the file and of none of its units.
        """
        words = classroom_words(self._options.language or language)
        if any(task.answer for unit in self._key for task in unit.tasks):
            begin()
            heading = self._begin(words.answer_key)
            key = AnswerKey(self._flow, words, self._landmarks.note)
            if self._is_book or not key.draw_turned(heading, self._key[0]):
                self._flow.finish_notes()
                key.draw(heading, self._key)
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
