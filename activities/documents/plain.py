"""Runs and blocks as plain text, for formats without styles.

Formulas are TeX between dollar signs, links are `text <address>`, images are their description
in brackets, and what is struck out stands between `~~`, as it would say the opposite without.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from activities.documents.joined import joined
from activities.documents.list_markers import list_marker
from activities.documents.model import (
    Alignment,
    Block,
    Callout,
    CodeBlock,
    Definitions,
    Fact,
    Footnotes,
    Heading,
    Image,
    ListBlock,
    MathBlock,
    MissingPicture,
    Objectives,
    Paragraph,
    Quote,
    Rule,
    Run,
    Runs,
    Table,
)
from activities.documents.pictures import run_of, with_missing_shown
from activities.documents.segmentation import as_shown
from activities.documents.text_width import width, wrap

_YES, _NO, _NONE = "✓", "✗", "–"
_BULLET = "• "
_CALLOUT = "| "
_TASKS = MappingProxyType({None: "", False: "[ ] ", True: "[x] "})
_CODE_INDENT = "    "
_STRUCK = "~~"
_PADDED: MappingProxyType[Alignment, Callable[[str, int], str]] = MappingProxyType(
    {None: str.ljust, "left": str.ljust, "center": "{:^{}}".format, "right": str.rjust}
)
"""A text as so many characters."""
_SUPERSCRIPTS = MappingProxyType(str.maketrans("0123456789+-−=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁱⁿ"))
_SUBSCRIPTS = MappingProxyType(
    str.maketrans("0123456789+-−=()aehklmnopstx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕₖₗₘₙₒₚₛₜₓ")
)
_COLUMNS_MIN = 20
"""Text is never set narrower than this, however deep it is nested."""


def plain_runs(runs: Runs) -> str:
    """One text; a newline in it is a hard break."""
    if len(runs) == 1 and _is_usual(runs[0]):
        return runs[0].text
    runs = with_missing_shown(runs)
    texts: list[str] = []
    linked = ""
    for place, run in enumerate(runs, 1):
        text = _run(run)
        if run.strike:
            begins = place == 1 or not runs[place - 2].strike
            ends = place == len(runs) or not runs[place].strike
            text = f"{_STRUCK * begins}{text}{_STRUCK * ends}"
        if run.is_note_reference:
            texts.append(f"[{text}]")
        elif run.link is None or run.link.startswith("#"):
            texts.append(text)
        else:
            linked += text
            if place == len(runs) or runs[place].link != run.link:
                texts.append(_link(linked, run.link))
                linked = ""
    return "".join(texts)


def _is_usual(run: Run) -> bool:
    return run.link is None and not (
        run.math
        or run.superscript
        or run.subscript
        or run.strike
        or run.picture
        or run.missing is not None
    )


def _run(run: Run) -> str:
    if run.picture:
        return f"[{run.text or f'{run.picture.width} × {run.picture.height}'}]"
    if run.math:
        return f"${run.text}$"
    if run.superscript and not run.is_note_reference:
        return _raised(run.text, _SUPERSCRIPTS, "^")
    if run.subscript:
        return _raised(run.text, _SUBSCRIPTS, "_")
    return run.text


def _raised(text: str, signs: Mapping[int, int], sign: str) -> str:
    """The text in raised or lowered characters where all of it has them, else behind a sign."""
    if text and all(ord(character) in signs for character in text):
        return text.translate(signs)
    return f"{sign}{text}" if text.isalnum() else f"{sign}({text})"


def plain_blocks(blocks: Iterable[Block]) -> str:
    """The blocks that Markdown makes, and objectives, with an empty line between them.

    Each paragraph is one line.
    """
    blocks = tuple(blocks)
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return plain_runs(blocks[0].runs)
    return "\n".join(block_lines(blocks, None))


def block_lines(blocks: Sequence[Block], columns: int | None) -> list[str]:
    """The same as lines of limited width, with aligned tables and indented code.

    Args:
        blocks: any but questions, cards and facts, which each format arranges by itself.
        columns: where lines are broken; `None` for lines of any width.
    """
    if len(blocks) == 1:
        return lines_of(blocks[0], columns)
    lines: list[str] = []
    for block in blocks:
        if lines:
            lines.append("")
        lines += lines_of(block, columns)
    return lines


def lines_of(block: Block, columns: int | None) -> list[str]:
    """The same of one block."""
    return _LINES[type(block)](block, columns)


def shown_fact(value: Fact) -> str:
    """A fact as people read it, the same in every document."""
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, tuple):
        return ", ".join(map(shown_fact, value)) or _NONE
    return _NONE if value is None or value == "" else str(value)


def format_fact(value: Fact) -> str:
    """A fact as programs read it: as JSON would write it, but a text as it is, and nothing for
    null.
    """
    if isinstance(value, tuple):
        return joined(map(format_fact, value), ", ")
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def hanging(marker: str, lines: Sequence[str]) -> list[str]:
    """Lines behind a marker, the ones after the first indented by its width."""
    if len(lines) < 2:
        return [(marker + lines[0] if lines else marker).rstrip()]
    indent = _indent(marker)
    hung = [indent + line if line else "" for line in lines]
    hung[0] = (marker + lines[0]).rstrip()
    return hung


@lru_cache(maxsize=256)
def _indent(marker: str) -> str:
    return " " * width(marker)


def _link(text: str, address: str) -> str:
    shown = (address, address.removeprefix("mailto:"), address.removeprefix("http://"))
    if text in shown or text == unquote(address):
        return text
    return f"{text} <{address}>"


def _within(columns: int | None, indent: int) -> int | None:
    return None if columns is None else max(columns - indent, _COLUMNS_MIN)


def _paragraph(block: Paragraph | Heading, columns: int | None) -> list[str]:
    return wrap(plain_runs(block.runs), columns)


def _list(block: ListBlock, columns: int | None) -> list[str]:
    markers = [
        f"{list_marker(block, number)} " if block.ordered else ""
        for number in range(block.start, block.start + len(block.items))
    ]
    indent = max(map(len, markers), default=0)
    tight = all(_is_tight(item.blocks) for item in block.items if item.blocks)
    lines: list[str] = []
    for number, item in zip(markers, block.items, strict=True):
        task = _TASKS[item.checked]
        marker = number.rjust(indent) + task if block.ordered else task or _BULLET
        available = _within(columns, len(_indent(marker)))
        inner: list[str] = []
        if tight:
            for part in item.blocks:
                inner += lines_of(part, available)
        else:
            inner = block_lines(item.blocks, available)
            if lines:
                lines.append("")
        lines += hanging(marker, inner)
    return lines


def _is_tight(blocks: Sequence[Block]) -> bool:
    """True if the blocks of an item, at least one, are a paragraph and lists."""
    return isinstance(blocks[0], (Paragraph, ListBlock)) and all(
        isinstance(block, ListBlock) for block in blocks[1:]
    )


def _objectives(block: Objectives, columns: int | None) -> list[str]:
    lines: list[str] = []
    inner = _within(columns, len(_BULLET))
    for runs in block.entries:
        lines += hanging(_BULLET, wrap(plain_runs(runs), inner))
    return lines


def _table(block: Table, columns: int | None) -> list[str]:
    caption = wrap(plain_runs(block.caption), columns) if block.caption else []
    return caption + _table_rows(block, columns)


def _table_rows(block: Table, columns: int | None) -> list[str]:
    rows = [[plain_runs(cell).replace("\n", " ") for cell in row] for row in block.shown_rows]
    if columns is None:
        return [" | ".join(row) for row in rows]
    # By column, because what a column needs is found once and holds for all of its cells.
    by_column = list(zip(*[map(as_shown, row) for row in rows], strict=True))
    widths = [list(map(width, texts)) for texts in by_column]
    widest = list(map(max, widths))
    if sum(widest) + 3 * (len(widest) - 1) > columns:
        if block.header is None:
            return _records([""] * len(widest), rows, columns)
        return _records(rows[0], rows[1:], columns)
    cells = map(_padded, by_column, widths, widest, block.alignments)
    lines = [" | ".join(row).rstrip() for row in zip(*cells, strict=True)]
    if block.header is not None:
        lines.insert(1, "-+-".join(["-" * column for column in widest]))
    return lines


def _padded(
    texts: Sequence[str], widths: Sequence[int], widest: int, alignment: Alignment
) -> list[str]:
    """The cells of a column, each as wide as the widest one."""
    # What pads counts characters, of which a text may have more or fewer than columns.
    lengths = list(map(len, texts))
    if lengths == widths:
        return list(map(_PADDED[alignment], texts, repeat(widest)))
    padded = [widest + n - w for n, w in zip(lengths, widths, strict=True)]
    return list(map(_PADDED[alignment], texts, padded))


def _records(header: Sequence[str], records: Sequence[Sequence[str]], columns: int) -> list[str]:
    """A table that is too wide, as one list a row: `heading: cell`.

    The headings come before when one of them has nothing below it, as in a table to fill in.
    """
    lines: list[str] = []
    by_column = zip(header, *records, strict=True)
    if not records or any(name and not any(cells) for name, *cells in by_column):
        lines = wrap(" | ".join(header), columns)
    for record in records:
        marker = _BULLET
        for name, cell in zip(header, record, strict=True):
            text = f"{name}: {cell}" if name else cell
            if cell:
                lines += hanging(marker, wrap(text, columns - len(_BULLET)))
                marker = " " * len(_BULLET)
    return lines


def _code(block: CodeBlock, columns: int | None) -> list[str]:
    indent = "" if columns is None else _CODE_INDENT
    return [(indent + line).rstrip() for line in block.text.split("\n")]


def _math(block: MathBlock, columns: int | None) -> list[str]:
    indent = "" if columns is None else _CODE_INDENT
    return [indent + line for line in f"$${block.tex}$$".split("\n")]


def _image(block: Image, columns: int | None) -> list[str]:
    shown = wrap(plain_runs((run_of(block),)), columns)
    return shown + wrap(plain_runs(block.caption), columns) if block.caption else shown


def _missing_picture(block: MissingPicture, columns: int | None) -> list[str]:
    return wrap(plain_runs((run_of(block),)), columns)


def _quote(block: Quote, columns: int | None) -> list[str]:
    return [f"> {line}".rstrip() for line in block_lines(block.blocks, _within(columns, 2))]


def _callout(block: Callout, columns: int | None) -> list[str]:
    lines = wrap(plain_runs(block.title), _within(columns, len(_CALLOUT)))
    if block.blocks:
        lines += ["", *block_lines(block.blocks, _within(columns, len(_CALLOUT)))]
    return [f"{_CALLOUT}{line}".rstrip() for line in lines]


def _definitions(block: Definitions, columns: int | None) -> list[str]:
    lines: list[str] = []
    within = _within(columns, len(_CODE_INDENT))
    for entry in block.entries:
        for term in entry.terms:
            lines += wrap(plain_runs(term), columns)
        for blocks in entry.details:
            lines += hanging(_CODE_INDENT, block_lines(blocks, within))
    return lines


def _rule(_block: Rule, _columns: int | None) -> list[str]:
    return ["* * *"]


def _footnotes(block: Footnotes, columns: int | None) -> list[str]:
    lines: list[str] = []
    for label, blocks in block.notes:
        marker = f"[{label}] "
        lines += hanging(marker, block_lines(blocks, _within(columns, len(marker))))
    return lines


_LINES: MappingProxyType[type, Callable[[Any, int | None], list[str]]] = MappingProxyType(
    {
        Paragraph: _paragraph,
        Heading: _paragraph,
        ListBlock: _list,
        Objectives: _objectives,
        Table: _table,
        CodeBlock: _code,
        MathBlock: _math,
        Image: _image,
        MissingPicture: _missing_picture,
        Quote: _quote,
        Callout: _callout,
        Definitions: _definitions,
        Rule: _rule,
        Footnotes: _footnotes,
    }
)
