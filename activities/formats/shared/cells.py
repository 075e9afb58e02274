"""What a cell of a spreadsheet holds, whatever the file."""

from collections.abc import Sequence

CELL_TEXT_MAX = 32767
"""The longest text of a cell, in UTF-16 code units."""


def fit_cells(texts: Sequence[str]) -> bool:
    """Whether none of some texts is longer than a cell's may be."""
    return max(map(len, texts)) * 2 <= CELL_TEXT_MAX or all(map(_fits, texts))


def _fits(text: str) -> bool:
    return len(text) <= CELL_TEXT_MAX and len(text.encode("utf-16-le", "replace")) <= (
        CELL_TEXT_MAX * 2
    )
