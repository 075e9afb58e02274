"""Themes that jobs were accepted with, which they keep whatever becomes of the files."""

from sqlalchemy import Insert, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from activities.common.database import Database
from activities.jobs.schema import themes
from activities.model.themes import StoredTheme

_READ = select(themes.c.data).where(themes.c.sha256 == bindparam("p_sha256"))


def _keep(dialect: str) -> Insert:
    # Each of them spells "or leave it" in its own way.
    if dialect == "postgresql":
        return postgresql.insert(themes).on_conflict_do_nothing()
    return sqlite.insert(themes).on_conflict_do_nothing()


class ThemeRecords:
    """The themes in the job records of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = _keep(database.dialect)
        self._kept = set[str]()

    async def keep(self, theme: StoredTheme) -> None:
        """Keep a theme, before the first job that has it is written."""
        if theme.sha256 in self._kept:
            return
        row = {"sha256": theme.sha256, "data": theme.data}
        await self._database.run(lambda connection: connection.execute(self._keep, row))
        self._kept.add(theme.sha256)

    async def read(self, sha256: str | None) -> StoredTheme | None:
        """The theme of this hash; None when there is no hash, or no such theme."""
        if sha256 is None:
            return None
        values = {"p_sha256": sha256}
        data = await self._database.read(lambda connection: connection.scalar(_READ, values))
        return None if data is None else StoredTheme(data, sha256)
