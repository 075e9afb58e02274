"""Reads texts that are HTML: `text_format` of an item says so."""

from activities.documents.heading_levels import HEADING_LEVEL_MAX, HeadingLevels
from activities.documents.html.builder import HtmlBuilder, heading_levels
from activities.documents.html.flatten import flat_runs
from activities.documents.markdown import MarkdownReader
from activities.documents.model import Block, Runs


class HtmlReader:
    """Reads the texts of an item that are HTML, beside the reader of those that are Markdown."""

    def __init__(self, markdown: MarkdownReader) -> None:
        """Make a reader that shares budget, pictures and warnings with that of Markdown."""
        self._markdown = markdown

    def runs(self, source: str) -> Runs:
        """A text for one line. Blocks in it begin lines of their own."""
        return flat_runs(self.blocks(source, HEADING_LEVEL_MAX))

    def blocks(self, source: str, heading_level: int) -> tuple[Block, ...]:
        """A text of any length. Its highest headings get `heading_level`, lower ones follow."""
        source = self._markdown.text(source)
        highest = min(heading_levels(source), default=1)
        builder = HtmlBuilder(
            self._markdown.inlines(source),
            HeadingLevels(heading_level, highest),
        )
        with self._markdown.noting_refusals("shown-as-plain-text"):
            builder.read(source)
            return tuple(builder.finish())
