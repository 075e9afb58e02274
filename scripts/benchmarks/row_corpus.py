"""Content of many short rows and little Markdown."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from activities.model.content import Item, Scalar

ROWS_AN_ITEM: Final = 1_000
_BIRTH: Final = datetime(2024, 1, 1, tzinfo=UTC)


def row_items(count: int) -> Iterator[Item]:
    """Items of nothing but `ROWS_AN_ITEM` facts, half of which are numbers."""
    for number in range(count):
        facts: dict[str, Scalar | list[Scalar]] = {
            f"fact {row}": row * 1.5 if row % 2 else f"what is known of number {row}"
            for row in range(ROWS_AN_ITEM)
        }
        yield Item(
            id=f"rows-{number}",
            owner_id="teacher-1",
            title=f"Facts of item {number}",
            language="en",
            version=1,
            created_at=_BIRTH,
            updated_at=_BIRTH,
            metadata=facts,
        )
