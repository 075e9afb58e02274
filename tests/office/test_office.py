"""What office programs make of exports. `pytest -m office` runs these."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import docx
import msgspec
import pypdf
import pytest
from docx.shared import Pt
from lxml import etree
from python_calamine import CalamineWorkbook

from activities.documents.build import build
from activities.documents.model import MathBlock, Run
from activities.formats.csv.declaration import CsvOptions
from activities.formats.testing import EVERYTHING, Recorder, render
from activities.formats.testing.items import (
    chinese_item,
    full_item,
    hostile_item,
    item,
    plain_item,
    world_items,
)
from activities.formats.xlsx.workbook_template import HEAD_ROW
from activities.model.content import Faq, Item
from activities.model.options import PageOptions
from scripts.benchmarks.formula_cells import SEPARATORS
from tests.corpus.corpus import pages
from tests.office.formula_shapes import shape_of
from tests.office.programs import Office, pandoc
from tests.sample_items import difficult_items
from tests.security.hostile_texts import LINES
from tests.unit.formats.pdf.placed_characters import placed_characters

pytestmark = pytest.mark.office

ODF = {
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
}
TABLE = f"{{{ODF['table']}}}"
FORMULAS = (
    r"K_1 = a_1 b_2",
    r"6\,\text{CO}_2 + 6\,\text{H}_2\text{O} \to \text{C}_6\text{H}_{12}\text{O}_6",
    r"\frac{\cancel{6}\cdot 5}{\cancel{6}} = 5",
    r"\boxed{x}",
    r"A \overset{k_1}{\underset{k_2}{\rightleftharpoons}} B",
    r"A \underset{k_2}{\overset{k_1}{\rightleftharpoons}} B",
    r"f(x)=\begin{cases} 1 & \text{if $x>0$} \\ 0 & \text{50\% else} \end{cases}",
    r"\text{गति} = v, \text{速度} = \frac{\text{距离}}{\text{时间}}, \text{السرعة} = v",
    r"\begin{align} a &= b \\ c &= d \end{align}",
    r"\begin{align} x &= y \tag{A} \\ u &= v \end{align}",
    r"a_{0}x^{0} + a_{1}x^{1} + a_{2}x^{2}",
    r"\int_0^1 x^2\,dx",
    r"\ce{2H2 + O2 -> 2H2O}",
    r"\SI{5}{\meter}",
    r"\dv{y}{x}",
    r"6\,\text{CO}_2 \xrightarrow{\text{light}} \text{C}_6",
    r"\Delta G^\circ = +2870 \,\text{kJ/mol}",
    r"x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}",
    r"\sum_{i=1}^{n} i^2 = \frac{n(n+1)(2n+1)}{6}",
    r"\lim_{x\to0} \frac{\sin x}{x} = 1",
    r"c = (p+k) \bmod 26",
    r"a \equiv b \pmod{n}",
    r"\det\begin{pmatrix} a & b \\ c & d \end{pmatrix} = ad - bc",
    r"\vec{F} = m\vec{a}, \hat{x}, \bar{y}, \dot{z}, \tilde{w}",
    r"\sqrt[3]{x+1}",
    r"f'(x), f''(x)",
    r"\left\{ x \mid x > 0 \right\}",
    r"\|v\| = \sqrt{v \cdot v}",
    r"\mathbb{R}, \mathcal{L}, \mathbf{v}, \mathrm{d}x, \mathfrak{g}",
    r"\overline{AB} \perp \underline{CD}",
    r"A \cup B \subseteq C, x \in \emptyset, \forall \epsilon \exists \delta",
    r"\iint_D f\,dA, \oint_C F \cdot dr",
    r"\prod_{k=1}^\infty \left(1 - \frac{1}{k^2}\right)",
    r"{}^{14}_{6}\text{C} \to {}^{14}_{7}\text{N} + e^-",
    r"x_{i_j}^{2^n}",
    r"\frac{\partial^2 u}{\partial x^2} + \nabla^2 u",
    r"\operatorname*{arg\,max}_x f(x)",
    r"\cancelto{0}{x}, \xcancel{y}, \sout{z}",
    r"\begin{bmatrix} 1 & \cdots & n \\ \vdots & \ddots & \vdots \end{bmatrix}",
    r"(a+b)^2 = a^2 + 2ab + b^2",
    r"\left. \frac{dy}{dx} \right|_{x=0}",
    r"|x| < 1",
    r"\log_2 8 = 3",
    r"\ce{SO4^2-}, \ce{^{238}_{92}U}",
    r"a \neq b \approx c \le d \ge e \ll f",
)
"""Of each construct some. Left out is what pandoc does not read of Office Math: braces below, lines
that are no fraction's, and that arrays with rules are one."""
AS_THE_IMPORT_DIALOG_OFFERS = "Text - txt - csv (StarCalc):44,34,76"
"""Commas, double quotes, and UTF-8 because of the byte order mark; without a window
LibreOffice does not look for one."""


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def found(data: bytes, path: str) -> list[Any]:
    """What an XPath finds in flat OpenDocument XML."""
    tree = etree.fromstring(data, etree.XMLParser(huge_tree=True))
    elements = tree.xpath(path, namespaces=ODF)
    assert isinstance(elements, list)
    return elements


