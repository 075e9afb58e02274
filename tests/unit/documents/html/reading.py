"""Reads HTML, and Markdown with HTML in it, as tests of them do."""

from collections.abc import Callable

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.html.reader import HtmlReader
from activities.documents.labels import labels
from activities.documents.markdown import MarkdownReader
from activities.documents.model import Block, Paragraph, Run
from activities.documents.plain import plain_blocks
from activities.formats.testing import Recorder

Read = Callable[[str], tuple[tuple[Block, ...], list[str]]]


def read_html(source: str) -> tuple[tuple[Block, ...], list[str]]:
    """The blocks of a text that is HTML, and the codes of its warnings."""
    warnings = ConversionWarnings("item")
    blocks = HtmlReader(MarkdownReader(warnings, labels("en"))).blocks(source, 3)
    return blocks, codes(warnings)


def read_markdown(source: str) -> tuple[tuple[Block, ...], list[str]]:
    """The same of one that is Markdown."""
    warnings = ConversionWarnings("item")
    blocks = MarkdownReader(warnings, labels("en")).blocks(source, 3)
    return blocks, codes(warnings)


def codes(warnings: ConversionWarnings) -> list[str]:
    report = Recorder()
    warnings.flush(report)
    return [warning.code for warning in report.warnings]


def html(source: str) -> tuple[Block, ...]:
    """The blocks of HTML that nothing is wrong with."""
    blocks, found = read_html(source)
    assert found == []
    return blocks


def markdown(source: str) -> tuple[Block, ...]:
    """The same of Markdown."""
    blocks, found = read_markdown(source)
    assert found == []
    return blocks


def text_of(source: str) -> str:
    """All that a reader sees of HTML."""
    return plain_blocks(read_html(source)[0])


def paragraph(text: str) -> Paragraph:
    return Paragraph((Run(text),))


def styled(blocks: tuple[Block, ...]) -> list[tuple[str, set[str]]]:
    """The texts of one paragraph with the names of their styles."""
    [block] = blocks
    assert isinstance(block, Paragraph)
    names = set(Run.__struct_fields__) - {"text", "link", "picture", "missing", "anchors"}
    return [
        (run.text.strip(), {name for name in names if getattr(run, name)})
        for run in block.runs
        if run.text.strip()
    ]
