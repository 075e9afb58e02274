"""The frames of tables: columns, rows and cells around paragraphs written elsewhere."""

import re
from collections.abc import Collection, Iterable, Sequence
from types import MappingProxyType
from typing import Literal

from activities.documents.model import Runs
from activities.documents.segmentation import unbreakable_units
from activities.documents.text_width import width
from activities.formats.docx.table_styles import (
    CELL_MARGIN,
    CELL_MARGIN_ABOVE,
    FRAME_MARGIN,
    cell_margins,
)
from activities.formats.shared.table_layout import LABEL_MAX, TableLayout, lay_out_table

GAP = '<w:p><w:pPr><w:pStyle w:val="TableEnd"/></w:pPr></w:p>'
"""What is free between a table, or a callout, and what follows."""
TABLE_END = f"</w:tbl>{GAP}"
"""The paragraph keeps two tables apart, and a cell must not end with a table."""

_TWIPS_PER_POINT = 20
_COLUMN_EM = 0.56
"""What a letter takes of the size of text, half of what an ideograph does. That is more than most
do, since the fonts that a reader has are not known."""
_LETTERS_MIN = 3
_ADDRESS_LETTERS = 24
"""For the sake of an address a column is no wider: it may be broken after its punctuation."""
_SQUARE = '<w:p><w:pPr><w:pStyle w:val="Square"/></w:pPr></w:p>'
_WHOLE_ROWS, _WHOLE_LETTERS = 12, 1500
"""Tables with no more stay on one page; so many letters are about 40 % of it."""
_KEPT_ROWS = 2
"""Rows of other tables that are not parted from their heading, or at their end."""
_NUMBERS_MIN = 0.8
_NUMBER = re.compile(r"[-+−±≈~<>]?\s*[\d.,\s]*\d\s*[%‰°]?")
Look = Literal["row", "banded", "column", None]
_HEADED = frozenset({"row", "banded"})
_LOOKS: MappingProxyType[Look, str] = MappingProxyType(
    {"row": "0620", "banded": "0420", "column": "0680", None: "0600"}
)
"""The attributes of `w:tblLook` as bits, which is all that LibreOffice reads."""


def table_layout(
    columns: Sequence[Sequence[str]], total_width: int, sizes: Sequence[float]
) -> TableLayout:
    """How columns with these texts, in one of these sizes, share the width in twips.

    The 63 columns that a table of Word can have at most would not be wide enough for text.
    """
    em = sizes[0] * _TWIPS_PER_POINT
    letter = _COLUMN_EM * em
    return lay_out_table(
        [letter * max(_LETTERS_MIN, *map(_longest_line, texts)) for texts in columns],
        lambda: [letter * max(_LETTERS_MIN, *map(_longest_word, texts)) for texts in columns],
        total_width,
        2 * CELL_MARGIN,
        em,
        sizes[-1] / sizes[0],
        first_labels=all(len(text) <= LABEL_MAX for text in columns[0]),
    )


def _longest_line(text: str) -> int:
    if "\n" in text:
        return max(map(width, text.split("\n")))
    return width(text)


def _longest_word(text: str) -> int:
    if text.isascii():
        words = text.split()
    else:
        words = [unit for word in text.split() for unit in unbreakable_units(word)]
    longest = max(map(width, words), default=0)
    return min(longest, _ADDRESS_LETTERS) if "/" in text else longest


def natural_width(columns: Sequence[Sequence[str]], size: float) -> float:
    """The width in twips of columns with these texts, so large, if no line were broken."""
    letter = _COLUMN_EM * size * _TWIPS_PER_POINT
    return sum(
        letter * max(_LETTERS_MIN, *map(_longest_line, texts)) + 2 * CELL_MARGIN
        for texts in columns
    )


def are_numbers(texts: Sequence[str]) -> bool:
    """Whether most of these are."""
    numbers = sum(bool(_NUMBER.fullmatch(text)) for text in texts if len(text) <= LABEL_MAX)
    return bool(numbers) and numbers >= _NUMBERS_MIN * len(texts)