def text_of(element: Any) -> str:
    return "".join(element.itertext())


def nodes(tree: Any, kind: str) -> Iterator[Any]:
    """All nodes of a kind in a tree of pandoc."""
    if isinstance(tree, dict):
        if tree.get("t") == kind:
            yield tree.get("c")
        tree = list(tree.values())
    if isinstance(tree, list):
        for entry in tree:
            yield from nodes(entry, kind)


def words_of(tree: Any) -> str:
    """The text of a tree of pandoc."""
    if isinstance(tree, dict):
        if tree.get("t") in {"Str", "Code"}:
            content = tree["c"]
            return content if isinstance(content, str) else content[1]
        if tree.get("t") in {"Space", "SoftBreak", "LineBreak"}:
            return " "
        return words_of(tree.get("c", ""))
    if isinstance(tree, list):
        return "".join(map(words_of, tree))
    return ""


class TestDocx:
    def test_pandoc_reads_the_structure_that_was_meant(self) -> None:
        data, _ = render("docx", [full_item(), plain_item()])
        tree = pandoc(data, "docx")
        headings = [(level, words_of(words)) for level, _, words in nodes(tree, "Header")]
        assert (1, "Photosynthesis, in depth") in headings
        assert (1, "Water cycle") in headings
        assert (2, "Frequently asked questions") in headings
        assert (4, "Steps") in headings
        tables = [words_of(table) for table in nodes(tree, "Table")]
        assert any("Antenna" in table for table in tables)
        assert any("Calvin cycle" in table and "stroma" in table for table in tables)
        numbered = words_of(list(nodes(tree, "OrderedList")))
        assert all(step in numbered for step in ("Absorb light", "first the antenna", "Make ATP"))
        assert "in photosystem II" in words_of(list(nodes(tree, "BulletList")))
        assert "The most common protein on earth." in words_of(list(nodes(tree, "Note")))
        formulas = [formula for _, formula in nodes(tree, "Math")]
        assert any("frac" in formula for formula in formulas)
        assert {"https://example.org/light?a=1&b=2", "mailto:help@example.org"} <= {
            target[0] for _, _, target in nodes(tree, "Link")
        }
        assert len(list(nodes(tree, "Image"))) == 1

    def test_pandoc_reads_every_formula_as_the_one_that_was_written(self) -> None:
        written = [*FORMULAS, *(tex for page in pages() for tex in formulas_of(page.item))]
        guide = "\n\n".join(f"```math\n{tex}\n```" for tex in written)
        data, warnings = render("docx", [item(study_guide=guide)])
        assert warnings == []
        read = [tex for _, tex in nodes(pandoc(data, "docx"), "Math")]
        assert len(written) > 100
        assert [shape_of(tex) for tex in read] == [shape_of(tex) for tex in written]

    def test_libreoffice_opens_difficult_content_and_finds_every_heading(
        self, office: Office
    ) -> None:
        items = difficult_items()
        data, _ = render("docx", items)
        flat = office.convert(data, "docx", "fodt")
        titles = [text_of(each) for each in found(flat, "//text:h[@text:outline-level='1']")]
        # And that of the page about the book.
        assert len(titles) == len(items) + 1
        written = docx.Document(io.BytesIO(data))
        meant = [
            p.text
            for p in written.paragraphs
            if p.style and p.style.name.startswith(("Heading", "Back Matter"))
        ]
        read = [text_of(each) for each in found(flat, "//text:h")]
        assert [re.sub(r"\s", "", each) for each in read] == [
            re.sub(r"\s", "", each) for each in meant
        ]
        text = text_of(etree.fromstring(flat, etree.XMLParser(huge_tree=True)))
        for words in ("叶绿素反射绿光", "لأنها تعكس الضوء", "परावर्तित करती", "χλωροφύλλης 🍃"):
            assert words in text

    def test_libreoffice_misses_nothing_in_formulas(self, office: Office) -> None:
        formulas = (r"S = -2(x-5)^2 + 50", r"[t^2]_0^1", r"\left(\frac{a}{b}\right)^n", r"{}^{14}C")
        guide = "\n\n".join(f"$${formula}$$" for formula in formulas)
        data, _ = render("docx", [item(study_guide=guide)])
        pdf = pypdf.PdfReader(io.BytesIO(office.convert(data, "docx", "pdf")))
        text = "".join(page.extract_text() for page in pdf.pages)
        assert "50" in text
        assert "¿" not in text

    def test_code_is_as_it_is_elsewhere_in_tables_quotations_and_callouts(
        self, office: Office
    ) -> None:
        guide = "`qqcode` text\n\n| a |\n|---|\n| `qqcode` |\n\n> `qqcode`\n\n> [!TIP]\n> `qqcode`"
        data, _ = render("docx", [item(study_guide=guide)])
        shown = office.convert(data, "docx", "pdf")
        found = [
            (letter.fontname.partition("+")[2], round(letter.size, 1))
            for letter in placed_characters(shown)
            if letter.get_text() == "q"
        ]
        assert len(found) == 8
        assert len(set(found)) == 1
        assert "Mono" in found[0][0] or "Consolas" in found[0][0]

    def test_a_change_of_the_style_changes_every_heading(self, office: Office) -> None:
        items = [full_item("a"), chinese_item(), plain_item("b")]
        document = docx.Document(io.BytesIO(render("docx", items)[0]))
        document.styles["Heading 1"].font.size = Pt(47)
        changed = io.BytesIO()
        document.save(changed)
        pdf = pypdf.PdfReader(io.BytesIO(office.convert(changed.getvalue(), "docx", "pdf")))
        large: list[str] = []

        def note(text: str, _: Any, matrix: list[float], __: Any, size: float) -> None:
            if text.strip() and abs(size * matrix[3] - 47) < 0.6:
                large.append(text)

        for page in pdf.pages:
            page.extract_text(visitor_text=note)
        together = re.sub(r"\s", "", "".join(large))
        assert together == "Photosynthesis,indepth光合作用Watercycle"

    def test_letter_and_a4_are_the_pages_that_are_printed(self, office: Office) -> None:
        for paper, width in (("a4", 595), ("letter", 612)):
            options = PageOptions(paper=paper)  # type: ignore[arg-type]
            data, _ = render("docx", [plain_item()], options)
            pdf = pypdf.PdfReader(io.BytesIO(office.convert(data, "docx", "pdf")))
            assert {round(float(page.mediabox.width)) for page in pdf.pages} == {width}


