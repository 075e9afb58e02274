"""The DOCX export, read with lxml and docx2python."""

import io
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Literal
from zipfile import ZipFile

import msgspec
import pytest
from docx2python import docx2python
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace
from PIL import Image

from activities.documents.design.tokens import TOKENS
from activities.formats.testing import EVERYTHING, Recorder, render
from activities.formats.testing.items import (
    STUDY_GUIDE,
    arabic_item,
    chinese_item,
    data_url,
    full_item,
    hostile_item,
    item,
    plain_item,
    png,
    world_items,
)
from activities.model.book_options import BookOptions
from activities.model.content import Faq, Flashcard, Item, Outline, ReadingQuestion, Section
from activities.model.content_links import ContentLinks
from activities.model.options import LabelLanguage, PageOptions, RenderOptions
from tests.sample_items import LIMIT_NAMES

NAMESPACES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "rel": "http://schemas.openxmlformats.org/package/2006/relationships",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
}
W = f"{{{NAMESPACES['w']}}}"


class Docx:
    """A package, and XPath over its parts."""

    def __init__(self, *items: Item, options: RenderOptions = EVERYTHING) -> None:
        self.data, self.warnings = render("docx", items, options)
        self.package = ZipFile(io.BytesIO(self.data))

    def find(self, path: str, part: str = "word/document.xml") -> list[Any]:
        found = self.part(part).xpath(path, namespaces=NAMESPACES)
        assert isinstance(found, list)
        return found

    def values(self, path: str, part: str = "word/document.xml") -> list[str]:
        return [str(value) for value in self.find(path, part)]

    def part(self, name: str) -> etree._Element:
        return etree.fromstring(self.package.read(name))

    def paragraphs(self) -> list[tuple[str, str]]:
        """Style and text of each paragraph of the units."""
        found = []
        for paragraph in self.find("//w:body//w:p[not(ancestor::w:sdtContent[.//w:hyperlink])]"):
            style = paragraph.find(f"{W}pPr/{W}pStyle")
            found.append((style.get(f"{W}val") if style is not None else "", text_of(paragraph)))
        return found

    def text(self) -> str:
        with docx2python(io.BytesIO(self.data)) as read:
            return read.text


def text_of(element: etree._Element) -> str:
    return "".join(
        {"br": "\n", "tab": "\t"}.get(etree.QName(node).localname, node.text or "")
        for node in element.iter(f"{W}t", f"{W}br", f"{W}tab", f"{{{NAMESPACES['m']}}}t")
        if (parent := node.getparent()) is None or parent.tag != f"{W}tabs"
    )


def guide(markdown: str, **fields: object) -> Item:
    return item("content-guide", study_guide=markdown, **fields)


def test_every_part_is_under_a_heading_of_its_own() -> None:
    headings = [entry for entry in Docx(full_item()).paragraphs() if entry[0].startswith("Head")]
    assert headings[0] == ("Heading1", "Photosynthesis, in depth")
    assert [text for style, text in headings if style == "Heading2"] == [
        "Study guide",
        "Frequently asked questions",
        "Flashcards",
        "Reading questions",
    ]
    assert ("Heading3", "Light reactions") in headings
    assert ("Heading4", "Steps") in headings


def test_contents_list_the_units_and_lead_to_them() -> None:
    docx = Docx(full_item(), plain_item())
    entries = docx.find("//w:sdt//w:p[w:hyperlink]")
    assert [text_of(entry) for entry in entries] == [
        "1\tPhotosynthesis, in depth\t",
        "2\tWater cycle\t",
        "About this book\t",
    ]
    targets = docx.values("//w:sdt//w:hyperlink/@w:anchor")
    page_fields = re.findall(r"PAGEREF (\S+)", " ".join(docx.values("//w:instrText/text()")))
    assert targets == page_fields
    by_name = {
        bookmark.get(f"{W}name"): text_of(bookmark.getparent())
        for bookmark in docx.find("//w:bookmarkStart")
    }
    texts = [re.sub(r"^\d+\t", "", text_of(entry)) for entry in entries]
    assert [f"{by_name[target]}\t" for target in targets] == texts


def test_contents_stay_below_their_heading_and_end_with_some_lines() -> None:
    docx = Docx(*(item(f"content-{number}", title=f"Unit {number}") for number in range(30)))
    entries = docx.find("//w:sdt//w:p[w:hyperlink]")
    kept = [bool(entry.xpath("w:pPr/w:keepNext", namespaces=NAMESPACES)) for entry in entries]
    assert kept == [True, *[False] * (len(entries) - 6), *[True] * 4, False]
    of_style = "//w:style[@w:styleId='TOC1']/w:pPr/w:keepNext"
    assert docx.find(of_style, "word/styles.xml") == []


def test_a_single_item_has_no_contents() -> None:
    found = []
    for count in (1, 2):
        docx = Docx(*(full_item(f"content-{number}") for number in range(count)))
        found.append({style for style in docx.values("//w:pStyle/@w:val") if style[:3] == "TOC"})
    assert found == [set(), {"TOCHeading", "TOC1"}]


def test_word_asks_nothing_when_it_opens_the_file() -> None:
    docx = Docx(full_item())
    assert not docx.find("//w:updateFields", "word/settings.xml")
    assert not docx.find("//@w:dirty")
    assert docx.values(
        "//w:compatSetting[@w:name='compatibilityMode']/@w:val", "word/settings.xml"
    ) == ["15"]


def test_each_numbered_list_starts_at_its_own_number() -> None:
    docx = Docx(guide("1. one\n2. two\n\ntext\n\n1. again\n\ntext\n\n7. seven\n8. eight"))
    text = docx.text()
    for line in ("1)\tone", "2)\ttwo", "1)\tagain"):
        assert line in text
    *_, last = docx.values("//w:numPr/w:numId/@w:val")
    starts = docx.find(f"//w:num[@w:numId='{last}']//w:startOverride", "word/numbering.xml")
    assert [start.get(f"{W}val") for start in starts] == ["7"]


def test_nested_lists_keep_their_levels() -> None:
    docx = Docx(guide("- a\n  1. b\n     - c\n       1. d\n\n          second paragraph\n- e"))
    styles = {text: style for style, text in docx.paragraphs()}
    assert [styles[letter] for letter in "abcde"] == [
        "ListBullet",
        "ListNumber2",
        "ListBullet3",
        "ListNumber4",
        "ListBullet",
    ]
    assert styles["second paragraph"] == "ListContinue4"
    levels = {
        text_of(number.getparent().getparent().getparent()): number.getparent().find(f"{W}ilvl")
        for number in docx.find("//w:numPr/w:numId")
    }
    assert levels["b"].get(f"{W}val") == "1"
    assert levels["d"].get(f"{W}val") == "3"


def test_a_list_at_any_depth_is_still_a_list() -> None:
    source = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(14))
    docx = Docx(guide(source))
    styles = {text: style for style, text in docx.paragraphs()}
    assert styles["level 13"] == "ListBullet5"
    assert max(map(int, docx.values("//w:ilvl/@w:val"))) == 8


def test_numbers_are_text_when_word_cannot_count_so_many_lists() -> None:
    docx = Docx(guide("1. first\n\ntext\n\n" * 2001 + "5. last"))
    texts = [text for style, text in docx.paragraphs() if style == "ListNumber"]
    assert texts[0] == "first"
    assert texts[2000] == "1.\tfirst"
    assert texts[-1] == "5.\tlast"
    [warning] = docx.warnings
    assert (warning.code, warning.item_id, warning.count) == (
        ("list-numbers-as-text", "content-guide", 2)
    )
    assert [place.title for place in warning.places] == ["Photosynthesis"]
    assert len(docx.find("//w:num", "word/numbering.xml")) <= 2040


def test_tasks_have_check_boxes_to_click_on() -> None:
    docx = Docx(guide("- [x] done\n- [ ] open"))
    assert docx.values("//w14:checked/@w14:val") == ["1", "0"]
    assert [text for style, text in docx.paragraphs() if style == "TaskList"] == [
        "☒\tdone",
        "☐\topen",
    ]


def test_tables_repeat_their_heading_and_keep_alignment() -> None:
    docx = Docx(guide("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | 3 |\n\n| x |\n|---|\n| y |"))
    first, second = docx.find("//w:tbl")
    rows = first.findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False]
    sides = [side.get(f"{W}val") for side in rows[1].iter(f"{W}jc")]
    assert sides == ["left", "center", "right"]
    # Word would make one table of two that touch.
    assert first.getnext() is not second


