"""The SQL content source: items in a table beside the job records."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    LargeBinary,
    Row,
    Select,
    bindparam,
    case,
    cast,
    func,
    insert,
    select,
    union,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from activities.common.database import Database, transaction
from activities.common.lanes import TooBusyError
from activities.content.decoding import UnusableItemError, decode_item
from activities.content.schema import collections, content, facets, media, owners, titles
from activities.content.source import (
    NEWEST_FIRST,
    Collection,
    Collections,
    ContentSourceError,
    Excerpt,
    Filters,
    ItemHead,
    Listing,
    ReadItems,
    Sort,
    TooMuchContentError,
)
from activities.content.sql_search import (
    COLLECTION_KEYS,
    MOST_COUNTED,
    collection_counts,
    counted,
    facet_values,
    first_of_collection,
    matching,
)
from activities.content.sql_walk import owner_after, owners_query, place_after, walk_query
from activities.model.content import PART_NAMES, Item, is_usable_id
from activities.model.content_index import collection_key, index_rows, indexed
from activities.model.facets import FacetValue
from activities.model.folding import sort_key
from activities.model.plain_titles import plain_title
from activities.model.times import time_of

_IDS_PER_QUERY = 500
_TITLE_KEY_BYTES = 400
_encoder = msgspec.json.Encoder()

_HAS_PART: dict[str, Column[Any]] = {name: content.c[f"has_{name}"] for name in PART_NAMES}
_HEAD_COLUMNS = (content.c.id, content.c.title, content.c.created_at, *_HAS_PART.values())

# Built once: building a statement costs more than executing it.
_BY_ID = (
    content.c.owner_id == bindparam("owner_id"),
    content.c.id.in_(bindparam("ids", expanding=True)),
)
_OF_ITEM = (titles.c.owner_id == content.c.owner_id) & (titles.c.id == content.c.id)
_HEADS = select(*_HEAD_COLUMNS, titles.c.updated_at).outerjoin(titles, _OF_ITEM).where(*_BY_ID)
_DOCUMENTS = select(content.c.id, content.c.document).where(*_BY_ID)
_MEDIA = select(case((func.length(media.c.data) <= bindparam("most_bytes"), media.c.data))).where(
    media.c.owner_id == bindparam("owner_id"), media.c.reference == bindparam("reference")
)
_COUNT = select(func.count()).where(content.c.owner_id == bindparam("owner_id"))
_ANYTHING = select(1)
_NO_VALUES: Mapping[str, int] = {}
_NEWEST_FIRST = (content.c.created_at.desc(), content.c.id.desc())


class SqlContent:
    """Content in the service's own database; implements `ContentSource`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        dialect = postgresql if database.dialect == "postgresql" else sqlite
        self._upsert = dialect.insert
        self._bounded_documents = _bounded_documents(database.dialect)
        self._updated = _updated(database.dialect)

    async def heads(self, owner_id: str, ids: Sequence[str]) -> dict[str, ItemHead]:
        """See `ContentSource.heads`."""

        def read(connection: Connection) -> dict[str, ItemHead]:
            return {row.id: _head(row) for row in _by_id(connection, _HEADS, owner_id, ids)}

        with _as_source_error():
            return await self._database.read(read)

    async def search(
        self,
        owner_id: str,
        filters: Filters,
        limit: int,
        *,
        skip: int = 0,
        sort: Sort = NEWEST_FIRST,
    ) -> Excerpt:
        """See `ContentSource.search`."""
        return await self._stretch(owner_id, filters, sort, skip, limit, MOST_COUNTED)

    async def excerpt(
        self,
        owner_id: str,
        filters: Filters,
        *,
        skip: int,
        size: int,
        most: int,
        sort: Sort = NEWEST_FIRST,
    ) -> Excerpt:
        """See `ContentSource.excerpt`."""
        wanted = min(size, max(most - skip, 0))
        return await self._stretch(owner_id, filters, sort, skip, wanted, most)

    async def _stretch(
        self, owner_id: str, filters: Filters, sort: Sort, skip: int, size: int, most: int
    ) -> Excerpt:
        """So many items after others, and how many match up to the most that are counted."""
        if _is_plain(filters, sort):
            query = _newest_ids(owner_id, filters, size, skip)
            number = select(func.count()).select_from(_ids(owner_id, filters, most).subquery())
        else:
            query = matching(self._database.dialect, owner_id, filters, sort, size, skip)
            number = counted(self._database.dialect, owner_id, filters, most)

        def read(connection: Connection) -> Excerpt:
            ids = [item_id for (item_id,) in connection.execute(query)]
            found = {row.id: _head(row) for row in _by_id(connection, _HEADS, owner_id, ids)}
            total = skip + len(ids)
            if len(ids) == size or not ids:
                total = connection.execute(number).scalar_one()
            return Excerpt([found[each] for each in ids if each in found], total)

        with _as_source_error():
            return await self._database.read_long(owner_id, read)

    async def walk(self, owner_id: str, content_types: Sequence[str], after: str | None) -> Listing:
        """See `ContentSource.walk`: the oldest items first, so that new ones come at the end."""
        query = walk_query(owner_id, content_types, after)
        with _as_source_error():
            rows = await self._database.read_long(
                None, lambda connection: connection.execute(query).all()
            )
        return Listing([row.id for row in rows], place_after(rows))

    async def owners(self, tenant: str, after: str | None) -> Listing:
        """See `ContentSource.owners`."""
        query = owners_query(tenant, after)
        with _as_source_error():
            rows = await self._database.read_long(
                None, lambda connection: list(connection.scalars(query))
            )
        return Listing(rows, owner_after(rows))

    async def store_owners(self, tenant: str, owner_ids: Iterable[str]) -> None:
        """Note that these owners belong to a tenant, and to no other."""

        def write(connection: Connection) -> None:
            with transaction(connection):
                for owner_id in owner_ids:
                    row = {"owner_id": owner_id, "tenant": tenant}
                    connection.execute(
                        self._upsert(owners)
                        .values(row)
                        .on_conflict_do_update(index_elements=["owner_id"], set_=row)
                    )

        await self._database.run(write)

    async def facets(
        self, owner_id: str, filters: Filters, names: Sequence[str]
    ) -> dict[str, list[FacetValue]] | None:
        """See `ContentSource.facets`."""
        queries = {
            name: facet_values(self._database.dialect, owner_id, filters.without_facet(name), name)
            for name in names
        }

        def read(connection: Connection) -> dict[str, list[FacetValue]]:
            return {
                name: [FacetValue(value, count) for value, count in connection.execute(query)]
                for name, query in queries.items()
            }

        with _as_source_error():
            return await self._database.read_long(owner_id, read)

    async def collections(
        self, owner_id: str, *, skip: int = 0, size: int, only: str | None = None
    ) -> Collections:
        """See `ContentSource.collections`."""

        def read(connection: Connection) -> Collections:
            keys = (
                [key for (key,) in connection.execute(COLLECTION_KEYS, {"owner_id": owner_id})]
                if only is None
                else [collection_key(only)]
            )
            known = [
                (_title_key(row.title), row.collection_id, row.title, key)
                for key in keys
                for row in connection.execute(first_of_collection(owner_id, key))
            ]
            known.sort()
            shown = known[skip : skip + size]
            wanted = [key for *_, key in shown]
            told = connection.execute(collection_counts(owner_id, wanted))
            counts: dict[str, int] = dict(iter(told))
            items = [
                Collection(collection_id, title, counts.get(key, 0))
                for _, collection_id, title, key in shown
            ]
            return Collections(items, len(known))

        with _as_source_error():
            return await self._database.read_long(owner_id, read)

    async def items(
        self, owner_id: str, ids: Sequence[str], *, most_bytes: int | None = None
    ) -> ReadItems:
        """See `ContentSource.items`."""

        def read(connection: Connection) -> ReadItems:
            if most_bytes is None:
                rows = _by_id(connection, _DOCUMENTS, owner_id, ids)
                documents = {row.id: row.document for row in rows}
            else:
                documents = self._bounded(connection, owner_id, ids, most_bytes)
            return _read(documents, ids)

        with _as_source_error():
            return await self._database.read_long(owner_id, read)

    def _bounded(
        self, connection: Connection, owner_id: str, ids: Sequence[str], most_bytes: int
    ) -> dict[str, str]:
        documents: dict[str, str] = {}
        total = 0
        values = {"most_bytes": most_bytes}
        for row in _by_id(connection, self._bounded_documents, owner_id, ids, values):
            total += row.size
            if total > most_bytes:
                raise TooMuchContentError
            documents[row.id] = row.document
        return documents

    async def updated(self, owner_id: str, ids: Sequence[str]) -> dict[str, datetime | None]:
        """See `ContentSource.updated`."""

        def read(connection: Connection) -> dict[str, datetime | None]:
            rows = _by_id(connection, self._updated, owner_id, ids)
            return {row.id: _time(row.updated_at) for row in rows}

        with _as_source_error():
            return await self._database.read_long(owner_id, read)

    async def store(self, items: Iterable[Item]) -> int:
        """Insert items or replace those of the same owner and id, all or none; returns how many."""
        rows = [(_row(item), index_rows(indexed(item))) for item in items]

        def write(connection: Connection) -> int:
            with transaction(connection):
                for row, beside in rows:
                    # A trigger removes what stands beside the item so far.
                    connection.execute(
                        self._upsert(content)
                        .values(row)
                        .on_conflict_do_update(index_elements=["owner_id", "id"], set_=row)
                    )
                    for table in (titles, facets, collections):
                        if found := beside[table.name]:
                            connection.execute(insert(table), found)
            return len(rows)

        return await self._database.run(write)

    async def media(self, owner_id: str, reference: str, *, most_bytes: int) -> bytes | None:
        """See `ContentSource.media`."""
        if "\0" in reference:  # PostgreSQL would not even be asked for it
            return None
        values = {"owner_id": owner_id, "reference": reference, "most_bytes": most_bytes}

        def read(connection: Connection) -> bytes | None:
            found = connection.execute(_MEDIA, values).scalar_one_or_none()
            return None if found is None else bytes(found)

        with _as_source_error():
            return await self._database.read_long(owner_id, read)

    async def store_media(self, owner_id: str, files: Mapping[str, bytes]) -> int:
        """Insert the pictures that an owner's content refers to, by reference, or replace them;
        returns how many.
        """

        def write(connection: Connection) -> int:
            with transaction(connection):
                for reference, data in files.items():
                    row = {"owner_id": owner_id, "reference": reference, "data": data}
                    connection.execute(
                        self._upsert(media)
                        .values(row)
                        .on_conflict_do_update(index_elements=["owner_id", "reference"], set_=row)
                    )
            return len(files)

        return await self._database.run(write)

    async def count(self, owner_id: str) -> int:
        """The number of items that the owner has."""
        values = {"owner_id": owner_id}
        with _as_source_error():
            return await self._database.read_long(
                owner_id, lambda connection: connection.execute(_COUNT, values).scalar_one()
            )

    async def check(self) -> None:
        """See `ContentSource.check`."""
        with _as_source_error():
            await self._database.read(lambda connection: connection.execute(_ANYTHING).all())

    async def close(self) -> None:
        """The database is closed by the caller who opened it."""


