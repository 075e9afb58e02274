"""The table of the SQL content source."""

from sqlalchemy import Boolean, Column, Index, LargeBinary, Table, Text, text

from activities.common.column_types import TextWithoutNul, UtcDateTime
from activities.common.database import metadata
from activities.model.content import PART_NAMES

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

media = Table(
    "content_media",
    metadata,
    Column("owner_id", Text, primary_key=True),
    # As content refers to it.
    Column("reference", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
