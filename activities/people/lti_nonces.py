"""Launches by LTI: each is taken once, and those without the browser's proof wait for a yes.

Rows go as new ones come, or with retention, as soon as the launch would be refused by its age.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Integer, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from activities.common.column_types import UtcDateTime
from activities.common.database import Database, transaction
from activities.people.schema import lti_nonces
from activities.people.sessions import Person

_CODE_BYTES = 32
_REMOVED_AT_ONCE = 100


class Entry(msgspec.Struct, frozen=True):
    """A person who is let in by a yes, and the page that they wanted."""

    person: Person
    next: str


_at = bindparam("p_at", type_=UtcDateTime)
_OVER = (
    select(lti_nonces.c.nonce_hash)
    .where(lti_nonces.c.expires_at < _at)
    .limit(bindparam("p_limit", type_=Integer))
)
_REMOVE_SOME = delete(lti_nonces).where(lti_nonces.c.nonce_hash.in_(_OVER))
_REMOVE = delete(lti_nonces).where(
    lti_nonces.c.nonce_hash.in_(bindparam("p_hashes", expanding=True))
)
_ENTER = (
    update(lti_nonces)
    .where(
        lti_nonces.c.entry_hash == bindparam("p_entry_hash"),
        lti_nonces.c.entered_at.is_(None),
        lti_nonces.c.expires_at > _at,
    )
    .values(entered_at=_at)
    .returning(lti_nonces.c.entry)
)
# They wait for minutes at most, so there are never many.
_WAITING = select(lti_nonces.c.nonce_hash, lti_nonces.c.entry).where(
    lti_nonces.c.entry.is_not(None)
)
_LET_NOBODY_IN = (
    update(lti_nonces)
    .where(lti_nonces.c.nonce_hash.in_(bindparam("p_hashes", expanding=True)))
    .values(entry=None, entry_hash=None)
)


class LtiNonces:
    """The nonces in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def use(self, nonce: str, now: datetime, until: datetime) -> bool:
        """Take a launch whose nonce may be shown until then; False when it was taken before."""
        return await self._insert(now, {"nonce_hash": _hash_of(nonce), "expires_at": until})

    async def keep(self, nonce: str, now: datetime, until: datetime, entry: Entry) -> str | None:
        """Take a launch that waits for a yes.

        Returns:
            The code that stands for it; None when the launch was taken before.
        """
        code = secrets.token_urlsafe(_CODE_BYTES)
        row = {
            "nonce_hash": _hash_of(nonce),
            "expires_at": until,
            "entry_hash": _hash_of(code),
            "entry": msgspec.json.encode(entry).decode(),
        }
        return code if await self._insert(now, row) else None

    async def enter(self, code: str, now: datetime) -> Entry | None:
        """Who is let in by a code; None when it is none, or was used, or its time is up."""
        values = {"p_entry_hash": _hash_of(code), "p_at": now}

        def write(connection: Connection) -> str | None:
            with transaction(connection):
                return connection.execute(_ENTER, values).scalar_one_or_none()

        found = await self._database.run(write)
        return None if found is None else msgspec.json.decode(found, type=Entry)

    async def delete_all_of(self, owner_id: str) -> int:
        """Forget who waits, if it is this owner; returns how often that was.

        The nonces themselves stay, so that no launch is taken twice.
        """
        rows = await self._database.read(lambda connection: connection.execute(_WAITING).all())
        mine = [
            row.nonce_hash
            for row in rows
            if msgspec.json.decode(row.entry, type=Entry).person.owner_id == owner_id
        ]
        if not mine:
            return 0
        return await self._database.run(
            lambda connection: connection.execute(_LET_NOBODY_IN, {"p_hashes": mine}).rowcount
        )

    async def due_to_be_removed(self, now: datetime, limit: int) -> list[str]:
        """The hashes of at most `limit` nonces that nobody need know any more."""
        values = {"p_at": now, "p_limit": limit}
        return await self._database.read(lambda connection: list(connection.scalars(_OVER, values)))

    async def remove(self, hashes: Sequence[str]) -> int:
        """Remove the rows of these hashes; returns how many there were."""
        values = {"p_hashes": list(hashes)}
        return await self._database.run(
            lambda connection: connection.execute(_REMOVE, values).rowcount
        )

    async def _insert(self, now: datetime, row: dict[str, object]) -> bool:
        def write(connection: Connection) -> bool:
            dialect = connection.dialect.name
            new = postgresql.insert if dialect == "postgresql" else sqlite.insert
            with transaction(connection):
                connection.execute(_REMOVE_SOME, {"p_at": now, "p_limit": _REMOVED_AT_ONCE})
                once = new(lti_nonces).values(row).on_conflict_do_nothing()
                # PostgreSQL's driver counts no rows of an INSERT.
                taken = connection.execute(once.returning(lti_nonces.c.nonce_hash))
                return taken.one_or_none() is not None

        return await self._database.run(write)


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
