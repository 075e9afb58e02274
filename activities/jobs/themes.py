"""Themes that jobs were accepted with, which they keep whatever becomes of the files."""

import math
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Insert, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.schema import jobs, themes
from activities.model.themes import StoredTheme

_KEPT_AGAIN_SECONDS: Final = 3600.0
_LEFT_ALONE: Final = timedelta(days=1)
"""A theme that no job has is removed so long after it was last kept: whoever is about to write a
job with it kept it within the hour."""

_READ = select(themes.c.data).where(themes.c.sha256 == bindparam("p_sha256"))
_NEEDLESS = (
    select(themes.c.sha256)
    .where(
        themes.c.kept_at < bindparam("p_kept_at"),
        themes.c.sha256.not_in(
            select(jobs.c.theme_sha256).where(jobs.c.theme_sha256.is_not(None)).scalar_subquery()
        ),
    )
    .order_by(themes.c.kept_at, themes.c.sha256)
    .limit(bindparam("p_limit"))
)
_REMOVE = delete(themes).where(
    themes.c.sha256.in_(bindparam("p_sha256", expanding=True)),
    themes.c.kept_at < bindparam("p_kept_at"),
)


def _keep(dialect: str) -> Insert:
    # Each of them spells "or say that it is still needed" in its own way.
    insert = postgresql.insert(themes) if dialect == "postgresql" else sqlite.insert(themes)
    return insert.on_conflict_do_update(
        index_elements=[themes.c.sha256], set_={"kept_at": insert.excluded.kept_at}
    )


class ThemeRecords:
    """The themes in the job records of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep = _keep(database.dialect)
        self._kept = dict[str, float]()
        """When themes were last kept, by this process's clock."""

    async def keep(self, theme: StoredTheme) -> None:
        """Keep a theme, before a job that has it is written."""
        now = time.monotonic()
        if now - self._kept.get(theme.sha256, -math.inf) < _KEPT_AGAIN_SECONDS:
            return
        row = {"sha256": theme.sha256, "data": theme.data, "kept_at": utc_now()}
        await self._database.run(lambda connection: connection.execute(self._keep, row))
        self._kept[theme.sha256] = now

    async def read(self, sha256: str | None) -> StoredTheme | None:
        """The theme of this hash; None when there is no hash, or no such theme."""
        if sha256 is None:
            return None
        values = {"p_sha256": sha256}
        data = await self._database.read(lambda connection: connection.scalar(_READ, values))
        return None if data is None else StoredTheme(data, sha256)

    async def of_no_job(self, now: datetime, limit: int) -> list[str]:
        """The hashes of at most `limit` themes that no job has and nobody kept lately."""
        values = {"p_kept_at": now - _LEFT_ALONE, "p_limit": limit}
        return await self._database.read(
            lambda connection: list(connection.scalars(_NEEDLESS, values))
        )

    async def remove(self, hashes: Sequence[str], now: datetime) -> int:
        """Remove those of these themes that nobody has kept meanwhile; returns how many."""
        values = {"p_kept_at": now - _LEFT_ALONE, "p_sha256": list(hashes)}
        return await self._database.run(
            lambda connection: connection.execute(_REMOVE, values).rowcount
        )
