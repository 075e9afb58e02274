"""Titles, facets and collections of content, by which items are found without reading them."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from activities.common.column_types import UtcDateTime
from activities.model.content import PART_NAMES
from activities.model.content_index import COLLECTIONS, FACETS, TITLES, Indexed, index_rows
from activities.model.times import time_of

revision = "0018"
down_revision = "0017"

_ITEMS_AT_ONCE = 100
_FORGET = " ".join(
    f"DELETE FROM {name} WHERE owner_id = OLD.owner_id AND id = OLD.id;"  # noqa: S608
    for name in (TITLES, FACETS, COLLECTIONS)
)
_TRIGGERS = {
    "sqlite": (
        f"""
        CREATE TRIGGER content_item_removed AFTER DELETE ON content_item
        BEGIN {_FORGET} END
        """,
        f"""
        CREATE TRIGGER content_item_changed AFTER UPDATE OF document ON content_item
        BEGIN {_FORGET} END
        """,
    ),
    "postgresql": (
        f"""
        CREATE FUNCTION forget_content_item() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN {_FORGET} RETURN NULL; END $$
        """,
        """
        CREATE TRIGGER content_item_forgotten AFTER DELETE OR UPDATE OF document ON content_item
        FOR EACH ROW EXECUTE FUNCTION forget_content_item()
        """,
    ),
}


def upgrade() -> None:
    """Apply."""
    made: dict[str, sa.Table] = {}
    made[TITLES] = op.create_table(
        TITLES,
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column(
            "sort_key",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("searchable", sa.Text, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
    )
    made[FACETS] = op.create_table(
        FACETS,
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
    )
    made[COLLECTIONS] = op.create_table(
        COLLECTIONS,
        sa.Column("owner_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("key", sa.String(32), primary_key=True),
        sa.Column("collection_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.Float, nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
    )
    for name, table, columns in (
        ("ix_content_title_created", "content_title", ["created_at", "id"]),
        ("ix_content_title_updated", "content_title", ["updated_at", "id"]),
        ("ix_content_title_sort", "content_title", ["sort_key", "id"]),
        ("ix_content_facet_value", "content_facet", ["name", "value", "created_at", "id"]),
        (
            "ix_content_collection_place",
            "content_collection",
            ["key", "place", "created_at", "id"],
        ),
    ):
        op.create_index(name, table, ["owner_id", *columns])
    connection = op.get_bind()
    for row in _stored(connection):
        for name, rows in index_rows(_indexed(row)).items():
            if rows:
                connection.execute(made[name].insert(), rows)
    for statement in _TRIGGERS[connection.dialect.name]:
        op.execute(statement)


def _stored(connection: sa.Connection) -> Iterator[Any]:
    """All items, of which never many are in memory."""
    item = sa.table(
        "content_item",
        *(sa.column(name) for name in ("owner_id", "id", "title", "document")),
        sa.column("created_at", UtcDateTime(timezone=True)),
        *(sa.column(f"has_{name}") for name in PART_NAMES),
    )
    place = sa.tuple_(item.c.owner_id, item.c.id)
    query = sa.select(item).order_by(item.c.owner_id, item.c.id).limit(_ITEMS_AT_ONCE)
    last: Any = None
    while True:
        further = query if last is None else query.where(place > sa.tuple_(last.owner_id, last.id))
        rows = connection.execute(further).all()
        yield from rows
        if len(rows) < _ITEMS_AT_ONCE:
            return
        last = rows[-1]


def _indexed(row: Any) -> Indexed:
    """What is looked at of an item; so far none is in a collection."""
    fields = _fields(row.document)
    return Indexed(
        row.owner_id,
        row.id,
        row.title,
        row.created_at,
        _time(fields.get("updated_at")) or row.created_at,
        [name for name in PART_NAMES if getattr(row, f"has_{name}")],
        fields.get("language"),
        fields.get("metadata"),
    )


def _time(text: Any) -> datetime | None:
    try:
        return time_of(text) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None


def _fields(document: str) -> dict[str, Any]:
    try:
        fields = json.loads(document)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}
