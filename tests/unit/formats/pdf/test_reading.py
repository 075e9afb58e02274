"""What people and their tools read in a PDF: text in every script, links, bookmarks, pages."""

import io
import random
import re
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pikepdf
import pypdf
import pytest
from lxml import etree
from pdfminer.high_level import extract_pages, extract_text
from pdfminer.layout import LTCurve, LTRect

from activities.documents.design.tokens import TOKENS
from activities.formats.fonts import find_font
from activities.formats.pdf.declaration import PdfOptions
from activities.formats.pdf.page.surface import numbers_of
from activities.formats.pdf.text import font_file, typeface
from activities.formats.testing import Recorder, StopRequestedError, render
from activities.formats.testing.items import (
    arabic_item,
    chinese_item,
    data_url,
    full_item,
    greek_item,
    hindi_item,
    hostile_item,
    item,
    plain_item,
    png,
    world_items,
)
from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section
from activities.model.options import RenderOptions
from tests.unit.formats.pdf.placed_characters import characters, placed_characters

needs_font_set = pytest.mark.skipif(
    find_font("korean") is None, reason="python -m activities.formats.fonts fetches the fonts"
)


A4_HEIGHT = 841.89
CHAPTERS = "\n\n".join(f"# More {number}" for number in range(20))
"""So many headings that a lesson alone has contents."""
ACCENT = numbers_of(TOKENS.accents["default"].base)
HEAD = numbers_of(TOKENS.accents["default"].tint)
WRITING_LINE = numbers_of(TOKENS.neutrals.g500).encode() + b" rg"
TEXT_START_AR = 56.28 + 364
"""Where lines of the column of text begin on a page that runs from the right."""


def read(*items: Item) -> pypdf.PdfReader:
    data, _ = render("pdf", items)
    return pypdf.PdfReader(io.BytesIO(data), strict=True)


def text_of(reader: pypdf.PdfReader) -> str:
    """The text of all pages with single spaces, without the header and footer lines' breaks."""
    text = " ".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", text)


def annotations(page: pypdf.PageObject) -> list[Any]:
    entries = page["/Annots"]
    assert isinstance(entries, pypdf.generic.ArrayObject)
    return [entry.get_object() for entry in entries]


def outline_titles(
    reader: pypdf.PdfReader, entries: list[Any], depth: int = 0
) -> Iterator[tuple[int, str]]:
    for entry in entries:
        if isinstance(entry, list):
            yield from outline_titles(reader, entry, depth + 1)
        else:
            yield depth, str(entry.title)


@needs_font_set
@pytest.mark.parametrize(
    "words", ["植物 光能 转化", "พืช แสง พลังงาน", "한국어 문장 입니다", "تحول النباتات الضوء"]
)
def test_spaces_do_not_change_the_font_of_a_line(words: str) -> None:
    data, _ = render("pdf", [item(title="Plants", study_guide=words)])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        [resources] = {page.Resources.Font.objgen for page in pdf.pages}
        names = {key: str(font.BaseFont) for key, font in pdf.get_object(resources).items()}
        chosen = [
            names[str(instruction.operands[0])]
            for page in pdf.pages
            for instruction in pikepdf.parse_content_stream(page)
            if str(instruction.operator) == "Tf"
        ]
    of_script = [name for name in chosen if "+Source" not in name]
    assert len(of_script) == 1
    assert words in text_of(pypdf.PdfReader(io.BytesIO(data)))


@needs_font_set
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (item(study_guide="**a** \u00a0b\u00a0 c"), "b"),
        (greek_item(), "Τα φυτά μετατρέπουν το φως σε ενέργεια 🌞."),
        (chinese_item(), "植物把光能转化为化学能。"),
        (hindi_item(), "पौधे प्रकाश को रासायनिक ऊर्जा में बदलते हैं।"),
        (item(study_guide="한국어 문장입니다."), "한국어 문장입니다."),
        (item(study_guide="Ça suffit – Živjo, Łódź; ﬁne → ½ ≤ ∞"), "Ça suffit – Živjo, Łódź"),
        (item(study_guide="Привет, **мир**"), "Привет, мир"),
        (item(study_guide="ภาษาไทย"), "ภาษาไทย"),
        (item(study_guide="தமிழ் மொழி"), "தமிழ் மொழி"),
        (item(study_guide="বাংলা ভাষা"), "বাংলা ভাষা"),
        (item(study_guide="```\nकोड हिन्दी\n```"), "कोड हिन्दी"),
    ],
)
def test_text_can_be_copied_in_every_script(content: Item, expected: str) -> None:
    assert expected in text_of(read(content))


