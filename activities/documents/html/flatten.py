"""Blocks as runs, for places that hold nothing else: cells, headings, terms, captions."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from activities.documents.model import (
    Block,
    Callout,
    CodeBlock,
    Definitions,
    Heading,
    Image,
    ListBlock,
    MathBlock,
    MissingPicture,
    Paragraph,
    Quote,
    Run,
    Runs,
    Table,
)
from activities.documents.pictures import run_of

_TASKS = {None: "", False: "☐ ", True: "☑ "}
_INDENT = "\u2003"
_BULLET = "• "


def flat_runs(blocks: Sequence[Block]) -> Runs:
    """All that is in the blocks, each on lines of its own; nothing when there is nothing to see."""
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return blocks[0].runs
    runs: list[Run] = []
    for line in _lines(blocks):
        if runs:
            runs.append(Run("\n"))
        runs += line
    return tuple(runs)


_Line = list[Run]


def _lines(blocks: Iterable[Block]) -> list[_Line]:
    return [line for block in blocks for line in _lines_of(block)]


def _lines_of(block: Block) -> list[_Line]:  # noqa: C901 - one case a kind of block
    match block:
        case Paragraph():
            return [list(block.runs)]
        case Heading():
            return [_named(_strong(block.runs), block.anchors)]
        case ListBlock():
            return _list(block)
        case CodeBlock():
            first, *others = [[Run(line, code=True)] for line in block.text.split("\n")]
            return [_named(first, block.anchors), *others]
        case MathBlock():
            return [[Run(block.tex, math=True, anchors=block.anchors)]]
        case Image():
            caption = [list(block.caption)] if block.caption else []
            return [[run_of(block)], *caption]
        case MissingPicture():
            return [[run_of(block)]]
        case Quote():
            return _lines(block.blocks)
        case Callout():
            return [_strong(block.title), *_lines(block.blocks)]
        case Definitions():
            return _definitions(block)
        case Table():
            return _rows(block)
        case _:
            return []


def _named(line: _Line, anchors: tuple[str, ...]) -> _Line:
    """The line, to which links with these names lead."""
    if not anchors or not line:
        return line
    first, *others = line
    return [replace(first, anchors=(*anchors, *first.anchors)), *others]


def _strong(runs: Runs) -> _Line:
    return [replace(run, strong=True) for run in runs]


def _list(block: ListBlock) -> list[_Line]:
    lines: list[_Line] = []
    for number, item in enumerate(block.items, block.start):
        task = _TASKS[item.checked]
        marker = f"{number}. {task}" if block.ordered else task or _BULLET
        first, *others = _lines(item.blocks) or [[]]
        lines.append([Run(marker), *first])
        lines += [[Run(_INDENT), *line] for line in others]
    return lines


def _definitions(block: Definitions) -> list[_Line]:
    lines: list[_Line] = []
    for entry in block.entries:
        lines += map(_strong, entry.terms)
        for details in entry.details:
            lines += [[Run(_INDENT), *line] for line in _lines(details)]
    return lines


def _rows(block: Table) -> list[_Line]:
    lines = [list(block.caption)] if block.caption else []
    for row in block.shown_rows:
        line: _Line = []
        for place, cell in enumerate(row):
            if place:
                line.append(Run(" | "))
            line += [replace(run, text=run.text.replace("\n", " ")) for run in cell]
        lines.append(line)
    return lines