def cells_of(table: etree._Element) -> list[list[str]]:
    return [[text_of(cell) for cell in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")]


def test_a_wide_table_has_smaller_text_and_goes_on_in_others_that_repeat_its_labels() -> None:
    head = [f"Column {number} heading" for number in range(40)]
    row = ["label", *[f"international {number}" for number in range(39)]]
    source = f"|{'|'.join(head)}|\n|{'---|' * 40}\n|{'|'.join(row)}|"
    docx = Docx(guide(source))
    tables = docx.find("//w:tbl")
    assert len(tables) > 1
    found = [cells_of(table) for table in tables]
    assert all(cells[0][0] == head[0] and cells[1][0] == "label" for cells in found)
    assert [name for cells in found for name in cells[0][1:]] == head[1:]
    assert [value for cells in found for value in cells[1][1:]] == row[1:]
    sizes = docx.values("//w:style[@w:styleId='TableText8']//w:sz/@w:val", "word/styles.xml")
    assert sizes == ["16"]
    styles = {style for style, text in docx.paragraphs() if text in row}
    assert styles <= {"TableText8.5", "TableText8"}
    widths = [int(width) for width in docx.values("(//w:tbl)[1]//w:gridCol/@w:w")]
    # "international" in 8 points, and what is free beside it.
    assert min(widths[1:]) > 13 * 0.5 * 8 * 20


def test_text_stays_as_large_as_usual_where_its_words_fit() -> None:
    cells = "|".join(["12.5"] * 8)
    docx = Docx(guide(f"|{cells}|\n|{'---|' * 8}\n|{cells}|"))
    assert {style for style, text in docx.paragraphs() if text == "12.5"} == {"TableText"}
    assert not docx.find("//w:tblPr/w:tblCellMar")


def test_a_table_without_header_row_shows_none() -> None:
    docx = Docx(guide("| | |\n|-|-|\n| key | value |\n| other | thing |"))
    [table] = docx.find("//w:tbl")
    assert cells_of(table) == [["key", "value"], ["other", "thing"]]
    assert not table.findall(f".//{W}tblHeader")
    [look] = table.iter(f"{W}tblLook")
    assert (look.get(f"{W}val"), look.get(f"{W}firstRow")) == ("0600", "0")


def test_a_table_without_any_text_or_row_is_left_out() -> None:
    docx = Docx(guide("before\n\n| | |\n|-|-|\n\nafter"))
    assert not docx.find("//w:tbl")
    assert "TableEnd" not in [style for style, _ in docx.paragraphs()]


def test_tables_and_quotations_in_a_list_are_indented_like_its_text() -> None:
    docx = Docx(guide("- item\n\n  | a |\n  |---|\n  | b |\n\n  > quoted"))
    assert docx.values("//w:tblInd/@w:w") == ["360", "360"]


def test_frames_in_a_list_from_right_to_left_leave_as_much_free_on_both_sides() -> None:
    docx = Docx(guide("> quoted\n\n- item\n\n  > quoted\n\n- פריט\n\n  > ציטוט"))
    usual, within, from_right = map(int, docx.values("//w:body/w:tbl/w:tblPr/w:tblW/@w:w"))
    assert (usual - within, usual - from_right) == (360, 2 * 360)


@pytest.mark.parametrize(
    "items",
    [
        "- one\n- last",
        "1. one\n2. last",
        "- [ ] one\n- [x] last",
        "- one\n  - two\n    - last",
        "- one\n  1. two\n- last",
        "- one\n\n  last",
        "- אחת\n- last",
    ],
)
@pytest.mark.parametrize(
    "following", ["after", "| a |\n|---|\n| b |", "> after", "> [!NOTE]\n> after"]
)
def test_what_follows_a_list_stands_as_far_below_as_below_text(items: str, following: str) -> None:
    docx = Docx(guide(f"{items}\n\n{following}"))
    [usual] = docx.values("//w:style[@w:styleId='Normal']//w:spacing/@w:after", "word/styles.xml")
    listed = "//w:p[starts-with(w:pPr/w:pStyle/@w:val, 'List') or w:pPr/w:pStyle/@w:val='TaskList']"
    gaps = [
        paragraph.xpath("string(w:pPr/w:spacing/@w:after)", namespaces=NAMESPACES)
        for paragraph in docx.find(listed)
    ]
    assert set(gaps[:-1]) <= {""}
    assert gaps[-1] == usual


def test_a_quotation_is_one_frame_around_everything_in_it() -> None:
    docx = Docx(
        guide(
            "> One\n>> Two\n>\n> - item\n>\n> ```\n> code\n> ```\n>\n> | a |\n> |---|\n> | 1 |\n>\n"
            "> ### Head\n>\n> $$x$$\n\n> Neighbour"
        )
    )
    frames = docx.find("//w:body/w:tbl[w:tblPr/w:tblStyle/@w:val='QuoteFrame']")
    assert len(frames) == 2
    first, neighbour = frames
    within = text_of(first)
    assert all(word in within for word in ("One", "Two", "item", "code", "1", "Head", "x"))
    assert len(first.findall(f".//{W}tbl/{W}tblPr/{W}tblStyle[@{W}val='QuoteFrame']")) == 1
    assert text_of(neighbour) == "Neighbour"
    # Two tables that touch would be one.
    assert etree.QName(first.getnext()).localname == "p"
    [bar] = docx.find("//w:style[@w:styleId='QuoteFrame']//w:tblBorders/*", "word/styles.xml")
    assert etree.QName(bar).localname == "left"


@pytest.mark.parametrize(
    ("text", "language", "from_right"),
    [
        ("quoted", "en", False),
        ("اقتباس", "en", True),
        ("اقتباس", "ar", True),
        ("quoted", "ar", False),
        ("- نقطة", "en", True),
        ("1234", "he", True),
    ],
)
def test_the_bar_of_a_quotation_stands_where_it_starts(
    text: str, language: str, from_right: bool
) -> None:
    [frame] = Docx(guide(f"> {text}", language=language)).find("//w:body/w:tbl")
    assert (frame.find(f"{W}tblPr/{W}bidiVisual") is not None) == from_right


def direction_of(docx: Docx, text: str) -> bool:
    [paragraph] = [
        each for each in docx.find("//w:body//w:p") if text_of(each).split("\t")[-1] == text
    ]
    return paragraph.find(f"{W}pPr/{W}bidi") is not None


@pytest.mark.parametrize("language", ["en", "ar", "he", "ur"])
def test_each_paragraph_has_the_direction_of_its_first_letter(language: str) -> None:
    docx = Docx(
        guide(
            "English, with *a stop*.\n\nنص عربي (text)\n\n- item\n- نقطة\n\n> quoted\n\n"
            "| head | رأس |\n|:--|--:|\n| cell | خلية |\n\n# Heading\n\n42 %",
            language=language,
        )
    )
    for text in ("English, with a stop.", "item", "quoted", "head", "cell"):
        assert not direction_of(docx, text)
    for text in ("نص عربي (text)", "نقطة", "رأس", "خلية"):
        assert direction_of(docx, text)
    assert direction_of(docx, "42 %") == (language != "en")
    # What is at the right of a table's cell is at the left of what Word calls its paragraph.
    assert docx.values("//w:tc//w:jc/@w:val") == ["left", "left"] * 2


def test_an_entry_of_a_list_beyond_the_levels_of_word_is_indented_and_numbered() -> None:
    source = "".join(f"{'   ' * depth}1. level {depth}\n" for depth in range(12))
    docx = Docx(guide(source))
    texts = [text for style, text in docx.paragraphs() if style.startswith("ListNumber")]
    assert texts[8:] == ["level 8", "1.\tlevel 9", "1.\tlevel 10", "1.\tlevel 11"]
    deep = docx.values("//w:p[w:pPr/w:pStyle/@w:val='ListNumber5']/w:pPr/w:ind/@w:left")
    assert deep == [str(360 * level) for level in range(6, 13)]


def test_cells_end_with_a_paragraph() -> None:
    card = Flashcard("| a |\n|---|\n| b |", "- list\n\n```\ncode\n```")
    docx = Docx(item("content-cards", flashcards=[card, Flashcard("", "")]))
    cells = docx.find("//w:tc")
    assert cells
    assert {etree.QName(cell[-1]).localname for cell in cells} == {"p"}


def test_code_keeps_its_spaces_and_lines() -> None:
    code = "def f():\n\treturn 1\n\n    # end  "
    docx = Docx(guide(f"```python\n{code}\n```"))
    [text] = [text for style, text in docx.paragraphs() if style == "SourceCode"]
    assert text == code
    spaces = docx.values("//w:p[w:pPr/w:pStyle/@w:val='SourceCode']//w:t/@xml:space")
    assert set(spaces) == {"preserve"}


def test_only_short_code_stays_on_one_page() -> None:
    def is_whole(lines: int) -> bool:
        docx = Docx(guide("```\n" + "x\n" * lines + "```"))
        assert not docx.find("//w:style[@w:styleId='SourceCode']//w:keepLines", "word/styles.xml")
        return bool(docx.find("//w:p[w:pPr/w:pStyle/@w:val='SourceCode']/w:pPr/w:keepLines"))

    assert is_whole(14)
    assert not is_whole(15)


def test_text_styles_are_character_styles() -> None:
    docx = Docx(guide("**strong** *weak* ***both*** ~~gone~~ `code` [link](https://a.example/)"))
    styles = {
        text_of(run): run.find(f"{W}rPr/{W}rStyle").get(f"{W}val")
        for run in docx.find("//w:r[w:rPr/w:rStyle]")
    }
    assert styles == {
        "strong": "Strong",
        "weak": "Emphasis",
        "both": "StrongEmphasis",
        "gone": "Strikethrough",
        "code": "VerbatimChar",
        "link": "Hyperlink",
    }


def test_links_lead_where_they_should() -> None:
    address = "https://example.org/light?a=1&b=2%20c#d"
    docx = Docx(guide(f"[one]({address}) [two]({address}) [mail](mailto:a@example.org)"))
    targets = {
        relation.get("Id"): relation.get("Target")
        for relation in docx.find("//rel:Relationship", "word/_rels/document.xml.rels")
        if relation.get("TargetMode") == "External"
    }
    links = {
        text_of(link): targets[link.get(f"{{{NAMESPACES['r']}}}id")]
        for link in docx.find("//w:hyperlink[@r:id]")
    }
    assert links == {"one": address, "two": address, "mail": "mailto:a@example.org"}


@pytest.mark.parametrize(
    "address", ["https://exa[mple.org/", "http://a:99999999/", "https://a.example/" + "x" * 3000]
)
def test_an_address_that_word_would_repair_becomes_text(address: str) -> None:
    docx = Docx(guide(f"[the text]({address}) goes on"))
    assert ("", "the text goes on") in docx.paragraphs()
    assert [(warning.code, warning.part) for warning in docx.warnings] == [
        ("link-unusable", "study_guide")
    ]


def test_pictures_are_embedded_once_with_their_description() -> None:
    picture = png(300, 200)
    docx = Docx(guide(f"![A *green* field]({data_url(picture)})\n\n![Again]({data_url(picture)})"))
    assert docx.values("//wp:docPr/@descr") == ["A green field", "Again"]
    media = [name for name in docx.package.namelist() if name.startswith("word/media/")]
    assert [docx.package.read(name) for name in media] == [picture]
    [extent, _] = docx.find("//wp:extent")
    assert (extent.get("cx"), extent.get("cy")) == (str(300 * 9525), str(200 * 9525))


def test_large_pictures_fit_the_page() -> None:
    docx = Docx(guide(f"![]({data_url(png(4000, 1000))})\n\n![]({data_url(png(100, 5000))})"))
    for extent in docx.find("//wp:extent"):
        assert int(extent.get("cx")) <= 170 * 36000
        assert int(extent.get("cy")) <= 0.45 * 252 * 36000
    wide = docx.find("//wp:extent")[0]
    assert int(wide.get("cx")) == pytest.approx(4 * int(wide.get("cy")), rel=0.001)


def test_pictures_in_lists_and_cards_fit_their_place() -> None:
    image = f"![]({data_url(png(4000, 10))})"
    docx = Docx(guide(f"- a\n  - b\n\n    {image}", flashcards=[Flashcard(image, "b")]))
    in_list, in_card = (int(extent.get("cx")) for extent in docx.find("//wp:extent"))
    assert in_list <= (170 - 2 * 7) * 36000 + 36000
    assert in_card <= 0.42 * 170 * 36000


def test_webp_becomes_a_picture_that_word_shows() -> None:
    file = io.BytesIO()
    Image.new("RGB", (6, 3), "#884422").save(file, "WEBP", lossless=True)
    docx = Docx(guide(f"![]({data_url(file.getvalue(), 'image/webp')})"))
    [name] = [name for name in docx.package.namelist() if name.startswith("word/media/")]
    with Image.open(io.BytesIO(docx.package.read(name))) as picture:
        assert (picture.format, picture.size) == ("PNG", (6, 3))
        assert picture.convert("RGB").getpixel((0, 0)) == (0x88, 0x44, 0x22)


def test_a_picture_that_cannot_be_decoded_becomes_its_description() -> None:
    file = io.BytesIO()
    Image.effect_noise((64, 64), 80).convert("RGB").save(file, "WEBP", lossless=True)
    broken = file.getvalue()[:60].ljust(len(file.getvalue()), b"\0")
    docx = Docx(guide(f"![described]({data_url(broken, 'image/webp')})"))
    assert "described" in {text for _, text in docx.paragraphs()}
    assert [warning.code for warning in docx.warnings] == ["image-unreadable"]


def test_footnotes_stand_where_word_puts_them() -> None:
    docx = Docx(
        guide(
            "One[^a], two[^b], one again[^a].\n\n[^a]: First.\n\n    More.\n\n[^b]: [L](https://l.example/)"
        )
    )
    numbers = docx.values("//w:footnoteReference/@w:id")
    assert numbers == ["1", "2"]
    notes = {
        note.get(f"{W}id"): [text_of(paragraph).strip() for paragraph in note]
        for note in docx.find("//w:footnote", "word/footnotes.xml")
    }
    assert notes["1"] == ["First.", "More."]
    assert notes["2"] == ["L"]
    [again] = docx.find("//w:fldSimple[contains(@w:instr, 'NOTEREF')]")
    assert text_of(again) == "1"
    bookmark = again.get(f"{W}instr").split()[1]
    assert docx.find(f"//w:bookmarkStart[@w:name='{bookmark}']")
    [link] = docx.values("//rel:Relationship/@Target", "word/_rels/footnotes.xml.rels")
    assert link == "https://l.example/"


def test_footnotes_are_numbered_through_the_file() -> None:
    text = "Text[^n].\n\n[^n]: Note."
    docx = Docx(guide(text, faqs=[Faq("Q", text)]), guide(text))
    assert docx.values("//w:footnoteReference/@w:id") == ["1", "2", "3"]
    assert docx.values("//w:footnote/@w:id", "word/footnotes.xml") == ["-1", "0", "1", "2", "3"]


def test_a_note_without_reference_is_not_lost() -> None:
    docx = Docx(guide("Text.\n\n[^n]: Nobody refers to this."))
    assert "Nobody refers to this." in " ".join(text for _, text in docx.paragraphs())


def test_formulas_are_editable_formulas() -> None:
    docx = Docx(guide("Inline $x_1^2$ here.\n\n$$\n\\frac{a}{\\sqrt{b}}\n$$"))
    assert [text_of(formula) for formula in docx.find("//m:oMath")] == ["x12", "ab"]
    assert docx.find("//w:p/m:oMath/m:sSubSup")
    assert docx.find("//m:oMathPara/m:oMath/m:f/m:den/m:rad")


@pytest.mark.parametrize(
    ("tex", "path"),
    [
        (r"\sum_{i=1}^{n} x_i + 1", "m:nary[m:naryPr/m:chr/@m:val='∑'][m:e[count(*)=1]/m:sSub]"),
        (r"\int_0^1 f", "m:nary[m:naryPr/m:limLoc/@m:val='subSup']"),
        (r"\sqrt[3]{x}", "m:rad[m:deg//m:t='3']"),
        (r"\begin{pmatrix}a&b\\c&d\end{pmatrix}", "m:d/m:e/m:m[count(m:mr)=2]/m:mr[count(m:e)=2]"),
        (r"\begin{cases}a&b\\c&d\end{cases}", "m:d[m:dPr/m:endChr/@m:val='']/m:e/m:m"),
        (r"\begin{aligned}a&=b\\c&=d\end{aligned}", "m:m[count(m:mr)=2]"),
        (r"\left[ \frac{a}{b} \right)", "m:d[m:dPr/m:begChr/@m:val='[']/m:e/m:f"),
        (r"\binom{n}{k}", "m:d/m:e/m:f[m:fPr/m:type/@m:val='noBar']"),
        (r"\hat{x}", "m:acc[m:accPr/m:chr/@m:val='\u0302']"),
        (r"\overline{x}", "m:bar"),
        (r"\underbrace{a}_{n}", "m:limLow[m:e/m:groupChr]"),
        (r"\lim_{x \to 0} x", "m:limLow[m:lim//m:t='0']"),
        (r"\text{if }x", "m:r[m:rPr/m:nor]"),
        (r"\sin x", "m:r[m:rPr/m:sty/@m:val='p'][m:t='sin']"),
        (r"Ca^{2+}", "m:sSup/m:sup/m:r[m:t='+']"),
        (r"a \\ b", "m:eqArr[count(m:e)=2]"),
        (
            r"\cancel{6}",
            "m:borderBox/m:borderBoxPr[m:hideTop and m:hideLeft][m:strikeBLTR and not(m:strikeH)]",
        ),
        (r"\xcancel{6}", "m:borderBox/m:borderBoxPr[m:strikeBLTR and m:strikeTLBR]"),
        (r"\sout{6}", "m:borderBox/m:borderBoxPr[m:strikeH]"),
        (r"\boxed{6}", "m:borderBox[not(m:borderBoxPr)]"),
        (
            r"\begin{array}{cc|c}1&0&2\\0&1&3\end{array}",
            "m:d[m:dPr/m:sepChr/@m:val='|'][count(m:e)=2]/m:e[1]/m:m/m:mr[count(m:e)=2]",
        ),
        (r"\begin{array}{c}p\\ \hline T\end{array}", "m:m/m:mr[1]/m:e/m:bar"),
        (r"\text{50\%}", "m:r[m:rPr/m:nor][m:t='50%']"),
        (r"\text{if $x>0$}", "m:r[not(m:rPr/m:nor)][m:t='x']"),
        (r"\textbf{so}", "m:r[m:rPr/m:nor][w:rPr/w:b][m:t='so']"),
        (r"\mathbb{AB}", "m:r[m:rPr/m:scr/@m:val='double-struck'][m:t='A']"),
        (r"\boldsymbol{\beta}", "m:r[m:rPr/m:sty/@m:val='bi'][m:t='β']"),
        (r"a \bmod b", "m:r[m:t='\u2009']/following-sibling::m:r[1][m:t='mod']"),
        (r"a \pmod{b}", "m:r[m:t='(']/following-sibling::m:r[1][m:t='mod']"),
        (r"\ce{H2O}", "m:sSub[m:e//m:t='H']/m:sub//m:t[.='2']"),
        (r"A \overset{u}{\underset{d}{=}} B", "m:limUpp[m:lim//m:t='u']//m:limLow[m:lim//m:t='d']"),
    ],
)
def test_formulas_have_the_structure_that_they_show(tex: str, path: str) -> None:
    assert Docx(guide(f"Formula ${tex}$.")).find(f"//m:oMath/{path}")


@pytest.mark.parametrize(
    ("tex", "opening"),
    [
        (r"\begin{cases} x & y \\ z & w \end{cases}", "{"),
        (r"\left\{\begin{array}{l} x \\ y \end{array}\right.", "{"),
        (r"\left(\frac{a}{b}\right)", "("),
        (r"\left[\frac{a}{b}\right)", "["),
        (r"\begin{pmatrix} a \\ b \end{pmatrix}", "("),
    ],
)
@pytest.mark.parametrize("around", ["$${}$$", "$${} = x$$", "${}$", "- $${}$$", "| ${}$ |\n|---|"])
def test_brackets_grow_wherever_a_formula_stands(tex: str, opening: str, around: str) -> None:
    found = Docx(guide(around.replace("{}", tex))).values("//m:d/m:dPr/m:begChr/@m:val")
    assert found == [opening]


def test_what_stands_apart_in_a_formula_has_room_that_office_programs_keep() -> None:
    docx = Docx(guide(r"$a \quad b \qquad c \, d$"))
    assert docx.values("//m:r[m:rPr/m:nor]/m:t/text()") == ["\u2003", "\u2003"]


@pytest.mark.parametrize("relation", ["=", r"\ll", r"\perp", r"\mid", r"\supseteq", ":"])
def test_a_sum_ends_before_a_relation(relation: str) -> None:
    [operand] = Docx(guide(rf"$\sum_i a_i {relation} b$")).find("//m:nary/m:e")
    assert text_of(operand) == "ai"


def test_a_relation_in_brackets_belongs_to_the_sum() -> None:
    [operand] = Docx(guide(r"$\sum_x P(x \mid y) = b$")).find("//m:nary/m:e")
    assert text_of(operand) == "P(x∣y)"


@pytest.mark.parametrize("name", LIMIT_NAMES)
def test_operators_have_their_limits_below(name: str) -> None:
    [limit] = Docx(guide(f"${name}_n a$")).find("//m:limLow/m:lim")
    assert text_of(limit) == "n"


def test_a_formula_that_is_wider_than_the_page_has_several_lines() -> None:
    tex = " + ".join(f"a_{{{n}}}x^{{{n}}}" for n in range(30))
    [lines] = Docx(guide(f"$${tex}$$")).find("//m:oMath/m:m")
    rows = [text_of(row).strip() for row in lines.findall("m:mr", NAMESPACES)]
    assert len(rows) > 1
    assert all(row.startswith("+") for row in rows[1:])


def test_the_contents_show_formulas_as_text() -> None:
    docx = Docx(plain_item(), item("a", title="$\\alpha$ and $\\frac{1}{2}$"))
    assert "2\tα and 1/2\t" in map(text_of, docx.find("//w:sdtContent//w:p"))


def test_a_formula_that_cannot_be_read_is_shown_as_written() -> None:
    docx = Docx(guide(r"Water: $\foo{H2O}$ and $\frac{1$."))
    assert ("", r"Water: \foo{H2O} and \frac{1.") in docx.paragraphs()
    assert [(warning.code, warning.detail[-3:]) for warning in docx.warnings] == [
        ("formula-as-source", " 2.")
    ]


def test_questions_cards_and_tasks() -> None:
    docx = Docx(
        item(
            "content-questions",
            faqs=[Faq("First?", "Yes.\n\n- because"), Faq("```\ncode?\n```", "No.")],
            flashcards=[Flashcard("Front", "Back", tags=["t1", "t2"])],
            reading_guide_questions=[ReadingQuestion("Open?"), ReadingQuestion("Closed?", "Yes.")],
        )
    )
    paragraphs = docx.paragraphs()
    assert ("Question", "1\tFirst?") in paragraphs
    assert ("Answer", "Yes.") in paragraphs
    assert ("ListBullet", "because") in paragraphs
    assert ("Question", "2\t") in paragraphs
    assert ("CardFront", "1\tFront") in paragraphs
    assert ("CardBack", "Back") in paragraphs
    assert ("CardTags", "t1 · t2") in paragraphs
    after_open = paragraphs[paragraphs.index(("Task", "1\tOpen?")) + 1 :]
    assert [style for style, _ in after_open[:5]] == ["AnswerLine"] * 4 + ["Question"]


def test_a_question_stays_with_all_its_lines() -> None:
    docx = Docx(item(reading_guide_questions=[ReadingQuestion("One?"), ReadingQuestion("Two?")]))
    lines = docx.find("//w:p[w:pPr/w:pStyle/@w:val='AnswerLine']")
    for style in ("Question", "AnswerLine"):
        assert docx.find(f"//w:style[@w:styleId='{style}']/w:pPr/w:keepNext", "word/styles.xml")
    parted = [line.find(f"{W}pPr/{W}keepNext") is not None for line in lines]
    assert parted == [False, False, False, True] * 2


def test_each_item_starts_a_page() -> None:
    docx = Docx(plain_item("a"), plain_item("b"))
    assert [style for style, _ in docx.paragraphs()].count("Heading1") == 2
    assert [text for style, text in docx.paragraphs() if style == "UnitLabel"] == [
        "Unit 1",
        "Unit 2",
    ]
    assert docx.find("//w:style[@w:styleId='UnitLabel']//w:pageBreakBefore", "word/styles.xml")
    # Cover, contents and both items.
    assert len(docx.find("//w:sectPr")) == 4


def test_every_page_says_what_it_is() -> None:
    items = [item("content-title", title="Cells & *co*"), item("b", title="long " * 99)]
    docx = Docx(*items, options=RenderOptions(title="Biology <9>"))
    headers = sorted(name for name in docx.package.namelist() if "/header" in name)
    [footer] = [name for name in docx.package.namelist() if "/footer" in name]
    front, first, second = (text_of(docx.part(header)) for header in headers)
    assert (front, first) == ("Biology <9>", "Biology <9>\t1\u2002Cells & co")
    assert second.endswith("long…")
    assert len(second) < 120
    relations = {
        relation.get("Id"): relation.get("Target")
        for relation in docx.find("//rel:Relationship", "word/_rels/document.xml.rels")
    }
    shown = docx.values("//w:headerReference[@w:type='default']/@r:id")
    assert [f"word/{relations[each]}" for each in shown] == headers
    # The first page of an item has a title already.
    assert not docx.find("//w:headerReference[@w:type='first']")
    assert len(docx.find("//w:sectPr/w:titlePg")) == 2
    instructions = docx.values("//w:fldSimple/@w:instr", footer)
    assert [instruction.strip() for instruction in instructions] == ["PAGE", "NUMPAGES"]


@pytest.mark.parametrize(
    ("title", "language", "from_right"),
    [("مرحبا", "ar", 1), ("שלום", "he", 1), ("ATP", "ar", 1), ("مرحبا", "en", 0), ("ATP", "en", 0)],
)
def test_the_head_of_each_page_begins_in_the_side_column(
    title: str, language: str, from_right: int
) -> None:
    docx = Docx(item(title=title, language=language))
    header = "word/header1.xml"
    assert len(docx.find("//w:pPr/w:bidi", header)) == from_right
    assert text_of(docx.part(header)) == title


@pytest.mark.parametrize(
    ("language", "turned", "plain", "start"),
    [("ar", "What is ATP?", "ما هو؟", "\u202a"), ("en", "ما هو؟", "What is ATP?", "\u202b")],
)
def test_signs_at_the_ends_of_a_heading_keep_its_own_direction(
    language: str, turned: str, plain: str, start: str
) -> None:
    docx = Docx(guide(f"# {turned}\n\n# {plain}", language=language))
    texts = [text for style, text in docx.paragraphs() if style == "Heading3"]
    assert [text.split("\t")[-1] for text in texts] == [f"{start}{turned}\u202c", plain]


HANGING = (
    "UnitLabel",
    "Heading1",
    "Lead",
    "Heading2",
    "Heading3",
    "TOCHeading",
    "TOC1",
    "BackMatter",
)
"""The styles of what begins in the side column, and falls off the page at the other side."""


@pytest.mark.parametrize("title", ["Lessons", "دروس"])
@pytest.mark.parametrize(
    ("languages", "options"),
    [
        (["ar"], BookOptions(cover=False)),
        (["ar"], BookOptions(answers="key", language="en")),
        (["ar", "ar"], BookOptions(cover=False)),
        (["ar", "ar"], BookOptions(answers="key")),
        (["ar", "ar"], BookOptions(language="en")),
        (["ar", "en"], BookOptions(answers="key")),
        (["ar", "en"], BookOptions(answers="key", language="ar", cover=False)),
        (["en", "en"], BookOptions()),
    ],
)
def test_what_hangs_in_the_side_column_is_at_its_side_of_the_page(
    languages: list[str], options: BookOptions, title: str
) -> None:
    items = [
        item(
            language,
            language=language,
            title=name,
            outline=Outline(f"{name} 1", [Section("One")]),
            study_guide="# Latin\n\ntext\n\n# عربي\n\ntext",
            reading_guide_questions=[ReadingQuestion("One?", "Two.")],
        )
        for language, name in zip(languages, ("Leaves", "أوراق"), strict=False)
    ]
    docx = Docx(*items, options=replace(options, title=title))
    relations = {
        relation.get("Id"): f"word/{relation.get('Target')}"
        for relation in docx.find("//rel:Relationship", "word/_rels/document.xml.rels")
    }
    seen = Counter[str]()
    hanging: list[bool] = []
    for block in docx.find("//w:body//w:p[not(ancestor::w:tbl)] | /w:document/w:body/w:sectPr"):
        style = block.xpath("string(w:pPr/w:pStyle/@w:val)", namespaces=NAMESPACES)
        if style in HANGING:
            hanging.append(block.find(f"{W}pPr/{W}bidi") is not None)
            seen[style] += 1
        for section in block.xpath("w:pPr/w:sectPr | self::w:sectPr", namespaces=NAMESPACES):
            from_right = section.find(f"{W}bidi") is not None
            assert set(hanging) <= {from_right}
            hanging = []
            for head in section.findall(f"{W}headerReference"):
                name = relations[head.get(f"{{{NAMESPACES['r']}}}id")]
                assert bool(docx.find("//w:pPr/w:bidi", name)) == from_right
    assert not hanging
    assert seen["Heading3"] == 2 * len(languages)
    assert seen["Lead"] == len(languages)
    assert seen["BackMatter"] == (options.answers == "key")


@pytest.mark.parametrize(("language", "wide"), [("ar", "right"), ("en", "left")])
def test_the_side_column_is_where_lines_begin(language: str, wide: str) -> None:
    [margins] = Docx(guide("x", language=language)).find("//w:sectPr/w:pgMar")
    assert int(margins.get(f"{W}{wide}")) == max(
        int(margins.get(f"{W}{side}")) for side in ("left", "right")
    )


def test_properties_are_those_of_the_content() -> None:
    docx = Docx(full_item())
    assert docx.values("//dc:title/text()", "docProps/core.xml") == ["Photosynthesis, in depth"]
    for name in ("created", "modified"):
        assert docx.values(f"//dcterms:{name}/text()", "docProps/core.xml") == [
            "2024-03-04T10:30:00Z"
        ]
    assert {entry.date_time for entry in docx.package.infolist()} == {(2024, 3, 4, 10, 30, 0)}
    assert b"python-docx" not in docx.package.read("docProps/core.xml")


@pytest.mark.parametrize(("year", "shown"), [(1969, 1980), (2107, 2107), (9999, 2107)])
def test_content_older_or_newer_than_zip_files_can_be_exported(year: int, shown: int) -> None:
    docx = Docx(item(updated_at=datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)))
    assert {entry.date_time[0] for entry in docx.package.infolist()} == {shown}


def test_right_to_left_text_is_marked() -> None:
    docx = Docx(arabic_item())
    body = docx.find("//w:body/w:p[w:pPr/w:pStyle/@w:val='Heading3']/following-sibling::w:p[1]")[0]
    assert body.find(f"{W}pPr/{W}bidi") is not None
    runs = {text_of(run): run.find(f"{W}rPr/{W}rtl") is not None for run in body.iter(f"{W}r")}
    assert runs["ATP"] is False
    assert runs["الضوء"] is True
    assert set(docx.values("//w:body//w:lang/@w:bidi")) == {"ar"}


@pytest.mark.parametrize(
    ("source", "language", "from_right"),
    [
        (arabic_item(), None, True),
        (arabic_item(), "de", True),
        (item(language="he", title="מים"), None, True),
        (plain_item(), "ar", True),
        (plain_item(), None, False),
    ],
)
def test_the_heading_of_the_contents_stands_where_they_start(
    source: Item, language: LabelLanguage | None, from_right: bool
) -> None:
    docx = Docx(source, source, options=PageOptions(language=language))
    [heading] = docx.find("//w:p[w:pPr/w:pStyle/@w:val='TOCHeading']")
    assert (heading.find(f"{W}pPr/{W}bidi") is not None) == from_right


def test_a_right_to_left_stretch_in_other_text_is_marked() -> None:
    docx = Docx(guide("The word שלום עולם means hello.\n\nשלום, and more"))
    [stretch] = [run for run in docx.find("//w:r[w:rPr/w:rtl]") if text_of(run) == "שלום עולם"]
    assert stretch.getparent().find(f"{W}pPr/{W}bidi") is None
    [paragraph] = docx.find("//w:p[w:pPr/w:bidi]")
    assert text_of(paragraph) == "שלום, and more"


def test_text_carries_its_language() -> None:
    docx = Docx(guide("Bonjour", language="fr-CA"), chinese_item(), guide("x", language="bad tag"))
    assert "fr-CA" in docx.values("//w:lang/@w:val")
    assert (
        docx.values("//w:r[w:rPr/w:rFonts/@w:hint='eastAsia'][1]//w:lang/@w:eastAsia")[0] == "zh-CN"
    )
    assert not [value for value in docx.values("//w:lang/@w:val") if "bad" in value]
    assert docx.values("//w:themeFontLang/@w:eastAsia", "word/settings.xml") == ["zh-CN"]


@pytest.mark.parametrize("items", [[hostile_item()], [*world_items(), hostile_item()], []])
def test_every_part_is_well_formed_and_everything_named_exists(items: list[Item]) -> None:
    docx = Docx(*items)
    names = docx.package.namelist()
    assert names[0] == "[Content_Types].xml"
    assert not [name for name, count in Counter(names).items() if count > 1]
    for name in names:
        if name.endswith((".xml", ".rels")):
            docx.part(name)
    styles = set(docx.values("//w:style/@w:styleId", "word/styles.xml"))
    for part in ("word/document.xml", "word/footnotes.xml"):
        assert (
            set(docx.values("//w:pStyle/@w:val|//w:rStyle/@w:val|//w:tblStyle/@w:val", part))
            <= styles
        )
    assert set(docx.values("//w:basedOn/@w:val|//w:next/@w:val", "word/styles.xml")) <= styles
    relations = docx.find("//rel:Relationship", "word/_rels/document.xml.rels")
    for relation in relations:
        if relation.get("TargetMode") == "External":
            assert relation.get("Target").startswith(("http://", "https://", "mailto:"))
        else:
            assert str(PurePosixPath("word") / relation.get("Target")) in names
    known = {relation.get("Id") for relation in relations}
    assert set(docx.values("//@r:id|//@r:embed")) <= known
    lists = set(docx.values("//w:num/@w:numId", "word/numbering.xml")) | {"0"}
    assert set(docx.values("//w:numPr/w:numId/@w:val")) <= lists


def test_numbers_are_unique_in_the_file() -> None:
    docx = Docx(*world_items(), full_item("content-second"))
    for path in ("//w:bookmarkStart/@w:id", "//w:bookmarkStart/@w:name", "//wp:docPr/@id"):
        values = docx.values(path)
        assert len(values) > 1
        assert len(set(values)) == len(values)


# ECMA-376 part 1, 17.3.1.26 and 17.3.2.28: Word refuses files with properties in another order.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd tabs bidi"
    " spacing ind jc"
    " outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs strike noProof color sz szCs u bdr shd vertAlign rtl cs lang",
    "tblPr": "tblStyle bidiVisual tblStyleRowBandSize tblW tblInd tblBorders tblLayout tblCellMar"
    " tblLook",
}