@needs_font_set
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            full_item(),
            "How plants feed|At a glance|1.1 Photosystem II|1.2 Photosystem I|2 Calvin cycle|Steps",
        ),
        (
            chinese_item(),
            "光反应|植物把光能转化为化学能。|阶段|产物|氧气|叶子为什么|绿色色素",
        ),
        (hindi_item(), "प्रकाश अभिक्रिया|ऊर्जा में बदलते हैं।|जल|वायु|पत्तियाँ हरी क्यों|क्योंकि वे हरा"),
        (
            greek_item(),
            "Φως|Τα φυτά μετατρέπουν το φως σε ενέργεια 🌞.|Γιατί|Λόγω της χλωρ",
        ),
    ],
    ids=lambda value: value.language if isinstance(value, Item) else "",
)
def test_a_reader_that_goes_by_places_finds_the_words_in_reading_order(
    content: Item, expected: str
) -> None:
    data, _ = render("pdf", [content])
    text = squeezed(extract_text(io.BytesIO(data)))
    position = 0
    for words in expected.split("|"):
        found = text.find(squeezed(words), position)
        assert found >= 0, f"{words} in {text[position:]}"
        position = found


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_a_letter_under_hundreds_of_marks_keeps_them_all() -> None:
    marked = "x" + "\u0301" * 300
    text = text_of(read(item(study_guide=f"Before {marked}y after")))
    assert f"Before {marked}y after" in text


@needs_font_set
def test_more_combinations_than_a_font_has_codes_for_are_still_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    font = font_file.load_font(find_font("serif"))
    monkeypatch.setattr(typeface, "_CODES", font.face.glyph_count + 2)
    text = text_of(read(item(study_guide="x\u0301 y\u0301 z\u0301 w\u0301 and the end")))
    assert "x\u0301 y" in text
    assert text.count("and the end") == 1


@needs_font_set
def test_arabic_words_stand_in_reading_order_and_joined_to_numbers() -> None:
    text = text_of(read(arabic_item()))
    assert "التمثيل" in text
    assert "الأوراق" in text
    assert "42" in text


@needs_font_set
def test_no_warning_when_every_script_has_a_font() -> None:
    _, warnings = render("pdf", world_items())
    assert [warning for warning in warnings if warning.code == "script-missing"] == []


@needs_font_set
def test_a_script_without_a_font_is_named_and_its_text_can_still_be_copied() -> None:
    content = item(study_guide="Before ꕙꔤ after")
    data, warnings = render("pdf", [content])
    missing = [warning for warning in warnings if warning.code == "script-missing"]
    assert len(missing) == 1
    assert missing[0].detail == (
        "Characters of the script Vai for which there is no font: 2 (ꕙ (U+A559), ꔤ (U+A524))."
    )
    assert (missing[0].item_id, missing[0].part) == ("content-1", "study_guide")
    assert "Before ꕙꔤ after" in text_of(pypdf.PdfReader(io.BytesIO(data)))


def test_without_the_font_set_latin_text_renders_and_the_rest_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("EXPORT_FONT_PATH", str(tmp_path))
    data, warnings = render("pdf", [item(title="Plain", study_guide="Latin and 光")])
    assert "Latin and" in text_of(pypdf.PdfReader(io.BytesIO(data)))
    assert [w.detail for w in warnings if w.code == "script-missing"] != []


def test_all_fonts_are_embedded() -> None:
    data, _ = render("pdf", [full_item(), *world_items()])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        fonts = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"
        ]
        descendants = [font for font in fonts if font.Subtype == "/CIDFontType2"]
        assert descendants
        assert all("/FontFile2" in font.FontDescriptor for font in descendants)
        assert {str(font.Subtype) for font in fonts} == {"/Type0", "/CIDFontType2"}


def test_equal_content_gives_equal_bytes() -> None:
    items = [full_item(), *world_items(), hostile_item()]
    assert render("pdf", items) == render("pdf", items)


def test_dates_are_those_of_the_content_and_nobody_is_the_author() -> None:
    information = read(plain_item()).metadata
    assert information is not None
    assert information.title == "Water cycle"
    assert information.author is None
    assert information.creation_date is not None
    assert information.creation_date.isoformat() == "2024-03-04T10:30:00+00:00"


@pytest.mark.parametrize("character", ["\ufffe", "\uffff", "\ud800"])
def test_properties_are_well_formed_with_any_character_in_the_title(character: str) -> None:
    data, _ = render("pdf", [plain_item()], RenderOptions(title=f"My {character}course"))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        packet = etree.fromstring(pdf.Root.Metadata.read_bytes())
    assert "My course" in packet.itertext()