def _row(item: Item) -> dict[str, Any]:
    return {
        "owner_id": item.owner_id,
        "id": item.id,
        "title": item.title,
        "created_at": item.created_at,
        "document": _encoder.encode(item).decode(),
    } | {f"has_{name}": bool(getattr(item, name)) for name in PART_NAMES}


def _read(documents: Mapping[str, str], ids: Sequence[str]) -> ReadItems:
    items: list[Item] = []
    broken: dict[str, str] = {}
    replaced: dict[str, int] = {}
    for item_id in ids:
        if item_id not in documents:
            continue
        try:
            read = decode_item(documents[item_id].encode())
        except UnusableItemError as error:
            broken[item_id] = error.reason
            continue
        items.append(read.item)
        if read.replaced:
            replaced[item_id] = read.replaced
    return ReadItems(items, broken, replaced)


@contextmanager
def _as_source_error() -> Iterator[None]:
    try:
        yield
    except TooBusyError:
        raise
    except SQLAlchemyError as error:
        raise ContentSourceError(f"the content database: {type(error).__name__}") from None


def _is_plain(filters: Filters, sort: Sort) -> bool:
    """Whether the items' own indexes say which match, newest first."""
    narrowed = filters.text or filters.facets or filters.collection_id is not None
    return sort == NEWEST_FIRST and not narrowed


