"""A reportlab canvas whose pages leave memory as soon as they are finished.

Stock reportlab keeps every page until the file is saved. Here a finished page's content is
compressed and written at once; the small objects (pages, links, destinations) are packed into
object streams (ISO 32000-1, 7.5.7) and the file ends with a cross-reference stream (7.5.8).
"""

import hashlib
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, BinaryIO

from reportlab.pdfbase.pdfdoc import (
    BasicFonts,
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFObjectReference,
    PDFOutlines,
    PDFPages,
    PDFStream,
    PDFString,
)
from reportlab.pdfgen.canvas import Canvas

_OBJECTS_PER_STREAM = 200
_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_PRODUCER = "Export service"


class PageCanvas(Canvas):
    """A canvas that takes PDF operators as text and streams its pages.

    Text operators hold two-byte glyph codes, one Latin-1 character a byte.
    """

    # What the base class keeps and its type stubs do not show.
    _code: list[str]
    _annotationrefs: list[PDFObjectReference]
    _pagesize: tuple[float, float]
    _pageNumber: int  # noqa: N815
    _startPage: Callable[[], None]  # noqa: N815

    def __init__(self, out: BinaryIO, page_size: tuple[float, float], created: datetime) -> None:
        super().__init__(out, pagesize=page_size, pageCompression=1, invariant=1)
        self.objects = ObjectWriter(out, created)
        self._doc = self.objects
        self._images: dict[str, PDFObjectReference] = {}
        self._places: dict[str, tuple[int, float]] = {}

    def _make_preamble(self) -> None:
        # The stock preamble selects a font that is not embedded.
        self._preamble = ""

    @property
    def operators(self) -> list[str]:
        """The operators of the current page, to be appended to."""
        return self._code

    @property
    def page_number(self) -> int:
        """The number of the current page in the order of drawing, from 1."""
        return self._pageNumber

    def use_image(self, name: str, image: PDFObjectReference) -> None:
        """Make an image or form available to the current page under a resource name."""
        self._images[name] = image

    def place_destination(self, name: str, top: float) -> None:
        """Name a height on the current page, for links."""
        self._places[name] = (self.objects.page_number(), top)

    def write_form(
        self, number: int, box: tuple[float, float, float, float], operators: str
    ) -> None:
        """Write operators that several pages show as one object.

        Args:
            number: The object's number, as pages have already referred to it.
            box: Left, bottom, right, top of what is shown.
            operators: What is shown.
        """
        self.objects.write_numbered_stream(
            number,
            {
                "Type": PDFName("XObject"),
                "Subtype": PDFName("Form"),
                "BBox": PDFArray([round(edge, 2) for edge in box]),
                "Resources": PDFDictionary({"Font": PDFObjectReference(BasicFonts)}),
            },
            operators.encode("latin-1"),
        )

    def annotate(self, annotation: PDFDictionary) -> PDFObjectReference:
        """Put an annotation on the current page."""
        reference = self.objects.add(annotation)
        self._annotationrefs.append(reference)
        return reference

    def finish_page(self, structure_key: int) -> None:
        """Write the current page and begin the next one.

        Args:
            structure_key: The page's key in the parent tree of the structure.
        """
        content = "\n".join(self._code).encode("latin-1")
        self.objects.write_page(
            {
                "MediaBox": PDFArray([0, 0, *self._pagesize]),
                "Contents": self.objects.write_stream({}, content),
                "Resources": PDFDictionary(
                    {
                        "Font": PDFObjectReference(BasicFonts),
                        "XObject": PDFDictionary(dict(self._images)),
                    }
                ),
                "Annots": PDFArray(self._annotationrefs),
                "StructParents": structure_key,
                "Tabs": PDFName("S"),
            }
        )
        self._images.clear()
        self._startPage()

    def move_last_pages_first(self, count: int) -> None:
        """Let the `count` pages that were drawn last be the first ones of the document."""
        if count:
            pages = self.objects.Pages.pages
            pages[:] = pages[-count:] + pages[:-count]

    def save(self) -> None:
        """Write everything that is still open; the canvas must not be used afterwards."""
        names: list[object] = []
        for name, (page, top) in sorted(self._places.items()):
            place = [self.objects.reference_to(page), PDFName("XYZ"), "null", round(top, 2), "null"]
            names += [PDFString(name), PDFArray(place)]
        if names:
            leaf = PDFDictionary({"Names": PDFArray(names)})
            self.setCatalogEntry("Names", {"Dests": leaf})
        self.objects.finish(self)


