"""The structure tree: what the marks on the pages mean, in reading order (ISO 32000-1, 14.7).

Elements are written as soon as they are closed; only what is open, and one reference a page or
link for the parent tree, stays in memory.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from activities.formats.pdf.file.objects import ObjectWriter, text_string
from activities.formats.pdf.file.standard import Standard

_PDF_2 = "http://iso.org/pdf2/ssn"
"""The namespace of the types of PDF 2.0 (ISO 32000-2, 14.8.6)."""
_RENAMED = MappingProxyType({"Note": "FENote"})
"""What types of PDF 1.7 are in PDF 2.0."""


class _Element(msgspec.Struct, eq=False):
    tag: str
    number: int
    parent: int
    attributes: str
    page: int = 0
    kids: list[str] = []


class StructureMark(msgspec.Struct, frozen=True, eq=False, gc=False):
    """Which elements were open, with how many kids and on which page, and what else there was."""

    open: list[tuple[_Element, int, int]]
    on_page: list[str]
    on_page_count: int
    parents: int
    coming: int


class Content(NamedTuple):
    """What has come of an element so far."""

    page: int
    kids: tuple[str, ...]


NOTHING: Final = Content(0, ())


class Detached:
    """An element whose place in the reading order is elsewhere, and whose content may come in
    several parts; each part within a `with` statement.
    """

    def __init__(self, stack: list[_Element], element: _Element, write: Callable[[], None]) -> None:
        """Be opened on a stack of elements, and written by a call."""
        self._stack = stack
        self._element = element
        self._write = write

    def __enter__(self) -> None:
        self._stack.append(self._element)

    def __exit__(self, *_: object) -> None:
        self._stack.pop()

    @property
    def content(self) -> Content:
        """What has come of it so far, from which the next part goes on."""
        return Content(self._element.page, tuple(self._element.kids))

    def close(self) -> None:
        """Write the element, once all of it has come."""
        self._write()


class StructureTree:
    """Builds the structure tree of one document while its pages are drawn."""

    artifact_mark = "/Artifact BMC"
    """The operator that begins content outside the structure."""
    end_mark = "EMC"
    """The operator that ends any stretch of content."""

    def __init__(self, objects: ObjectWriter, standard: Standard) -> None:
        self._objects = objects
        self._root = objects.new_number()
        self._namespace = objects.new_number() if standard.is_pdf_2 else 0
        self._coming = 0
        document = _Element("Document", objects.new_number(), self._root, self._in_pdf_2())
        self._open = [document]
        self._on_page: list[str] = []
        self._parents: list[str] = []
        self.in_artifact = False

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Let everything that is drawn meanwhile stand outside the structure."""
        before = self.in_artifact
        self.in_artifact = True
        try:
            yield
        finally:
            self.in_artifact = before

    def state(self) -> StructureMark | None:
        """How far the tree has come, to be restored before the page is written."""
        elements = [(element, len(element.kids), element.page) for element in self._open]
        return StructureMark(
            elements, self._on_page, len(self._on_page), len(self._parents), self._coming
        )

    def restore(self, state: StructureMark | None) -> None:
        """Forget what came since."""
        if state is None:
            return
        self._open = [element for element, _, _ in state.open]
        for element, kids, page in state.open:
            del element.kids[kids:]
            element.page = page
        self._on_page = state.on_page
        del self._on_page[state.on_page_count :]
        del self._parents[state.parents :]
        self._coming = state.coming

    def element(self, tag: str, attributes: str = "") -> "StructureTree":
        """Begin an element within the current one, which a `with` statement closes.

        Args:
            tag: A standard structure type (ISO 32000-1, 14.8.4).
            attributes: Further entries of its dictionary.
        """
        if self.in_artifact:
            return self
        if self._namespace and tag in _RENAMED:
            tag, attributes = _RENAMED[tag], self._in_pdf_2() + attributes
        number = self._take_coming() if self._coming else self._objects.new_number()
        parent = self._open[-1]
        parent.kids.append(f"{number} 0 R")
        self._open.append(_Element(tag, number, parent.number, attributes))
        return self

    def __enter__(self) -> None:
        """Enter the element that `element` has just opened."""

    def __exit__(self, *_: object) -> None:
        if not self.in_artifact:
            self._write(self._open.pop())

    def open(self, tag: str, attributes: str = "") -> None:
        """Begin an element, as `element` does, which `close` ends."""
        self.element(tag, attributes)

    def _in_pdf_2(self) -> str:
        return f"/NS {self._namespace} 0 R" if self._namespace else ""

    def _take_coming(self) -> int:
        number, self._coming = self._coming, 0
        return number

    @property
    def current(self) -> int:
        """The object number of the current element."""
        return self._open[-1].number

    @property
    def coming(self) -> int:
        """The object number that the next element will have, which must come."""
        if self.in_artifact:
            return self.current
        self._coming = self._coming or self._objects.new_number()
        return self._coming

    def reserve(self, tag: str) -> Callable[[], None]:
        """Leave a place in the current element; call the result to open an element there."""
        self.open(tag)
        reserved = self._open.pop()
        return lambda: self._open.append(reserved)

    def detached(
        self, tag: str, number: int, parent: int, attributes: str, content: Content
    ) -> Detached:
        """An element with a number that `adopt` gives its place in the element `parent`."""
        if self._namespace and tag in _RENAMED:
            tag, attributes = _RENAMED[tag], self._in_pdf_2() + attributes
        element = _Element(tag, number, parent, attributes)
        element.page, element.kids = content.page, list(content.kids)
        return Detached(self._open, element, lambda: self._write(element))

    def adopt(self, number: int) -> None:
        """Let the element with a number, which is drawn elsewhere, be read here."""
        self._open[-1].kids.append(f"{number} 0 R")

    def close(self) -> None:
        """End the current element."""
        if not self.in_artifact:
            self._write(self._open.pop())

    def _write(self, element: _Element) -> None:
        page = f"/Pg {element.page} 0 R" if element.page else ""
        kids = element.kids[0] if len(element.kids) == 1 else f"[{' '.join(element.kids)}]"
        self._objects.write_object(
            element.number,
            f"<</S/{element.tag}/P {element.parent} 0 R{page}{element.attributes}/K {kids}>>",
        )

    def mark(self) -> str:
        """The operator that begins a stretch of content of the current element."""
        if self.in_artifact:
            return self.artifact_mark
        element = self._open[-1]
        page = self._objects.page
        identifier = len(self._on_page)
        self._on_page.append(f"{element.number} 0 R")
        if not element.page:
            element.page = page
        if element.page == page:
            element.kids.append(str(identifier))
        else:
            element.kids.append(f"<</Type/MCR/Pg {page} 0 R/MCID {identifier}>>")
        return f"/{element.tag}<</MCID {identifier}>>BDC"

    def leaf(self, tag: str, attributes: str = "") -> str:
        """Add an element of a single stretch of content; the operator that begins it.

        It is what `element` and `mark` do in turn, for most elements and in far less time.
        """
        if self.in_artifact:
            return self.artifact_mark
        objects, parent, identifier = self._objects, self._open[-1], len(self._on_page)
        number = self._take_coming() if self._coming else objects.new_number()
        reference = f"{number} 0 R"
        parent.kids.append(reference)
        self._on_page.append(reference)
        objects.write_object(
            number,
            f"<</S/{tag}/P {parent.number} 0 R/Pg {objects.page} 0 R{attributes}/K {identifier}>>",
        )
        return f"/{tag}<</MCID {identifier}>>BDC"

    def add_link(self, annotation: int) -> None:
        """Tie a link's annotation, by its object number, to the current element."""
        self._open[-1].kids.append(
            f"<</Type/OBJR/Pg {self._objects.page} 0 R/Obj {annotation} 0 R>>"
        )

    def annotation_entry(self) -> str:
        """The entry of an annotation by which the parent tree finds the current element."""
        self._parents.append(f"{self._open[-1].number} 0 R")
        return f"/StructParent {len(self._parents) - 1}"

    def page_entries(self) -> str:
        """The entries of the page that ends by which the parent tree finds its elements."""
        number = self._objects.new_number()
        self._objects.write_object(number, f"[{' '.join(self._on_page)}]")
        self._parents.append(f"{number} 0 R")
        self._on_page = []
        return f"/StructParents {len(self._parents) - 1}/Tabs/S"

    def finish(self) -> dict[str, Any]:
        """Write the root, and give the catalog's entries; all but the document must be closed."""
        (document,) = self._open
        self._write(document)
        tree = self._objects.new_number()
        numbers = " ".join([f"{key} {parent}" for key, parent in enumerate(self._parents)])
        self._objects.write_object(tree, f"<</Nums[{numbers}]>>")
        namespaces = ""
        if self._namespace:
            name = f"<</Type/Namespace/NS({_PDF_2})>>"
            self._objects.write_object(self._namespace, name)
            namespaces = f"/Namespaces[{self._namespace} 0 R]"
        self._objects.write_object(
            self._root,
            f"<</Type/StructTreeRoot/K {document.number} 0 R/ParentTree {tree} 0 R"
            f"/ParentTreeNextKey {len(self._parents)}{namespaces}>>",
        )
        root = self._objects.reference_to(self._root)
        return {"StructTreeRoot": root, "MarkInfo": {"Marked": "true"}}