def _title_key(title: str) -> str:
    return sort_key(plain_title(title), _TITLE_KEY_BYTES)


def _newest_ids(owner_id: str, filters: Filters, limit: int, skip: int) -> Select[Any]:
    """The ids of the newest items that match, newest first, after the first few."""
    if len(filters.content_types) <= 1:
        return _ids(owner_id, filters, limit).with_only_columns(content.c.id).offset(skip)
    ids = _ids(owner_id, filters, skip + limit)
    return ids.with_only_columns(ids.selected_columns.id).limit(limit).offset(skip)


def _ids(owner_id: str, filters: Filters, limit: int) -> Select[Any]:
    """The ids and times of the newest items that match, newest first."""
    conditions = [content.c.owner_id == owner_id]
    if filters.first is not None:
        conditions.append(content.c.created_at >= filters.first)
    if filters.last is not None:
        conditions.append(content.c.created_at <= filters.last)
    all_ids = select(content.c.id, content.c.created_at).where(*conditions)
    # Each part has an index of the items that have it, in which a rare one is as near as any.
    parts = [_HAS_PART[name] for name in filters.content_types]
    if len(parts) <= 1:
        return all_ids.where(*parts).order_by(*_NEWEST_FIRST).limit(limit)
    of_parts = (all_ids.where(part).order_by(*_NEWEST_FIRST).limit(limit) for part in parts)
    ids = union(*(select(of_part.subquery()) for of_part in of_parts)).subquery()
    newest_first = (ids.c.created_at.desc(), ids.c.id.desc())
    return select(ids.c.id, ids.c.created_at).order_by(*newest_first).limit(limit)


