"""Questions as GIFT, Moodle's format of text: https://docs.moodle.org/en/GIFT_format."""

import re
from collections.abc import Sequence
from typing import Final

from activities.formats.moodle.bank import Question
from activities.formats.moodle.layout import Layout

_ESCAPES: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\#=~{}:"} | {"\n": "\\n"})
_NOT_IN_TAGS: Final = re.compile(r"[\\<>`\[\]\s]+")
"""What ends a tag in a comment, or what readers disagree on."""
_HTML: Final = "[html]"


def _category(path: str, told: Sequence[str]) -> str:
    # Of all escapes only that of a backslash is undone there.
    within = path.replace("\\", "\\\\")
    return "".join(f"// {line}\n" for line in told) + f"$CATEGORY: {within}\n\n"


def _question(question: Question) -> str:
    """A paragraph: a comment with what only comments tell, the name, the text and the answer."""
    told = [f"[id:{question.id}]", *(f"[tag:{tag}]" for tag in map(_tag, question.tags) if tag)]
    return (
        f"// {' '.join(told)}\n"
        f"::{_escaped(question.name)}::{_HTML}{_escaped(question.asked.xhtml)}"
        f"{{{_answer(question)}}}\n\n"
    )


def _answer(question: Question) -> str:
    """What is in braces: pairs to match; else feedback, without which they are those of an essay,
    too.
    """
    if question.pairs:
        lines = (
            f"={_HTML}{_escaped(pair.front.xhtml)} -> {_escaped(pair.back)}"
            for pair in question.pairs
        )
        return "\n" + "\n".join(lines) + "\n"
    return f"####{_HTML}{_escaped(question.answer.xhtml)}" if question.answer else ""


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _tag(tag: str) -> str:
    return _NOT_IN_TAGS.sub(" ", tag).strip()


GIFT: Final = Layout(start="", category=_category, question=_question, end="")