@pytest.mark.parametrize("part", ["word/document.xml", "word/footnotes.xml", "word/styles.xml"])
@pytest.mark.parametrize("container", sorted(ORDER))
def test_properties_are_in_the_order_of_the_schema(part: str, container: str) -> None:
    order = ORDER[container].split()
    docx = Docx(*world_items(), guide(STUDY_GUIDE, language="ar"))
    own_styles = "[not(ancestor::w:style[not(w:qFormat)])]" if "styles" in part else ""
    for properties in docx.find(f"//w:{container}{own_styles}", part):
        names = [etree.QName(child).localname for child in properties]
        places = [order.index(name) for name in names]
        assert places == sorted(places), names


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text())
def test_any_text_makes_a_file_that_can_be_read(title: str, text: str) -> None:
    docx = Docx(item("content-any", title=title, study_guide=text, language=text[:5]))
    for name in docx.package.namelist():
        if name.endswith((".xml", ".rels")):
            docx.part(name)


MARKDOWN = [
    *("word", "**b**", "*i*", "`c`", "[l](https://a.example/b)", "$x^2$", r"$\frac{1$", "[^n]"),
    *("\n", "\n\n", "\n- ", "\n  - ", "\n1. ", "\n- [ ] ", "\n> ", "\n# ", "\n```\n", "\n$$\n"),
    *("\n| a | b |\n|---|---|\n| c |\n", "\n[^n]: ", "\n    ", "\n---\n", "\\", "  \n", "\t"),
    *("<b>", "&amp;", "عربي", "中文", "हिन्दी", "🌱", "\x0b", "\ud800", f"![a]({data_url(png())})"),
]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(MARKDOWN), max_size=60).map("".join),
    st.sampled_from(["en", "ar", "zh-TW", "hi", "fr"]),
)
def test_any_markdown_makes_a_whole_document(text: str, language: str) -> None:
    docx = Docx(
        guide(text, language=language, faqs=[Faq(text, text)], flashcards=[Flashcard(text, text)])
    )
    assert {etree.QName(cell[-1]).localname for cell in docx.find("//w:tc")} <= {"p"}
    references = docx.values("//w:footnoteReference/@w:id")
    notes = docx.values("//w:footnote/@w:id", "word/footnotes.xml")
    assert references == notes[2:]
    assert all(
        note.find(f"{W}p") is not None for note in docx.find("//w:footnote", "word/footnotes.xml")
    )
    relations = docx.values("//rel:Relationship/@Id", "word/_rels/document.xml.rels")
    assert set(docx.values("//@r:id|//@r:embed")) <= set(relations)
    for math in docx.find("//m:e|//m:sub|//m:sup|//m:num|//m:den"):
        # Word shows a dotted box for an argument without content.
        assert len(math) > 0 or math.getparent().find(f"{{{NAMESPACES['m']}}}naryPr") is not None


