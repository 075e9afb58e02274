"""Worksheets and answer keys of DOCX."""

import pytest

from activities.formats.testing.items import full_item, item, plain_item
from activities.model.book_options import BookOptions, Points
from activities.model.content import Item, ReadingQuestion
from tests.unit.formats.test_docx import Docx, W, text_of


def questions(*pairs: tuple[str, str | None], **fields: object) -> Item:
    asked = [ReadingQuestion(question, answer) for question, answer in pairs]
    return item("content-q", reading_guide_questions=asked, **fields)


def test_a_key_ends_the_file_and_leaves_worksheets() -> None:
    source = questions(("Why?", "Because of *that*.\n\n- and more"), ("How?", None))
    docx = Docx(source, plain_item("b"), options=BookOptions(answers="key", include_metadata=False))
    paragraphs = docx.paragraphs()
    assert ("Heading2", "Worksheet") in paragraphs
    assert ("WorksheetFields", "Name\tClass\tDate\t") in paragraphs
    at = paragraphs.index(("BackMatter", "Answer key"))
    assert [pair for pair in paragraphs[at + 2 :] if pair[1]] == [
        ("KeyUnit", "1\u2002Photosynthesis"),
        ("KeyEntry", "1\tBecause of that."),
        ("ListBullet", "and more"),
        ("KeyEntry", "2\tOpen question: no model answer."),
    ]
    assert not [text for _, text in paragraphs[:at] if "Because of" in text]
    contents = [text_of(each) for each in docx.find("//w:sdt//w:p[w:hyperlink]")]
    assert contents[-1] == "Answer key\t"
    name = docx.values("(//w:sdt//w:hyperlink)[last()]/@w:anchor")[0]
    [mark] = docx.find(f"//w:bookmarkStart[@w:name='{name}']")
    assert text_of(mark.getparent()) == "Answer key"
    # Cover, contents, two units and the key.
    assert len(docx.find("//w:sectPr")) == 5


def test_answers_below_or_nowhere_need_no_key() -> None:
    source = questions(("Why?", "Because."))
    below = Docx(source).paragraphs()
    assert ("Answer", "Because.") in below
    nowhere = Docx(source, options=BookOptions(answers="none"))
    assert "Because" not in nowhere.text()
    for paragraphs in (below, nowhere.paragraphs()):
        assert ("BackMatter", "Answer key") not in paragraphs


def test_a_page_about_the_book_tells_of_metadata_and_quality() -> None:
    metadata = {"model": "m-1", "target_audience": "Grade 9", "nothing": None, "house_style": "x"}
    first = item("a", metadata=metadata, quality_metrics={"overall": 0.91, "pages": 12.0})
    second = item("b", title="Other", metadata={"nothing": None})
    options = BookOptions(include_quality_metrics=True)
    docx = Docx(first, second, options=options)
    paragraphs = docx.paragraphs()
    at = paragraphs.index(("BackMatter", "About this book"))
    told = [text for _, text in paragraphs[at + 1 :] if text]
    assert told == [
        "1\u2002Photosynthesis",
        *("For", "Grade 9"),
        *("How it was written", "The texts were drafted by an AI system (m-1)."),
        *("House style", "x"),
        "Quality of the content",
        *("Overall", "0.91 very good"),
        *("Pages", "12"),
    ]
    alone = Docx(first).paragraphs()
    assert ("BackMatter", "About this lesson") in alone
    assert ("KeyUnit", "Photosynthesis") not in alone
    contents = [text_of(each) for each in docx.find("//w:sdt//w:p[w:hyperlink]")]
    assert contents[-1] == "About this book\t"


@pytest.mark.parametrize(
    ("points", "shown"), [("none", []), ("blank", [""]), ("suggest", ["/\u00a02"])]
)
def test_points_stand_in_a_box_behind_their_question(points: Points, shown: list[str]) -> None:
    source = questions(("Name it.", None))
    docx = Docx(source, options=BookOptions(answers="none", points=points))
    boxes = docx.find("//w:r[w:rPr/w:rStyle/@w:val='Points']")
    assert [text_of(box).strip() for box in boxes] == shown


def test_lines_go_by_the_length_of_the_answer_and_the_age_of_the_class() -> None:
    pairs = ("Why?", "short"), ("And why?", "a long answer " * 20)
    source = questions(*pairs, metadata={"target_audience": "Grade 3"})
    docx = Docx(source, options=BookOptions(answers="none"))
    styles = [style for style, _ in docx.paragraphs() if style in {"Task", "AnswerLineWide"}]
    first, second = "".join("T" if style == "Task" else "-" for style in styles).split("T")[1:]
    assert 2 <= len(first) < len(second) <= 12


def test_there_are_squares_to_draw_on() -> None:
    docx = Docx(questions(("Draw a cell.", None)), options=BookOptions(answers="none"))
    [grid] = docx.find("//w:tbl[w:tblPr/w:tblStyle/@w:val='SquaresTable']")
    rows = grid.findall(f"{W}tr")
    assert {len(row.findall(f"{W}tc")) for row in rows} == {28}
    assert len(rows) == 12
    heights = {row.find(f"{W}trPr/{W}trHeight").get(f"{W}val") for row in rows}
    assert heights == {"283"}


def test_links_and_notes_of_answers_work_in_the_key() -> None:
    source = questions(("Why?", "See [this](#light) and [gone](#x).[^n]\n\n[^n]: A note."))
    guide = item("content-g", study_guide="# Light")
    docx = Docx(full_item(), source, guide, options=BookOptions(answers="key"))
    references = docx.values("//w:footnoteReference/@w:id")
    assert references
    assert set(references) < set(docx.values("//w:footnote/@w:id", "word/footnotes.xml"))
    anchors = set(docx.values("//w:hyperlink/@w:anchor"))
    assert anchors <= set(docx.values("//w:bookmarkStart/@w:name"))


def test_what_is_told_of_a_lesson_alone_needs_no_page_of_its_own() -> None:
    def begins(*items: Item) -> list[str]:
        return Docx(*items).values("//w:body/w:sectPr/w:type/@w:val")

    metadata = {"target_audience": "Grade 9"}
    assert begins(item("a", study_guide="Text.", metadata=metadata)) == ["continuous"]
    assert begins(item("a", metadata=metadata), item("b")) == []


def test_a_table_at_the_end_of_a_unit_is_followed_by_nothing_that_needs_a_page() -> None:
    table = "| a |\n|---|\n| b |"
    docx = Docx(*(item(name, study_guide=table, metadata={"grade": 9}) for name in "ab"))
    ends = docx.find("//w:p[w:pPr/w:sectPr] | //w:body/w:sectPr/preceding-sibling::w:p[1]")
    styles = [end.find(f"{W}pPr/{W}pStyle").get(f"{W}val") for end in ends]
    assert len(styles) >= 4
    assert set(styles[1:]) == {"SectionEnd"}