def rows_kept(rows: Sequence[Sequence[Runs]]) -> Collection[int]:
    """The places of the rows that stay on the page of the next."""
    letters = sum(len(run.text) for cells in rows for runs in cells for run in runs)
    last = len(rows) - 1
    if len(rows) <= _WHOLE_ROWS and letters <= _WHOLE_LETTERS:
        return range(last)
    return {*range(_KEPT_ROWS), *range(last - _KEPT_ROWS + 1, last)}


def text_size(scale: float, sizes: Sequence[float]) -> float:
    """The size of text in a table of this scale: that of a style."""
    return next(size for size in sizes if size <= sizes[0] * scale or size == sizes[-1])


def table_start(
    widths: Sequence[int],
    *,
    style: str,
    look: Look,
    indent: int = 0,
    scale: float = 1.0,
    right_to_left: bool,
) -> str:
    """A table up to its first row.

    Args:
        widths: Of its columns, in twips.
        style: The id of its style.
        look: Whether its first row or column is a heading.
        indent: How far from where its surroundings begin it stands, in twips.
        scale: How large what is free around text is beside the usual.
        right_to_left: The order of its columns.
    """
    margins = ""
    if scale < 1:
        margins = cell_margins(int(CELL_MARGIN_ABOVE * scale), int(CELL_MARGIN * scale))
    return _start(
        widths,
        f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        if indent
        else '<w:tblW w:w="5000" w:type="pct"/>',
        style=style,
        indent=indent,
        right_to_left=right_to_left,
        margins=margins,
        look=look,
    )


def _start(
    widths: Sequence[int],
    table_width: str,
    *,
    style: str,
    indent: int,
    right_to_left: bool,
    margins: str,
    look: Look,
) -> str:
    """The properties in the order of the schema (ECMA-376 part 1, 17.4.59)."""
    grid = "".join([f'<w:gridCol w:w="{width}"/>' for width in widths])
    order = "<w:bidiVisual/>" if right_to_left else ""
    indentation = f'<w:tblInd w:w="{indent}" w:type="dxa"/>' if indent else ""
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/>{order}{table_width}{indentation}{margins}'
        f'<w:tblLook w:val="{_LOOKS[look]}" w:firstRow="{int(look in _HEADED)}" w:lastRow="0"'
        f' w:firstColumn="{int(look == "column")}" w:lastColumn="0"'
        f' w:noHBand="{int(look != "banded")}" w:noVBand="1"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>"
    )


def row(cells: Iterable[str], widths: Sequence[int], *, heading: bool = False) -> str:
    """A row that stays on one page; a heading comes again on each page.

    Each cell is one or more paragraphs.
    """
    written = [cell(content, width) for content, width in zip(cells, widths, strict=True)]
    return row_of(written, heading=heading)


def row_of(cells: Iterable[str], *, heading: bool = False) -> str:
    """A row of cells that are written already."""
    repeated = "<w:tblHeader/>" if heading else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{''.join(cells)}</w:tr>"


def squares_row(widths: Sequence[int]) -> str:
    """A row of empty squares, which stays on the page of the next."""
    squares = [cell(_SQUARE, width) for width in widths]
    height = f'<w:trHeight w:val="{widths[0]}" w:hRule="exact"/>'
    return f"<w:tr><w:trPr><w:cantSplit/>{height}</w:trPr>{''.join(squares)}</w:tr>"


def cell(content: str, width: int, properties: str = "") -> str:
    """A cell of this width in twips, with paragraphs."""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{properties}</w:tcPr>{content}</w:tc>'


def frame_start(width: int, *, style: str, indent: int, right_to_left: bool) -> str:
    """A table of one cell, which holds any blocks and puts a bar where their lines begin.

    Only a table goes around all that Word has: the border of a paragraph stands as far in as its
    text, and a paragraph has one. `FRAME_END` ends it.
    """
    return (
        _start(
            [width],
            f'<w:tblW w:w="{width}" w:type="dxa"/>',
            style=style,
            indent=indent,
            right_to_left=right_to_left,
            margins="",
            look=None,
        )
        + f'<w:tr><w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
    )


FRAME_END = f"</w:tc></w:tr>{TABLE_END}"


def frame_text_width(width: int) -> int:
    """What a frame of this width leaves for its blocks."""
    return width - 2 * FRAME_MARGIN