def test_readers_find_the_text() -> None:
    text = Docx(*world_items()).text()
    for expected in ("植物把", "प्रकाश संश्लेषण", "Φωτοσύνθεση 🌱", "The most common protein"):
        assert expected in text


@pytest.mark.parametrize(("paper", "width", "height"), [("a4", 210, 297), ("letter", 215.9, 279.4)])
def test_pages_are_as_large_as_the_paper_and_nothing_is_wider(
    paper: Literal["a4", "letter"], width: float, height: float
) -> None:
    docx = Docx(full_item(), options=PageOptions(paper=paper))
    size, *others = docx.find("//w:sectPr/w:pgSz")
    assert {tuple(each.attrib.values()) for each in others} <= {tuple(size.attrib.values())}
    twips = 1440 / 25.4
    assert abs(int(size.get(f"{W}w")) - width * twips) < 2
    assert abs(int(size.get(f"{W}h")) - height * twips) < 2
    margins, *_ = docx.find("//w:sectPr/w:pgMar")
    room = int(size.get(f"{W}w")) - int(margins.get(f"{W}left")) - int(margins.get(f"{W}right"))
    grids = docx.find("//w:body/w:tbl/w:tblGrid")
    widths = [sum(int(column.get(f"{W}w")) for column in grid) for grid in grids]
    side = 2360
    assert {width > room + 1 for width in widths} == {False, True}
    for width in widths:
        assert room - 10 < width <= room + 1 or room + side - 10 < width <= room + side + 1


