"""Heads narrowed down and put in order here, for sources that do neither."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from activities.content.source import ItemHead, Sort
from activities.model.folding import searchable, sort_key
from activities.model.plain_titles import plain_title

_LONGEST_KEY = 400
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


def with_words(heads: Sequence[ItemHead], text: str) -> list[ItemHead]:
    """Those whose titles have all words of the text."""
    words = searchable(text).split()

    def holds(head: ItemHead) -> bool:
        title = searchable(plain_title(head.title))
        return all(word in title for word in words)

    return list(filter(holds, heads))


def in_order(heads: Sequence[ItemHead], sort: Sort) -> list[ItemHead]:
    """The heads in this order; those that do not say what it goes by are before all others."""
    key: Callable[[ItemHead], Any] = {
        "title": lambda head: sort_key(plain_title(head.title), _LONGEST_KEY),
        "created_at": lambda head: head.created_at or _BEFORE_ALL,
        "updated_at": lambda head: head.updated_at or _BEFORE_ALL,
    }[sort.removeprefix("-")]
    return sorted(heads, key=lambda head: (key(head), head.id), reverse=sort.startswith("-"))
