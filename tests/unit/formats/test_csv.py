"""The CSV export, read with the standard library."""

import csv
import io
import re
from time import process_time
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.formats.csv.declaration import CsvOptions
from activities.formats.csv.formulas import neutralize
from activities.formats.csv.renderer import COLUMNS
from activities.formats.testing import EVERYTHING, render
from activities.formats.testing.items import full_item, hostile_item, item, plain_item, world_items
from activities.model.content import Faq, Flashcard, Item, Outline, Section
from activities.model.options import RenderOptions
from scripts.benchmarks.formula_cells import SEPARATORS, formula_cells
from tests.security.hostile_texts import LINES


def rows(*items: Item, options: RenderOptions = EVERYTHING) -> list[dict[str, str]]:
    data, _ = render("csv", items, options)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def of_part(part: str, *items: Item, options: RenderOptions = EVERYTHING) -> list[dict[str, str]]:
    return [row for row in rows(*items, options=options) if row["part"] == part]


def test_file_is_what_spreadsheets_open_without_questions() -> None:
    data, _ = render("csv", world_items())
    assert data.startswith(b'\xef\xbb\xbf"item_id","item_title",')
    assert data.count(b"\xef\xbb\xbf") == 1
    assert data.endswith(b"\r\n")
    outside_quotes = re.sub(rb'"(?:[^"]|"")*"', b"", data)
    assert outside_quotes.count(b"\n") == outside_quotes.count(b"\r\n")


def test_columns_are_the_same_for_every_export() -> None:
    for items in ([], [plain_item()], world_items()):
        data, _ = render("csv", items)
        table = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        assert tuple(table[0]) == COLUMNS
        assert all(len(row) == len(COLUMNS) for row in table)


def test_questions_and_cards_are_one_row_each() -> None:
    [first, second] = of_part("faqs", full_item())
    assert first["item_id"] == "content-full"
    assert first["item_title"] == "Photosynthesis, in depth"
    assert first["language"] == "en"
    assert (first["index"], first["id"], first["kind"]) == ("1", "faq-green", "faq")
    assert (first["text"], first["detail"]) == (
        "Why are leaves green?",
        "They reflect green light.",
    )
    assert (second["index"], len(second["id"])) == ("2", 17)
    assert second["detail"] == ("Three things:\n\n• light\n• water\n• carbon dioxide\n\nAnd time.")
    card = of_part("flashcards", full_item())[0]
    assert (card["text"], card["detail"], card["tags"]) == (
        "Chlorophyll",
        "The green pigment",
        "pigment, leaf",
    )
    question = of_part("reading_guide_questions", full_item())[1]
    assert (question["text"], question["detail"]) == ("What would happen without light?", "")


def test_outline_rows_tell_where_they_belong() -> None:
    found = [
        (row["kind"], row["path"], row["text"], row["detail"])
        for row in of_part("outline", full_item())
    ]
    assert found == [
        ("summary", "", "How plants feed the world.", ""),
        ("section", "", "Light reactions", "In the thylakoid."),
        ("learning_objective", "Light reactions", "Explain ATP synthesis", ""),
        ("learning_objective", "Light reactions", "Name both photosystems", ""),
        ("key_point", "Light reactions", "Water is split", ""),
        ("key_point", "Light reactions", "Oxygen is set free", ""),
        ("section", "Light reactions", "Photosystem II", ""),
        ("key_point", "Light reactions > Photosystem II", "It comes first", ""),
        ("section", "Light reactions > Photosystem II", "Antenna", "Collects photons."),
        ("section", "Light reactions", "Photosystem I", ""),
        ("section", "", "Calvin cycle", ""),
        ("learning_objective", "Calvin cycle", "Follow $CO_2$", ""),
    ]


def test_outline_paths_go_deeper_than_headings_do() -> None:
    section = Section("level 9")
    for level in range(8, 0, -1):
        section = Section(f"level {level}", sections=[section])
    last = of_part("outline", item(outline=Outline(sections=[section])))[-1]
    assert last["text"] == "level 9"
    assert last["path"] == " > ".join(f"level {level}" for level in range(1, 9))