def test_a_title_of_its_own_is_on_the_first_page_and_in_the_properties() -> None:
    title = "Biology *9* <b>"
    alone, several = [plain_item()], [plain_item("a"), plain_item("b")]
    for items, style in ((alone, "UnitLabel"), (several, "Title")):
        docx = Docx(*items, options=RenderOptions(title=title))
        assert docx.paragraphs()[0] == (style, title)
        assert docx.values("//dc:title/text()", "docProps/core.xml") == [title]
        assert ("Heading1", "Water cycle") in docx.paragraphs()


def test_headings_and_captions_are_in_the_language_asked_for() -> None:
    options = PageOptions(language="es")
    docx = Docx(full_item(), chinese_item(), options=options)
    assert docx.values("//w:p[w:pPr/w:pStyle/@w:val='TOCHeading']//w:t/text()") == ["Índice"]
    paragraphs = docx.paragraphs()
    assert [text for style, text in paragraphs if style == "Heading2"][:2] == [
        "Guía de estudio",
        "Preguntas frecuentes",
    ]
    assert ("TableText", "Serás capaz de") in paragraphs
    languages = Docx(chinese_item(), options=options).values("//w:lang/@w:eastAsia")
    assert set(languages) <= {"zh-CN"}


def test_the_learners_edition_holds_no_answer_and_leaves_room() -> None:
    docx = Docx(full_item(), options=RenderOptions(include_answers=False))
    text = docx.text()
    assert "Where does the oxygen come from?" in text
    for answer in ("From water.", "reflect green light", "The green pigment"):
        assert answer not in text
    assert len([1 for style, _ in docx.paragraphs() if style == "AnswerLine"]) == 6


