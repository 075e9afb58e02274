"""Tables and their parts."""

from typing import Final

from activities.documents.budget import CELL_TOKENS
from activities.documents.html import elements
from activities.documents.html.attributes import Attributes, declarations, whole_number
from activities.documents.html.building import Building
from activities.documents.html.flatten import flat_runs
from activities.documents.html.frames import Frame
from activities.documents.html.grid import COLUMNS_SPANNED_MAX, ROWS_SPANNED_MAX, Cell, Grid
from activities.documents.model import Alignment, Paragraph

_TABLES_MAX: Final = 4
"""Tables in cells of tables; what is in deeper ones is what stands in the cell."""
_PARTS: Final = frozenset({"table", "section", "row"})


def start_table(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a table."""
    building.close_paragraph()
    if building.open[-1].kind in _PARTS:
        _close_up_to_table(building, {"table"})
    building.begin_text()
    if building.tables >= _TABLES_MAX:
        building.push(name, "block", attributes, own=False)
        return
    frame = building.push(name, "table", attributes, own=False)
    if frame is not None and frame.kind == "table":
        frame.grid = Grid()
        frame.is_layout = attributes.get("role", "") in {"presentation", "none"}
        building.tables += 1


def close_table(building: Building, frame: Frame) -> None:
    """End a table."""
    grid = frame.grid
    if grid is None:
        return
    if frame.is_layout or len(frame.cells) == 1:
        # It only arranges what is in it.
        if frame.title:
            building.add(Paragraph(frame.title, "note"))
        for blocks in frame.cells:
            building.open[-1].blocks.extend(blocks)
        return
    table = grid.table(frame.title, max(building.budget.tokens, 0) // CELL_TOKENS)
    if table is not None:
        building.budget.tokens -= CELL_TOKENS * len(table.alignments) * len(table.shown_rows)
        building.add(table)
    elif any(frame.cells):
        building.budget.refusals += 1
        for blocks in frame.cells:
            building.open[-1].blocks.extend(blocks)


def start_part(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a section, row, cell or caption: those that are open and of its rank end."""
    table = _table(building)
    if table is None or table.grid is None:
        return
    for kind in ("cell", "caption", "row", "section"):
        ends = kind != "row" or name not in elements.CELLS
        if ends and (kind != "section" or name not in elements.CELLS | {"tr"}):
            _close_up_to_table(building, {kind})
    while building.open[-1].kind not in _PARTS:
        building.pop()
    if name == "caption":
        building.push(name, "caption", attributes)
    elif name in elements.SECTIONS:
        table.grid.section = name
        building.push(name, "section", attributes, own=False)
    elif name == "tr":
        table.grid.begin_row()
        building.push(name, "row", attributes, own=False)
    else:
        _start_cell(building, name, attributes, table)


def _start_cell(building: Building, name: str, attributes: Attributes, table: Frame) -> None:
    if building.open[-1].kind != "row":
        if table.grid is not None:
            table.grid.begin_row()
        building.push("tr", "row", own=False)
    frame = building.push(name, "cell", attributes)
    if frame is not None:
        columns = whole_number(attributes.get("colspan"), 1, COLUMNS_SPANNED_MAX) or 1
        rows = whole_number(attributes.get("rowspan"), 0, ROWS_SPANNED_MAX)
        # Nought is as far as the table goes.
        frame.span = (columns, ROWS_SPANNED_MAX if rows == 0 else rows or 1)
        frame.alignment = _alignment(attributes)


def close_cell(building: Building, frame: Frame) -> None:
    """End a cell."""
    table = _table(building)
    if table is None or table.grid is None or not table.grid.rows:
        building.open[-1].blocks.extend(frame.blocks)
        return
    columns, rows = frame.span
    table.cells.append(frame.blocks)
    runs = () if table.is_layout else flat_runs(frame.blocks)
    cell = Cell(runs, frame.name == "th", frame.alignment, columns, rows)
    table.grid.rows[-1].append(cell)


def close_section(building: Building, frame: Frame) -> None:
    """End a section."""
    table = _table(building)
    if frame.name in elements.SECTIONS and table is not None and table.grid is not None:
        table.grid.section = ""


def end_part(building: Building, name: str) -> None:
    """End a part."""
    if name == "table":
        if not _close_up_to_table(building, {"table"}) and building.scopes[-1][name]:
            building.pop_to(name)
        return
    kind = {"tr": "row", "caption": "caption"}.get(name)
    if kind is None:
        kind = "cell" if name in elements.CELLS else "section"
    _close_up_to_table(building, {kind})


def _close_up_to_table(building: Building, kinds: set[str]) -> bool:
    """Close the innermost element of some kinds, with what is open in it.

    Returns:
        Whether there was one that is no farther out than the innermost table.
    """
    for frame in reversed(building.open):
        if frame.kind in kinds:
            while building.open[-1] is not frame:
                building.pop()
            building.pop()
            return True
        if frame.kind == "table":
            return False
    return False


def _table(building: Building) -> Frame | None:
    for frame in reversed(building.open):
        if frame.kind == "table":
            return frame
    return None


def _alignment(attributes: Attributes) -> Alignment:
    asked = declarations(attributes).get("text-align") or attributes.get("align", "").lower()
    match asked:
        case "left" | "center" | "right":
            return asked
        case _:
            return None
