"""Removing what a table has of an owner."""

from sqlalchemy import Delete, Table, bindparam, delete, select, tuple_

from activities.common.database import Database
from activities.common.slices import SLICE, until_none_is_left


class OwnerRows:
    """The rows that a table has of each owner, by its column `owner_id`."""

    def __init__(self, database: Database, table: Table) -> None:
        self._database = database
        self._remove = _remove(table)

    async def delete_all_of(self, owner_id: str) -> int:
        """Remove all rows of an owner, a few at a time; returns how many there were."""
        return await until_none_is_left(lambda: self._remove_some(owner_id))

    async def _remove_some(self, owner_id: str) -> int:
        values = {"p_owner_id": owner_id}
        return await self._database.run(
            lambda connection: connection.execute(self._remove, values).rowcount
        )


def _remove(table: Table) -> Delete:
    key = tuple(table.primary_key)
    owner = bindparam("p_owner_id", type_=table.c.owner_id.type)
    some = select(*key).where(table.c.owner_id == owner).limit(SLICE)
    return delete(table).where(tuple_(*key).in_(some))
