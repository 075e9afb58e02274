"""Blocks and runs as text that a reader of a test or of docs/markdown.md sees at a glance."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from activities.documents.conversion_warnings import ConversionWarnings
from activities.documents.labels import labels
from activities.documents.list_markers import list_marker
from activities.documents.markdown import MarkdownReader
from activities.documents.model import (
    Block,
    Callout,
    CodeBlock,
    Definitions,
    Footnotes,
    Heading,
    ListBlock,
    MathBlock,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.formats.testing import Recorder

_STYLES = (
    "strong",
    "emphasis",
    "strike",
    "code",
    "math",
    "superscript",
    "subscript",
    "underline",
    "mark",
    "keyboard",
)


def read(source: str, language: str = "en") -> tuple[tuple[Block, ...], list[str]]:
    """The blocks of a text, and the codes of the warnings."""
    warnings, report = ConversionWarnings("content-1"), Recorder()
    blocks = MarkdownReader(warnings, labels(language)).blocks(source, 3)
    warnings.flush(report)
    return blocks, [warning.code for warning in report.warnings]


def shown(source: str, language: str = "en") -> str:
    """What a text becomes, a line a paragraph; what it nests is indented."""
    return shown_blocks(read(source, language)[0])


def shown_blocks(blocks: Iterable[Block]) -> str:
    """The same of blocks."""
    return "\n".join(_lines(blocks))


def shown_runs(runs: Runs) -> str:
    """Runs with their styles in angle brackets."""
    return "".join(map(_run, runs)).replace("\n", "<break>")


def _run(run: Run) -> str:
    text = run.text
    for style in _STYLES:
        if getattr(run, style):
            text = f"<{style} {text}>"
    return f"<link {run.link} {text}>" if run.link else text


def _lines(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        yield from _SHOWN[type(block)](block)


def _nested(marker: str, blocks: Iterable[Block]) -> Iterator[str]:
    for number, line in enumerate(_lines(blocks)):
        yield (marker if number == 0 else " " * len(marker)) + line


def _paragraph(block: Paragraph) -> Iterator[str]:
    text = shown_runs(block.runs)
    yield f"({text})" if block.role == "note" else text


def _list(block: ListBlock) -> Iterator[str]:
    for value, item in enumerate(block.items, block.start):
        marker = list_marker(block, value) if block.ordered else "•"
        yield from _nested(f"{marker} ", item.blocks)


def _definitions(block: Definitions) -> Iterator[str]:
    for entry in block.entries:
        yield " / ".join(map(shown_runs, entry.terms))
        for blocks in entry.details:
            yield from _nested("  : ", blocks)


def _callout(block: Callout) -> Iterator[str]:
    yield f"[{block.kind}] {shown_runs(block.title)}"
    yield from _nested("  ", block.blocks)


def _table(block: Table) -> Iterator[str]:
    if block.caption:
        yield f"[{shown_runs(block.caption)}]"
    for row in ([block.header] if block.header else []) + list(block.rows):
        yield " | ".join(map(shown_runs, row)).rstrip()


def _notes(block: Footnotes) -> Iterator[str]:
    for label, blocks in block.notes:
        yield from _nested(f"[{label}] ", blocks)


_SHOWN: dict[type, Callable[[Any], Iterable[str]]] = {
    Paragraph: _paragraph,
    Heading: lambda block: [f"{'#' * block.level} {shown_runs(block.runs)}"],
    ListBlock: _list,
    Definitions: _definitions,
    Callout: _callout,
    Quote: lambda block: _nested("> ", block.blocks),
    Table: _table,
    CodeBlock: lambda block: [f"    {line}" for line in block.text.split("\n")],
    MathBlock: lambda block: [f"<formula {block.tex}>"],
    Rule: lambda _: ["---"],
    Footnotes: _notes,
}
