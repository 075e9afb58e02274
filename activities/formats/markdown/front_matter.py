"""What a note says of itself at its head, as YAML that says the same to every program."""

import json
import re
from typing import Final

from activities.documents.model import Card, Document
from activities.model.content import Item
from activities.model.times import in_utc

_ESCAPED: Final = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_NO_TAG: Final = re.compile(r"[\s#,]+")


def of_item(item: Item, document: Document, title: str, *, with_metadata: bool) -> str:
    """The front matter of an item.

    Args:
        item: the item.
        document: of it.
        title: of it, as a line of text.
        with_metadata: whether versions and times are wanted.
    """
    lines = [
        f"id: {_quoted(item.id)}",
        f"title: {_quoted(title)}",
        f"language: {_quoted(document.language)}",
    ]
    if with_metadata:
        lines += [
            f"version: {item.version}",
            f"created: {in_utc(item.created_at)}",
            f"updated: {in_utc(item.updated_at)}",
        ]
    if tags := _tags(document):
        lines.append(f"tags: [{', '.join(map(_quoted, tags))}]")
    return _fenced(lines)


def of_file(title: str) -> str:
    """The front matter of a file of several items."""
    return _fenced([f"title: {_quoted(title)}"])


def _tags(document: Document) -> list[str]:
    """Those of the cards, as Obsidian writes tags."""
    cards = [block for part in document.parts for block in part.blocks if isinstance(block, Card)]
    tags = (_NO_TAG.sub("-", tag).strip("-") for card in cards for tag in card.tags)
    return [tag for tag in dict.fromkeys(tags) if tag]


def _fenced(lines: list[str]) -> str:
    listed = "\n".join(lines)
    return f"---\n{listed}\n---\n\n"


def _quoted(text: str) -> str:
    """A string of JSON, which is one of YAML, without what YAML 1.1 takes for the end of a line."""
    quoted = json.dumps(_SURROGATE.sub("\ufffd", text), ensure_ascii=False)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
