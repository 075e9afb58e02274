"""The text of headings as documents, bookmarks and contents show it."""

from itertools import count
from typing import Final, TypeGuard

from msgspec.structs import replace

from activities.documents.author_numbers import begins_with_number
from activities.documents.model import PART_LEVEL, Block, Document, Heading, Part, Run, Runs

_SECTIONS_MIN: Final = 2
"""A section that is alone needs no number."""


def with_section_numbers(document: Document, unit: int | None) -> Document:
    """The document, with numbers for the sections of its study guide, and the number of the unit,
    if there is one, before each.

    A guide whose author numbered sections gets none.
    """
    above = (unit,) if unit else ()
    parts = tuple([_with_numbers(part, above) for part in document.parts])
    return replace(document, parts=parts)


def _with_numbers(part: Part, above: tuple[int, ...]) -> Part:
    if part.name != "study_guide":
        return part
    sections = [block for block in part.blocks if _is_section(block)]
    if len(sections) < _SECTIONS_MIN or any(
        begins_with_number(section.runs, (number,)) for number, section in enumerate(sections, 1)
    ):
        return part
    numbers = count(1)
    return replace(
        part,
        blocks=tuple(
            [
                replace(block, number=(*above, next(numbers))) if _is_section(block) else block
                for block in part.blocks
            ]
        ),
    )


def _is_section(block: Block) -> TypeGuard[Heading]:
    return isinstance(block, Heading) and block.level == PART_LEVEL + 1


def numbered(heading: Heading) -> Runs:
    """A heading's text after its number in the outline, if it has one."""
    number = heading.shown_number
    return (Run(f"{number}\u2002"), *heading.runs) if number else heading.runs