def test_hostile_content_makes_a_sound_file_without_scripts() -> None:
    data, _ = render("pdf", [hostile_item()])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
        addresses = [
            str(o.A.URI)
            for o in pdf.objects
            if isinstance(o, pikepdf.Dictionary) and "/A" in o and "/URI" in o.get("/A", {})
        ]
        # Those of pictures that could not be had.
        assert sorted(addresses) == ["http://169.254.169.254/latest", "http://evil.example"]
        assert not any(
            isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/JavaScript" for o in pdf.objects
        )


def test_bookmarks_follow_items_parts_and_headings() -> None:
    reader = read(plain_item(), full_item())
    titles = list(outline_titles(reader, reader.outline))
    assert titles[0] == (0, "Water cycle")
    assert (1, "Study guide") in titles
    assert (2, "Light reactions") in titles
    assert (3, "Steps") in titles


def test_contents_list_every_item_with_the_page_that_it_begins_on() -> None:
    items = [
        item(f"content-{n}", title=f"Lesson {n}", study_guide="Text\n\n" * 40) for n in range(60)
    ]
    reader = read(*items)
    contents = text_of(reader).split("60 / ")[0]
    pages = {
        entry.title: (reader.get_destination_page_number(entry) or 0) + 1
        for entry in reader.outline
        if not isinstance(entry, list)
    }
    for number in (0, 31, 59):
        title = f"Lesson {number}"
        assert re.search(rf"{title}\s+{pages[title]}\b", contents)
        assert title in reader.pages[pages[title] - 1].extract_text()


@pytest.mark.parametrize(
    ("items", "skipped", "pages"),
    [(42, 1, 2), (1, 42, 2), (2, 86, 3), (30, 110, 5), (1, 100, 4), (3, 20, 3)],
)
def test_pages_keep_their_order_when_items_are_skipped(
    items: int, skipped: int, pages: int
) -> None:
    lessons = [item(f"content-{n}", title=f"Lesson {n}.") for n in range(items)]
    data, _ = render("pdf", lessons, skipped=skipped)
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    texts = [page.extract_text() for page in reader.pages]
    # A cover, whose page has no number, is the first.
    assert len(texts) == 1 + pages + items
    for number, text in enumerate(texts[1:], 2):
        assert re.search(rf"^{number} /\s*{len(texts)}$", text, re.MULTILINE)
    entries = re.findall(
        r"^\d+ (Lesson \d+\.)\s*(\d+)$", "\n".join(texts[: pages + 1]), re.MULTILINE
    )
    assert entries == [(f"Lesson {n}.", str(pages + n + 2)) for n in range(items)]
    blank = [text for text in texts[2 : pages + 1] if "Lesson" not in text]
    assert len(blank) == max(pages - 1 - items, 0)


def test_contents_of_an_item_leave_out_headings_within_answers() -> None:
    answers = [Faq(f"Question {n}?", f"## Short answer\n\nReply {n}.") for n in range(40)]
    content = item(
        outline=Outline("", [Section("First"), Section("Second")]),
        study_guide=f"# Chapter\n\n> # Quoted\n\n- # Listed\n\n{CHAPTERS}",
        faqs=answers,
        flashcards=[Flashcard("Front", "# Back")],
        metadata={"model": "writer"},
    )
    reader = read(content)
    texts = [page.extract_text() for page in reader.pages]
    for number, text in enumerate(texts, 1):
        assert re.search(rf"{number} /\s*{len(texts)}\b", text)
    assert re.findall(r"^(.*\w) \d+$", texts[0], re.MULTILINE) == [
        "Study guide",
        "1 Chapter",
        *[f"{number + 2} More {number}" for number in range(20)],
        "Frequently asked questions",
        "Flashcards",
        "About this lesson",
    ]
    bookmarks = [title for _, title in outline_titles(reader, reader.outline)]
    assert bookmarks.count("Short answer") == 40


def test_contents_entries_lead_to_their_units_parts_and_back_matter() -> None:
    reader = read(plain_item("a"), full_item("b"))
    links = annotations(reader.pages[1])
    led_to = [
        reader.get_destination_page_number(reader.named_destinations[link["/Dest"]])
        for link in links
    ]
    first, second, about = (
        reader.get_destination_page_number(entry)
        for entry in reader.outline
        if not isinstance(entry, list)
    )
    assert first == 2
    assert led_to[0] == first
    assert led_to[-1] == about == len(reader.pages) - 1
    assert second in led_to
    # Two units, their seven parts, and the page about the book.
    assert len(led_to) == 10


