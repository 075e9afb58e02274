"""Codes of links that sign somebody in once, for a minute.

The link has the code; the database has its SHA-256, of which no link can be made.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from activities.common.column_types import UtcDateTime
from activities.common.database import Database, transaction
from activities.jobs.audit import Action, Origin, note
from activities.people.schema import sign_in_codes
from activities.people.sessions import Person, Via

CODE_LIFE = timedelta(seconds=60)
"""How long a link may wait for its first and only use."""

_CODE_BYTES = 32
_KEPT = timedelta(days=1)


class Entry(msgspec.Struct, frozen=True):
    """Whom a code signs in, and where it leads."""

    person: Person
    next: str
    """A path of ours."""


class NewCode(msgspec.Struct, frozen=True):
    """A code that can be used once."""

    code: str
    expires_at: datetime


_FIELDS = ("owner_id", "scopes", "next", "name", "tenant", "email", "locale", "session_until")
_COLUMNS = tuple(sign_in_codes.c[name] for name in _FIELDS)
_hash = bindparam("p_code_hash", type_=sign_in_codes.c.code_hash.type)
_at = bindparam("p_at", type_=UtcDateTime)
_INSERT = insert(sign_in_codes)
_USABLE = (
    sign_in_codes.c.code_hash == _hash,
    sign_in_codes.c.used_at.is_(None),
    sign_in_codes.c.expires_at > _at,
)
_LOOK = select(*_COLUMNS).where(*_USABLE)
# One statement: of two who use a link at the same moment, one gets a row.
_SPEND = update(sign_in_codes).values(used_at=_at).where(*_USABLE).returning(*_COLUMNS)
_OVER = (
    select(sign_in_codes.c.code_hash)
    .where(sign_in_codes.c.expires_at < _at)
    .order_by(sign_in_codes.c.expires_at)
    .limit(bindparam("p_limit"))
)
_REMOVE = delete(sign_in_codes).where(
    sign_in_codes.c.code_hash.in_(bindparam("p_hashes", expanding=True))
)


class SignInCodes:
    """The codes in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(
        self, person: Person, until: datetime, target: str, now: datetime, origin: Origin
    ) -> NewCode:
        """A new code, which the audit log tells of as well.

        Args:
            person: whom it signs in.
            until: the end of the token that asks for it, which neither it nor a session outlives.
            target: the path that it leads to.
            now: UTC.
            origin: who asks for it, in which request.
        """
        code = secrets.token_urlsafe(_CODE_BYTES)
        expires_at = min(now + CODE_LIFE, until)
        row = {
            "code_hash": _hash_of(code),
            "owner_id": person.owner_id,
            "scopes": " ".join(sorted(person.scopes)),
            "next": target,
            "name": person.name,
            "tenant": person.tenant,
            "email": person.email,
            "locale": person.locale,
            "expires_at": expires_at,
            "session_until": until,
        }

        def write(connection: Connection) -> None:
            with transaction(connection):
                connection.execute(_INSERT, row)
                note(connection, Action.LINK_MADE, now, origin)

        await self._database.run(write)
        return NewCode(code, expires_at)

    async def look(self, code: str, now: datetime) -> Entry | None:
        """Whom a code would sign in; it stays as it is. None: nobody, or nobody any more."""
        values = {"p_code_hash": _hash_of(code), "p_at": now}
        return await self._database.read_inline(
            lambda connection: _entry(connection.execute(_LOOK, values).one_or_none())
        )

    async def spend(self, code: str, now: datetime) -> Entry | None:
        """Whom a code signs in; it signs in nobody from now on. None: it does not any more."""
        values = {"p_code_hash": _hash_of(code), "p_at": now}
        return await self._database.run(
            lambda connection: _entry(connection.execute(_SPEND, values).one_or_none())
        )

    async def due_to_be_removed(self, now: datetime, limit: int) -> list[str]:
        """The hashes of at most `limit` codes whose time was up a day ago."""
        values = {"p_at": now - _KEPT, "p_limit": limit}
        return await self._database.read(lambda connection: list(connection.scalars(_OVER, values)))

    async def remove(self, hashes: Sequence[str]) -> int:
        """Remove the rows of these hashes; returns how many there were."""
        values = {"p_hashes": list(hashes)}
        return await self._database.run(
            lambda connection: connection.execute(_REMOVE, values).rowcount
        )


def _entry(row: object) -> Entry | None:
    if row is None:
        return None
    kept = msgspec.convert(row, _Kept, from_attributes=True)
    person = Person(
        owner_id=kept.owner_id,
        scopes=frozenset(kept.scopes.split()),
        via=Via.LINK,
        name=kept.name,
        tenant=kept.tenant,
        email=kept.email,
        locale=kept.locale,
        until=kept.session_until,
    )
    return Entry(person, kept.next)


class _Kept(msgspec.Struct, frozen=True):
    owner_id: str
    scopes: str
    next: str
    name: str | None
    tenant: str | None
    email: str | None
    locale: str | None
    session_until: datetime


def _hash_of(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
