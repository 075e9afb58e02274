"""The XLSX export, read with calamine; openpyxl for what calamine does not show."""

import io
from datetime import UTC, datetime
from time import process_time
from typing import Any, get_args
from zipfile import ZipFile

import msgspec
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl.utils import get_column_letter
from python_calamine import CalamineWorkbook

from activities.documents.design.tokens import TOKENS
from activities.formats.testing import EVERYTHING, render
from activities.formats.testing.items import (
    CREATED,
    UPDATED,
    arabic_item,
    chinese_item,
    full_item,
    hostile_item,
    item,
    plain_item,
    world_items,
)
from activities.formats.xlsx import workbook
from activities.formats.xlsx.cells import split_text
from activities.formats.xlsx.workbook_template import HEAD_ROW
from activities.model.content import (
    Faq,
    Flashcard,
    Item,
    Outline,
    ReadingQuestion,
    Section,
    stable_ids,
)
from activities.model.options import DocumentOptions, LabelLanguage, RenderOptions
from activities.model.warnings import ExportWarning

Rows = list[list[Any]]
ALL = DocumentOptions(include_quality_metrics=True)


class Xlsx:
    """A workbook, by two readers."""

    def __init__(self, *items: Item, options: RenderOptions = EVERYTHING, chunks: int = 1) -> None:
        self.warnings: list[ExportWarning]
        self.data, self.warnings = render("xlsx", items, options, chunks)
        self.names = CalamineWorkbook.from_filelike(io.BytesIO(self.data)).sheet_names

    def rows(self, sheet: str) -> Rows:
        """All rows below the headings."""
        return self._all(sheet)[HEAD_ROW:]

    def columns(self, sheet: str) -> dict[str, list[Any]]:
        """Values by heading."""
        headings, *rows = self._all(sheet)[HEAD_ROW - 1 :]
        return {
            str(heading): [row[place] for row in rows] for place, heading in enumerate(headings)
        }

    def _all(self, sheet: str) -> Rows:
        found = CalamineWorkbook.from_filelike(io.BytesIO(self.data)).get_sheet_by_name(sheet)
        return found.to_python(skip_empty_area=False)

    def openpyxl(self) -> openpyxl.Workbook:
        return openpyxl.load_workbook(io.BytesIO(self.data))


def test_there_is_a_sheet_for_each_part_that_exists() -> None:
    assert Xlsx(full_item()).names == [
        "Overview",
        "Outline",
        "Study guide",
        "FAQs",
        "Flashcards",
        "Questions",
        "Metadata",
        "Quality metrics",
    ]
    assert Xlsx(plain_item()).names == ["Overview", "Study guide", "FAQs", "Flashcards"]
    assert Xlsx().names == ["Overview"]


def test_metadata_and_metrics_are_there_when_asked_for() -> None:
    bare = RenderOptions(include_metadata=False, include_quality_metrics=False)
    xlsx = Xlsx(full_item(), options=bare)
    assert not {"Metadata", "Quality metrics"} & set(xlsx.names)
    assert not {"Metadata", "Quality metrics"} & set(xlsx.columns("Overview"))


def test_overview_has_a_row_an_item_with_true_numbers_and_times() -> None:
    columns = Xlsx(full_item(), plain_item()).columns("Overview")
    assert columns["Item ID"] == ["content-full", "content-plain"]
    assert columns["Item"] == ["Photosynthesis, in depth", "Water cycle"]
    assert columns["Version"] == [3, 3]
    assert columns["Created (UTC)"] == [CREATED.replace(tzinfo=None)] * 2
    assert columns["Updated (UTC)"] == [UPDATED.replace(tzinfo=None)] * 2
    assert columns["FAQs"] == [2, 1]
    assert columns["Questions"] == [2, 0]


def test_overview_leads_to_the_first_row_of_each_item() -> None:
    book = Xlsx(plain_item("a"), full_item("b"), plain_item("c")).openpyxl()
    followed = 0
    for row in book["Overview"].iter_rows(min_row=HEAD_ROW + 1):
        for place, cell in enumerate(row, 1):
            if cell.hyperlink is not None:
                sheet, _, address = str(cell.hyperlink.location).rpartition("!")
                target = book[sheet.strip("'")][address]
                assert target.value == row[0].value
                assert target.row == HEAD_ROW + 1 or target.offset(-1).value != row[0].value
                followed += 1
            else:
                assert cell.value == 0 or place <= 6 or place == len(row)
    assert followed == 3 + 7 + 3