def test_a_long_lesson_lists_its_own_headings_and_a_short_one_begins_at_once() -> None:
    long = read(item(study_guide=CHAPTERS + "\n\n# One\n\n# Two\n\n# Three"))
    assert "More 19 4" in long.pages[0].extract_text()
    assert "Photosynthesis" in long.pages[1].extract_text()
    short = read(full_item()).pages[0].extract_text()
    assert "Absorb light" in short


def test_every_page_says_which_of_how_many_it_is() -> None:
    reader = read(item(study_guide="Words and words. " * 3000))
    count = len(reader.pages)
    assert count > 5
    for number, page in enumerate(reader.pages, 1):
        assert re.search(rf"{number} /\s*{count}\b", page.extract_text())


def test_headings_are_listed_without_their_references_to_notes() -> None:
    headings = "# One[^1]\n\n# *Two*^[Inner] too\n\n# Three\n\n# [^1]\n\n[^1]: Outer"
    reader = read(item(study_guide=f"{CHAPTERS}\n\n{headings}"))
    titles = [title for _, title in outline_titles(reader, reader.outline)]
    assert titles[:2] == ["Photosynthesis", "Study guide"]
    assert titles[-4:] == ["21 One", "22 Two too", "23 Three", "24"]
    contents, *_ = reader.pages
    listed = contents.extract_text()
    assert re.findall(r"^(.*\w) [2-4]$", listed, re.MULTILINE) == titles[1:]
    links = [link["/Dest"] for link in annotations(contents)]
    assert links == [f"entry-{number}" for number in range(1, len(titles))]


def test_images_without_description_do_no_harm_beside_right_to_left_text() -> None:
    image = f"![]({data_url(png())})"
    guide = f"## صورة {image}\n\n| שלום {image} | {image} |\n|---|---|\n| {image} مرحبا | b |"
    text = text_of(read(item(title=f"تحول {image}", study_guide=guide)))
    assert all(words in text for words in ("صورة", "שלום", "مرحبا"))


def test_links_and_footnotes_can_be_followed() -> None:
    reader = read(full_item())
    links = [
        annotation.get_object() for page in reader.pages for annotation in page.get("/Annots", [])
    ]
    assert "https://example.org/light?a=1&b=2" in {
        link["/A"]["/URI"] for link in links if "/A" in link
    }
    notes = [link["/Dest"] for link in links if "fn-" in str(link.get("/Dest", ""))]
    assert notes
    assert set(notes) <= set(reader.named_destinations)


def test_long_tables_repeat_their_header_on_every_page() -> None:
    rows = "\n".join(f"| row {n} | {'long text ' * 12} |" for n in range(80))
    reader = read(item(study_guide=f"| Number | Meaning |\n|---|---|\n{rows}"))
    pages = [page.extract_text() for page in reader.pages]
    with_rows = [text for text in pages if "row " in text]
    assert len(with_rows) > 2
    assert all("Meaning" in text for text in with_rows)
    assert all(f"row {n} " in " ".join(" ".join(pages).split()) for n in range(80))


def test_numbers_stay_whole_in_a_table_of_many_columns() -> None:
    rows = [[f"{row}.{column}" for column in range(24)] for row in range(10, 19)]
    cells = [["n"] * 24, ["---"] * 24, *rows]
    table = "\n".join("| " + " | ".join(row) + " |" for row in cells)
    data, _ = render("pdf", [item(study_guide=table)])
    words = extract_text(io.BytesIO(data)).split()
    assert {number for row in rows for number in row} <= set(words)


def test_a_table_cell_longer_than_a_page_loses_nothing() -> None:
    words = [f"w{n}" for n in range(6000)]
    text = text_of(read(item(study_guide=f"| a | b |\n|---|---|\n| x | {' '.join(words)} |")))
    assert [word for word in words if word not in text] == []


@needs_font_set
def test_a_table_cell_of_high_lines_stays_above_the_foot_of_each_page() -> None:
    words = [f"w{n}." for n in range(400)]
    cell = " ".join(f"{word} and its share $\\dfrac{{a}}{{b}}$" for word in words)
    reader = read(item(study_guide=f"| a | b |\n|---|---|\n| {cell} | {' '.join(words)} |"))
    seen: list[str] = []

    def note(text: str, _cm: Any, matrix: list[float], *_: Any) -> None:
        found = re.findall(r"w\d+\.", text)
        assert not found or 62 < matrix[5] < A4_HEIGHT
        seen.extend(found)

    for page in reader.pages:
        page.extract_text(visitor_text=note)
    assert sorted(seen) == sorted(words * 2)