class ObjectWriter(PDFDocument):
    """Writes PDF objects to a stream in the order in which they become known."""

    # What the base class keeps and its type stubs do not show.
    Catalog: PDFObject
    Pages: PDFPages
    Outlines: PDFOutlines
    idToObject: dict[str, Any]  # noqa: N815

    def __init__(self, out: BinaryIO, created: datetime) -> None:
        super().__init__(invariant=1, compression=1, pdfVersion=(1, 7))
        self._out = out
        self._created = created
        self._position = 0
        self._digest = hashlib.sha256()
        self._entries = bytearray(7)
        self._entries[5:7] = b"\xff\xff"
        self._packed: list[tuple[int, bytes]] = []
        self.title = ""
        self._emit(_HEADER)

    def _emit(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._position += len(data)

    def _set_entry(self, number: int, kind: int, where: int, index: int) -> None:
        end = 7 * (number + 1)
        if len(self._entries) < end:
            self._entries.extend(bytes(end - len(self._entries)))
        self._entries[end - 7 : end] = (
            kind.to_bytes(1, "big") + where.to_bytes(4, "big") + index.to_bytes(2, "big")
        )

    def add(self, content: PDFObject) -> PDFObjectReference:
        """Keep an object until the end of the file, and refer to it."""
        reference: PDFObjectReference = self.Reference(content)  # type: ignore[no-untyped-call]
        return reference

    def new_number(self) -> int:
        """An object number for an object that the caller will write with `write_object`."""
        self.objectcounter += 1
        return self.objectcounter

    def reference_to(self, number: int) -> PDFObjectReference:
        """A reference to an object by its number."""
        name = f"N{number}"
        self.idToObjectNumberAndVersion[name] = (number, 0)
        return PDFObjectReference(name)

    def write_object(self, number: int, body: bytes) -> None:
        """Write any object that is not a stream."""
        self._packed.append((number, body))
        if len(self._packed) >= _OBJECTS_PER_STREAM:
            self._flush_packed()

    def write_stream(self, entries: dict[str, object], data: bytes) -> PDFObjectReference:
        """Write a stream now, compressed unless `entries` name a filter of their own."""
        number = self.new_number()
        self.write_numbered_stream(number, entries, data)
        return self.reference_to(number)

    def write_numbered_stream(self, number: int, entries: dict[str, object], data: bytes) -> None:
        """Write a stream under a number that `new_number` gave."""
        if "Filter" not in entries:
            data = zlib.compress(data)
            entries = {**entries, "Filter": PDFName("FlateDecode")}
        head = PDFDictionary({**entries, "Length": len(data)}).format(self)
        self._set_entry(number, 1, self._position, 0)
        self._emit(b"%d 0 obj\n%b\nstream\n%b\nendstream\nendobj\n" % (number, head, data))

    def write_registered(self, name: str) -> None:
        """Write an object that reportlab registered under this name, and forget it."""
        number, _ = self.idToObjectNumberAndVersion[name]
        content = self.idToObject[name]
        self.idToObject[name] = None
        del self.numberToId[number]
        if isinstance(content, PDFStream):
            self.write_numbered_stream(number, content.dictionary.dict, content.content)
        else:
            self.write_object(number, content.format(self))

    def _flush_packed(self) -> None:
        if not self._packed:
            return
        container = self.new_number()
        offsets = []
        position = 0
        for index, (number, body) in enumerate(self._packed):
            offsets.append(b"%d %d" % (number, position))
            position += len(body) + 1
            self._set_entry(number, 2, container, index)
        head = b" ".join(offsets) + b"\n"
        bodies = b"\n".join(body for _, body in self._packed)
        self.write_numbered_stream(
            container,
            {"Type": PDFName("ObjStm"), "N": len(self._packed), "First": len(head)},
            head + bodies,
        )
        self._packed.clear()

    def page_number(self) -> int:
        """The object number of the current page."""
        name = self.thisPageName()
        if name not in self.idToObjectNumberAndVersion:
            self.idToObjectNumberAndVersion[name] = (self.new_number(), 0)
        return self.idToObjectNumberAndVersion[name][0]

    def write_page(self, entries: dict[str, object]) -> None:
        """Write the current page and begin the next one."""
        number = self.page_number()
        parent = self.add(self.Pages)
        page = PDFDictionary({"Type": PDFName("Page"), "Parent": parent, **entries})
        self.write_object(number, page.format(self))
        self.Pages.addPage(PDFObjectReference(self.thisPageName()))
        self.pageCounter += 1
        self.inObject = None

    def finish(self, canvas: Canvas) -> None:
        """Write what is left: destinations, bookmarks, the page tree, the trailer."""
        self.Outlines.prepare(self, canvas)
        if self.Outlines.ready == -1:
            del self.Catalog.Outlines  # type: ignore[attr-defined]
        root = self.add(self.Catalog)
        date = PDFString(self._created.strftime("D:%Y%m%d%H%M%S+00'00'"))
        info = self.add(
            PDFDictionary(
                {
                    "Title": PDFString(self.title),
                    "Producer": PDFString(_PRODUCER),
                    "CreationDate": date,
                    "ModDate": date,
                }
            )
        )
        # Formatting an object may register others.
        while self.numberToId:
            for name in list(self.numberToId.values()):
                self.write_registered(name)
        self._flush_packed()
        self._write_trailer(root, info)

    def _write_trailer(self, root: PDFObjectReference, info: PDFObjectReference) -> None:
        start = self._position
        number = self.new_number()
        self._set_entry(number, 1, start, 0)
        file_id = f"<{self._digest.hexdigest()[:32]}>"
        self.write_numbered_stream(
            number,
            {
                "Type": PDFName("XRef"),
                "Size": number + 1,
                "W": PDFArray([1, 4, 2]),
                "Root": root,
                "Info": info,
                "ID": PDFArray([file_id, file_id]),
            },
            bytes(self._entries),
        )
        self._emit(b"startxref\n%d\n%%%%EOF\n" % start)
