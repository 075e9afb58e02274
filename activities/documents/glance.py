"""An outline at a glance: its sections, what is learned in them and what to remember."""

from collections.abc import Sequence
from typing import NamedTuple

from activities.documents.model import Block, Heading, Objectives, Paragraph, Part, Runs
from activities.documents.sections import sections


class GlanceSection(NamedTuple):
    """A section of an outline, of the kind that has room in a row."""

    heading: Heading
    summary: tuple[Runs, ...]
    objectives: tuple[Runs, ...]
    key_points: tuple[Runs, ...]


class Glance(NamedTuple):
    """An outline that can be a table, and what stands before its first section."""

    lead: tuple[Block, ...]
    sections: tuple[GlanceSection, ...]


def read_glance(part: Part) -> Glance | None:
    """The outline as a table, or None where a section holds more than a row has room for, such as
    lists or pictures.
    """
    lead: tuple[Block, ...] = ()
    found = []
    for heading, blocks in sections(part.blocks, numbered_only=True):
        if heading is None:
            lead = tuple(blocks)
            continue
        section = _section(heading, blocks)
        if section is None:
            return None
        found.append(section)
    return Glance(lead, tuple(found))


def split_lead(blocks: Sequence[Block]) -> tuple[Runs, tuple[Block, ...]]:
    """The first paragraph of an outline's summary, and all that follows."""
    first = blocks[0] if blocks else None
    if isinstance(first, Paragraph):
        return first.runs, tuple(blocks[1:])
    return (), tuple(blocks)


def _section(heading: Heading, blocks: Sequence[Block]) -> GlanceSection | None:
    summary: list[Runs] = []
    told: dict[str, tuple[Runs, ...]] = {"learning_objectives": (), "key_points": ()}
    for block in blocks:
        if isinstance(block, Paragraph):
            summary.append(block.runs)
        elif isinstance(block, Objectives):
            told[block.kind] = block.entries
        else:
            return None
    return GlanceSection(heading, tuple(summary), told["learning_objectives"], told["key_points"])