def test_a_heading_within_a_summary_is_no_section() -> None:
    outline = Outline(sections=[Section("One", summary="# Loud\n\ntext"), Section("Two")])
    found = [(row["text"], row["detail"]) for row in of_part("outline", item(outline=outline))]
    assert found == [("One", "Loud\n\ntext"), ("Two", "")]


def test_study_guide_is_one_row_a_section() -> None:
    guide = "Before.\n\n# One\n\nFirst.\n\n## Deep\n\nBelow.\n\n# Two\n\nLast."
    found = [
        (row["index"], row["path"], row["text"], row["detail"])
        for row in of_part("study_guide", item(study_guide=guide))
    ]
    assert found == [
        ("1", "", "", "Before."),
        ("2", "", "One", "First."),
        ("3", "One", "Deep", "Below."),
        ("4", "", "Two", "Last."),
    ]


def test_facts_are_names_and_values() -> None:
    facts = {row["text"]: row["detail"] for row in of_part("metadata", full_item())}
    assert facts == {
        "model": "writer-2",
        "target_audience": "grade 9, grade 10",
        "words": "1212",
        "reviewed": "true",
        "reviewer": "",
    }
    metrics = {row["text"]: float(row["detail"]) for row in of_part("quality_metrics", full_item())}
    assert metrics == {"overall": 0.91, "readability": 0.88, "drift": -0.5}
    parts = {row["part"] for row in rows(full_item(), options=RenderOptions(False, False))}
    assert not parts & {"metadata", "quality_metrics"}


@pytest.mark.parametrize(
    "text",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "&nbsp;=1", "&#9;=1"),
        *("﹦1", "⁺x", "₌1", "⩵1", "﬩x", "\ufeff=1", "\u2060\u00ad=1", "\u0301=1", "\u3164=1"),
        *('"=1', "\u2028=1"),
        "Note;=40+2;end",
        "a;=cmd|' /C calc'!A0;b",
        "a:@SUM(1)",
        "a|+x",
        "a, -x",
        "a =1",
        "a\\\n=2+3",
        'a; \u200b"=1',
        "a;\u200e＝1",
        "a;-2+3+cmd|'x'!A0",
        "a: -5 +x",
        "a:-5:5",
        "x\u2028=1",
        "a;=",
    ],
)
def test_no_text_becomes_a_formula_whatever_the_separator(text: str) -> None:
    hostile = item(
        title=f"{text}",
        faqs=[Faq(f"`{text}`", "answer")],
        flashcards=[Flashcard("front", f"\\{text}", tags=[text])],
        metadata={text: text},
    )
    for delimiter in ("comma", "semicolon", "tab"):
        options = CsvOptions(csv_delimiter=delimiter)
        assert list(formula_cells(render("csv", [hostile], options)[0])) == []


@pytest.mark.parametrize("delimiter", ["comma", "semicolon", "tab"])
def test_no_hostile_text_becomes_a_formula(delimiter: Any) -> None:
    options = CsvOptions(csv_delimiter=delimiter)
    texts = [text for lines in LINES.values() for text in lines]
    texts += [f"a{separator}{text};b" for text in LINES["formulas"] for separator in SEPARATORS]
    faqs = [Faq(text, f"first\\\n{text}", f"{number}{text}") for number, text in enumerate(texts)]
    data, _ = render("csv", [item(faqs=faqs), hostile_item(), *world_items()], options)
    assert list(formula_cells(data)) == []


