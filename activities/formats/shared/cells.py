"""What a cell of a spreadsheet holds, whatever the file."""

CELL_TEXT_MAX = 32767
"""The longest text of a cell, in UTF-16 code units."""


def fits_cell(text: str) -> bool:
    """Whether a text is no longer than a cell's may be."""
    if len(text) * 2 <= CELL_TEXT_MAX:
        return True
    return len(text) <= CELL_TEXT_MAX and len(text.encode("utf-16-le", "replace")) <= (
        CELL_TEXT_MAX * 2
    )