class Untagged(StructureTree):
    """Stands where a structure tree would, in a document that has none."""

    artifact_mark = end_mark = ""

    def element(self, tag: str, attributes: str = "") -> "StructureTree":  # noqa: ARG002
        """Give something that a `with` statement does nothing with."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing: there is no structure."""

    def open(self, tag: str, attributes: str = "") -> None:
        """Do nothing: there is no structure."""

    def state(self) -> StructureMark | None:
        """Nothing: there is no structure."""
        return None

    @property
    def current(self) -> int:
        """No element."""
        return 0

    @property
    def coming(self) -> int:
        """No element."""
        return 0

    def detached(
        self,
        tag: str,
        number: int,
        parent: int,
        attributes: str,
        content: Content,  # noqa: ARG002
    ) -> Detached:
        """An element that nobody writes."""
        return Detached([], _Element(tag, number, parent, attributes), lambda: None)

    def adopt(self, number: int) -> None:
        """Do nothing: there is no structure."""

    def reserve(self, tag: str) -> Callable[[], None]:  # noqa: ARG002
        """Give something that does nothing."""
        return self.close

    def close(self) -> None:
        """Do nothing: there is no structure."""

    def mark(self) -> str:
        """An empty text instead of an operator."""
        return ""

    def leaf(self, tag: str, attributes: str = "") -> str:  # noqa: ARG002
        """An empty text instead of an operator."""
        return ""

    def add_link(self, annotation: int) -> None:
        """Do nothing: there is no structure."""

    def annotation_entry(self) -> str:
        """An empty text instead of an entry."""
        return ""

    def page_entries(self) -> str:
        """An empty text instead of entries."""
        return ""

    def finish(self) -> dict[str, Any]:
        """An empty dictionary instead of the catalog's entries."""
        return {}


def text_entry(name: str, text: str) -> str:
    """An entry with a text string, such as `Alt` or `Lang`, for an element's dictionary."""
    return f"/{name}{text_string(text)}"
