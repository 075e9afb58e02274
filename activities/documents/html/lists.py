"""Lists, and lists of definitions."""

from typing import Final

from activities.documents.html import elements
from activities.documents.html.attributes import (
    Attributes,
    declarations,
    is_task_done,
    whole_number,
)
from activities.documents.html.building import Building
from activities.documents.html.flatten import flat_runs
from activities.documents.html.frames import Frame, Kind
from activities.documents.model import Definition, Definitions, ListBlock, ListItem

_START_MAX: Final = 999_999_999
"""Of a numbered list, as in Markdown."""


def start_list(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a list."""
    building.close_paragraph()
    top = building.open[-1]
    if top.kind == "list" and top.name and top.items and not building.hidden:
        # A list that stands beside the items belongs to the one before it.
        last = top.items.pop()
        frame = building.push("li", "item", deeper=True)
        if frame is not None:
            frame.blocks.extend(last.blocks)
            frame.checked = last.checked
    elif top.kind != "list" or not top.name:
        # One that only holds another is there to indent it, and has no item.
        building.begin_text()
    frame = building.push(name, "list", attributes)
    if frame is not None:
        style = declarations(attributes).get("list-style-type", "")
        written = attributes.get("type", "")
        frame.style = elements.LIST_STYLES.get(style or written, "decimal")
        frame.start = whole_number(attributes.get("start"), 0, _START_MAX)


def close_list(building: Building, frame: Frame) -> None:
    """End a list."""
    building.open[-1].blocks.extend(frame.blocks)
    if frame.items:
        ordered = frame.name == "ol"
        start = 1 if frame.start is None else frame.start
        items = tuple(frame.items)
        building.add(ListBlock(items, ordered, start, frame.style) if ordered else ListBlock(items))


def start_item(building: Building, name: str, attributes: Attributes) -> None:
    """Begin an item."""
    building.close_paragraph()
    _close_up_to_list(building, {"item"}, {"list"})
    if building.open[-1].kind != "list" and building.push("", "list") is None:
        building.ignored[name] += 1
        return
    around = building.open[-1]
    frame = building.push(name, "item", attributes, deeper=True)
    if frame is not None:
        frame.checked = is_task_done(attributes)
    value = whole_number(attributes.get("value"), 0, _START_MAX)
    if value is not None and not around.items and around.start is None:
        around.start = value


def close_item(building: Building, frame: Frame) -> None:
    """End an item."""
    around = building.open[-1]
    if frame.blocks or frame.checked is not None:
        around.items.append(ListItem(tuple(frame.blocks), frame.checked))


def _close_up_to_list(building: Building, kinds: set[Kind], ends: set[Kind]) -> None:
    """Close the innermost element of some kinds that is open within one of the ends."""
    for frame in reversed(building.open):
        if frame.kind in ends or frame.scope is not None:
            return
        if frame.kind in kinds:
            while building.open[-1] is not frame:
                building.pop()
            building.pop()
            return


def start_definitions(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a list of definitions."""
    building.enter_block()
    building.push(name, "definitions", attributes)


def close_definitions(building: Building, frame: Frame) -> None:
    """End a list of definitions."""
    if frame.terms or frame.details:
        frame.entries.append(Definition(tuple(frame.terms), tuple(frame.details)))
    building.open[-1].blocks.extend(frame.blocks)
    if frame.entries:
        building.add(Definitions(tuple(frame.entries)))


def start_term(building: Building, name: str, attributes: Attributes) -> None:
    """Begin a term, or the definition of one."""
    building.close_paragraph()
    _close_up_to_list(building, {"term", "definition"}, {"definitions"})
    if not _definitions(building) and building.push("", "definitions") is None:
        building.ignored[name] += 1
        return
    if name == "dt":
        building.push(name, "term", attributes)
    else:
        building.push(name, "definition", attributes, deeper=True)


def close_term(building: Building, frame: Frame) -> None:
    """End a term."""
    around = _definitions(building)
    runs = flat_runs(frame.blocks)
    if around is None:
        building.open[-1].blocks.extend(frame.blocks)
    elif runs:
        _end_definition(around)
        around.terms.append(runs)


def close_definition(building: Building, frame: Frame) -> None:
    """End a definition."""
    around = _definitions(building)
    if around is None:
        building.open[-1].blocks.extend(frame.blocks)
    elif frame.blocks:
        around.details.append(tuple(frame.blocks))


def _definitions(building: Building) -> Frame | None:
    for frame in reversed(building.open):
        if frame.kind == "definitions":
            return frame
        if frame.kind != "block" or frame.scope is not None:
            return None
    return None


def _end_definition(frame: Frame) -> None:
    """Terms that follow details begin another entry."""
    if frame.details:
        frame.entries.append(Definition(tuple(frame.terms), tuple(frame.details)))
        frame.terms.clear()
        frame.details.clear()