@pytest.mark.parametrize(
    ("formula", "bracketed"),
    [
        ("a(x-1)^2 + b", ["x−1"]),
        ("(a(b)^n)_i", ["a(b)n", "b"]),
        ("[t]^{2}_{0}", ["t"]),
        ("f(x) = (1)", []),
        (")^2 (", []),
    ],
)
def test_scripts_of_a_bracket_belong_to_all_that_it_closes(
    formula: str, bracketed: list[str]
) -> None:
    docx = Docx(guide(f"${formula}$"))
    path = "//*[self::m:sSup or self::m:sSub or self::m:sSubSup]/m:e/m:d/m:e"
    assert [text_of(inner).replace("-", "−") for inner in docx.find(path)] == [
        text.replace("(b)", "b") for text in bracketed
    ]


def test_callouts_stand_in_a_frame_of_their_kind_under_a_title() -> None:
    docx = Docx(guide("> [!WARNING]\n> Hot.\n>\n> - x\n\n> [!tip] Own\n> y", language="de"))
    # A list has indents of its own, so its bar is that of a table.
    [frame] = docx.find("//w:tbl[starts-with(w:tblPr/w:tblStyle/@w:val, 'Callout')]")
    assert (docx_style(frame), text_of(frame)) == ("CalloutFrameWarning", "WarnungHot.x")
    paragraphs = docx.paragraphs()
    assert ("CalloutTitleWarning", "Warnung") in paragraphs
    at = paragraphs.index(("CalloutHeadingTip", "Own"))
    assert paragraphs[at + 1] == ("CalloutTip", "y")
    for style in ("CalloutHeadingTip", "CalloutTip"):
        path = f"//w:style[@w:styleId='{style}']/w:pPr"
        [bar] = docx.find(f"{path}/w:pBdr/w:left", "word/styles.xml")
        assert bar.get(f"{W}themeColor") == "accent3"
        assert docx.find(f"{path}/w:keepLines", "word/styles.xml")