def test_a_table_header_longer_than_a_page_is_shown_once_and_on_the_pages() -> None:
    words = [f"w{n}." for n in range(3000)]
    rows = "\n".join(f"| row {n} | y |" for n in range(100))
    reader = read(item(study_guide=f"| {' '.join(words)} | b |\n|---|---|\n{rows}"))
    seen: list[str] = []

    def note(text: str, _cm: Any, matrix: list[float], *_: Any) -> None:
        if text.strip():
            assert 0 < matrix[5] < A4_HEIGHT
            seen.extend(text.split())

    for page in reader.pages:
        page.extract_text(visitor_text=note)
    assert [word for word in seen if re.fullmatch(r"w\d+\.", word)] == words
    assert len(reader.pages) < 12


def test_code_keeps_its_indentation_and_wraps() -> None:
    code = "def f():\n    return 1\n" + "    x = " + " + ".join(f"name{n}" for n in range(60))
    reader = read(item(study_guide=f"```python\n{code}\n```"))
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "    return 1" in text
    assert all(f"name{n}" in text for n in range(60))


@pytest.mark.parametrize("start", ["", "x ", "key="])
@pytest.mark.parametrize("indentation", [40, 48, 90, 200])
def test_long_words_of_indented_code_stay_on_the_page(indentation: int, start: str) -> None:
    long = start + "0123456789abcdef" * 4
    data, _ = render("pdf", [item(study_guide=f"```\nfirst\n{' ' * indentation}{long}\n```")])
    shown = [
        character
        for character in placed_characters(data)
        if character.fontname.endswith("CodePro-Regular") and character.get_text().strip()
    ]
    assert "".join(character.get_text() for character in shown) == f"first{long}".replace(" ", "")
    assert all(56 < character.x0 < character.x1 < 595.28 - 56 for character in shown)
    lines = sorted({round(character.y0, 1) for character in shown}, reverse=True)
    assert all(upper - lower == pytest.approx(13, abs=0.2) for upper, lower in pairwise(lines))


def test_long_words_stay_on_the_page() -> None:
    address = "https://example.org/" + "a-very-long-path/" * 20
    reader = read(item(study_guide=f"See <{address}> and {'x' * 400}"))
    right = 595.28 - 50

    def note(text: str, _cm: Any, matrix: list[float], *_: Any) -> None:
        if text.strip():
            assert matrix[4] < right

    for page in reader.pages:
        page.extract_text(visitor_text=note)
    assert "x" * 400 in text_of(reader).replace(" ", "")


def test_tasks_without_an_answer_get_room_to_write() -> None:
    answered = item(reading_guide_questions=[ReadingQuestion("Why?", "Because.")])
    open_task = item(reading_guide_questions=[ReadingQuestion("Why?")])
    rules = [
        read(content).pages[0].get_contents().get_data().count(b" re f")  # type: ignore[union-attr]
        for content in (answered, open_task)
    ]
    assert rules[1] - rules[0] == 4


def test_images_are_shown_once_stored_and_fit_the_column() -> None:
    picture = data_url(png(3000, 600))
    data, _ = render("pdf", [item(study_guide=f"![A wide one]({picture})\n\n![Again]({picture})")])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        images = [
            o
            for o in pdf.objects
            if isinstance(o, pikepdf.Stream) and o.get("/Subtype") == "/Image"
        ]
        assert [(int(image.Width), int(image.Height)) for image in images] == [(3000, 600)]
        content = pdf.pages[-1].Contents.read_bytes()
    widths = [
        float(width)
        for width in re.findall(rb"q ([\d.]+) 0 0 [\d.]+ [\d.]+ [\d.]+ cm /Im", content)
    ]
    assert len(widths) == 2
    assert all(width <= 484 for width in widths)


def test_headings_never_end_a_page() -> None:
    guide = "".join(
        f"# Heading {n}\n\n" + "Some words of text here. " * (n % 37) * 3 + "\n\nEnd.\n\n"
        for n in range(120)
    )
    for page in read(item(study_guide=guide)).pages[3:]:
        lines = [line.strip() for line in page.extract_text().splitlines()]
        # The page's number stands in pieces.
        body = [line for line in lines if line.strip("0123456789/ ") not in {"", "Photosynthesis"}]
        assert not body[-1].startswith("Heading")


