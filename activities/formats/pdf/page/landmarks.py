"""The headings by which readers find their way: bookmarks, and the entries of the contents."""

from collections.abc import Iterable, Sequence
from typing import Final

from activities.documents.headings import numbered
from activities.documents.model import PART_LEVEL, Heading
from activities.formats.pdf.file.bookmarks import Bookmarks
from activities.formats.pdf.file.canvas import PageCanvas, Place
from activities.formats.pdf.page.contents import Entry
from activities.formats.pdf.page.flow import Flow
from activities.formats.pdf.page.headings import plain_text, without_notes

_BOOKMARK_DEPTH: Final = 4
_HEADING_CLEARANCE: Final = 4.0
"""How far above a heading a link to it leads, in points."""


class Noted:
    """What was noted so far; it can be taken back, and knows nobody who would know it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.level = 0
        """That of the last heading."""

    def state(self) -> tuple[int, int]:
        """What was noted."""
        return len(self.entries), self.level

    def restore(self, state: tuple[int, int]) -> None:
        """Forget what was noted since."""
        listed, self.level = state
        del self.entries[listed:]


class Landmarks:
    """Notes headings where they are drawn."""

    def __init__(self, flow: Flow, canvas: PageCanvas, bookmarks: Bookmarks) -> None:
        """Note the headings of a flow, whose pages are those of the canvas."""
        self._flow = flow
        self._canvas = canvas
        self._bookmarks = bookmarks
        self.noted = Noted()
        self._listed: set[int] = set()
        self._outermost = 1
        self._unit: int | None = None
        self._is_back = False

    def begin_unit(self, number: int | None, listed: Iterable[Heading], *, of_one: bool) -> None:
        """Note that the headings that come are those of a unit.

        Args:
            number: The unit's, if units have numbers.
            listed: The headings that the contents have, which are compared by identity.
            of_one: Whether it is the only one, whose parts the contents list first.
        """
        self._unit = number
        self._listed = set(map(id, listed))
        self._outermost = PART_LEVEL if of_one else 1

    def begin_back_matter(self, headings: Sequence[Heading]) -> None:
        """Note that the headings that come stand behind all units."""
        self.begin_unit(None, headings, of_one=False)
        self._outermost = min(heading.level for heading in headings)
        self._is_back = True

    def note(self, heading: Heading) -> int:
        """Bookmark a heading that is about to be drawn, and list it in the contents; its level
        without any gap above.
        """
        flow = self._flow
        self.noted.level = depth = min(heading.level, self.noted.level + 1)
        if depth > _BOOKMARK_DEPTH:
            return depth
        top = flow.y + _HEADING_CLEARANCE
        runs = without_notes(numbered(heading))
        place = Place(self._canvas.objects.page, top, flow.structure.coming)
        self._bookmarks.add(plain_text(runs), place, depth)
        if id(heading) in self._listed:
            name = f"entry-{len(self.noted.entries) + 1}"
            self._canvas.place_destination(name, top, place.element)
            level = min(max(heading.level - self._outermost, 0), 1)
            number = self._unit if level == 0 else None
            self.noted.entries.append(
                Entry(
                    runs,
                    flow.right_to_left,
                    level,
                    flow.page,
                    name,
                    place.element,
                    flow.palette,
                    number,
                    self._is_back,
                )
            )
        return depth
