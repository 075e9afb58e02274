"""The SQL content source: items in a table beside the job records."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Column, Connection, Executable, bindparam, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from activities.common.database import Database
from activities.content.schema import content
from activities.content.source import BrokenContentError, ContentSourceError, Filters, ItemHead
from activities.model.content import PART_NAMES, Item

T = TypeVar("T")

_IDS_PER_QUERY = 500
_decoder = msgspec.json.Decoder(Item)
_encoder = msgspec.json.Encoder()

_HAS_PART: dict[str, Column[Any]] = {name: content.c[f"has_{name}"] for name in PART_NAMES}
_HEAD_COLUMNS = (content.c.id, content.c.title, content.c.created_at, *_HAS_PART.values())

# Built once: building a statement costs more than executing it.
_BY_ID = (
    content.c.owner_id == bindparam("owner_id"),
    content.c.id.in_(bindparam("ids", expanding=True)),
)
_HEADS = select(*_HEAD_COLUMNS).where(*_BY_ID)
_DOCUMENTS = select(content.c.id, content.c.document).where(*_BY_ID)
_COUNT = select(func.count()).where(content.c.owner_id == bindparam("owner_id"))


class SqlContent:
    """Content in the service's own database; implements `ContentSource`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = postgresql if database.dialect == "postgresql" else sqlite
        self._upsert = dialect.insert

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """See `ContentSource.heads`."""
        rows = await self._by_id(_HEADS, owner_id, ids)
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
        rows = await self._by_id(_DOCUMENTS, owner_id, ids)
        documents = {row.id: row.document for row in rows}
        try:
            return [_decoder.decode(documents[item_id]) for item_id in ids if item_id in documents]
        except (msgspec.MsgspecError, RecursionError):
            raise BrokenContentError("a stored item is not content") from None

    async def store(self, items: Iterable[Item]) -> int:
        """Insert items or replace those of the same owner and id; returns how many."""

        def write(connection: Connection) -> int:
            stored = 0
            for item in items:
                row = {
                    "owner_id": item.owner_id,
                    "id": item.id,
                    "title": item.title,
                    "created_at": item.created_at,
                    "document": _encoder.encode(item).decode(),
                } | {f"has_{name}": bool(getattr(item, name)) for name in PART_NAMES}
                connection.execute(
                    self._upsert(content)
                    .values(row)
                    .on_conflict_do_update(index_elements=["owner_id", "id"], set_=row)
                )
                stored += 1
            return stored

        return await self._database.run(write)

    async def count(self, owner_id: str) -> int:
        """The number of items that the owner has."""
        return int((await self._rows(_COUNT, {"owner_id": owner_id}))[0][0])

    async def check(self) -> None:
        """See `ContentSource.check`."""
        await self._rows(select(1))

    async def close(self) -> None:
        """The database is closed by the caller who opened it."""

    async def _by_id(self, query: Executable, owner_id: str, ids: Sequence[str]) -> list[Any]:
        # No stored id has a NUL, and PostgreSQL would not even be asked for one.
        possible = [item_id for item_id in ids if "\0" not in item_id]
        slices = [
            possible[start : start + _IDS_PER_QUERY]
            for start in range(0, len(possible), _IDS_PER_QUERY)
        ]

        def read(connection: Connection) -> list[Any]:
            return [
                row
                for wanted in slices
                for row in connection.execute(query, {"owner_id": owner_id, "ids": wanted})
            ]

        return await self._read(read)

    async def _rows(
        self, query: Executable, parameters: dict[str, Any] | None = None
    ) -> Sequence[Any]:
        return await self._read(lambda connection: connection.execute(query, parameters).all())

    async def _read(self, read: Callable[[Connection], T]) -> T:
        try:
            return await self._database.run(read)
        except SQLAlchemyError as error:
            raise ContentSourceError(f"the content database: {type(error).__name__}") from None


def _head(row: Any) -> ItemHead:
    item_id, title, created_at, *has_parts = row
    parts = tuple(name for name, has in zip(PART_NAMES, has_parts, strict=True) if has)
    return ItemHead(item_id, title, created_at, parts)


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