def test_headings_stand_on_the_page_of_the_table_below_them() -> None:
    line = "One more line of text.\n\n"
    table = f"|c|d|\n|-|-|\n|Cell {'with many words ' * 60}|b|\n\n"
    guide = "".join(f"{line * (n * 5 % 23)}# Heading {n}\n\n{table}" for n in range(23))
    tall = table.replace("|c|", f"|Column {'of many words ' * 60}|", 1)
    close = [f"{line * n}# Heading\n\n{tall}" for n in range(20, 45)]
    pages = [page for text in (guide, *close) for page in read(item(study_guide=text)).pages]
    for page in pages:
        lines = [line.strip() for line in page.extract_text().splitlines()]
        # The page's number stands in pieces.
        body = [line for line in lines if line.strip("0123456789/ ") not in {"", "Photosynthesis"}]
        # An entry of the contents ends with its page.
        assert not re.fullmatch(r"Heading(?: \d+)?", body[-1])


def test_all_parts_of_an_item_are_there() -> None:
    content = item(
        outline=Outline("Sum", [Section("Sec", "", ["Objective one"], ["Point one"])]),
        faqs=[Faq("Question A?", "Answer A.")],
        flashcards=[Flashcard("Front B", "Back B", tags=["tagged"])],
        reading_guide_questions=[ReadingQuestion("Question C?", "Answer C.")],
        metadata={"model": "writer"},
        quality_metrics={"overall": 0.91},
    )
    text = text_of(read(content))
    for expected in (
        "Sum",
        "Objective one",
        "Point one",
        "Question A?",
        "Answer A.",
        "Front B",
        "Back B",
        "tagged",
        "Question C?",
        "Answer C.",
        "writer",
        "0.91",
    ):
        assert expected in text


@pytest.mark.parametrize("skipped", [0, 1])
def test_an_export_of_nothing_is_still_a_file_that_opens(skipped: int) -> None:
    data, _ = render("pdf", [], skipped=skipped)
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) == 1


def test_work_stops_when_the_report_says_so() -> None:
    with pytest.raises(StopRequestedError):
        render("pdf", [full_item()] * 5, report=Recorder(stop_at_check=30))


def test_progress_is_counted_in_items() -> None:
    report = Recorder()
    render("pdf", [plain_item("a"), full_item("b")], report=report)
    assert report.items_done == 2
    assert report.checks > 20


def test_letter_paper_can_be_asked_for() -> None:
    data, _ = render("pdf", [item(study_guide="Words. " * 800)], PdfOptions(paper="letter"))
    pages = pypdf.PdfReader(io.BytesIO(data)).pages
    assert {tuple(map(float, page.mediabox[2:])) for page in pages} == {(612, 792)}


def test_the_learners_edition_leaves_room_to_write() -> None:
    content = item(faqs=[Faq("Why?", "Because.")], flashcards=[Flashcard("Front", "Back")])
    data, _ = render("pdf", [content], RenderOptions(include_answers=False))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.pages[-1].Contents.read_bytes().count(WRITING_LINE) >= 6
    assert "Because" not in text_of(pypdf.PdfReader(io.BytesIO(data)))


def test_sections_carry_their_numbers() -> None:
    outline = Outline("", [Section("First"), Section("Second", sections=[Section("Inner")])])
    assert re.search(r"2\.1\s+Inner", text_of(read(item(outline=outline))))
    in_book = text_of(read(plain_item(), item(outline=outline)))
    assert re.search(r"2\.2\.1\s+Inner", in_book)


def bars(data: bytes) -> list[LTCurve]:
    """The bars of metrics, without the light ones behind them."""
    base = pytest.approx(TOKENS.accents["default"].base.rgb, abs=0.01)
    return [
        shape
        for page in extract_pages(io.BytesIO(data))
        for shape in page
        if isinstance(shape, LTCurve)
        and shape.fill
        and abs(shape.height - 7) < 0.1
        and shape.non_stroking_color == base
    ]


def test_metrics_between_zero_and_one_are_drawn_as_bars_and_judged() -> None:
    data, _ = render("pdf", [item(quality_metrics={"half": 0.5, "full": 1.0, "outside": 7.0})])
    widths = sorted(bar.width for bar in bars(data))
    assert len(widths) == 2
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01)
    text = text_of(pypdf.PdfReader(io.BytesIO(data)))
    assert "Half 0.5 weak: check before use" in text
    assert "Full 1 very good" in text
    assert text.endswith("Outside 7 Photosynthesis 1 / 1")


def test_bars_begin_where_the_longest_metric_ends() -> None:
    data, _ = render("pdf", [item(quality_metrics={"mean": 13 / 15, "round": 0.5})])
    starts = {round(bar.x0, 1) for bar in bars(data)}
    digits = [char for char in placed_characters(data) if char.get_text() == "7"]
    assert len(starts) == 1
    assert starts.pop() > max(char.x1 for char in digits)


