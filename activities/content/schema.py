"""The tables of the SQL content source."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from activities.common.column_types import TextWithoutNul, UtcDateTime
from activities.common.database import metadata
from activities.model.content import PART_NAMES
from activities.model.content_index import COLLECTIONS, FACETS, TITLES

content = Table(
    "content_item",
    metadata,
    # Ids are unique within an owner, so no owner can claim or probe another's id.
    Column("owner_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("title", TextWithoutNul, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("document", Text, nullable=False),
    *(Column(f"has_{name}", Boolean, nullable=False) for name in PART_NAMES),
    Index("ix_content_item_created", "owner_id", "created_at", "id"),
    # Of each part the items that have it.
    *(
        Index(
            f"ix_content_item_{name}",
            "owner_id",
            "created_at",
            "id",
            sqlite_where=text(f"has_{name} = 1"),
            postgresql_where=text(f"has_{name}"),
        )
        for name in PART_NAMES
    ),
)

# Whom owners belong to, for exports of all that a tenant has.
owners = Table(
    "content_owner",
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    Index("ix_content_owner_tenant", "tenant", "owner_id"),
)

media = Table(
    "content_media",
    metadata,
    Column("owner_id", Text, primary_key=True),
    # As content refers to it.
    Column("reference", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Triggers of the database remove what the tables below hold of an item whose document is changed
# or removed, whoever does it. They hold no long texts, so that looking through them is quick.
titles = Table(
    TITLES,
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # See `activities.model.folding`. Every database has the same order of it.
    Column("sort_key", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
    Column("searchable", Text, nullable=False),
    # A bit for each part that the item has, in the order of `PART_NAMES`.
    Column("parts", Integer, nullable=False),
    Index("ix_content_title_created", "owner_id", "created_at", "id"),
    Index("ix_content_title_updated", "owner_id", "updated_at", "id"),
    Index("ix_content_title_sort", "owner_id", "sort_key", "id"),
)

facets = Table(
    FACETS,
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    # As it is compared, and as it is shown.
    Column("value", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_content_facet_value", "owner_id", "name", "value", "created_at", "id"),
)

collections = Table(
    COLLECTIONS,
    metadata,
    Column("owner_id", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    # Half of the SHA-256 of the collection's id, which may be too long for an index.
    Column("key", String(32), primary_key=True),
    Column("collection_id", Text, nullable=False),
    Column("title", TextWithoutNul, nullable=False),
    # The position, or for items without any a number after all others.
    Column("place", Float, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_content_collection_place", "owner_id", "key", "place", "created_at", "id"),
)