def test_a_callout_of_several_paragraphs_stays_together_and_on_one_side() -> None:
    docx = Docx(guide("> [!NOTE]\n> one\n>\n> مرحبا\n>\n> three"))
    kept = [
        paragraph.find(f"{W}pPr/{W}keepNext") is not None
        for paragraph in docx.find("//w:p[w:pPr/w:pStyle/@w:val='CalloutNote']")
    ]
    assert kept == [True, True, False]
    assert not docx.find("//w:p[w:pPr[w:bidi]/w:pStyle/@w:val='CalloutNote']")


def test_only_what_is_shorter_than_half_a_page_is_never_divided() -> None:
    def divided(docx: Docx, style: str) -> list[bool]:
        path = f"//w:style[@w:styleId='{style}']//w:keepLines"
        assert docx.find(path, "word/styles.xml")
        paragraphs = docx.find(f"//w:p[w:pPr/w:pStyle/@w:val='{style}']/w:pPr")
        return [each.find(f"{W}keepLines") is not None for each in paragraphs]

    short, long = "Some words.", "Some more words. " * 400
    docx = Docx(guide(f"> [!TIP]\n> {short}\n\n> [!TIP]\n> {long}"))
    assert divided(docx, "CalloutTip") == [False, True]
    asked = [ReadingQuestion("Why?", short), ReadingQuestion("How?", long)]
    key = BookOptions(answers="key")
    docx = Docx(item(reading_guide_questions=asked), options=key)
    assert divided(docx, "KeyEntry") == [False, True]


def docx_style(table: etree._Element) -> str:
    style = table.find(f"{W}tblPr/{W}tblStyle")
    assert style is not None
    return str(style.get(f"{W}val"))


def test_terms_stand_above_what_they_mean() -> None:
    docx = Docx(guide("Osmosis\n: Water *moves*.\n: Twice.\n\n- a\n\n  T\n  : d"))
    styled = [pair for pair in docx.paragraphs() if pair[0].startswith("Definition")]
    assert styled == [
        ("DefinitionTerm", "Osmosis"),
        ("Definition", "Water moves."),
        ("Definition", "Twice."),
        ("DefinitionTerm", "T"),
        ("Definition", "d"),
    ]


def test_lowered_raised_and_marked_text_keeps_its_style() -> None:
    docx = Docx(guide("H~2~O x^2^ ==marked== **H~2~**"))
    [low, high, marked] = [
        docx.values(f"//w:r[w:rPr/w:rStyle[@w:val='{style}']]/w:t/text()")
        for style in ("Subscript", "Superscript", "Mark")
    ]
    assert (low, high, marked) == (["2"], ["2"], ["marked"])
    assert docx.values("//w:r[w:rPr/w:rStyle[@w:val='Strong']]/w:rPr/w:vertAlign/@w:val") == [
        "subscript"
    ]


def test_lists_are_numbered_as_the_author_did() -> None:
    docx = Docx(guide("a) x\nb) y\n   1. z\n\nII. u\nIII. v\n\n1) w"))
    overrides = "//w:num/w:lvlOverride/w:lvl"
    numbering = "word/numbering.xml"
    assert docx.values(f"{overrides}/w:numFmt/@w:val", numbering) == [
        "lowerLetter",
        "upperRoman",
        "decimal",
    ]
    assert docx.values(f"{overrides}/w:lvlText/@w:val", numbering) == ["%1)", "%1.", "%1)"]
    levels = "//w:abstractNum[@w:abstractNumId='2']/w:lvl/w:numFmt/@w:val"
    assert set(docx.values(levels, numbering)) == {"decimal"}


@pytest.mark.parametrize("chunks", [1, 2])
def test_links_within_the_file_lead_to_bookmarks(chunks: int) -> None:
    items = [
        item("a", title="First", study_guide="[on](#light) [second](item:b) [gone](#x)\n\n# Light"),
        item("b", title="Second", study_guide="[first](../courses/a)"),
    ]
    data, warnings = render("docx", items, chunks=chunks)
    document = etree.fromstring(ZipFile(io.BytesIO(data)).read("word/document.xml"))
    links = {text_of(link): link.get(f"{W}anchor") for link in document.iter(f"{W}hyperlink")}
    marks = [mark.get(f"{W}name") for mark in document.iter(f"{W}bookmarkStart")]
    assert len(set(marks)) == len(marks)
    assert {links["on"], links["second"], links["first"]} <= set(marks)
    assert "gone" not in links
    assert [warning.code for warning in warnings] == ["link-target-missing"]


def test_links_to_items_that_another_chunk_left_out_are_text() -> None:
    guide = "[**gone**](item:gone) [there](item:b) and[^1]\n\n[^1]: [*note*](item:gone)\n\n# Place"
    items = [item("a", study_guide=guide), item("b", study_guide="[gone](item:gone), [on](#x)")]
    report = Recorder(links=ContentLinks(frozenset({"a", "b", "gone"})))
    data, warnings = render("docx", items, chunks=2, report=report, skipped=1)
    package = ZipFile(io.BytesIO(data))
    for part in ("word/document.xml", "word/footnotes.xml"):
        tree = etree.fromstring(package.read(part))
        links = {text_of(each): each for each in tree.iter(f"{W}hyperlink")}
        assert not {"gone", "note"} & links.keys()
        assert ("gone" if "document" in part else "note") in text_of(tree)
        styled = [each.get(f"{W}val") for each in tree.iter(f"{W}rStyle")]
        assert styled.count("Hyperlink") == ("document" in part)
    assert [(each.code, each.item_id, each.count) for each in warnings] == [
        ("link-target-missing", "b", 2),
        ("link-target-missing", "a", 2),
    ]