def test_outline_rows_are_numbered_sections() -> None:
    inner = Section("B", key_points=["k1", "*k2*"], sections=[Section("C")])
    outline = Outline("All of it.", [Section("A", "sum"), Section("D", sections=[inner])])
    columns = Xlsx(item("content-outline", outline=outline)).columns("Outline")
    assert columns["Section"] == ["", "1", "2", "2.1", "2.1.1"]
    assert columns["Title"] == ["", "A", "D", "B", "C"]
    assert columns["Summary"] == ["All of it.", "sum", "", "", ""]
    assert columns["Key points"] == ["", "", "", "k1\nk2", ""]


def test_headings_in_a_summary_are_no_sections() -> None:
    outline = Outline("", [Section("A", "# Inner\n\ntext"), Section("B")])
    columns = Xlsx(item("content-outline", outline=outline)).columns("Outline")
    assert columns["Section"] == ["1", "2"]
    assert columns["Summary"] == ["Inner\n\ntext", ""]


def test_study_guide_rows_are_its_sections() -> None:
    columns = Xlsx(full_item()).columns("Study guide")
    assert columns["Section"] == ["1", "1.1", "1.2"]
    assert columns["Heading"] == ["Light reactions", "Steps", "Numbers"]
    assert columns["Text"][0].startswith("Plants turn light into chemical energy")


def test_questions_and_cards_have_their_stable_ids() -> None:
    questions = [ReadingQuestion("Open?"), ReadingQuestion("Closed?", "Yes.", "q-2")]
    cards = [Flashcard("F", "B", "card-1", ["x", "y"])]
    xlsx = Xlsx(item("content-q", reading_guide_questions=questions, flashcards=cards))
    assert xlsx.columns("Questions")["ID"] == [stable_ids(questions)[0], "q-2"]
    assert xlsx.columns("Questions")["Number"] == [1, 2]
    assert xlsx.columns("Questions")["Answer"] == ["", "Yes."]
    assert xlsx.rows("Flashcards") == [
        [1, "Photosynthesis", 1, "F", "B", "x, y", "card-1", "content-q"]
    ]


def test_values_keep_their_types() -> None:
    metadata = {
        "count": 1212,
        "share": 0.25,
        "reviewed": True,
        "nothing": None,
        "text": "0012",
        "list": ["a", 1],
        "serial": 12345678901234567890,
    }
    columns = Xlsx(item("content-types", metadata=metadata)).columns("Metadata")
    values = dict(zip(columns["Name"], columns["Value"], strict=True))
    assert values == {
        "count": 1212,
        "share": 0.25,
        "reviewed": True,
        "nothing": "",
        "text": "0012",
        "list": "a, 1",
        "serial": "12345678901234567890",
    }
    assert values["reviewed"] is True


@pytest.mark.parametrize(
    "number", [0.1, -0.5, 1e-12, 1e300, 123456789.123456, float("inf"), float("nan")]
)
def test_numbers_are_exact(number: float) -> None:
    columns = Xlsx(item("content-metric", quality_metrics={"m": number})).columns("Quality metrics")
    [value] = columns["Value"]
    assert value == (number if abs(number) < float("inf") else str(number))


def test_times_that_excel_does_not_know_are_text() -> None:
    old = item("content-old", created_at=datetime(1899, 5, 6, tzinfo=UTC))
    columns = Xlsx(old).columns("Overview")
    assert columns["Created (UTC)"] == ["1899-05-06 00:00:00+00:00"]


FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://evil.example")',
    "＝1",
    "#REF!",
    "{=1}",
]


def test_no_text_becomes_a_formula_or_an_error() -> None:
    faqs = [Faq(f"x {text}", f"`{text}`") for text in FORMULAS]
    tags = [Flashcard(str(number), "b", tags=[text]) for number, text in enumerate(FORMULAS)]
    xlsx = Xlsx(hostile_item(), item("content-formulas", title="=2*3", faqs=faqs, flashcards=tags))
    assert xlsx.columns("FAQs")["Answer"][-len(FORMULAS) :] == FORMULAS
    assert xlsx.columns("Flashcards")["Tags"][-len(FORMULAS) :] == FORMULAS
    assert xlsx.columns("Overview")["Item"][1] == "=2*3"
    for sheet in xlsx.openpyxl():
        for row in sheet.iter_rows():
            assert not {cell.data_type for cell in row} & {"f", "e"}
    with ZipFile(io.BytesIO(xlsx.data)) as package:
        sheets = [name for name in package.namelist() if "worksheets" in name]
        assert not any(b"<f" in package.read(name) for name in sheets)