class TestXlsx:
    def test_libreoffice_reads_every_cell_as_another_reader_does(self, office: Office) -> None:
        data, _ = render("xlsx", difficult_items())
        again = office.convert(data, "xlsx", "xlsx")
        ours, theirs = (CalamineWorkbook.from_filelike(io.BytesIO(each)) for each in (data, again))
        assert theirs.sheet_names == ours.sheet_names
        for name in ours.sheet_names:
            written = ours.get_sheet_by_name(name).to_python()
            read = theirs.get_sheet_by_name(name).to_python()
            assert len(read) == len(written)
            for row, other in zip(written, read, strict=True):
                assert list(map(plain, other)) == list(map(plain, row))

    def test_every_sheet_has_a_filter_over_all_its_rows_that_takes_a_choice(
        self, office: Office
    ) -> None:
        data, _ = render("xlsx", [*world_items(), plain_item(), hostile_item()])
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        place = book.sheet_names.index("FAQs") + 1
        chosen = with_filter(data, f"xl/worksheets/sheet{place}.xml", "4")
        flat = office.convert(chosen, "xlsx", "fods")
        ranges = {
            each.get(f"{TABLE}target-range-address").partition(".")[0].strip("'"): each
            for each in found(flat, "//table:database-range")
        }
        assert list(ranges) == book.sheet_names
        for name, area in ranges.items():
            assert area.get(f"{TABLE}display-filter-buttons") == "true"
            rows = len(book.get_sheet_by_name(name).to_python())
            assert re.findall(r"\d+$", area.get(f"{TABLE}target-range-address")) == [str(rows)]
        [condition] = ranges["FAQs"].iter(f"{TABLE}filter-condition")
        assert condition.get(f"{TABLE}field-number") == "0"
        assert condition.get(f"{TABLE}value") == "4"

    def test_a_choice_in_a_filter_hides_the_rows_of_other_items(self, office: Office) -> None:
        data, _ = render("xlsx", [*world_items(), plain_item(), hostile_item()])
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        seen = office.rows_seen_after_choosing(data, "1")
        assert list(seen) == book.sheet_names
        for name, first_cells in seen.items():
            cells = [row[0] for row in book.get_sheet_by_name(name).to_python()]
            heading, *rows = cells[HEAD_ROW - 1 :]
            chosen = [row for row in rows if row == 1]
            assert list(map(plain, first_cells)) == list(map(plain, [heading, *chosen]))
            assert 0 < len(chosen) <= len(rows)