@pytest.mark.parametrize("chunks", [1, 2])
def test_links_lead_to_whatever_has_a_name(chunks: int) -> None:
    named = {
        "paragraph": '<p id="paragraph">Ω and more</p>',
        "linked": '<p>one <a id="linked" href="https://example.org">Φ</a></p>',
        "item": '<ul><li>one</li><li id="item">Ψ</li></ul>',
        "wide": f"<table><td id='wide'>Σ</td>{'<td>Donaudampfschifffahrt</td>' * 20}</table>",
        "code": '<pre id="code">Δ</pre>',
        "formula": r'<div id="formula">\[Λ\]</div>',
        "missing": '<p id="missing"><img src="https://example.org/a.png" alt="Γ"></p>',
        "picture": f'<p id="picture"><img src="{data_url(png())}"></p><p>Π</p>',
    }
    links = "".join(f'<p><a href="#{name}">to {name}</a></p>' for name in named)
    source = links + "".join(named.values())
    items = [item(name, study_guide=source, text_format="html") for name in ("a", "b")]
    data, _ = render("docx", items, chunks=chunks)
    document = etree.fromstring(ZipFile(io.BytesIO(data)).read("word/document.xml"))
    links_to = [link.get(f"{W}anchor") for link in document.iter(f"{W}hyperlink")]
    marks = {mark.get(f"{W}name"): mark for mark in document.iter(f"{W}bookmarkStart")}
    assert len(marks) == len(list(document.iter(f"{W}bookmarkStart")))
    targets = [name for name in links_to if name and name.startswith("_A")]
    assert len(set(targets)) == len(targets) == 2 * len(named)
    for target, letter in zip(targets, "ΩΦΨΣΔΛΓΠ" * 2, strict=True):
        path = "string(following::*[self::w:t or self::m:t][string()])"
        assert letter in str(marks[target].xpath(path, namespaces=NAMESPACES))


def test_sections_carry_one_number_in_text_and_contents() -> None:
    outline = Outline(sections=[Section(title="1. Light"), Section(title="Dark")])
    docx = Docx(item("content-1", outline=outline))
    titles = [text for style, text in docx.paragraphs() if style == "GlanceSection"]
    assert titles == ["1. Light", "2\u2002Dark"]
    twice = Docx(item("a", outline=outline), item("b", outline=outline))
    titles = [text for style, text in twice.paragraphs() if style == "GlanceSection"]
    assert titles == ["1. Light", "1.2\u2002Dark", "1. Light", "2.2\u2002Dark"]


def test_sections_of_a_study_guide_are_numbered_in_the_side_column() -> None:
    source = guide("# One\n\n## Below\n\n# Two")
    docx = Docx(source)
    titles = [text for style, text in docx.paragraphs() if style == "Heading3"]
    assert titles == ["1\tOne", "2\tTwo"]
    titles = [text for style, text in Docx(plain_item(), source).paragraphs() if "Head" in style]
    assert {"2.1\tOne", "Below", "2.2\tTwo"} <= set(titles)
    # Nor where the author did.
    numbered = Docx(guide("# 1. One\n\n# 2. Two"))
    titles = [text for style, text in numbered.paragraphs() if style == "Heading3"]
    assert titles == ["1. One", "2. Two"]
    [place] = docx.find("//w:style[@w:styleId='Heading3']/w:pPr/w:ind", "word/styles.xml")
    assert (place.get(f"{W}left"), place.get(f"{W}hanging")) == ("0", "2360")


def test_an_outline_is_a_table_of_what_is_learned_and_remembered() -> None:
    sections = [
        Section("Light", "", learning_objectives=["Know *it*"], key_points=["Fast"]),
        Section("Dark", "Nothing there.", sections=[Section("Night", key_points=["Long"])]),
    ]
    docx = Docx(item("a", outline=Outline("All of it.", sections)))
    assert ("Lead", "All of it.") in docx.paragraphs()
    [table] = docx.find("//w:tbl[w:tblPr/w:tblStyle/@w:val='GlanceTable']")
    assert cells_of(table) == [
        ["At a glance", "You will be able to", "Remember"],
        ["1\u2002Light", "Know it", "Fast"],
        ["2\u2002Dark", "Nothing there."],
        ["2.1\u2002Night", "", "Long"],
    ]
    rows = table.findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [
        True,
        *[False] * 3,
    ]


def test_an_outline_with_more_than_a_row_holds_stands_under_headings() -> None:
    outline = Outline("", [Section("Light", "- one\n- two", learning_objectives=["Know"])])
    paragraphs = Docx(item("a", outline=outline)).paragraphs()
    assert ("Heading3", "1\tLight") in paragraphs
    assert ("ObjectivesHeading", "Learning objectives") in paragraphs


def test_colours_and_fonts_of_text_are_those_of_the_theme() -> None:
    item_of_biology = full_item()
    docx = Docx(msgspec.structs.replace(item_of_biology, metadata={"subject": "Biology"}))
    theme = docx.package.read("word/theme/theme1.xml").decode()
    accent = TOKENS.accents["biology"]
    for slot, colour in (("accent1", accent.base), ("dk2", accent.dark), ("lt2", accent.tint)):
        assert re.search(rf'<a:{slot}>\s*<a:srgbClr val="{colour.digits}"/>', theme)
    for kind, name in (("major", "Source Sans 3"), ("minor", "Source Serif 4")):
        assert re.search(rf'<a:{kind}Font>\s*<a:latin typeface="{name}"/>', theme)
    for part in ("word/styles.xml", "word/document.xml"):
        for path in ("//w:color", "//w:pBdr/*", "//w:tblBorders/*", "//w:bdr"):
            assert all(each.get(f"{W}themeColor") for each in docx.find(path, part)), path
        assert all(each.get(f"{W}themeFill") for each in docx.find("//w:shd", part))
        assert not [value for value in docx.values("//@*", part) if value.startswith("{")]
    fonts = set(docx.values("//w:style//w:rFonts/@w:ascii", "word/styles.xml"))
    assert fonts == {"Consolas"}
    others = docx.find("//w:font", "word/fontTable.xml")
    assert {each.get(f"{W}name"): each[0].get(f"{W}val") for each in others} == {
        "Source Sans 3": "Calibri",
        "Source Serif 4": "Cambria",
        "Atkinson Hyperlegible Next": "Verdana",
    }


def test_text_that_looks_like_a_place_for_a_colour_stays() -> None:
    items = [item("a", title="{base} {dark}"), plain_item("b")]
    docx = Docx(*items, options=RenderOptions(title="{tint}"))
    assert ("Title", "{tint}") in docx.paragraphs()
    assert ("Heading1", "{base} {dark}") in docx.paragraphs()


@pytest.mark.parametrize(
    ("wanted", "count", "shown"),
    [(None, 1, False), (None, 2, True), (True, 1, True), (False, 2, False)],
)
def test_a_cover_is_there_for_several_items_or_when_asked_for(
    wanted: bool | None, count: int, shown: bool
) -> None:
    items = [plain_item(str(number)) for number in range(count)]
    docx = Docx(*items, options=BookOptions(cover=wanted, title="t" * 45))
    assert ("TitleLong" in [style for style, _ in docx.paragraphs()]) == shown
    margins = docx.values("//w:sectPr[1]/w:pgMar/@w:left")
    assert ("0" in margins) == shown


def test_what_is_higher_than_a_line_of_latin_text_is_not_cut() -> None:
    docx = Docx(
        item("a", title="Plain", study_guide="# $\\frac{1}{2}$\n\n# Text\n\n# 光"), chinese_item()
    )
    rules = {
        text_of(paragraph): paragraph.xpath("w:pPr/w:spacing/@w:lineRule", namespaces=NAMESPACES)
        for paragraph in docx.find("//w:p[starts-with(w:pPr/w:pStyle/@w:val, 'Heading')]")
    }
    assert rules["Plain"] == rules["1.2\tText"] == []
    assert rules["1.1\t12"] == rules["1.3\t光"] == ["atLeast"]
    exact = "//w:style[@w:styleId='Heading3']/w:pPr/w:spacing/@w:lineRule"
    assert docx.values(exact, "word/styles.xml") == ["exact"]


def test_tables_stay_whole_or_keep_their_heading_and_last_rows_together() -> None:
    few = "| a |\n|---|\n" + "| 1 |\n" * 4
    many = "| a |\n|---|\n" + "| 1 |\n" * 20
    for source, kept in ((few, [0, 1, 2, 3]), (many, [0, 1, 19])):
        [table] = Docx(guide(source)).find("//w:tbl")
        rows = table.findall(f"{W}tr")
        found = [place for place, row in enumerate(rows) if row.findall(f".//{W}keepNext")]
        assert found == kept
    # Long tables have a ground behind every other row, numbers are at their end.
    assert table.find(f"{W}tblPr/{W}tblLook").get(f"{W}noHBand") == "0"
    assert {each.get(f"{W}val") for each in table.iter(f"{W}jc")} == {"right"}


def test_what_announces_something_stays_with_it() -> None:
    docx = Docx(guide("Some:\n\n- one\n- two\n- three\n\nElse."))
    kept = [text_of(each) for each in docx.find("//w:p[w:pPr/w:keepNext]")]
    assert kept == ["Some:", "one", "two"]