def test_deeply_nested_lists_stay_on_the_page() -> None:
    guide = "\n".join(
        "  " * depth + f"- level {depth} with a few more words" for depth in range(40)
    )
    reader = read(item(study_guide=guide))
    seen: list[float] = []

    def note(text: str, _cm: Any, matrix: list[float], *_: Any) -> None:
        if "level" in text:
            seen.append(matrix[4])

    for page in reader.pages:
        page.extract_text(visitor_text=note)
    assert max(seen) < 595.28 - 56


def test_tables_of_right_to_left_items_stand_at_the_right_with_their_header() -> None:
    table = "| المرحلة | الناتج |\n|---|---|\n| ضوء | سكر |"
    data, _ = render("pdf", [item(title="ضوء", language="ar", study_guide=table)])
    with pikepdf.open(io.BytesIO(data)) as pdf:
        content = pdf.pages[-1].Contents.read_bytes().decode("latin-1")
    fills = re.findall(rf"{HEAD} rg (\S+) \S+ (\S+) \S+ re", content)
    # The band of the title reaches over the page.
    fills = [(x, width) for x, width in fills if float(x) > 0]
    assert fills
    assert all(
        float(x) + float(width) == pytest.approx(TEXT_START_AR, abs=0.1) for x, width in fills
    )


@pytest.mark.parametrize(
    "character", ["\u0378", "\ue000", "\u2029", "\u2067", "\u202e", "\U000e0041"]
)
def test_odd_characters_among_right_to_left_text_do_no_harm(character: str) -> None:
    text = text_of(read(item(study_guide=f"مرحبا {character}abc{character} שלום")))
    assert sorted("".join(re.findall("[abc]", text.split("guide")[1].split("Photo")[0]))) == list(
        "abc"
    )
    assert "שלום" in text


def test_endless_titles_and_words_take_no_endless_time() -> None:
    items = [
        item("a", title="word " * 20_000, study_guide="x" * 50_000),
        item("b", title="光" * 20_000, study_guide="(" * 5_000 + "مرحبا" * 2_000),
    ]
    started = time.process_time()
    render("pdf", items)
    assert time.process_time() - started < 20


@pytest.mark.parametrize("letters", ["abcdefgh", "ABab", "مرحبا", "word and مرحبا", "光合"])
def test_a_longer_word_everywhere_takes_as_much_longer(letters: str) -> None:
    def seconds(length: int) -> float:
        word = "".join(random.Random(length).choices(letters.replace(" ", ""), k=length))
        everywhere = item(
            title=word,
            outline=Outline(word, [Section(word, word, [word], [word])]),
            study_guide=f"# {word}\n\n{word}\n\n| {word} | b |\n|---|---|\n| {word} | {word} |",
            faqs=[Faq(word, word)],
            flashcards=[Flashcard(word, word, tags=[word])],
            reading_guide_questions=[ReadingQuestion(word, word)],
            metadata={"word": word},
        )
        started = time.process_time()
        data, _ = render("pdf", [everywhere])
        assert len(data) < 150_000 + 60 * length
        return time.process_time() - started

    seconds(100)
    assert seconds(20_000) < 4 * 2.5 * seconds(5_000)


def test_an_endless_word_as_title_is_cut_short_on_every_page() -> None:
    reader = read(item(title="x" * 5_000, study_guide="word " * 3_000))
    assert len(reader.pages) > 4
    for page in reader.pages[-2:]:
        assert re.search(r"^x{40,100}… \d+ /$", page.extract_text(), re.MULTILINE)


def test_links_within_the_file_lead_to_headings_and_items() -> None:
    guide = "[on](#light) [second](item:b) [gone](#x)\n\n" + "text\n\n" * 60 + "# Light"
    data, warnings = render(
        "pdf",
        [item("a", title="First", study_guide=guide), item("b", study_guide="[first](item:a)")],
    )
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    targets = [
        str(entry["/Dest"])
        for page in reader.pages[2:]
        if "/Annots" in page
        for entry in annotations(page)
    ]
    assert targets == ["item:a#light", "item:b", "item:a"]
    named = reader.named_destinations
    pages = [reader.get_destination_page_number(named[target]) or 0 for target in targets]
    assert pages[0] > pages[2]
    assert pages[1] > pages[0]
    assert [warning.code for warning in warnings] == ["link-target-missing"]


