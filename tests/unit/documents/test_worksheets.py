"""How much room a question gets, and in which words classroom material speaks."""

from typing import Any, get_args

import pytest

from activities.documents.build import build
from activities.documents.classroom import classroom_words
from activities.documents.model import ReadingTask, WritingSpace
from activities.documents.worksheets import is_young, with_worksheets
from activities.formats.testing import Recorder
from activities.formats.testing.items import item
from activities.model.content import Item, ReadingQuestion
from activities.model.options import DocumentOptions, LabelLanguage

LINES = [
    ("Why is the sky blue?", 4),
    ("Name three gases.", 2),
    ("Look closely, then explain what you see.", 5),
    ("Please discuss: is it fair?", 8),
    ("Explain the rule, and discuss who gains.", 8),
    ("What conclusions can you draw?", 4),
]


def space(question: ReadingQuestion, **fields: Any) -> WritingSpace:
    return task(item(reading_guide_questions=[question], **fields)).space


def task(content: Item) -> ReadingTask:
    [part] = [
        part
        for part in build(content, DocumentOptions(), Recorder()).parts
        if part.name == "reading_guide_questions"
    ]
    [found] = part.blocks
    assert isinstance(found, ReadingTask)
    return found


@pytest.mark.parametrize(("asked", "lines"), LINES)
def test_a_question_without_an_answer_says_by_its_verb_how_many_lines_it_needs(
    asked: str, lines: int
) -> None:
    assert space(ReadingQuestion(asked)) == WritingSpace(lines)


@pytest.mark.parametrize(
    ("length", "lines"), [(1, 2), (34, 2), (35, 3), (62, 3), (140, 6), (900, 12), (10**6, 12)]
)
def test_the_answers_length_gives_the_lines_also_where_the_file_holds_no_answer(
    length: int, lines: int
) -> None:
    question = ReadingQuestion("Discuss it.", "x" * length)
    assert space(question).lines == lines
    options = DocumentOptions(answers="none")
    [part] = build(item(reading_guide_questions=[question]), options, Recorder()).parts
    assert [(block.answer, block.space.lines) for block in part.blocks] == [(None, lines)]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("Draw the graph.", "en"),
        ("Read the text and sketch the curve.", "en-GB"),
        ("Zeichne den Graphen.", "de"),
        ("Dibuja la curva.", "es"),
        ("Tracez la courbe.", "fr"),
        ("Σχεδίασε την καμπύλη.", "el"),
        ("ارسم المنحنى.", "ar"),
        ("ציירו את הגרף.", "he"),
        ("نمودار را رسم کنید.", "fa"),
        ("گراف کا خاکہ بنائیں۔", "ur"),
        ("ग्राफ का चित्र बनाइए।", "hi"),
        ("グラフを描きなさい。", "ja"),
        ("그래프를 그리시오.", "ko"),
        ("Esboce o gráfico.", "pt-BR"),
        ("请画出函数的图像。", "zh"),
    ],
)
def test_what_is_to_be_drawn_gets_squares_in_every_language(asked: str, language: str) -> None:
    drawn = space(ReadingQuestion(asked, "A curve."), language=language)
    assert (drawn.lines, drawn.squares) == (0, (28, 12))


def test_calculations_get_squares_where_numbers_are_the_subject() -> None:
    question = ReadingQuestion("Calculate the area.", "12 cm")
    for subject, squares in (("Mathematik", (28, 8)), ("physics", (28, 8)), ("history", None)):
        assert space(question, metadata={"subject": subject}).squares == squares


@pytest.mark.parametrize(
    ("audience", "language", "young"),
    [
        ("Grade 3", "en", True),
        ("Grade 10", "en", False),
        ("3rd grade", "en", True),
        ("Klasse 4", "de", True),
        ("Klasse 12", "de", False),
        ("4.º de ESO", "es", False),
        ("4.º de primaria", "es", True),
        ("الصف الثاني عشر", "ar", False),
        ("الصف الثاني", "ar", True),
        ("कक्षा 10", "hi", False),
        ("小学3年生", "ja", True),
        ("中学3年生", "ja", False),
        ("초등학교 2학년", "ko", True),
        ("고등학교 2학년", "ko", False),
        ("3º ano", "pt", True),
        ("9º ano", "pt", False),
        ("小学三年级", "zh", True),
        ("初中三年级", "zh", False),
        (["Grade 9", "Grade 2"], "en", True),
        (None, "en", False),
    ],
)
def test_children_who_learn_to_write_get_wide_lines(
    audience: str | list[str] | None, language: str, young: bool
) -> None:
    assert is_young(audience, language) == young  # type: ignore[arg-type]


def test_suggested_points_grow_with_the_room() -> None:
    spaces = [WritingSpace(2), WritingSpace(5), WritingSpace(9), WritingSpace(0, (28, 12))]
    assert [one.points for one in spaces] == [2, 4, 6, 4]


def test_every_language_of_labels_has_words_of_its_own() -> None:
    known = {language: classroom_words(language) for language in get_args(LabelLanguage)}
    assert len({words.worksheet for words in known.values()}) == len(known)
    assert all("{}" in words.page for words in known.values())
    assert classroom_words("xx") is classroom_words("en")


def test_questions_stand_under_the_heading_of_a_worksheet() -> None:
    content = item(study_guide="Text", reading_guide_questions=[ReadingQuestion("Why?")])
    document = build(content, DocumentOptions(language="de"), Recorder())
    headings = [part.heading.runs[0].text for part in with_worksheets(document).parts]
    assert headings == ["Lernleitfaden", "Arbeitsblatt"]
