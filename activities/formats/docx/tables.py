"""The frame of a table: its columns, rows and cells around paragraphs written elsewhere."""

from collections.abc import Iterable, Sequence

TABLE_END = '</w:tbl><w:p><w:pPr><w:pStyle w:val="TableEnd"/></w:pPr></w:p>'
"""The paragraph keeps two tables apart, and a cell must not end with a table."""

COLUMNS_MAX = 63
"""The most columns that a table in Word can have."""
CELL_MARGINS = 216
"""Left and right of a cell's text, together, in twips."""

_LETTERS_MIN = 5
LETTERS_MAX = 60
"""A column gets room for its longest text within these bounds; Word refines that."""


def column_widths(columns: Iterable[Sequence[str]], total_width: int) -> list[int]:
    """Widths for columns with these texts, which share the width in twips."""
    letters = [
        min(max(_LETTERS_MIN, *map(len, texts)), LETTERS_MAX) if texts else _LETTERS_MIN
        for texts in columns
    ]
    total = sum(letters)
    return [total_width * count // total for count in letters]


def table_start(widths: Sequence[int], *, style: str, right_to_left: bool) -> str:
    """A table as wide as its surroundings, up to its first row.

    `ContentTable` shows its first row as a heading, `FactsTable` its first column.
    """
    row, column = int(style == "ContentTable"), int(style == "FactsTable")
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    order = "<w:bidiVisual/>" if right_to_left else ""
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/>{order}<w:tblW w:w="5000" w:type="pct"/>'
        f'<w:tblLook w:firstRow="{row}" w:lastRow="0" w:firstColumn="{column}"'
        ' w:lastColumn="0" w:noHBand="1" w:noVBand="1"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>"
    )


def row(
    cells: Iterable[str], widths: Sequence[int], *, heading: bool = False, splits: bool = False
) -> str:
    """A row that stays on one page unless it splits; a heading comes again on each page.

    Each cell is one or more paragraphs.
    """
    properties = ("" if splits else "<w:cantSplit/>") + ("<w:tblHeader/>" if heading else "")
    if properties:
        properties = f"<w:trPr>{properties}</w:trPr>"
    content = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
        for cell, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{properties}{content}</w:tr>"
