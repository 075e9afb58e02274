"""What people chose last, which is offered again on whatever device they come back."""

from datetime import datetime

from sqlalchemy import Insert, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from activities.common.database import Database
from activities.people.schema import preferences

_READ = select(preferences.c.export_choices).where(preferences.c.owner_id == bindparam("p_owner"))


def _keep(dialect: str) -> Insert:
    # Each of them spells "or replace what is there" in its own way.
    insert = (
        postgresql.insert(preferences) if dialect == "postgresql" else sqlite.insert(preferences)
    )
    new = insert.excluded
    return insert.on_conflict_do_update(
        index_elements=[preferences.c.owner_id],
        set_={"export_choices": new.export_choices, "updated_at": new.updated_at},
    )


class Preferences:
    """The preferences in one database, a row an owner."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = _keep(database.dialect)

    async def export_choices(self, owner_id: str) -> str | None:
        """The formats and options of the owner's last export, as they were kept; None: none."""
        return await self._database.read(
            lambda connection: connection.scalar(_READ, {"p_owner": owner_id})
        )

    async def keep_export_choices(self, owner_id: str, choices: str, now: datetime) -> None:
        """Keep formats and options, in the place of earlier ones."""
        row = {"owner_id": owner_id, "export_choices": choices, "updated_at": now}
        await self._database.run(lambda connection: connection.execute(self._keep, row))
