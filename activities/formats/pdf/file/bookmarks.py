"""The bookmarks that viewers show beside the pages (ISO 32000-1, 12.3.3)."""

from activities.documents.bidi_controls import close_bidi_controls
from activities.formats.pdf.file.canvas import Place
from activities.formats.pdf.file.objects import ObjectWriter, text_string


class _Bookmark:
    __slots__ = ("children", "place", "title")

    def __init__(self, title: str, place: Place) -> None:
        self.title = title
        self.place = place
        self.children: list[_Bookmark] = []


class Bookmarks:
    """The bookmarks of one document, in the order of its pages."""

    def __init__(self, *, to_elements: bool) -> None:
        """Let them lead to elements of the structure if `to_elements` is true, else to pages."""
        self._to_elements = to_elements
        self._path = [_Bookmark("", Place(0, 0.0, 0))]
        self._state: list[tuple[_Bookmark, int]] | None = None
        """As it is, once somebody asked."""

    def add(self, title: str, place: Place, depth: int) -> None:
        """Add a bookmark for a height on a page.

        Args:
            title: What is shown.
            place: Where it leads.
            depth: 1 for the outermost; at most one more than the last bookmark's.
        """
        self._state = None
        bookmark = _Bookmark(title, place)
        del self._path[depth:]
        self._path[-1].children.append(bookmark)
        self._path.append(bookmark)

    def state(self) -> list[tuple[_Bookmark, int]]:
        """The last bookmark and those that it lies within, with how many each had in it."""
        if self._state is None:
            self._state = [(bookmark, len(bookmark.children)) for bookmark in self._path]
        return self._state

    def restore(self, state: list[tuple[_Bookmark, int]]) -> None:
        """Forget the bookmarks that were added since."""
        if state is self._state:
            return
        self._state = state
        self._path = [bookmark for bookmark, _ in state]
        for bookmark, children in state:
            del bookmark.children[children:]

    def write(self, objects: ObjectWriter) -> int:
        """Write them, all but the outermost folded; the number of the root object."""
        root = objects.new_number()
        kids = self._path[0].children
        ends = self._write_level(objects, root, kids)
        objects.write_object(root, f"<</Type/Outlines/Count {len(kids)}{ends}>>")
        return root

    def _target(self, place: Place) -> str:
        return f"/A{place.action}" if self._to_elements else f"/Dest{place.destination}"

    def _write_level(self, objects: ObjectWriter, parent: int, kids: list[_Bookmark]) -> str:
        """Write siblings; the entries with which their parent refers to them."""
        if not kids:
            return ""
        numbers = [objects.new_number() for _ in kids]
        for index, (kid, number) in enumerate(zip(kids, numbers, strict=True)):
            links = ""
            if index:
                links += f"/Prev {numbers[index - 1]} 0 R"
            if index + 1 < len(kids):
                links += f"/Next {numbers[index + 1]} 0 R"
            if kid.children:
                links += f"/Count -{len(kid.children)}"
                links += self._write_level(objects, number, kid.children)
            objects.write_object(
                number,
                f"<</Title{text_string(close_bidi_controls(kid.title))}/Parent {parent} 0 R"
                f"{self._target(kid.place)}{links}>>",
            )
        return f"/First {numbers[0]} 0 R/Last {numbers[-1]} 0 R"
