"""The styles of questions, of room to write answers, and of the answer key."""

from collections.abc import Iterator
from typing import Final

from activities.documents.design.tokens import TOKENS
from activities.formats.docx.design import (
    G500,
    border,
    run,
    spacing,
    twips,
)
from activities.formats.docx.page import Page
from activities.formats.docx.style import Style, indent

_GAPS = TOKENS.gaps
_RULES = TOKENS.rules
_UNIT: Final = TOKENS.gaps.unit
NUMBER_ROOM: Final = twips(28)
"""What the number of a question takes before it."""
SQUARE: Final = twips(72 * 5 / 25.4)
"""The side of a square to draw on: 5 mm."""


def task_indent(page: Page) -> int:
    """Where the text of a question on a worksheet begins, and what is written below it."""
    return NUMBER_ROOM - page.hang


def question_styles(page: Page) -> Iterator[Style]:
    """The styles of questions, what is written below them, and the key."""
    types, task, side = page.types, task_indent(page), indent(-page.hang)
    # Numbers stand in the side column, where there is one.
    beside = 0 if page.hang else NUMBER_ROOM
    thin = page.rule(_RULES.hairline)
    question = types["question"]
    gap = f'<w:spacing w:before="{twips(3 * _UNIT)}" w:after="{twips(_UNIT / 2)}"'
    line = f' w:line="{twips(question.leading)}" w:lineRule="atLeast"/>'
    yield Style(
        "Question",
        "Question",
        following="Answer",
        paragraph=f"<w:keepNext/><w:keepLines/>{gap}{line}{indent(beside, NUMBER_ROOM)}",
        run=run(question),
        custom=True,
    )
    yield Style(
        "QuestionContinue",
        "Question Continue",
        based_on="Question",
        paragraph=f'<w:spacing w:before="0"/>{indent(beside)[:-2]} w:firstLine="0"/>',
        custom=True,
    )
    yield Style("Answer", "Answer", paragraph=f"<w:widowControl/>{indent(beside)}", custom=True)
    yield Style(
        "Task",
        "Worksheet Question",
        based_on="Question",
        following="AnswerLine",
        paragraph=f'<w:tabs><w:tab w:val="left" w:pos="{task}"/>'
        f'<w:tab w:val="right" w:pos="{page.text_width}"/></w:tabs>' + indent(task, NUMBER_ROOM),
        custom=True,
    )
    lines = border("bottom", G500, thin) + border("between", G500, thin)
    for style_id, name, height in (
        ("AnswerLine", "Answer Line", _GAPS.writing_line),
        ("AnswerLineWide", "Answer Line Wide", _GAPS.writing_line_young),
    ):
        yield Style(
            style_id,
            name,
            paragraph=f"<w:keepNext/><w:keepLines/><w:pBdr>{lines}</w:pBdr>"
            f'<w:spacing w:before="0" w:after="0" w:line="{twips(height)}"'
            f' w:lineRule="exact"/>{indent(task)}',
            custom=True,
        )
    yield Style(
        "Square",
        "Square",
        paragraph='<w:keepNext/><w:spacing w:before="0" w:after="0"/>',
        custom=True,
    )
    ends = (round(page.text_width * share) for share in (0.4, 0.65, 1))
    fields = "".join(f'<w:tab w:val="left" w:leader="underscore" w:pos="{end}"/>' for end in ends)
    yield Style(
        "WorksheetFields",
        "Worksheet Fields",
        following="Task",
        paragraph=f"<w:keepNext/><w:tabs>{fields}</w:tabs>{spacing(types['cell'], after=_UNIT)}"
        f"{side}",
        run=run(types["cell"]),
        custom=True,
    )
    kind = types["back_matter"]
    yield Style(
        "BackMatter",
        "Back Matter",
        following="Normal",
        paragraph=f'<w:keepNext/>{spacing(kind)}{side}<w:outlineLvl w:val="0"/>',
        run=run(kind),
        custom=True,
    )
    unit = types["heading_4"]
    yield Style(
        "KeyUnit",
        "Key Unit",
        following="KeyEntry",
        paragraph=f"<w:keepNext/><w:keepLines/>{spacing(unit)}",
        run=run(unit),
        custom=True,
    )
    yield Style(
        "KeyEntry",
        "Key Entry",
        paragraph=f"<w:keepLines/>{indent(beside, NUMBER_ROOM)}",
        custom=True,
    )
