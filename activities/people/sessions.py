"""Sessions of people at the pages, whichever way they came in.

A browser holds a random id; the database holds its SHA-256, with which nobody can be signed in.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, Update, and_, bindparam, delete, insert, or_, select, update

from activities.common.column_types import UtcDateTime
from activities.common.database import Database, transaction
from activities.jobs.audit import Action, Origin, note
from activities.people.schema import web_sessions

_ID_BYTES = 32
_KEPT = timedelta(days=1)
"""A row stays so long after its session, for those whose cookie still names it."""


class Via(StrEnum):
    """The ways in."""

    TOKEN = "token"  # noqa: S105 - a word for it
    LINK = "link"
    OIDC = "oidc"
    LTI = "lti"


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who has shown who they are, as a way in knows them."""

    owner_id: str
    scopes: frozenset[str]
    via: Via
    name: str | None = None
    """For display; None: `owner_id` is shown."""
    email: str | None = None
    """Verified by whoever signed the person in; None: unknown, or not verified."""
    locale: str | None = None
    """The language that the person prefers, as BCP 47 has it."""
    tenant: str | None = None
    provider_sid: str | None = None
    """What the identity provider calls the person's session there."""
    provider_sub: str | None = None
    """What the identity provider calls the person."""
    until: datetime | None = None
    """The moment after which what the person showed is worth nothing; None: it has no end."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session that goes on."""

    owner_id: str
    scopes: str
    """Parted by single spaces."""
    via: Via
    name: str | None
    email: str | None
    locale: str | None
    tenant: str | None
    expires_at: datetime


class NewSession(msgspec.Struct, frozen=True):
    """A session that has just begun."""

    id: str
    """For the browser alone."""
    expires_at: datetime


_hash = bindparam("p_session_hash", type_=web_sessions.c.session_hash.type)
_at = bindparam("p_at", type_=UtcDateTime)
_INSERT = insert(web_sessions)
_LIVE = and_(web_sessions.c.ended_at.is_(None), web_sessions.c.expires_at > _at)
_FIND = select(*(web_sessions.c[name] for name in Session.__struct_fields__)).where(
    web_sessions.c.session_hash == _hash, _LIVE
)
_END = (
    update(web_sessions).values(ended_at=_at).returning(web_sessions.c.owner_id, web_sessions.c.via)
)
_END_ONE = _END.where(web_sessions.c.session_hash == _hash, _LIVE)
_END_OF_PROVIDER = _END.where(
    web_sessions.c.via == bindparam("p_via", type_=web_sessions.c.via.type), _LIVE
)
_SID = web_sessions.c.provider_sid == bindparam("p_sid")
_SUB = web_sessions.c.provider_sub == bindparam("p_sub")
_OVER = (
    select(web_sessions.c.session_hash)
    .where(or_(web_sessions.c.expires_at < _at, web_sessions.c.ended_at < _at))
    .limit(bindparam("p_limit"))
)
_REMOVE = delete(web_sessions).where(
    web_sessions.c.session_hash.in_(bindparam("p_hashes", expanding=True))
)


class Sessions:
    """The sessions in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(
        self,
        person: Person,
        now: datetime,
        *,
        longest: timedelta,
        framed: bool,
        replaced: str,
        origin: Origin,
    ) -> NewSession:
        """Sign a person in, by a new random id; the session that the browser had ends.

        So nobody can have prepared the id that somebody else then uses (session fixation).

        Args:
            person: who it is.
            now: UTC.
            longest: the life of a session; it ends sooner when `person.until` does.
            framed: whether it is for a frame in another site's page.
            replaced: the id that the browser had in this one's place; empty: none.
            origin: the person and the request, for the audit log.
        """
        session_id = secrets.token_urlsafe(_ID_BYTES)
        expires_at = min(now + longest, person.until or now + longest)
        row = {
            "session_hash": _hash_of(session_id),
            "owner_id": person.owner_id,
            "scopes": " ".join(sorted(person.scopes)),
            "name": person.name,
            "via": person.via,
            "framed": framed,
            "provider_sid": person.provider_sid,
            "provider_sub": person.provider_sub,
            "tenant": person.tenant,
            "email": person.email,
            "locale": person.locale,
            "created_at": now,
            "expires_at": expires_at,
        }

        def write(connection: Connection) -> None:
            with transaction(connection):
                if replaced:
                    values = {"p_session_hash": _hash_of(replaced), "p_at": now}
                    connection.execute(_END_ONE, values)
                connection.execute(_INSERT, row)
                note(connection, Action.SIGNED_IN, now, origin, via=person.via)

        await self._database.run(write)
        return NewSession(session_id, expires_at)

    async def find(self, session_id: str, now: datetime) -> Session | None:
        """The session of this id; None when there is none, or none any more."""
        values = {"p_session_hash": _hash_of(session_id), "p_at": now}

        def read(connection: Connection) -> Session | None:
            row = connection.execute(_FIND, values).one_or_none()
            return None if row is None else msgspec.convert(row, Session, from_attributes=True)

        return await self._database.read_inline(read)

    async def end(self, session_id: str, now: datetime, request_id: str) -> None:
        """Sign out: from now on the id opens nothing."""
        await self._end(_END_ONE, {"p_session_hash": _hash_of(session_id)}, now, request_id)

    async def end_of_provider(
        self, via: Via, now: datetime, request_id: str, *, sid: str | None, sub: str | None
    ) -> int:
        """End what the identity provider says has ended; returns how many sessions that were.

        Args:
            via: the way in that the provider is.
            now: UTC.
            request_id: of the provider's request.
            sid: the provider's session; None: all sessions of `sub`.
            sub: the person, as the provider calls them; None: whoever's session it is.
        """
        named = {"p_sid": sid, "p_sub": sub}
        conditions = [
            condition for condition, value in ((_SID, sid), (_SUB, sub)) if value is not None
        ]
        if not conditions:
            return 0
        given = {name: value for name, value in named.items() if value is not None}
        statement = _END_OF_PROVIDER.where(*conditions)
        return await self._end(statement, {"p_via": via, **given}, now, request_id)

    async def due_to_be_removed(self, now: datetime, limit: int) -> list[str]:
        """The hashes of at most `limit` sessions that were over a day ago."""
        values = {"p_at": now - _KEPT, "p_limit": limit}
        return await self._database.read(lambda connection: list(connection.scalars(_OVER, values)))

    async def remove(self, hashes: Sequence[str]) -> int:
        """Remove the rows of these hashes; returns how many there were."""
        values = {"p_hashes": list(hashes)}
        return await self._database.run(
            lambda connection: connection.execute(_REMOVE, values).rowcount
        )

    async def _end(
        self, statement: Update, values: dict[str, str | None], now: datetime, request_id: str
    ) -> int:
        def write(connection: Connection) -> int:
            with transaction(connection):
                ended = connection.execute(statement, {**values, "p_at": now}).all()
                for owner_id, via in ended:
                    origin = Origin(owner_id, request_id)
                    note(connection, Action.SIGNED_OUT, now, origin, via=via)
                return len(ended)

        return await self._database.run(write)


def _hash_of(session_id: str) -> str:
    return hashlib.sha256(session_id.encode(errors="replace")).hexdigest()
