"""The styles of tables, and of frames: tables of one cell around blocks of any kind."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from activities.documents.callouts import CalloutKind
from activities.documents.design.tokens import CALLOUTS, TOKENS
from activities.formats.docx.design import (
    ACCENT,
    ACCENT_DARK,
    ACCENT_TINT,
    BOLD,
    G50,
    G200,
    G300,
    border,
    callout_slots,
    colour,
    shade,
    twips,
)
from activities.formats.docx.style import Style

CALLOUT_FRAMES: Final[MappingProxyType[CalloutKind, str]] = MappingProxyType(
    {kind: f"CalloutFrame{kind.title()}" for kind in CALLOUTS}
)
"""The styles of callouts that hold more than paragraphs."""
CELL_MARGIN: Final = twips(TOKENS.gaps.cell_across)
CELL_MARGIN_ABOVE: Final = twips(TOKENS.gaps.cell_down)
"""Left and right of the text in a cell, and above and below it, in twips."""
FRAME_MARGIN: Final = twips(TOKENS.gaps.callout_across)
"""Between the bar of a frame and its text, in twips, and on the other side: programs disagree on
which of the two is the left one of a table from right to left."""
_FRAME_MARGIN_ABOVE: Final = twips(TOKENS.gaps.callout_down)
_RULES: Final = TOKENS.rules


_GRID: Final = ("top", "left", "bottom", "right", "insideH", "insideV")


def cell_margins(above: int, beside: int) -> str:
    """What is left free around the text of each cell, in twips."""
    sides = {"top": above, "left": beside, "bottom": above, "right": beside}
    edges = "".join(f'<w:{side} w:w="{size}" w:type="dxa"/>' for side, size in sides.items())
    return f"<w:tblCellMar>{edges}</w:tblCellMar>"


def _table(style_id: str, name: str, borders: str, margins: str, rest: str = "") -> Style:
    return Style(
        style_id,
        name,
        kind="table",
        based_on="TableNormal",
        table=f'<w:tblPr><w:tblStyleRowBandSize w:val="1"/>'
        f"<w:tblBorders>{borders}</w:tblBorders>{margins}</w:tblPr>{rest}",
        custom=True,
    )


def _conditional(part: str, *, run: str = "", cell: str = "") -> str:
    """What a part of a table, such as its first row, has of its own."""
    text = f"<w:rPr>{run}</w:rPr>" if run else ""
    return f'<w:tblStylePr w:type="{part}">{text}<w:tcPr>{cell}</w:tcPr></w:tblStylePr>'


def table_styles() -> Iterator[Style]:
    """The styles of tables and frames."""
    margins = cell_margins(CELL_MARGIN_ABOVE, CELL_MARGIN)
    edge = border("top", ACCENT, _RULES.part), border("bottom", ACCENT, _RULES.box)
    rows = border("insideH", G300, _RULES.row)
    below = f"<w:tcBorders>{border('bottom', ACCENT, _RULES.box)}</w:tcBorders>"
    head = _conditional("firstRow", run=BOLD + colour(ACCENT_DARK), cell=below + shade(ACCENT_TINT))
    band = _conditional("band2Horz", cell=shade(G50))
    yield _table("ContentTable", "Content Table", "".join(edge) + rows, margins, head + band)
    rows = border("bottom", G200, _RULES.hairline) + border("insideH", G200, _RULES.hairline)
    head = _conditional("firstRow", run=BOLD + colour(ACCENT))
    yield _table("GlanceTable", "Glance Table", rows, margins, head)
    box = "".join(border(side, G200, _RULES.box) for side in _GRID)
    front = _conditional("firstCol", cell=shade(ACCENT_TINT))
    yield _table("CardTable", "Card Table", box, margins, front)
    rows = border("bottom", G300, _RULES.row) + border("insideH", G300, _RULES.row)
    names = _conditional("firstCol", run=BOLD)
    yield _table("FactsTable", "Facts Table", rows, margins, names)
    grid = "".join(border(side, G300, _RULES.row) for side in _GRID)
    yield _table("SquaresTable", "Squares Table", grid, cell_margins(0, 0))
    bar = border("left", ACCENT, _RULES.bar)
    yield _table("QuoteFrame", "Quote Frame", bar, cell_margins(0, FRAME_MARGIN))
    margins = cell_margins(_FRAME_MARGIN_ABOVE, FRAME_MARGIN)
    for kind, style_id in CALLOUT_FRAMES.items():
        base, tint = callout_slots(kind)
        yield _table(
            style_id,
            f"Callout Frame {kind.title()}",
            border("left", base, _RULES.bar),
            margins,
            f"<w:tcPr>{shade(tint)}</w:tcPr>",
        )
    yield _table("CoverTable", "Cover Table", "", cell_margins(0, 0))