@pytest.mark.parametrize(
    "text",
    [
        "_x0041_",
        "a _x000D_ b",
        "_x005F_x0041_",
        "_X0041_ _x41_",
        "  spaces  ",
        "tab\there",
        "a\nb",
        "<&>\"'",
    ],
)
def test_text_comes_back_as_it_is(text: str) -> None:
    xlsx = Xlsx(item("content-text", metadata={"name": text}))
    assert xlsx.columns("Metadata")["Value"] == [text]


LONG = {
    "words": "word " * 20_000,
    "one word": "x" * 70_000,
    "emoji": "a" + "🌱" * 40_000,
    "lines": "line\n" * 9_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_long_text_goes_on_in_the_rows_below(text: str) -> None:
    long = item("content-long", metadata={"before": 1, "name": text, "then": 2})
    xlsx = Xlsx(long, plain_item())
    columns = xlsx.columns("Metadata")
    pieces = columns["Value"][1:-1]
    assert len(pieces) > 1
    assert all(len(piece.encode("utf-16-le")) <= 2 * 32767 for piece in pieces)
    assert "".join(pieces) == text
    assert columns["Name"] == ["before", *["name"] * len(pieces), "then"]
    assert set(columns["Item ID"]) == {"content-long"}
    assert [(w.code, w.item_id, w.part) for w in xlsx.warnings] == [
        ("cell-split", "content-long", "metadata")
    ]


def test_a_cell_holds_as_much_as_excel_allows() -> None:
    xlsx = Xlsx(item("content-full-cell", metadata={"name": "y" * 32767}))
    assert [len(value) for value in xlsx.columns("Metadata")["Value"]] == [32767]
    assert xlsx.warnings == []


def test_a_long_title_does_not_lose_rows() -> None:
    xlsx = Xlsx(item("content-title", title="t" * 40_000, faqs=[Faq("Q", "A")]), plain_item())
    assert "".join(xlsx.columns("Overview")["Item"][:2]) == "t" * 40_000
    assert xlsx.columns("Overview")["Item ID"] == ["content-title"] * 2 + ["content-plain"]
    assert xlsx.columns("FAQs")["Question"] == ["Q", "", "Why does it rain?"]


def test_a_full_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_MAX", HEAD_ROW + 3)
    cards = [Flashcard(f"front {number}", "back") for number in range(8)]
    xlsx = Xlsx(
        item("a", flashcards=cards[:2]), item("b", flashcards=cards[2:]), options=RenderOptions()
    )
    assert xlsx.names == ["Overview", "Flashcards", "Flashcards (2)", "Flashcards (3)"]
    fronts = [xlsx.columns(name)["Front"] for name in xlsx.names[1:]]
    assert [front for column in fronts for front in column] == [card.front for card in cards]
    assert [len(column) for column in fronts] == [3, 3, 2]
    link = xlsx.openpyxl()["Overview"]["J6"].hyperlink
    assert link.location == "'Flashcards'!A7"


def test_overview_has_no_more_links_than_excel_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LINKS_MAX", 4)
    overview = Xlsx(plain_item("a"), plain_item("b")).openpyxl()["Overview"]
    links = [cell.coordinate for row in overview for cell in row if cell.hyperlink]
    assert links == ["H5", "I5", "J5", "H6"]
    assert overview["J6"].value == 1


def test_rows_are_high_enough_for_their_text() -> None:
    answers = ["short", "two\nlines", "word " * 60, "字" * 140, "line\n" * 500]
    sheet = Xlsx(item("a", faqs=[Faq("Q", f"```\n{text}\n```") for text in answers])).openpyxl()
    heights = [sheet["FAQs"].row_dimensions[number].height for number in range(5, 10)]
    assert heights == [None, 29, 57, 71, 405]


def test_sheets_can_be_sorted_and_filtered() -> None:
    for sheet in Xlsx(*world_items()).openpyxl():
        assert sheet.freeze_panes == "A5"
        assert sheet.auto_filter.ref == sheet.dimensions.replace("A1", "A4")
        assert sheet.max_row > HEAD_ROW
        headings = next(iter(sheet.iter_rows(min_row=HEAD_ROW, max_row=HEAD_ROW)))
        assert {heading.font.bold for heading in headings} == {True}
        letters = [get_column_letter(place) for place in range(1, len(headings) + 1)]
        for letter, heading in zip(letters, headings, strict=True):
            assert sheet.column_dimensions[letter].width > len(str(heading.value))


def test_sheets_are_for_paper_and_say_what_they_are() -> None:
    options = RenderOptions(title="=Energy")
    biology = msgspec.structs.replace(full_item(), metadata={"subject": "biology"})
    book = Xlsx(biology, plain_item(), options=options).openpyxl()
    for sheet in book:
        assert (sheet["A1"].value, sheet["A1"].data_type) == ("=Energy", "s")
        assert sheet["A3"].value is None
        assert sheet.print_title_rows == "$1:$4"
        assert sheet.page_setup.orientation == "landscape"
        assert not sheet.sheet_view.showGridLines
        tab = sheet.sheet_properties.tabColor
        assert tab is not None
        assert str(tab.rgb)[2:] == TOKENS.accents["biology"].base.digits
    assert book["Flashcards"]["A2"].value == "Flashcards · 2 units · 4 March 2024"


def test_ids_are_folded_away_behind_what_people_read() -> None:
    book = Xlsx(full_item()).openpyxl()
    for name, ids in (("Overview", 1), ("Flashcards", 2), ("Metadata", 1)):
        sheet = book[name]
        heads = [str(cell.value) for cell in sheet[HEAD_ROW]]
        assert all(head.endswith("ID") for head in heads[-ids:])
        letters = [get_column_letter(place) for place in range(1, len(heads) + 1)]
        folded = [sheet.column_dimensions[letter].hidden for letter in letters]
        assert folded == [False] * (len(heads) - ids) + [True] * ids
        assert sheet.column_dimensions[letters[-1]].outlineLevel == 1


@pytest.mark.parametrize("options", [None, DocumentOptions(language="de")])
def test_heads_and_sheets_are_in_the_language_of_the_file(options: DocumentOptions | None) -> None:
    source = full_item() if options else item("a", language="de", flashcards=[Flashcard("a", "b")])
    xlsx = Xlsx(source, options=options or EVERYTHING)
    assert xlsx.names[0] == "Übersicht"
    assert {"Einheit", "Vorderseite", "Rückseite", "Schlagwörter"} <= set(
        xlsx.columns("Lernkarten")
    )
    mixed = Xlsx(source, chinese_item(), options=RenderOptions(include_metadata=False))
    assert mixed.names[0] == ("Overview")


@pytest.mark.parametrize("language", get_args(LabelLanguage))
def test_each_language_has_words_for_all_columns(language: LabelLanguage) -> None:
    xlsx = Xlsx(full_item(), options=msgspec.structs.replace(ALL, language=language))
    assert len(set(xlsx.names)) == 8
    for name in xlsx.names:
        assert all(xlsx.columns(name))


def test_colours_are_those_of_the_theme() -> None:
    with ZipFile(io.BytesIO(Xlsx(full_item()).data)) as package:
        styles = etree.fromstring(package.read("xl/styles.xml"))
        theme = package.read("xl/theme/theme1.xml").decode()
    for kind in ("fonts", "borders", "fills"):
        for color in styles.iterfind(f"{{*}}{kind}//{{*}}color"):
            assert color.get("rgb") is None
    assert TOKENS.accents["default"].base.digits in theme
    assert theme.count('<a:latin typeface="Source Sans 3"') == 2


def test_long_text_is_wrapped_and_times_are_shown_as_times() -> None:
    book = Xlsx(full_item()).openpyxl()
    assert book["FAQs"]["E5"].alignment.wrap_text is True
    assert book["Overview"]["E5"].is_date
    assert book["Overview"]["E5"].number_format == "yyyy-mm-dd hh:mm"
    assert book["FAQs"]["E5"].style == "Text"


def test_a_workbook_of_right_to_left_items_starts_at_the_right() -> None:
    assert Xlsx(arabic_item()).openpyxl().worksheets[0].sheet_view.rightToLeft is True
    assert not Xlsx(arabic_item(), plain_item()).openpyxl()["FAQs"].sheet_view.rightToLeft
    assert not Xlsx().openpyxl()["Overview"].sheet_view.rightToLeft


def test_fonts_hold_their_parts_in_the_order_of_the_schema() -> None:
    order = ("b", "i", "strike", "u", "vertAlign", "sz", "color", "name", "family", "scheme")
    data, _ = render("xlsx", [full_item()])
    with ZipFile(io.BytesIO(data)) as package:
        fonts = list(etree.fromstring(package.read("xl/styles.xml")).iter("{*}font"))
    held = [[order.index(etree.QName(part).localname) for part in font] for font in fonts]
    assert len(held) > 2
    assert held == [sorted(each) for each in held]


def test_properties_are_those_of_the_content() -> None:
    xlsx = Xlsx(full_item())
    properties = xlsx.openpyxl().properties
    assert properties.created == properties.modified == UPDATED.replace(tzinfo=None)
    with ZipFile(io.BytesIO(xlsx.data)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(2024, 3, 4, 10, 30, 0)}
        assert package.namelist()[0] == "[Content_Types].xml"


def test_rows_and_cells_say_where_they_are() -> None:
    xlsx = Xlsx(*world_items(), chunks=3)
    with ZipFile(io.BytesIO(xlsx.data)) as package:
        for name in package.namelist():
            if "worksheets/" not in name:
                continue
            sheet = etree.fromstring(package.read(name))
            space = {"s": sheet.nsmap[None]}
            numbers = [int(row.get("r", "")) for row in sheet.iterfind(".//s:row", space)]
            # The third row is empty.
            assert numbers == [1, 2, *range(4, len(numbers) + 2)]
            for row in sheet.iterfind(".//s:row", space):
                assert all(cell.get("r", "").endswith(row.get("r", "?")) for cell in row)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_text_comes_back(text: str) -> None:
    columns = Xlsx(item("content-any", metadata={"name": text})).columns("Metadata")
    assert columns["Value"] == [text.replace("\ufffe", "").replace("\uffff", "")]


def test_sheets_are_the_parts_asked_for_in_that_order() -> None:
    options = RenderOptions(parts=("flashcards", "outline"), include_metadata=False)
    xlsx = Xlsx(full_item(), plain_item(), options=options)
    assert xlsx.names == ["Overview", "Flashcards", "Outline"]
    assert list(xlsx.columns("Overview"))[-3:-1] == ["Flashcards", "Outline"]
    assert xlsx.columns("Overview")["Flashcards"] == [2, 1]


def test_the_learners_edition_has_columns_to_fill_in() -> None:
    xlsx = Xlsx(full_item(), options=RenderOptions(include_answers=False))
    assert xlsx.columns("Questions")["Question"] == [
        "Where does the oxygen come from?",
        "What would happen without light?",
    ]
    for sheet, column in (("Questions", "Answer"), ("FAQs", "Answer"), ("Flashcards", "Back")):
        assert not any(xlsx.columns(sheet)[column])


def test_a_title_of_its_own_is_in_the_properties() -> None:
    options = RenderOptions(title="Biology <9>")
    assert Xlsx(plain_item(), options=options).openpyxl().properties.title == "Biology <9>"


def test_texts_are_read_from_the_side_where_their_language_begins() -> None:
    book = Xlsx(plain_item(), arabic_item()).openpyxl()
    answers = {row[-1].value: row[4] for row in book["FAQs"].iter_rows(min_row=HEAD_ROW + 1)}
    assert answers["content-ar"].value == "لأنها تعكس الضوء الأخضر."
    assert answers["content-ar"].alignment.readingOrder == 2
    assert answers["content-plain"].alignment.readingOrder == 0


def test_the_last_moment_there_is_is_a_time() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, 999_999, UTC)
    xlsx = Xlsx(item("content-last", created_at=last, updated_at=last))
    assert xlsx.columns("Overview")["Created (UTC)"] == [datetime(9999, 12, 31, 23, 59, 59)]  # noqa: DTZ001 - as Excel has it


def test_cell_of_fifty_megabytes_takes_as_long_as_it_is() -> None:
    started = process_time()
    pieces = split_text("word " * 10_000_000)
    assert process_time() - started < 5
    assert len(pieces) > 1_500
