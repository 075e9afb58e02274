"""The words of the examples of Markdown's specifications that a format does not show."""

from collections.abc import Iterator

import pytest

from activities.documents.markdown import MarkdownReader
from activities.documents.model import Block, Paragraph
from activities.formats.testing import render
from tests.corpus import words
from tests.corpus.corpus import Example, examples_item, in_examples


def lost_words(format_id: str, some: tuple[Example, ...]) -> Iterator[tuple[int, list[str]]]:
    """The numbers of examples of which words are missing in an export, and the words."""
    data, _ = render(format_id, [examples_item(some)])
    text = words.text_of(format_id, data)
    for example, shown in in_examples(text, some):
        if lost := words.missing(words.words_of_html(example.html), shown):
            yield example.number, lost


def lose_last_paragraphs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the reader leave out the last paragraph of a text that has several."""
    read = MarkdownReader.blocks

    def lossy(reader: MarkdownReader, source: str, level: int) -> tuple[Block, ...]:
        blocks = read(reader, source, level)
        is_lost = len(blocks) > 1 and isinstance(blocks[-1], Paragraph)
        return blocks[:-1] if is_lost else blocks

    monkeypatch.setattr(MarkdownReader, "blocks", lossy)
