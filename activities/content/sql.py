"""The SQL content source: items in a table beside the job records."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.content.model import PART_NAMES, Item
from activities.content.schema import content
from activities.content.source import BrokenContentError, ContentSourceError, Filters, ItemHead

_IDS_PER_QUERY = 500
_decoder = msgspec.json.Decoder(Item)
_encoder = msgspec.json.Encoder()

_HAS_PART = {name: content.c[f"has_{name}"] for name in PART_NAMES}
_HEAD_COLUMNS = (content.c.id, content.c.title, content.c.created_at, *_HAS_PART.values())


class SqlContent:
    """Content in the service's own database; implements `ContentSource`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        self._upsert = dialect.insert

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """See `ContentSource.heads`."""
        rows = await self._by_id(owner_id, ids, *_HEAD_COLUMNS)
        return {row.id: _head(row) for row in rows}

    async def search(self, owner_id: str, filters: Filters, limit: int) -> list[ItemHead]:
        """See `ContentSource.search`."""
        query = select(*_HEAD_COLUMNS).where(content.c.owner_id == owner_id)
        if filters.date_from is not None:
            query = query.where(content.c.created_at >= _start_of(filters.date_from))
        # After the last day there is, there is no next one.
        if filters.date_to is not None and filters.date_to < date.max:
            next_day = _start_of(filters.date_to) + timedelta(days=1)
            query = query.where(content.c.created_at < next_day)
        if filters.content_types:
            query = query.where(or_(*(_HAS_PART[n] for n in filters.content_types)))
        query = query.order_by(content.c.created_at.desc(), content.c.id.desc()).limit(limit)
        return [_head(row) for row in await self._rows(query)]

    async def items(self, owner_id: str, ids: Sequence[str]) -> list[Item]:
        """See `ContentSource.items`."""
        rows = await self._by_id(owner_id, ids, content.c.id, content.c.document)
        documents = {row.id: row.document for row in rows}
        try:
            return [_decoder.decode(documents[item_id]) for item_id in ids if item_id in documents]
        except (msgspec.MsgspecError, RecursionError):
            raise BrokenContentError("a stored item is not content") from None

    async def store(self, items: Iterable[Item]) -> int:
        """Insert items or replace those of the same owner and id; returns how many."""
        stored = 0
        async with self._engine.connect() as connection:
            for item in items:
                row = {
                    "owner_id": item.owner_id,
                    "id": item.id,
                    "title": item.title,
                    "created_at": item.created_at,
                    "document": _encoder.encode(item).decode(),
                } | {f"has_{name}": bool(getattr(item, name)) for name in PART_NAMES}
                await connection.execute(
                    self._upsert(content)
                    .values(row)
                    .on_conflict_do_update(index_elements=["owner_id", "id"], set_=row)
                )
                stored += 1
        return stored

    async def count(self, owner_id: str) -> int:
        """How many items the owner has."""
        rows = await self._rows(
            select(func.count()).select_from(content).where(content.c.owner_id == owner_id)
        )
        return int(rows[0][0])

    async def check(self) -> None:
        """See `ContentSource.check`."""
        await self._rows(select(1))

    async def close(self) -> None:
        """The engine belongs to whoever made it."""

    async def _by_id(self, owner_id: str, ids: Sequence[str], *columns: Any) -> list[Any]:
        found: list[Any] = []
        # No stored id has a NUL, and PostgreSQL would not even be asked for one.
        possible = [item_id for item_id in ids if "\0" not in item_id]
        for start in range(0, len(possible), _IDS_PER_QUERY):
            wanted = possible[start : start + _IDS_PER_QUERY]
            query = select(*columns).where(content.c.owner_id == owner_id, content.c.id.in_(wanted))
            found += await self._rows(query)
        return found

    async def _rows(self, query: Any) -> Sequence[Any]:
        try:
            async with self._engine.connect() as connection:
                return (await connection.execute(query)).all()
        except SQLAlchemyError as error:
            raise ContentSourceError(f"the content database: {type(error).__name__}") from None


def _head(row: Any) -> ItemHead:
    item_id, title, created_at, *has_parts = row
    parts = tuple(name for name, has in zip(PART_NAMES, has_parts, strict=True) if has)
    return ItemHead(item_id, title, created_at, parts)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
