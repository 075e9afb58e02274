"""Turns Markdown into blocks and runs: CommonMark with tables, strikethrough, formulas,
footnotes, task lists and HTML.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from activities.documents.block_tokens import read_blocks
from activities.documents.budget import Budget
from activities.documents.control_characters import remove_control_characters
from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.dialect.bare_addresses import may_have_bare_address
from activities.documents.dialect.wrapping import without_fence, without_front_matter
from activities.documents.inline_tokens import InlineReader
from activities.documents.labels import Labels
from activities.documents.link_targets import LocalNames
from activities.documents.list_markers import BULLETS
from activities.documents.model import Block, Footnotes, Paragraph, Run, Runs
from activities.documents.parser import has_marks, parse_line, parse_text
from activities.documents.pictures import PictureReader
from activities.documents.pieces import SOFT_HYPHEN, may_have_data, soft_break_text
from activities.model.content_links import NO_LINKS, ContentLinks
from activities.model.media import Media
from workflows.contracts import Produced

_PARAGRAPH_TOKENS = 4

_NO_MARKS = re.compile(
    r"(?![A-Za-z]{1,7}[.)](?:\s|$))[^\s\ufeff\\`*_\[<&$~^+\-=#>|:0-9@•◦▪‣·–][^\\`*_\[<&$~^=@\n]*(?<!\s)"
)
"""A line without inline marks that starts no list, heading, table, quotation, code or front matter
either."""

_LONE_MARK = re.compile(
    rf"\s*+(?:#{{1,6}}|>|\w{{1,9}}[.)]|`{{3,}}|~{{3,}}|[{re.escape(BULLETS)}])\s*+"
)
"""A text that is the mark of a block and nothing else, such as the answer `#` or `42.`: it would
begin a block with nothing in it."""


class MarkdownReader:
    """Reads the texts of one item. Footnotes are numbered on from text to text."""

    def __init__(
        self,
        warnings: ConversionWarnings,
        labels: Labels,
        media: Media | None = None,
        links: ContentLinks = NO_LINKS,
        local_names: LocalNames | None = None,
    ) -> None:
        """Make a reader.

        Args:
            warnings: where what is lost is noted.
            labels: words for what has none in the text.
            media: as of `PictureReader`.
            links: where the content's links lead.
            local_names: whether names of places are wanted; without it they are.
        """
        self.local_links: list[str] = []
        """Links to places in the item itself, which begin with `LOCAL_LINK` in runs."""
        self.local_names = local_names or LocalNames(may_be_linked=lambda: True)
        """Whether there are places with names."""
        self._warnings = warnings
        self._labels = labels
        self._links = links
        self._footnotes = 0
        self._budget = Budget()
        self._pictures = PictureReader(warnings, self._budget, media)

    @property
    def produced(self) -> Produced:
        """What the texts so far became."""
        return self._budget.produced

    def text(self, source: str) -> str:
        """A text that is no Markdown, without control characters."""
        self._budget.texts += 1
        cleaned, removed = remove_control_characters(source)
        if removed:
            self._warnings.add("control-characters-removed", removed)
        return cleaned

    def runs(self, source: str) -> Runs:
        """A one-line text. Block marks such as `#` or `-` are text; lines are joined."""
        source = self.text(source).replace(SOFT_HYPHEN, "").strip()
        if not (has_marks(source) or _needs_a_look(source)):
            return (Run(source),) if source else ()
        with self.noting_refusals("shown-as-source"):
            return self.inlines(source).runs(parse_line(source, self._budget))

    def blocks(self, source: str, heading_level: int) -> tuple[Block, ...]:
        """A text of any length. Its highest headings get `heading_level`, lower ones follow."""
        source = self.text(source).replace(SOFT_HYPHEN, "")
        plain = _plain_paragraphs(source)
        if plain is not None and len(plain) * _PARAGRAPH_TOKENS <= self._budget.tokens:
            self._budget.tokens -= len(plain) * _PARAGRAPH_TOKENS
            return plain
        source = self._unwrapped(source)
        if _LONE_MARK.fullmatch(source):
            return (Paragraph((Run(source.strip()),)),)
        with self.noting_refusals("shown-as-source"):
            parsed = parse_text(source, self._budget)
            if parsed.too_deep:
                self._warnings.add("nesting-too-deep")
            inlines = self.inlines(source)
            blocks = read_blocks(parsed.tokens, parsed.footnotes, inlines, heading_level)
        if blocks and isinstance(blocks[-1], Footnotes):
            self._footnotes += len(blocks[-1].notes)
        return blocks

    def _unwrapped(self, source: str) -> str:
        unfenced = without_fence(source)
        text = without_front_matter(unfenced)
        if text is not unfenced:
            self._warnings.add("front-matter-left-out")
        return text

    def inlines(self, source: str) -> InlineReader:
        """A reader of what is within the lines of a text."""
        return InlineReader(
            self._warnings,
            self._labels,
            self._links,
            self.local_links,
            self.local_names,
            self._budget,
            self._pictures,
            self._footnotes,
            has_entities="&" in source,
        )

    @contextmanager
    def noting_refusals(self, code: str) -> Iterator[None]:
        """Warn of a text when something in it was refused for want of budget."""
        refusals = self._budget.refusals
        yield
        if self._budget.refusals > refusals:
            self._warnings.add(code)


def _needs_a_look(text: str) -> bool:
    """Whether a text without marks may be more than text."""
    return may_have_bare_address(text) or may_have_data(text)


def _plain_paragraphs(source: str) -> tuple[Block, ...] | None:
    """The paragraphs of a text without any mark, or None when there is one."""
    if _needs_a_look(source):
        return None
    paragraphs: list[str] = []
    paragraph = ""
    for line in source.split("\n"):
        if _NO_MARKS.fullmatch(line):
            paragraph += soft_break_text(paragraph, line) + line if paragraph else line
        elif line:
            return None
        elif paragraph:
            paragraphs.append(paragraph)
            paragraph = ""
    if paragraph:
        paragraphs.append(paragraph)
    return tuple(Paragraph((Run(text),)) for text in paragraphs)
