"""PDF objects, written as soon as they are known.

Stock reportlab keeps every object until the file is saved. Here streams are compressed and
written at once; small objects are packed into object streams (ISO 32000-1, 7.5.7) and the file
ends with a cross-reference stream (7.5.8).
"""

import hashlib
from datetime import datetime
from itertools import accumulate
from struct import Struct
from typing import Any, BinaryIO

import msgspec
from deflate import zlib_compress
from reportlab.pdfbase.pdfdoc import (
    PDFCatalog,
    PDFDictionary,
    PDFDocument,
    PDFObject,
    PDFObjectReference,
    PDFPages,
    PDFString,
)

from activities.model.times import in_utc

_OBJECTS_PER_STREAM = 200
_HEADER = b"%%PDF-%d.%d\n%%\xe2\xe3\xcf\xd3\n"
PRODUCER = "Export service"
"""What the file says of its maker."""
_ENTRY = Struct(">BIH")
_ENTRY_FIELDS = (1, 4, 2)
_FREE, _AT_OFFSET, _IN_STREAM = 0, 1, 2
_COMPRESSION = 1
"""Of libdeflate: a third of the time of zlib's level 4 for files some 5% larger. It gives the same
bytes on every machine (https://github.com/ebiggers/libdeflate/issues/400); a zlib is the system's.
"""


class ObjectMark(msgspec.Struct, frozen=True, eq=False, gc=False):
    """The current page, and which objects there were."""

    page: int
    numbers: int
    written: int
    free: tuple[int, ...]


