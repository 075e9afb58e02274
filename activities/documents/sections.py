"""Blocks in a row, cut at their headings."""

from collections.abc import Iterable, Iterator

from activities.documents.model import Block, Heading


def sections(
    blocks: Iterable[Block], *, numbered_only: bool
) -> Iterator[tuple[Heading | None, list[Block]]]:
    """Each heading with the blocks below it; without a heading for those before the first.

    Args:
        blocks: the blocks of one part.
        numbered_only: whether only the sections of an outline count; its texts may have headings
            of their own.
    """
    heading: Heading | None = None
    below: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading) and (block.number or not numbered_only):
            if heading or below:
                yield heading, below
            heading, below = block, []
        else:
            below.append(block)
    yield heading, below
