"""The styles of tables, and of frames: tables of one cell around blocks of any kind."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from activities.documents.callouts import CalloutKind
from activities.documents.design.tokens import CALLOUTS, TOKENS
from activities.formats.docx.design import (
    ACCENT,
    BOLD,
    border,
    colour,
    shade,
    twips,
)
from activities.formats.docx.page import Page
from activities.formats.docx.palette import palette_of
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


def table_styles(page: Page) -> Iterator[Style]:
    """The styles of tables and frames."""
    palette, rule = palette_of(page.look_name), page.rule
    line, edge = palette.line, palette.edge
    thin = border("insideH", line, rule(_RULES.row))
    margins = cell_margins(CELL_MARGIN_ABOVE, CELL_MARGIN)
    ends = border("top", palette.rule, _RULES.part) + border("bottom", palette.rule, _RULES.box)
    below = f"<w:tcBorders>{border('bottom', palette.rule, _RULES.box)}</w:tcBorders>"
    head_run = BOLD + colour(palette.dark)
    head = _conditional("firstRow", run=head_run, cell=below + shade(palette.head))
    band = _conditional("band2Horz", cell=shade(palette.faint)) if palette.faint else ""
    yield _table("ContentTable", "Content Table", ends + thin, margins, head + band)
    sides = (border(side, edge, rule(_RULES.hairline)) for side in ("bottom", "insideH"))
    head = _conditional("firstRow", run=BOLD + colour(ACCENT))
    yield _table("GlanceTable", "Glance Table", "".join(sides), margins, head)
    box = "".join(border(side, edge, _RULES.box) for side in _GRID)
    front = _conditional("firstCol", cell=shade(palette.head)) if palette.head else ""
    yield _table("CardTable", "Card Table", box, margins, front)
    rows = border("bottom", line, rule(_RULES.row)) + thin
    names = _conditional("firstCol", run=BOLD)
    yield _table("FactsTable", "Facts Table", rows, margins, names)
    yield _table("GlossaryTable", "Glossary Table", thin, margins)
    grid = "".join(border(side, line, rule(_RULES.row)) for side in _GRID)
    yield _table("SquaresTable", "Squares Table", grid, cell_margins(0, 0))
    bar = border("left", palette.rule, _RULES.bar)
    yield _table("QuoteFrame", "Quote Frame", bar, cell_margins(0, FRAME_MARGIN))
    margins = cell_margins(_FRAME_MARGIN_ABOVE, FRAME_MARGIN)
    for kind, style_id in CALLOUT_FRAMES.items():
        colours = palette.of_callout(kind)
        ground = shade(colours.ground)
        yield _table(
            style_id,
            f"Callout Frame {kind.title()}",
            border("left", colours.base, colours.bar),
            margins,
            f"<w:tcPr>{ground}</w:tcPr>" if ground else "",
        )
    yield _table("CoverTable", "Cover Table", "", cell_margins(0, 0))