@pytest.mark.parametrize("first", ["words", "سلام"])
def test_links_lead_to_whatever_has_a_name(first: str) -> None:
    rows = "<tr><td>x</td><td>y</td></tr>" * 80
    places = {
        "paragraph": '<p id="paragraph">Ω and more</p>',
        "span": f'<p>{f"{first} " * 200}<span id="span">Φ {"more " * 60}</span></p>',
        "item": '<ul><li>one</li><li id="item">Ψ</li></ul>',
        "cell": '<table><tr><th>a<th>b<tr><td>x<td id="cell">Ξ</table>',
        "head": f'<table id="head"><thead><tr><th>Σ<th>b</thead>{rows}</table>',
        "code": '<pre id="code">Δ</pre>',
        "formula": r'<div id="formula">\[Λ\]</div>',
        "quoted": '<blockquote><details id="quoted"><summary>Π</summary>x</details></blockquote>',
        "missing": '<p id="missing"><img src="https://example.org/a.png" alt="Γ"></p>',
        "last": '<p id="last">Θ</p>',
    }
    links = "".join(f'<p><a href="#{name}">{name}</a></p>' for name in places)
    source = links + f"{'<p>text</p>' * 25}".join(places.values())
    data, _ = render("pdf", [item("a", study_guide=source, text_format="html")])
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    links_to = [
        str(entry.get("/Dest"))
        for page in reader.pages
        if "/Annots" in page
        for entry in annotations(page)
    ]
    targets = [target for target in links_to if "#" in target]
    assert targets == [f"item:a#{name}" for name in places]
    pages = list(extract_pages(io.BytesIO(data)))
    for target, letter in zip(targets, "ΩΦΨΞΣΔΛΠΓΘ", strict=True):
        named = reader.named_destinations[target]
        number, top = next(
            (number, character.y1)
            for number, page in enumerate(pages)
            for character in characters(page)
            if character.get_text() == letter
        )
        assert reader.get_destination_page_number(named) == number, target
        assert top - 3 < float(str(named["/Top"])) < top + 20, target


@pytest.mark.parametrize("form", ["list", "cutout"])
def test_a_name_on_a_card_is_led_to_where_it_is_printed(form: str) -> None:
    cards = [Flashcard(f"{number}", "x") for number in range(40)]
    cards[30] = Flashcard('Ω <a id="here"></a>named', "[to](#here)")
    options = PdfOptions(cards=form)  # type: ignore[arg-type]
    data, _ = render("pdf", [item("a", flashcards=cards)], options)
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    named = reader.named_destinations["item:a#here"]
    [number] = [
        number
        for number, page in enumerate(extract_pages(io.BytesIO(data)))
        if any(character.get_text() == "Ω" for character in characters(page))
    ]
    assert reader.get_destination_page_number(named) == number


@pytest.mark.parametrize(
    "guide",
    [
        "Press <kbd>Ctrl</kbd>+<kbd>Shift</kbd>x, (<kbd>C</kbd>) or <kbd>V</kbd> <kbd>X</kbd>",
        "اضغط <kbd>Ctrl</kbd>+<kbd>C</kbd> هنا",
        "| <kbd>Ctrl</kbd>+<kbd>C</kbd> |\n|---|\n| **<kbd>Alt</kbd>**+x |",
        "按<kbd>Ctrl</kbd>+<kbd>C</kbd>键",
    ],
)
def test_the_frame_of_a_key_stands_between_its_neighbours(guide: str) -> None:
    data, _ = render("pdf", [item(study_guide=guide)])
    [page] = extract_pages(io.BytesIO(data))
    keys = [each for each in page if isinstance(each, LTRect) and each.stroke]
    letters = [each for each in characters(page) if each.get_text().strip("\u200b ")]
    assert len(keys) == guide.count("<kbd>")
    for key in keys:
        for letter in letters:
            if key.y0 < (letter.y0 + letter.y1) / 2 < key.y1:
                middle = (letter.x0 + letter.x1) / 2
                inside = key.x0 < middle < key.x1
                overlap = min(key.x1, letter.x1) - max(key.x0, letter.x0)
                assert overlap == pytest.approx(letter.width, abs=0.01) if inside else overlap < 0


def test_callouts_definitions_and_lists_are_read_in_order() -> None:
    guide = (
        "> [!NOTE]\n> Remember.\n\nTerm\n: Meaning\n\na) x\nb) y\n\nH~2~O x^2^ ==marked== "
        "**bold**\n\n1. a\n   1. b"
    )
    text = text_of(read(item(study_guide=guide)))
    assert "Note Remember. Term Meaning a) x b) y H2O x2 marked bold 1. a 1. b" in text


def test_marks_are_behind_their_text() -> None:
    data, _ = render("pdf", [item(study_guide="==marked==")])
    with pikepdf.open(io.BytesIO(data)) as file:
        content = b"\n".join(page.Contents.read_bytes() for page in file.pages).decode("latin-1")
    assert content.index(f"{numbers_of(TOKENS.neutrals.mark)} rg") < content.rindex("BT")
