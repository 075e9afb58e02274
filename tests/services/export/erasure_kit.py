"""What an owner leaves in every table, and what is left of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Inspector, inspect, text

from activities.content.sql import SqlContent
from activities.model.content import Item
from scripts.dev.stack import Stack
from tests.services.export.kit import in_database

STAYS = {
    "content_item": "the platform's content",
    "content_title": "the platform's content",
    "content_facet": "the platform's content",
    "content_media": "the platform's content",
    "content_collection": "the platform's content",
    "content_owner": "the platform's content",
    "owner_erasure": "says that it was erased, without a name once it is",
    "erased_job": "says of what belongs to nobody",
    "audit_log": "has a pseudonym",
}
"""Tables that name owners or jobs, and keep something: why."""

_PARENTS = {
    "job_id": "export_job",
    "webhook_id": "export_webhook",
    "schedule_id": "export_schedule",
    "delivery_id": "export_webhook_delivery",
    "archive_id": "export_archive",
}
_FIRST = (*_PARENTS.values(),)
_STATE = "failed"


class Left:
    """The rows that an owner has left, one in every table that has something of owners."""

    def __init__(self, connection: Connection, owner_id: str) -> None:
        """Write them, whatever they would mean."""
        self.owner_id = owner_id
        self._ids = {name: str(uuid4()) for name in _PARENTS}
        found = inspect(connection)
        for table in tables_of_owners(found):
            self._leave(connection, found, table)

    def _leave(self, connection: Connection, found: Inspector, table: str) -> None:
        row: dict[str, Any] = {}
        for column in found.get_columns(table):
            name, kind = column["name"], str(column["type"])
            if name == "owner_id":
                row[name] = self.owner_id
            elif name in self._ids:
                row[name] = self._ids[name]
            elif not column["nullable"] and column["default"] is None:
                row[name] = _value(name, kind)
        names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
        statement = text(f"INSERT INTO {table} ({names}) VALUES ({values})")
        connection.execute(statement, row)

    def rows(self, connection: Connection) -> dict[str, int]:
        """How many of them each table has."""
        counted = {}
        found = inspect(connection)
        for table in tables_of_owners(found):
            columns = {each["name"] for each in found.get_columns(table)}
            given = {"owner_id": self.owner_id, **self._ids}
            mine = {name: value for name, value in given.items() if name in columns}
            condition = " OR ".join(f"{name} = :{name}" for name in mine)
            query = text(f"SELECT count(*) FROM {table} WHERE {condition}")
            counted[table] = int(connection.execute(query, mine).scalar_one())
        return counted


def tables_of_owners(found: Inspector) -> list[str]:
    """Every table that names owners, or what is theirs, and is to be empty of them; parents first.

    It is the database that says which there are.
    """
    names = {"owner_id", *_PARENTS}
    tables = [
        table
        for table in found.get_table_names()
        if table not in STAYS and names & {each["name"] for each in found.get_columns(table)}
    ]
    return sorted(tables, key=lambda each: (_place(each), each))


def _place(table: str) -> int:
    return _FIRST.index(table) if table in _FIRST else len(_FIRST)


def _value(name: str, kind: str) -> Any:
    if "BOOL" in kind:
        return False
    if "INT" in kind or "NUMERIC" in kind:
        return 1
    if "DATE" in kind or "TIMESTAMP" in kind:
        # Nobody has to do anything about it by itself.
        return "2099-01-01 00:00:00.000000" if name.endswith("_at") else "2020-01-01"
    if "BLOB" in kind or "BYTEA" in kind:
        return b""
    usual = {"status": _STATE, "overlap": "skip", "outcome": _STATE, "export": "{}"}
    if name.endswith(("_hash", "_id", "sha256")) or name in {"key", "name"}:
        return uuid4().hex
    return usual.get(name, "[]")


def give_content(stack: Stack, owner: str, count: int = 2) -> list[str]:
    """Give an owner items whom no other test has; their ids."""
    now = datetime.now(UTC)
    items = [
        Item(
            id=f"of-{owner}-{number}",
            owner_id=owner,
            title=f"Lesson {number}",
            language="en",
            version=1,
            created_at=now,
            updated_at=now,
            study_guide="# Guide",
        )
        for number in range(count)
    ]
    in_database(stack, lambda database: SqlContent(database).store(items))
    return [item.id for item in items]
