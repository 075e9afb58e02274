"""The words of the examples of Markdown's specifications that a format does not show."""

from collections.abc import Iterator

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
