"""Checks what PDF/UA-1 (ISO 14289-1) asks of a file and a program can decide.

It reads the file with pikepdf alone. Where a rule has a number in the Matterhorn Protocol 1.1,
the finding names it.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

_PAINTING = re.compile(r"Tj|TJ|'|\"|S|s|f|F|f\*|B|B\*|b|b\*|sh|Do|EI")
_CHILDREN = {
    "/L": {"/LI", "/L"},
    "/LI": {"/Lbl", "/LBody"},
    "/Table": {"/THead", "/TBody", "/TR"},
    "/THead": {"/TR"},
    "/TBody": {"/TR"},
    "/TR": {"/TH", "/TD"},
    "/TOC": {"/TOCI", "/TOC"},
}
_PARENTS = {
    "/LI": {"/L"},
    "/LBody": {"/LI"},
    "/TR": {"/Table", "/THead", "/TBody"},
    "/TH": {"/TR"},
    "/TD": {"/TR"},
    "/TOCI": {"/TOC"},
}
_STANDARD = re.compile(
    "/(Document|Sect|Div|BlockQuote|TOC|TOCI|P|H[1-6]|L|LI|Lbl|LBody|Table|THead|TBody|TR|TH|TD"
    "|Reference|Note|Caption|Link|Code|Figure|Formula|Span)"
)


class StructureChecker:
    """Reads one file and collects what is wrong with it."""

    def __init__(self, data: bytes) -> None:
        self.pdf = pikepdf.open(io.BytesIO(data))
        self.findings: list[str] = []
        self.texts: dict[tuple[int, int], str] = {}
        self._heading_level = 0
        self._note_ids: set[str] = set()
        self._owners: dict[tuple[int, int], Any] = {}
        self._annotations: set[int] = set()

    def check(self) -> list[str]:
        """All findings; none when the file is as it should be."""
        self._check_catalog()
        self._check_fonts()
        for index, page in enumerate(self.pdf.pages):
            self._check_content(index, page)
        self._pages = {page.obj.objgen[0]: index for index, page in enumerate(self.pdf.pages)}
        root = self.pdf.Root.StructTreeRoot
        self._check_element(root.K, None)
        self._check_parent_tree(root)
        for key in self.texts.keys() - self._owners.keys():
            self._find(f"marked content {key} belongs to no element")
        for page in self.pdf.pages:
            self._check_annotations(page)
        return self.findings

    def reading_order(self) -> str:
        """The text in the order in which a screen reader comes to it."""
        return " ".join(self._texts_of(self.pdf.Root.StructTreeRoot.K, None))

    def _find(self, finding: str) -> None:
        self.findings.append(finding)

    def _check_catalog(self) -> None:
        root = self.pdf.Root
        if not root.MarkInfo.Marked:
            self._find("06-001: not marked as tagged")
        if not str(root.get("/Lang", "")):
            self._find("11-001: no language")
        if not root.ViewerPreferences.DisplayDocTitle:
            self._find("07-001: the title is not displayed")
        metadata = root.Metadata.read_bytes().decode()
        if "<dc:title>" not in metadata:
            self._find("06-003: no title in the metadata")

    def _check_fonts(self) -> None:
        for font in self.pdf.objects:
            if not isinstance(font, pikepdf.Dictionary) or font.get("/Subtype") != "/Type0":
                continue
            descendant = font.DescendantFonts[0]
            if "/FontFile2" not in descendant.FontDescriptor:
                self._find("31-009: a font is not embedded")
            if "/CIDToGIDMap" not in descendant:
                self._find("31-006: no CIDToGIDMap")
            if "/ToUnicode" not in font:
                self._find("10-001: no Unicode values")
            for text in _unicode_values(font).values():
                if not text or "\x00" in text or "\ufeff" in text or "\ufffe" in text:
                    self._find(f"10-001: {text!r} is no text for a glyph")

    def _check_content(self, index: int, page: pikepdf.Page) -> None:
        fonts = {name: _unicode_values(font) for name, font in page.Resources.Font.items()}
        stack: list[int | str] = []
        font: dict[int, str] = {}
        for instruction in pikepdf.parse_content_stream(page):
            name, operands = str(instruction.operator), instruction.operands
            if name in {"BDC", "BMC"}:
                stack.append(self._open_mark(index, operands, stack))
            elif name == "EMC":
                stack.pop()
            elif name == "Tf":
                font = fonts[str(operands[0])]
            elif _PAINTING.fullmatch(name):
                self._note_painting(index, name, operands, stack, font)
        if stack:
            self._find(f"page {index + 1}: marked content is not closed")

    def _open_mark(self, index: int, operands: Any, stack: list[int | str]) -> int | str:
        tag = str(operands[0])
        outer = [entry for entry in stack if entry != "/ByteRange"]
        if tag == "/ByteRange":
            return tag
        if tag == "/Artifact":
            if outer:
                self._find(f"01-003: page {index + 1}: an artifact within tagged content")
            return tag
        if outer:
            self._find(f"01-004: page {index + 1}: tagged content within other content")
        identifier = int(operands[1].MCID)
        if (index, identifier) in self.texts:
            self._find(f"page {index + 1}: the identifier {identifier} is used twice")
        self.texts[index, identifier] = ""
        return identifier

    def _note_painting(
        self, index: int, name: str, operands: Any, stack: list[int | str], font: dict[int, str]
    ) -> None:
        owner = stack[0] if stack else None
        if owner is None:
            self._find(f"01-005: page {index + 1}: {name} is neither tagged nor an artifact")
        if name != "TJ":
            return
        for part in operands[0]:
            if isinstance(part, pikepdf.String):
                data = bytes(part)
                codes = [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]
                if 0 in codes:
                    self._find(f"31-030: page {index + 1}: a missing glyph is shown")
                if isinstance(owner, int):
                    shown = "".join(font.get(code, "?") for code in codes)
                    self.texts[index, owner] += shown

    def _check_element(self, element: Any, parent: str | None) -> None:
        tag = str(element.S)
        if not _STANDARD.fullmatch(tag):
            self._find(f"02-001: {tag} is no standard type")
        if tag in _PARENTS and parent not in _PARENTS[tag]:
            self._find(f"09-004: {tag} within {parent}")
        if parent in _CHILDREN and tag not in _CHILDREN[parent]:
            self._find(f"09-005: {parent} holds {tag}")
        self._check_kind(tag, element)
        for kid in _kids(element):
            if isinstance(kid, int):
                self._own(element.Pg.objgen[0], kid, element)
            elif kid.get("/Type") == "/MCR":
                self._own(kid.Pg.objgen[0], int(kid.MCID), element)
            elif kid.get("/Type") == "/OBJR":
                self._annotations.add(kid.Obj.objgen[0])
                if tag != "/Link":
                    self._find(f"28-011: a link's annotation within {tag}")
            else:
                if kid.P.objgen != element.objgen:
                    self._find(f"{kid.S} names another parent")
                self._check_element(kid, tag)

    def _check_kind(self, tag: str, element: Any) -> None:
        if re.fullmatch("/H[1-6]", tag):
            level = int(tag[2])
            if level > self._heading_level + 1:
                self._find(f"14-003: {tag} after level {self._heading_level}")
            self._heading_level = level
        if tag == "/Figure" and not str(element.get("/Alt", "")):
            self._find("13-004: a figure without a description")
        if tag == "/Formula" and not str(element.get("/Alt", "")):
            self._find("17-002: a formula without a description")
        if tag == "/TH" and "/Scope" not in element.get("/A", {}):
            self._find("15-003: a table header without a scope")
        if tag == "/Table":
            self._check_table(element)
        if tag == "/L" and "/ListNumbering" not in element.get("/A", {}):
            self._find("16-001: a list that does not say how it is numbered")
        if tag == "/Note":
            identifier = str(element.get("/ID", ""))
            if not identifier or identifier in self._note_ids:
                self._find("19-003: a note without an identifier of its own")
            self._note_ids.add(identifier)

    def _check_table(self, table: Any) -> None:
        parts = {str(kid.S) for kid in _kids(table)}
        if "/THead" in parts and "/TBody" not in parts:
            self._find("a table's head without a body")

    def _own(self, page_number: int, identifier: int, element: Any) -> None:
        key = (self._pages[page_number], identifier)
        if key not in self.texts:
            self._find(f"{element.S} refers to content {key} that is not there")
        if key in self._owners:
            self._find(f"content {key} belongs to two elements")
        self._owners[key] = element

    def _check_parent_tree(self, root: Any) -> None:
        numbers = root.ParentTree.Nums
        entries = {int(numbers[i]): numbers[i + 1] for i in range(0, len(numbers), 2)}
        for (index, identifier), element in self._owners.items():
            parents = entries[int(self.pdf.pages[index].StructParents)]
            if parents[identifier].objgen != element.objgen:
                self._find(f"the parent tree names another element for {(index, identifier)}")
        self._entries = entries

    def _check_annotations(self, page: pikepdf.Page) -> None:
        if page.get("/Tabs") != "/S":
            self._find("28-008: the order of links is not that of the structure")
        for annotation in page.get("/Annots", []):
            if annotation.objgen[0] not in self._annotations:
                self._find("28-002: a link outside the structure")
            if not str(annotation.get("/Contents", "")):
                self._find("28-012: a link without a description")
            if self._entries[int(annotation.StructParent)].S != "/Link":
                self._find("28-010: the parent tree does not name a link's element")

    def _texts_of(self, element: Any, page: int | None) -> Iterator[str]:
        if "/Pg" in element:
            page = self._pages[element.Pg.objgen[0]]
        if "/Alt" in element:
            yield str(element.Alt)
            return
        for kid in _kids(element):
            if isinstance(kid, int):
                assert page is not None
                yield self.texts[page, kid]
            elif kid.get("/Type") == "/MCR":
                yield self.texts[self._pages[kid.Pg.objgen[0]], int(kid.MCID)]
            elif kid.get("/Type") != "/OBJR":
                yield from self._texts_of(kid, None)


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K", [])
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _unicode_values(font: Any) -> dict[int, str]:
    pairs = re.findall(r"<([0-9A-F]{4})><([0-9a-f]*)>", font.ToUnicode.read_bytes().decode())
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}
