"""One number stands before a heading or question: the author's, or ours."""

import pytest

from activities.documents.build import build
from activities.documents.headings import numbered
from activities.documents.model import Card, Heading, QuestionAnswer, ReadingTask
from activities.documents.plain import plain_blocks, plain_runs
from activities.formats.testing import EVERYTHING, Recorder
from activities.formats.testing.items import item
from activities.model.content import Faq, Flashcard, Outline, ReadingQuestion, Section


def heading(title: str) -> str:
    """The first section of an outline as it is shown."""
    content = item(outline=Outline(sections=[Section(title=title)]))
    [part] = build(content, EVERYTHING, Recorder()).parts
    [section] = part.blocks
    assert isinstance(section, Heading)
    return plain_runs(numbered(section))


@pytest.mark.parametrize(
    "title",
    [
        *("1. Introduction", "1) Introduction", "(1) Introduction", "1.1 Background", "1 Start"),
        *("Chapter 1: Light", "Kapitel 2 – Licht", "Unit IV: Light", "Lesson 1", "I. Light"),
        *(
            "A. Light",
            "٣. مقدمة",
            "الفصل ١: الضوء",
            "१. परिचय",
            "第一章 绪论",
            "第1节 光",
            "一、绪论",
        ),
        *("Bab 1: Cahaya", "Chương 2. Ánh sáng", "บทที่ 1: แสง", "Bài 3"),
        *("제1장 서론", "① Light", "§ 3.1 Light", "**1. Introduction**"),
    ],
)
def test_a_heading_that_is_numbered_gets_no_second_number(title: str) -> None:
    assert heading(title) == title.replace("*", "")


@pytest.mark.parametrize(
    "title", ["Introduction", "3D printing", "1984", "World War II", "COVID-19: facts", "I am"]
)
def test_other_headings_get_ours(title: str) -> None:
    assert heading(title) == f"1\u2002{title}"


@pytest.mark.parametrize(
    ("question", "number", "text"),
    [
        ("1. What is DNA?", 1, "What is DNA?"),
        ("3) What is DNA?", 3, "What is DNA?"),
        ("1\\. What is DNA?", 1, "What is DNA?"),
        ("第3题 什么", 3, "什么"),
        ("<p>6. What is DNA?</p>", 6, "What is DNA?"),
        ("<p class='q'><b>7.</b> What?</p>", 7, "What?"),
        ("<div><strong>Q8: What?</strong></div>", 8, "What?"),
        ("<p>9.&nbsp;What?</p>", 9, "What?"),
        ("<p>1. First?</p><p>2. Second?</p>", 1, "1. First?\n\n2. Second?"),
        ("<p>1. First?<br>2. Second?</p>", 1, "1. First?\n2. Second?"),
        ("Q2: What is DNA?", 2, "What is DNA?"),
        ("Question 4 - What?", 4, "What?"),
        ("**1.** What?", 1, "What?"),
        ("**Q1:** What?", 1, "What?"),
        ("**5. What?**", 5, "What?"),
        ("问题1：什么？", 1, "什么？"),
        ("١. ما هو؟", 1, "ما هو؟"),
        ("What is DNA?", 1, "What is DNA?"),
        ("3.5 is how much?", 1, "3.5 is how much?"),
        ("2 + 2 = ?", 1, "2 + 2 = ?"),
        ("1. First?\n2. Second?", 1, "1. First?\n2. Second?"),
        ("1.", 1, "1."),
    ],
)
def test_the_number_of_a_question_is_its_authors(question: str, number: int, text: str) -> None:
    content = item(
        faqs=[Faq(question, "a")],
        flashcards=[Flashcard(question, "b")],
        reading_guide_questions=[ReadingQuestion(question)],
    )
    faqs, cards, tasks = build(content, EVERYTHING, Recorder()).parts
    [faq], [card], [task] = faqs.blocks, cards.blocks, tasks.blocks
    assert isinstance(faq, QuestionAnswer)
    assert isinstance(card, Card)
    assert isinstance(task, ReadingTask)
    for block, asked in ((faq, faq.question), (card, card.front), (task, task.question)):
        assert block.number == number
        assert plain_blocks(asked).strip() == text