def _by_id(
    connection: Connection,
    query: Executable,
    owner_id: str,
    ids: Sequence[str],
    values: Mapping[str, int] = _NO_VALUES,
) -> Iterator[Row[Any]]:
    # PostgreSQL would not even be asked for a NUL.
    possible = [item_id for item_id in ids if is_usable_id(item_id)]
    for start in range(0, len(possible), _IDS_PER_QUERY):
        wanted = possible[start : start + _IDS_PER_QUERY]
        yield from connection.execute(query, {"owner_id": owner_id, "ids": wanted, **values})


def _bounded_documents(dialect: str) -> Select[Any]:
    """Documents and their sizes in bytes, without those that are larger than the most."""
    size = (
        func.octet_length(content.c.document)
        if dialect == "postgresql"
        # Its `octet_length` is newer than the SQLite of some Pythons.
        else func.length(cast(content.c.document, LargeBinary))
    )
    fits = size <= bindparam("most_bytes", type_=Integer)
    document = case((fits, content.c.document)).label("document")
    return select(content.c.id, size.label("size"), document).where(*_BY_ID)


def _updated(dialect: str) -> Select[Any]:
    """Ids and what stands in documents as `updated_at`, as text; null in what is no JSON."""
    document = content.c.document
    updated: ColumnElement[Any]
    if dialect == "postgresql":
        # Before version 16 it cannot be asked whether a text is JSON. Ours are written alike; what
        # is another's is looked at as a whole.
        updated = func.substring(document, '^[{]"id":.*?"updated_at":"([^"]*)"')
    else:
        updated = case((func.json_valid(document), func.json_extract(document, "$.updated_at")))
    return select(content.c.id, updated.label("updated_at")).where(*_BY_ID)


def _time(text: Any) -> datetime | None:
    try:
        return time_of(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _head(row: Any) -> ItemHead:
    item_id, title, created_at, *has_parts, updated_at = row
    parts = tuple(name for name, has in zip(PART_NAMES, has_parts, strict=True) if has)
    return ItemHead(item_id, title, created_at, parts, updated_at)
