"""How much room a reading question gets on a worksheet: lines to write on, or squares."""

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache

from msgspec.structs import replace

from activities.documents.classroom import Verbs, classroom_words
from activities.documents.model import (
    PART_LEVEL,
    Block,
    Document,
    Heading,
    Run,
    WritingSpace,
)
from activities.documents.plain import plain_blocks
from activities.documents.text_width import width
from activities.model.content import Scalar

_COLUMNS = 62
"""Columns of text that are written by hand on a line as wide as the page's column."""
_LARGER_BY_HAND = 1.8
_LINES_MIN, _LINES_MAX = 2, 12
_LINES = 4
"""Of a question that says nothing of its answer."""
_LINES_OF_VERBS = (("short", 2), ("middle", 5), ("long", 8))
_DRAWING, _CALCULATION = (28, 12), (28, 8)
"""Squares across and down."""
_CALCULATING = frozenset({"mathematics", "physics"})
_QUESTION_MAX = 2_000
"""Characters of a question in which a verb is looked for."""
_ANSWER_MAX = 1_000
"""Characters of an answer that count: more of them get no more lines."""
_AUDIENCE_MAX = 200
_PAUSES = ".!?:;,،؛؟。！？：；，\n"


def writing_space(
    question: Sequence[Block],
    answer: str | None,
    language: str,
    subject: str,
    *,
    young: bool,
) -> WritingSpace:
    """The room for the answer to a question.

    Args:
        question: What is asked.
        answer: What the author answers, if anything, as it was written: whether a document holds
            the answer or not, the room is the same.
        language: The BCP 47 tag of both.
        subject: The name of the subject's accent (`AccentName`).
        young: Whether lines are to be wide.
    """
    verbs = classroom_words(language).verbs
    asked = plain_blocks(question)[:_QUESTION_MAX].lower()
    if _says(asked, verbs, "draw"):
        return WritingSpace(0, _DRAWING, young)
    if subject in _CALCULATING and _says(asked, verbs, "calculate"):
        return WritingSpace(0, _CALCULATION, young)
    if answer:
        written = math.ceil(_LARGER_BY_HAND * width(answer[:_ANSWER_MAX]) / _COLUMNS) + 1
        return WritingSpace(min(max(written, _LINES_MIN), _LINES_MAX), young=young)
    lines = (lines for kind, lines in _LINES_OF_VERBS if _says(asked, verbs, kind))
    return WritingSpace(max(lines, default=_LINES), young=young)


def with_worksheets(document: Document) -> Document:
    """The document with its reading questions under the heading of a worksheet."""
    heading = Heading(PART_LEVEL, (Run(document.words.worksheet),))
    return replace(
        document,
        parts=tuple(
            replace(part, heading=heading) if part.name == "reading_guide_questions" else part
            for part in document.parts
        ),
    )


def is_young(audience: Scalar | list[Scalar], language: str) -> bool:
    """Whether an audience, as the metadata of an item name it, is of grades up to four."""
    names = audience if isinstance(audience, list) else [audience]
    patterns = {classroom_words(known).young for known in (language, "en")}
    return any(
        re.search(pattern, name[:_AUDIENCE_MAX].lower())
        for name in names
        if isinstance(name, str)
        for pattern in patterns
    )


def _says(asked: str, verbs: Verbs, kind: str) -> bool:
    return bool(_pattern(verbs, kind).search(asked))


@cache
def _pattern(verbs: Verbs, kind: str) -> re.Pattern[str]:
    """Finds a verb of a kind where it stands when somebody is asked to do so."""
    forms: tuple[str, ...] = getattr(verbs, kind)
    if not verbs.first:
        return re.compile(_one_of(forms))
    joined = rf"(?:(?:{_one_of(verbs.joins)})\s+)*"
    begins = rf"(?:^|[{re.escape(_PAUSES)}]|\b(?:{_one_of(verbs.joins)})\b)\s*"
    return re.compile(rf"{begins}{joined}(?:{_one_of(forms)})(?!\w)", re.MULTILINE)


def _one_of(texts: Iterable[str]) -> str:
    return "|".join(map(re.escape, texts))