class ObjectWriter(PDFDocument):
    """Writes PDF objects to a file in the order in which they become known."""

    # What the base class keeps and its type stubs do not show. reportlab has no public way to write
    # an object before the file is saved; a new version of it is checked by the tests.
    Catalog: PDFCatalog
    Pages: PDFPages
    idToObject: dict[str, Any]  # noqa: N815

    def __init__(self, out: BinaryIO, created: datetime, version: tuple[int, int]) -> None:
        super().__init__(invariant=1, compression=1, pdfVersion=version)
        self.Catalog.__NoDefault__ = [*PDFCatalog.__NoDefault__, "OutputIntents", "AF"]
        self._out = out
        self._created = created
        self._version = version
        self._position = 0
        self._digest = hashlib.sha256()
        self._entries = bytearray()
        self._set_entry(0, _FREE, 0, 0xFFFF)
        self._packed: list[tuple[int, str]] = []
        self._packed_before = 0
        """How many have left that list."""
        self._free: list[int] = []
        """Numbers of objects that were taken back, the next to be given last."""
        self._lasting: set[int] = set()
        self._page_tree = self.add(self.Pages)
        self.page = self.new_number()
        """The object number of the current page."""
        self.title = ""
        self._emit(_HEADER % version)

    def _emit(self, data: bytes) -> None:
        self._out.write(data)
        self._digest.update(data)
        self._position += len(data)

    def _set_entry(self, number: int, kind: int, where: int, index: int) -> None:
        self._make_room()
        _ENTRY.pack_into(self._entries, number * _ENTRY.size, kind, where, index)

    def _make_room(self) -> None:
        """Let there be an entry for each number that was given."""
        missing = (self.objectcounter + 1) * _ENTRY.size - len(self._entries)
        if missing > 0:
            self._entries.extend(bytes(missing))

    def new_number(self) -> int:
        """An object number for an object that the caller will write."""
        if self._free:
            return self._free.pop()
        self.objectcounter += 1
        return self.objectcounter

    def lasting_number(self) -> int:
        """An object number for an object that the caller will write and never takes back."""
        number = self.new_number()
        self._lasting.add(number)
        return number

    @property
    def count(self) -> int:
        """How many objects that are not streams there are."""
        return self._packed_before + len(self._packed)

    def state(self) -> ObjectMark:
        """Which objects there are, to be restored before the page is written."""
        return ObjectMark(self.page, self.objectcounter, self.count, tuple(self._free))

    def restore(self, state: ObjectMark) -> None:
        """Forget the objects that came since, but for streams and what is lasting."""
        lasting, start = self._lasting, state.written - self._packed_before
        given = (*state.free[::-1], *range(state.numbers + 1, self.objectcounter + 1))
        self._packed[start:] = [one for one in self._packed[start:] if one[0] in lasting]
        free = [number for number in given if number not in lasting and not self._is_out(number)]
        self._free = free[::-1]
        self.page = state.page

    def _is_out(self, number: int) -> bool:
        start = number * _ENTRY.size
        return any(self._entries[start : start + _ENTRY.size])

    def add(self, content: PDFObject) -> PDFObjectReference:
        """Keep a reportlab object until the end of the file, and refer to it."""
        reference: PDFObjectReference = self.Reference(content)  # type: ignore[no-untyped-call]
        return reference

    def reference_to(self, number: int) -> PDFObjectReference:
        """A reference to an object by its number, for use in reportlab objects."""
        name = f"N{number}"
        self.idToObjectNumberAndVersion[name] = (number, 0)
        return PDFObjectReference(name)

    def write_object(self, number: int, body: str) -> None:
        """Write any object that is not a stream, with the page; each character of the body is a
        byte.
        """
        self._packed.append((number, body))

    def write_stream(self, data: bytes, entries: str = "") -> int:
        """Write a stream, compressed; its object number.

        Args:
            data: What it holds.
            entries: Of its dictionary, beside its length and filter.
        """
        number = self.new_number()
        self.write_numbered_stream(number, data, entries)
        return number

    def write_numbered_stream(self, number: int, data: bytes, entries: str = "") -> None:
        """Write a stream, compressed, under a number that `new_number` gave."""
        packed = zlib_compress(data, _COMPRESSION)
        self.write_plain_stream(number, packed, f"{entries}/Filter/FlateDecode")

    def write_plain_stream(self, number: int, data: bytes | bytearray, entries: str = "") -> None:
        """Write a stream as it is under a number that `new_number` gave."""
        self._set_entry(number, _AT_OFFSET, self._position, 0)
        head = f"{number} 0 obj\n<<{entries}/Length {len(data)}>>\nstream\n".encode("latin-1")
        self._emit(b"".join((head, data, b"\nendstream\nendobj\n")))

    def begin_page(self) -> None:
        """Let another page be the current one."""
        self.page = self.new_number()

    def write_page(self, number: int, entries: str, count: int) -> None:
        """Write a page.

        Args:
            number: The number of its object.
            entries: Of its dictionary.
            count: So many objects, in the order of writing, are not taken back any more.
        """
        parent, _ = self.idToObjectNumberAndVersion[self._page_tree.name]
        self._lasting.add(number)
        self.write_object(number, f"<</Type/Page/Parent {parent} 0 R{entries}>>")
        self.Pages.addPage(self.reference_to(number))
        if count - self._packed_before >= _OBJECTS_PER_STREAM:
            self._write_packed(count - self._packed_before)

    def _write_packed(self, count: int) -> None:
        """Write the first objects."""
        if not count:
            return
        packed = self._packed[:count]
        container = self.new_number()
        self._make_room()
        entries, size, set_entry = self._entries, _ENTRY.size, _ENTRY.pack_into
        numbers, bodies = zip(*packed, strict=True)
        for index, number in enumerate(numbers):
            set_entry(entries, number * size, _IN_STREAM, container, index)
        starts = accumulate([len(body) + 1 for body in bodies[:-1]], initial=0)
        head = " ".join(
            [f"{number} {start}" for number, start in zip(numbers, starts, strict=True)]
        )
        self.write_numbered_stream(
            container,
            "\n".join((head, *bodies)).encode("latin-1"),
            f"/Type/ObjStm/N {count}/First {len(head) + 1}",
        )
        del self._packed[:count]
        self._packed_before += count

    def _write_kept(self, name: str) -> None:
        number, _ = self.idToObjectNumberAndVersion[name]
        content = self.idToObject[name]
        del self.numberToId[number]
        self.write_object(number, content.format(self).decode("latin-1"))

    def finish(self) -> None:
        """Write what was kept: the fonts, the page tree, the catalog; and the trailer."""
        root = self.add(self.Catalog)
        digits = "".join(filter(str.isdecimal, in_utc(self._created)))
        date = PDFString(f"D:{digits}+00'00'")
        entries = {"CreationDate": date, "ModDate": date}
        if self._version < (2, 0):
            # From then on the metadata alone says it (ISO 32000-2, 14.3.3).
            entries |= {"Title": PDFString(self.title), "Producer": PDFString(PRODUCER)}
        info = self.add(PDFDictionary(entries))
        # Formatting an object may register others.
        while self.numberToId:
            for name in list(self.numberToId.values()):
                self._write_kept(name)
        # The page that was begun after the last one does not exist.
        for number in (self.page, *self._free):
            self.write_object(number, "null")
        self._free.clear()
        self._write_packed(len(self._packed))
        self._write_trailer(root, info)

    def _shown(self, reference: PDFObjectReference) -> str:
        shown: bytes = reference.format(self)
        return shown.decode("ascii")

    def _write_trailer(self, root: PDFObjectReference, info: PDFObjectReference) -> None:
        start = self._position
        number = self.new_number()
        self._set_entry(number, _AT_OFFSET, start, 0)
        file_id = self._digest.hexdigest()[:32]
        fields = " ".join(map(str, _ENTRY_FIELDS))
        ends = f"/Root {self._shown(root)}/Info {self._shown(info)}/ID[<{file_id}><{file_id}>]"
        self.write_numbered_stream(
            number, bytes(self._entries), f"/Type/XRef/Size {number + 1}/W[{fields}]{ends}"
        )
        self._emit(b"startxref\n%d\n%%%%EOF\n" % start)


def text_string(text: str) -> str:
    """Text as a PDF string object (ISO 32000-1, 7.9.2.2)."""
    return f"<FEFF{text.encode('utf-16-be', 'replace').hex()}>"
