"""The pages: a reportlab canvas that takes operators as text and forgets finished pages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO, NamedTuple

import msgspec
from reportlab.pdfbase.pdfdoc import BasicFonts, PDFObjectReference
from reportlab.pdfgen.canvas import Canvas

from activities.formats.pdf.file.objects import ObjectMark, ObjectWriter, text_string


class Place(NamedTuple):
    """A height on a page, to which links and bookmarks lead."""

    page: int
    """The page's object number."""
    top: float
    """Points from the page's bottom."""
    element: int
    """The object number of what is there in the structure; 0 if there is none."""

    @property
    def destination(self) -> str:
        """The array of a destination (ISO 32000-1, 12.3.2.2)."""
        return f"[{self.page} {self._at}"

    @property
    def action(self) -> str:
        """The action that leads to the element, and in older readers to the page (ISO 32000-2,
        12.6.4.2).
        """
        return f"<</S/GoTo/D{self.destination}/SD[{self.element} {self._at}>>"

    @property
    def _at(self) -> str:
        return f"0 R/XYZ null {self.top:.2f} null]"


class CanvasMark(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A page, how much of each kind there was on it, and what there was before it."""

    operators: list[str]
    operators_count: int
    images: dict[str, int]
    images_count: int
    annotations: list[str]
    annotations_count: int
    places_count: int
    pages_before: int
    objects: ObjectMark


class _Finished(NamedTuple):
    """A page that is finished and not written yet."""

    number: int
    beginning: str
    operators: list[str]
    images: dict[str, int]
    annotations: list[str]
    entries: str
    objects_end: int
    """How many objects there were when it ended."""


class PageWrittenError(Exception):
    """A page that is written already cannot be drawn again."""


class PageCanvas(Canvas):
    """A canvas whose pages leave memory as soon as they are finished.

    Text operators hold two-byte codes, one Latin-1 character a byte.
    """

    # What the base class keeps and its type stubs do not show. reportlab has no public way to take
    # operators as text or to let finished pages go; a new version of it is checked by the tests.
    _code: list[str]
    _pagesize: tuple[float, float]
    _pageNumber: int  # noqa: N815
    _startPage: Callable[[], None]  # noqa: N815

    def __init__(
        self,
        out: BinaryIO,
        page_size: tuple[float, float],
        created: datetime,
        version: tuple[int, int],
    ) -> None:
        super().__init__(out, pagesize=page_size, pageCompression=1, invariant=1)
        self.objects = ObjectWriter(out, created, version)
        self._doc = self.objects
        self._fonts = PDFObjectReference(BasicFonts).format(self.objects).decode("ascii")
        self._images: dict[str, int] = {}
        self._annotations: list[str] = []
        self.attachments: PDFObjectReference | None = None
        """The name tree of the files within the document."""
        self._places: dict[str, Place] = {}
        self._actions: dict[str, int] = {}
        self.operators = self._code
        """Of the current page, to be appended to."""
        self._finished: list[_Finished] = []
        self._held_back = 0
        self.beginning = ""
        """The operators that the page that ends begins with, and those after it."""

    def _make_preamble(self) -> None:
        # The stock preamble selects a font that is not embedded.
        self._preamble = ""

    @property
    def page_number(self) -> int:
        """The number of the current page in the order of drawing, from 1."""
        return self._pageNumber

    def use_image(self, name: str, image: int) -> None:
        """Make an image or form, by its object number, available to the current page."""
        self._images[name] = image

    @contextmanager
    def discarding(self) -> Iterator[None]:
        """Forget what is drawn and named meanwhile."""
        operators, images = len(self.operators), dict(self._images)
        places, self._places = self._places, {}
        try:
            yield
        finally:
            del self.operators[operators:]
            self._images = images
            self._places = places

    @property
    def first_restorable(self) -> int:
        """The number of the first page that is not written yet."""
        return self._pageNumber - len(self._finished)

    def state(self) -> CanvasMark:
        """How far the file has come, to be restored before the page is written."""
        return CanvasMark(
            self.operators,
            len(self.operators),
            self._images,
            len(self._images),
            self._annotations,
            len(self._annotations),
            len(self._places),
            self._pageNumber - 1,
            self.objects.state(),
        )

    def restore(self, state: CanvasMark) -> None:
        """Forget what came since.

        Raises:
            PageWrittenError: It would have to forget a page that is written.
        """
        page = state.pages_before + 1
        if page < self.first_restorable:
            raise PageWrittenError(page)
        if page < self._pageNumber:
            del self._finished[page - self._pageNumber :]
            self._pageNumber = page
        self.operators = self._code = state.operators
        self._images, self._annotations = state.images, state.annotations
        del self.operators[state.operators_count :]
        del self._annotations[state.annotations_count :]
        while len(self._images) > state.images_count:
            self._images.popitem()
        while len(self._places) > state.places_count:
            self._places.popitem()
        self.objects.restore(state.objects)

    @contextmanager
    def holding_back(self, pages: int) -> Iterator[None]:
        """Write each page only when so many more are finished, or everything is."""
        self._held_back = pages
        try:
            yield
        finally:
            self._held_back = 0
            self._write_finished()

    def place_destination(self, name: str, top: float, element: int) -> None:
        """Name a height on the current page, for links; the first of a name counts.

        Args:
            name: The name.
            top: Points from the page's bottom.
            element: The object number of what is there in the structure, if there is one.
        """
        self._places.setdefault(name, Place(self.objects.page, top, element))

    def action_to(self, name: str) -> str:
        """The entry of an annotation that leads to a place by its element, which may come later."""
        number = self._actions.get(name)
        if number is None:
            number = self._actions[name] = self.objects.lasting_number()
        return f"/A {number} 0 R"

    def write_form(
        self, number: int, box: tuple[float, float, float, float], operators: str
    ) -> None:
        """Write operators that several pages show as one object.

        Args:
            number: The object's number, as pages have already referred to it.
            box: Left, bottom, right, top of what is shown.
            operators: What is shown.
        """
        left, bottom, right, top = box
        self.objects.write_numbered_stream(
            number,
            operators.encode("latin-1"),
            f"/Type/XObject/Subtype/Form/BBox[{left:.2f} {bottom:.2f} {right:.2f} {top:.2f}]"
            f"/Resources<</Font {self._fonts}>>",
        )

    def annotate(self, annotation: str) -> int:
        """Put an annotation, a dictionary, on the current page; its object number."""
        number = self.objects.new_number()
        self.objects.write_object(number, annotation)
        self._annotations.append(f"{number} 0 R")
        return number

    def finish_page(self, entries: str) -> None:
        """End the current page and begin the next one.

        Args:
            entries: Further entries of the page's dictionary.
        """
        self._finished.append(
            _Finished(
                self.objects.page,
                self.beginning,
                self.operators,
                self._images,
                self._annotations,
                entries,
                self.objects.count,
            )
        )
        self._images, self._annotations = {}, []
        self.objects.begin_page()
        self._startPage()
        self.operators = self._code
        self._write_finished()

    def _write_finished(self) -> None:
        while len(self._finished) > self._held_back:
            self._write_page(self._finished.pop(0))

    def _write_page(self, page: _Finished) -> None:
        shown = "\n".join([page.beginning, *page.operators])
        content = self.objects.write_stream(shown.encode("latin-1"))
        images = "".join([f"/{name} {number} 0 R" for name, number in page.images.items()])
        annotations = f"/Annots[{' '.join(page.annotations)}]" if page.annotations else ""
        width, height = self._pagesize
        self.objects.write_page(
            page.number,
            f"/MediaBox[0 0 {width:.2f} {height:.2f}]/Contents {content} 0 R"
            f"/Resources<</Font {self._fonts}/XObject<<{images}>>>>"
            f"{annotations}{page.entries}",
            page.objects_end,
        )

    def move_last_pages_first(self, count: int) -> None:
        """Let the `count` pages that were drawn last be the first ones of the document."""
        pages = self.objects.Pages.pages
        pages[:] = pages[len(pages) - count :] + pages[: len(pages) - count]

    def save(self) -> None:
        """Write everything that is still open; the canvas must not be used afterwards."""
        names: dict[str, PDFObjectReference] = {}
        if self._places:
            names["Dests"] = self._name_tree()
        if self.attachments is not None:
            names["EmbeddedFiles"] = self.attachments
        if names:
            self.setCatalogEntry("Names", names)
        for name, number in self._actions.items():
            place = self._places.get(name)
            self.objects.write_object(number, place.action if place else "null")
        self.objects.finish()

    def _name_tree(self) -> PDFObjectReference:
        places = "".join(
            f"{text_string(name)}{place.destination}"
            for name, place in sorted(self._places.items())
        )
        number = self.objects.new_number()
        self.objects.write_object(number, f"<</Names[{places}]>>")
        return self.objects.reference_to(number)
