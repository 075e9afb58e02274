"""The texts that every file of demo content must hold."""

import json
import re
from collections.abc import Container, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

ONE_ITEM: Final = ("content-123",)
TWO_ITEMS: Final = ("content-1", "content-2")
"""The items of the documented examples; the first demo owner's."""

_DEMO: Final = Path(__file__).parent.parent / "demo" / "teacher-1.jsonl"

# Words without markup between them look the same in every format.
_WORDS = re.compile(r"[A-Za-zÀ-ž][A-Za-zÀ-ž ,;]+")
_MATH_OR_LINK = re.compile(r"\$|\]\(")
_SPACE = re.compile(r"\s+")


CARDS_ALONE: Final = frozenset({"title", "flashcard"})
"""The pieces of a deck."""
QUESTIONS_ALONE: Final = CARDS_ALONE | {"question", "answer", "reading question"}
"""The pieces of a question bank."""


def pieces(item_id: str) -> dict[str, str]:
    """Some words of each part of an item, by what they are."""
    found = _texts(_items()[item_id])
    return {name: words for name, texts in found if (words := _longest_words(texts))}


def missing_from(
    text: str, item_ids: Iterable[str], held: Container[str] | None = None
) -> list[str]:
    """The pieces of the items that are not in a file's text, whose lines may be broken anywhere.

    Args:
        text: of the file.
        item_ids: the items that it holds.
        held: the pieces that its format has a place for; None: all.
    """
    squeezed = _SPACE.sub("", text)
    return [
        f"{item_id} {name}"
        for item_id in item_ids
        for name, words in pieces(item_id).items()
        if (held is None or name in held) and _SPACE.sub("", words) not in squeezed
    ]


@cache
def _items() -> dict[str, dict[str, Any]]:
    items = map(json.loads, _DEMO.read_text("utf-8").splitlines())
    return {item["id"]: item for item in items}


def _texts(item: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    outline = item.get("outline", {}).get("sections", [])
    yield "title", [item["title"]]
    yield "section", [section["title"] for section in outline]
    yield "learning objective", [text for s in outline for text in s.get("learning_objectives", [])]
    yield "study guide", item.get("study_guide", "").split("\n\n")
    yield "question", [faq["question"] for faq in item.get("faqs", [])]
    yield "answer", [faq["answer"] for faq in item.get("faqs", [])]
    yield "flashcard", [card["front"] for card in item.get("flashcards", [])]
    yield "reading question", [task["question"] for task in item.get("reading_guide_questions", [])]
    yield "metadata", [item.get("metadata", {}).get("target_audience", "")]


def _longest_words(texts: Iterable[str]) -> str:
    simple = (text for text in texts if not _MATH_OR_LINK.search(text))
    return max((words for text in simple for words in _WORDS.findall(text)), key=len, default="")
