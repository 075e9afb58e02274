"""Pictures of the first pages of exports that nobody has started yet.

A page that shows some writes a row, which says what they are of; whoever looks at them first has
them drawn. The id stands for all that they depend on, so that the same choices have the same
pictures, and a late one is still the right one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from activities.common.database import Database
from activities.jobs.schema import previews
from activities.jobs.statements import number, parameter, parameters
from activities.jobs.turns import owner_transaction
from activities.model.first_pages import FORMAT
from activities.model.job_formats import decode_options
from activities.model.options import RenderOptions

LIFE = timedelta(minutes=10)
"""How long pictures are kept after a page with them was last shown."""
PER_MINUTE = 60
"""Times an owner may have pages drawn within a minute."""
_MOST_OF_OWNER = PER_MINUTE + 10
"""More than are counted within a minute."""
_MOST_OF_ALL = 1_000
_MINUTE = timedelta(minutes=1)
_AGAIN = timedelta(seconds=30)
"""After so long something may have been mended that failed."""

REPLACED = "replaced"
"""The failure of pictures that the owner did not wait for, having chosen otherwise."""


class PreviewWish(msgspec.Struct, frozen=True, kw_only=True):
    """What pictures are of."""

    preview_id: str
    owner_id: str
    title: str
    options: RenderOptions
    """Those of `FORMAT`."""
    content_ids: list[str]
    theme_sha256: str | None
    """The hash of the theme, which is kept before; None: there is none."""


class Preview(msgspec.Struct, frozen=True):
    """How far pictures are."""

    started_at: datetime | None
    """None: nobody has them drawn."""
    failure: str | None
    """Why they could not be drawn; None while nobody knows."""
    pictures: bytes | None
    """A list of pictures, as MessagePack."""


class Claim(Enum):
    """Whether somebody may have pictures drawn."""

    YES = "yes"
    UNDER_WAY = "under way"
    """Somebody else has, or they are there."""
    TOO_MANY = "too many"
    """The owner has had as many within a minute as may be."""


_THIS = previews.c.preview_id == parameter(previews.c.preview_id)
_MINE = previews.c.owner_id == parameter(previews.c.owner_id)
_LONG_AGO = parameter(previews.c.wanted_at, "long_ago")
_LOOK = select(previews.c.started_at, previews.c.failure, previews.c.pictures).where(_THIS, _MINE)
_READ = select(*(previews.c[name] for name in PreviewWish.__struct_fields__)).where(_THIS)
_RECENT = (
    select(func.count())
    .select_from(previews)
    .where(_MINE, previews.c.started_at > parameter(previews.c.started_at, "minute_ago"))
)
_CLAIM = (
    update(previews)
    .where(
        _THIS,
        _MINE,
        previews.c.pictures.is_(None),
        or_(
            previews.c.started_at.is_(None),
            previews.c.started_at < parameter(previews.c.started_at, "given_up"),
            previews.c.failure == REPLACED,
            and_(
                previews.c.failure.is_not(None),
                previews.c.started_at < parameter(previews.c.started_at, "again"),
            ),
        ),
    )
    .values(started_at=parameter(previews.c.started_at), failure=None)
)
_REPLACE = (
    update(previews)
    .where(
        _MINE,
        previews.c.preview_id != parameter(previews.c.preview_id),
        previews.c.started_at.is_not(None),
        previews.c.pictures.is_(None),
        previews.c.failure.is_(None),
    )
    .values(failure=REPLACED)
)
_END = (
    update(previews)
    .where(_THIS, previews.c.pictures.is_(None))
    .values(parameters([previews.c.failure, previews.c.pictures]))
)
_OLD = select(previews.c.preview_id).where(previews.c.wanted_at < _LONG_AGO).limit(number("limit"))
_OLD_OF_OWNER = (
    select(previews.c.preview_id)
    .where(_MINE)
    .order_by(previews.c.wanted_at.desc())
    .offset(_MOST_OF_OWNER)
)
_OLDEST = (
    select(previews.c.preview_id)
    .order_by(previews.c.wanted_at.desc())
    .offset(_MOST_OF_ALL)
    .limit(number("limit"))
)
_REMOVED_AT_ONCE = 50


def _want(dialect: str) -> Insert:
    # Each of them spells "or say that it is still wanted" in its own way.
    insert = postgresql.insert(previews) if dialect == "postgresql" else sqlite.insert(previews)
    return insert.on_conflict_do_update(
        index_elements=[previews.c.preview_id],
        set_={"wanted_at": insert.excluded.wanted_at},
    )


class Previews:
    """The pictures in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._want = _want(database.dialect)

    async def want(self, wish: PreviewWish, now: datetime) -> None:
        """Keep what pictures are to be of, for whoever looks at them."""
        row = {**msgspec.structs.asdict(wish), "wanted_at": now}
        await self._database.run(lambda connection: connection.execute(self._want, row))

    async def look(self, preview_id: str, owner_id: str) -> Preview | None:
        """How far the owner's pictures are; None: there are none of this id."""
        values = {"p_preview_id": preview_id, "p_owner_id": owner_id}

        def read(connection: Connection) -> Preview | None:
            row = connection.execute(_LOOK, values).one_or_none()
            return None if row is None else Preview(*row)

        return await self._database.read_inline(read)

    async def claim(
        self, preview_id: str, owner_id: str, now: datetime, patience: timedelta
    ) -> Claim:
        """Have pictures drawn, in the place of others that the owner had drawn until now.

        Pictures that are no longer wanted, or too many, are removed on the way.

        Args:
            preview_id: the id of the pictures.
            owner_id: whose they are.
            now: UTC.
            patience: the time after which drawing is taken to have ended without a word.
        """
        values: dict[str, Any] = {
            "p_preview_id": preview_id,
            "p_owner_id": owner_id,
            "p_started_at": now,
            "p_minute_ago": now - _MINUTE,
            "p_given_up": now - patience,
            "p_again": now - _AGAIN,
            "p_long_ago": now - LIFE,
            "p_limit": _REMOVED_AT_ONCE,
        }

        def write(connection: Connection) -> Claim:
            with owner_transaction(connection, owner_id):
                if connection.execute(_RECENT, values).scalar_one() >= PER_MINUTE:
                    return Claim.TOO_MANY
                if not connection.execute(_CLAIM, values).rowcount:
                    return Claim.UNDER_WAY
                connection.execute(_REPLACE, values)
                for query in (_OLD, _OLD_OF_OWNER, _OLDEST):
                    _remove(connection, connection.scalars(query, values).all())
            return Claim.YES

        return await self._database.run(write)

    async def wish(self, preview_id: str) -> PreviewWish | None:
        """What pictures are to be of; None: nobody wants them any more."""
        values = {"p_preview_id": preview_id}

        def read(connection: Connection) -> PreviewWish | None:
            row = connection.execute(_READ, values).one_or_none()
            if row is None:
                return None
            return PreviewWish(
                preview_id=row.preview_id,
                owner_id=row.owner_id,
                title=row.title,
                options=decode_options(FORMAT, row.options),
                content_ids=row.content_ids,
                theme_sha256=row.theme_sha256,
            )

        return await self._database.read(read)

    async def end(self, preview_id: str, pictures: bytes | None, failure: str | None) -> None:
        """Keep pictures, or why there are none. Those that there are stay."""
        values = {"p_preview_id": preview_id, "p_pictures": pictures, "p_failure": failure}
        await self._database.run(lambda connection: connection.execute(_END, values))

    async def due_to_be_removed(self, now: datetime, limit: int) -> list[str]:
        """The ids of at most `limit` that nobody has wanted for a while."""
        values = {"p_long_ago": now - LIFE, "p_limit": limit}
        return await self._database.read(lambda connection: list(connection.scalars(_OLD, values)))

    async def remove(self, preview_ids: Sequence[str]) -> int:
        """Remove those of these ids; returns how many there were."""
        return await self._database.run(lambda connection: _remove(connection, preview_ids))


def _remove(connection: Connection, preview_ids: Sequence[str]) -> int:
    if not preview_ids:
        return 0
    statement = delete(previews).where(previews.c.preview_id.in_(list(preview_ids)))
    return connection.execute(statement).rowcount