@pytest.mark.parametrize(
    "text",
    [
        *("a: -5", "10:30", "x;-5;y", "me@example.org", ":)", "Call +49 30 123", "a - b"),
        *("x = 1", "a -> b", "well-known", "2024-05-01", "https://a.org/?b=c&d=-e"),
        *("(x: -5, -3.5 %)", "x | -5 | y", "below -5 °C", "from -5: cold", "$x = -2$", "E=mc^2"),
    ],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert neutralize(text) == text


def test_the_apostrophe_stands_before_the_sign() -> None:
    assert neutralize("Note;=40+2;end") == "Note;'=40+2;end"
    assert neutralize("- item") == "'- item"
    assert neutralize("x; -y") == "x; '-y"
    assert neutralize("see\n\n\u200b=2+3") == "see\n\n\u200b'=2+3"
    assert neutralize("\tx") == "'\tx"


@pytest.mark.parametrize("unit", ["\u200b", " -5 ", ";=", " =", '"', "\u0301 -", " -1,1", ";1%"])
def test_time_grows_with_the_text_alone(unit: str) -> None:
    started = process_time()
    for text in (unit * 200_000, f"a;{unit * 200_000}=1"):
        neutralize(text)
    assert process_time() - started < 5


@pytest.mark.parametrize(("delimiter", "mark"), [("comma", ","), ("semicolon", ";"), ("tab", "\t")])
def test_the_delimiter_changes_nothing_else(delimiter: Any, mark: str) -> None:
    def table(wanted: Any, separator: str) -> list[list[str]]:
        data, _ = render("csv", world_items(), CsvOptions(csv_delimiter=wanted))
        source = io.StringIO(data.decode("utf-8-sig"), newline="")
        return list(csv.reader(source, delimiter=separator, strict=True))

    assert table(delimiter, mark) == table("comma", ",")


def test_all_text_is_in_quotes_and_no_number_is() -> None:
    data, _ = render("csv", [full_item()], EVERYTHING)
    source = io.StringIO(data.decode("utf-8-sig"), newline="")
    [heading, *found] = csv.reader(source, quoting=csv.QUOTE_NONNUMERIC)
    kinds = {
        name: {type(row[place]).__name__ for row in found} for place, name in enumerate(heading)
    }
    assert kinds.pop("index") == {"float"}
    assert kinds.pop("detail") == {"str", "float"}
    assert set().union(*kinds.values()) == {"str"}


def test_only_numbers_start_like_a_formula() -> None:
    starts = [
        (row["part"], column, cell)
        for row in rows(hostile_item(), full_item())
        for column, cell in row.items()
        if re.match(r"\s*[=+\-@＝＋－＠\t\r\n]", cell)
    ]
    assert starts == [
        ("quality_metrics", "detail", "-1.5"),
        ("quality_metrics", "detail", "-0.5"),
    ]


def test_quotes_commas_and_line_breaks_survive() -> None:
    answer = rows(item(faqs=[Faq("q", 'say "hi", then\\\nleave')]))[0]["detail"]
    assert answer == 'say "hi", then\nleave'


def test_control_characters_are_left_out_and_reported() -> None:
    data, warnings = render("csv", [item(faqs=[Faq("nul\x00", "bell\x07")])])
    assert b"\x00" not in data
    assert b"\x07" not in data
    assert [(warning.code, warning.part) for warning in warnings] == [
        ("control-characters-removed", "faqs")
    ]


def test_byte_order_mark_is_left_out_on_request() -> None:
    data, _ = render("csv", world_items(), CsvOptions(csv_bom=False))
    with_mark, _ = render("csv", world_items(), CsvOptions())
    assert with_mark == b"\xef\xbb\xbf" + data


def test_raw_text_is_kept_to_the_character() -> None:
    faqs = [Faq("=1+1", "-2", "+id"), Faq("@x", "'quoted")]
    source = item("content-1", title="＝title", faqs=faqs)
    raw = rows(source, options=CsvOptions(csv_formulas="raw"))
    assert [(row["item_title"], row["text"], row["detail"]) for row in raw] == [
        ("＝title", "=1+1", "-2"),
        ("＝title", "@x", "'quoted"),
    ]
    assert raw[0]["id"] == "+id"
    neutral = rows(source)[0]
    assert (neutral["item_title"], neutral["text"], neutral["id"]) == ("'＝title", "'=1+1", "'+id")


def test_layout_of_files_is_a_csv_for_each_part_asked_for() -> None:
    options = CsvOptions(parts=("flashcards", "faqs", "outline"), csv_layout="files")
    data, _ = render("csv", [full_item(), plain_item()], options)
    with ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["flashcards.csv", "faqs.csv", "outline.csv", "metadata.csv"]
        tables = {
            name.removesuffix(".csv"): list(
                csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"), newline=""))
            )
            for name in archive.namelist()
        }
    assert [row["text"] for row in tables["flashcards"]] == ["Chlorophyll", "$O_2$", "Evaporation"]
    of_items = [(row["item_id"], row["index"]) for row in tables["faqs"]]
    assert of_items == [("content-full", "1"), ("content-full", "2"), ("content-plain", "1")]
    together = [row for table in tables.values() for row in table]
    as_rows = rows(full_item(), plain_item(), options=RenderOptions(parts=options.parts))
    assert sorted(map(str, together)) == sorted(map(str, as_rows))


def test_a_part_that_no_item_has_is_a_file_of_headings() -> None:
    options = CsvOptions(parts=("faqs",), include_metadata=False, csv_layout="files")
    data, _ = render("csv", [item("content-bare")], options)
    with ZipFile(io.BytesIO(data)) as archive:
        [table] = csv.reader(io.StringIO(archive.read("faqs.csv").decode("utf-8-sig")))
    assert tuple(table) == COLUMNS


def test_the_learners_edition_has_questions_alone() -> None:
    found = rows(full_item(), options=RenderOptions(include_answers=False))
    asked = [row for row in found if row["kind"] in {"faq", "flashcard", "reading_question"}]
    assert len(asked) == 6
    assert all(row["text"] and not row["detail"] for row in asked)


@given(st.lists(st.lists(st.text(alphabet="ab \",>;='", max_size=4), min_size=1), min_size=1))
def test_tags_can_be_taken_apart_again(tags: list[list[str]]) -> None:
    """Raw, since what is made harmless has other signs; as a reader of RFC 4180 has it."""
    cards = [Flashcard(f"front {number}", "", tags=each) for number, each in enumerate(tags)]
    options = CsvOptions(csv_formulas="raw")
    rows = of_part("flashcards", item(flashcards=cards), options=options)
    assert [next(csv.reader([row["tags"]], skipinitialspace=True)) for row in rows] == tags


def test_path_and_lists_of_metadata_can_be_taken_apart_again() -> None:
    deep = Section("Why a > b", sections=[Section('"So"', sections=[Section("leaf")])])
    options = CsvOptions(include_metadata=True)
    example = item(outline=Outline(sections=[deep]), metadata={"k": ["a, b", "c", 5, ""]})
    *_, leaf = of_part("outline", example, options=options)
    assert leaf["path"] == '"Why a > b" > """So"""'
    [fact] = of_part("metadata", example, options=options)
    assert next(csv.reader([fact["detail"]], skipinitialspace=True)) == ["a, b", "c", "5", ""]


@pytest.mark.parametrize("chunks", [1, 2])
def test_item_without_records_has_a_row(chunks: int) -> None:
    data, warnings = render("csv", [full_item(), item("bare", title="Only =1")], EVERYTHING, chunks)
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row for row in rows if row["item_id"] == "bare"] == [
        dict.fromkeys(COLUMNS, "")
        | {"item_id": "bare", "item_title": "Only '=1", "language": "en", "kind": "item"}
    ]
    assert warnings == []
    files = CsvOptions(csv_layout="files")
    _, [warning] = render("csv", [full_item(), item("bare")], files, chunks)
    assert (warning.code, warning.item_id) == ("item-without-rows", "bare")


@pytest.mark.parametrize(
    ("text", "fits"), [("x" * 32_767, True), ("x" * 32_768, False), ("\U0001f600" * 16_384, False)]
)
def test_text_that_no_cell_of_a_spreadsheet_holds_is_told(text: str, fits: bool) -> None:
    _, warnings = render("csv", [item("long", faqs=[Faq("q", text)])])
    found = [(each.code, each.item_id, each.part) for each in warnings]
    assert found == ([] if fits else [("cell-too-long", "long", "faqs")])