class TestCsv:
    @pytest.mark.parametrize("formulas", ["neutral", "raw"])
    def test_a_spreadsheet_opens_it_with_every_script(self, office: Office, formulas: str) -> None:
        items = world_items()
        options = CsvOptions(csv_formulas=formulas)  # type: ignore[arg-type]
        data, _ = render("csv", items, options)
        sheet = CalamineWorkbook.from_filelike(
            io.BytesIO(office.convert(data, "csv", "xlsx", AS_THE_IMPORT_DIALOG_OFFERS))
        ).get_sheet_by_index(0)
        written = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        read = sheet.to_python()
        assert len(read) == len(written)
        text_columns = [written[0].index(name) for name in ("item_id", "item_title", "text")]
        for row, other in zip(written, read, strict=True):
            assert [plain(other[column]) for column in text_columns] == [
                plain(row[column]) for column in text_columns
            ]

    @pytest.mark.parametrize("delimiter", ["comma", "semicolon", "tab"])
    def test_nothing_that_content_says_is_run_whatever_the_separator(
        self, office: Office, delimiter: str
    ) -> None:
        texts = [text for lines in LINES.values() for text in lines]
        texts += [f"a{mark}{text}{mark}b" for text in LINES["formulas"] for mark in SEPARATORS]
        faqs = [Faq(text, f"first\\\n{text}") for text in texts]
        items = [hostile_item(), item(title="Sum;=40+2;end", faqs=faqs)]
        options = CsvOptions(csv_delimiter=delimiter)  # type: ignore[arg-type]
        data, _ = render("csv", items, options)
        raw, _ = render("csv", items, msgspec.structs.replace(options, csv_formulas="raw"))
        for separators in (*map(ord, SEPARATORS), "44/59/9", "44/59/9/32/124/58/MRG"):
            for quote in (34, 0):
                # Blanks are trimmed, numbers found, and formulas evaluated.
                as_a_dialog_may = f"CSV:{separators},{quote},76,1,,0,false,true,false,true,0,true"
                flat = office.convert(data, "csv", "fods", as_a_dialog_may)
                assert found(flat, "//@table:formula") == [], as_a_dialog_may
                if separators == ord(";"):
                    of_raw = office.convert(raw, "csv", "fods", as_a_dialog_may)
                    assert found(of_raw, "//@table:formula") != []


def formulas_of(content: Item) -> Iterator[str]:
    """The formulas of an item that have no rules or braces below, which pandoc does not read."""
    for part in build(content, EVERYTHING, Recorder()).parts:
        for value in _within(part):
            tex = value.tex if isinstance(value, MathBlock) else ""
            if isinstance(value, Run) and value.math:
                tex = value.text
            if tex and not re.search(r"\{cc\|c\}|underbrace", tex):
                yield tex


def _within(value: object) -> Iterator[object]:
    yield value
    parts = [getattr(value, name) for name in getattr(value, "__struct_fields__", ())]
    for part in value if isinstance(value, tuple) else parts:
        yield from _within(part)


def plain(value: object) -> str:
    """A cell as both programs see it: line ends and numbers have several spellings."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).replace("\r\n", "\n").strip()


def with_filter(data: bytes, sheet: str, value: str) -> bytes:
    """The workbook as it is when somebody has chosen a value in the first column's filter."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as source, ZipFile(out, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = source.read(name)
            if name == sheet:
                chosen = (
                    rb"<autoFilter \1><filterColumn colId='0'><filters><filter val='%s'/>"
                    rb"</filters></filterColumn></autoFilter>"
                ) % value.encode()
                member, count = re.subn(rb"<autoFilter (ref=[^/>]*)/>", chosen, member)
                assert count == 1
            target.writestr(name, member)
    return out.getvalue()
