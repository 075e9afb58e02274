"""Directions that an author set (`dir` of HTML), where letters would tell others.

What a paragraph begins with says its direction in every format, so a mark before it is enough; what
stands within a line is isolated, or overridden, by the characters that HTML names for that
(https://html.spec.whatwg.org/#bidi-rendering).
"""

from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from activities.documents.direction import runs_are_right_to_left
from activities.documents.html.attributes import Attributes, declarations
from activities.documents.model import (
    Block,
    Callout,
    Definition,
    Definitions,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Run,
    Runs,
    Table,
)

_NAMED: Final = MappingProxyType({"rtl": True, "ltr": False})
_MARKS: Final = MappingProxyType({True: "\u200f", False: "\u200e"})
_ISOLATES: Final = MappingProxyType({True: "\u2067", False: "\u2066", None: "\u2068"})
_FILLED: Final = MappingProxyType({"\u2067": True, "\u2066": False})
_OVERRIDES: Final = MappingProxyType({True: "\u202e", False: "\u202d"})
_END_OF_ISOLATE, _END_OF_OVERRIDE = "\u2069", "\u202c"


def sets_direction(attributes: Attributes) -> bool:
    """Whether an element says a direction, if only that its letters decide."""
    return _said(attributes) in {"rtl", "ltr", "auto"}


def is_set_right_to_left(attributes: Attributes) -> bool | None:
    """The direction that an element says; None when letters decide."""
    return _NAMED.get(_said(attributes))


def marks_within_line(name: str, attributes: Attributes) -> tuple[str, str]:
    """What begins and what ends the direction of an element within a line; empty for none."""
    right_to_left = is_set_right_to_left(attributes)
    if name == "bdo" and right_to_left is not None:
        isolate, override = _ISOLATES[right_to_left], _OVERRIDES[right_to_left]
        return isolate + override, _END_OF_OVERRIDE + _END_OF_ISOLATE
    if name == "bdi" or sets_direction(attributes):
        return _ISOLATES[right_to_left], _END_OF_ISOLATE
    return "", ""


def directed(blocks: Iterable[Block], right_to_left: bool | None) -> list[Block]:
    """Blocks whose texts have a direction; None: that of their letters."""
    if right_to_left is None:
        return [_as_isolated(block) for block in blocks]
    return [_directed(block, right_to_left) for block in blocks]


def _as_isolated(block: Block) -> Block:
    """A paragraph that an element within it fills, as some editors write it, has its direction."""
    if not isinstance(block, Paragraph):
        return block
    right_to_left = _FILLED.get(block.runs[0].text[:1])
    if right_to_left is None or not _is_undecided(block.runs):
        return block
    return _directed(block, right_to_left)


def _said(attributes: Attributes) -> str:
    said = attributes.get("dir", "").strip().lower()
    return said or declarations(attributes).get("direction", "")


def _directed(block: Block, right_to_left: bool) -> Block:
    match block:
        case Paragraph() | Heading():
            return replace(block, runs=_marked(block.runs, right_to_left))
        case ListBlock():
            items = [
                replace(item, blocks=tuple(directed(item.blocks, right_to_left)))
                for item in block.items
            ]
            return replace(block, items=tuple(items))
        case Quote():
            return replace(block, blocks=tuple(directed(block.blocks, right_to_left)))
        case Callout():
            title = _marked(block.title, right_to_left)
            within = tuple(directed(block.blocks, right_to_left))
            return replace(block, title=title, blocks=within)
        case Definitions():
            entries = [_definition(entry, right_to_left) for entry in block.entries]
            return replace(block, entries=tuple(entries))
        case Table():
            return replace(
                block,
                header=block.header and _cells(block.header, right_to_left),
                rows=tuple(_cells(row, right_to_left) for row in block.rows),
                caption=_marked(block.caption, right_to_left),
            )
        case _:
            return block


def _definition(entry: Definition, right_to_left: bool) -> Definition:
    return Definition(
        _cells(entry.terms, right_to_left),
        tuple(tuple(directed(blocks, right_to_left)) for blocks in entry.details),
    )


def _cells(cells: Iterable[Runs], right_to_left: bool) -> tuple[Runs, ...]:
    return tuple(_marked(runs, right_to_left) for runs in cells)


def _marked(runs: Runs, right_to_left: bool) -> Runs:
    """The runs, with a mark before them if their letters alone would not say the direction."""
    if runs_are_right_to_left(runs, otherwise=not right_to_left) == right_to_left:
        return runs
    text = "".join([run.text for run in runs]).strip()
    if _is_undecided(runs) and (not text or text.isalnum()):
        # A number looks the same in both directions, and stays one for programs.
        return runs
    return (Run(_MARKS[right_to_left]), *runs)


def _is_undecided(runs: Runs) -> bool:
    return runs_are_right_to_left(runs, otherwise=True) != runs_are_right_to_left(
        runs, otherwise=False
    )
