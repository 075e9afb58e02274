"""Which mails owners want of their exports."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Text,
    and_,
    delete,
    exists,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite

from activities.common.database import Database, transaction
from activities.jobs.schema import jobs, sendings
from activities.jobs.sendings import MAIL
from activities.jobs.statements import COMPLETED, number, parameter
from activities.model.jobs import SendingStatus
from activities.people.mail_texts import MailEvent
from activities.people.schema import notification_settings as settings

USUAL_SECONDS = 60
"""Whoever waits for less sees the end on the page."""

_EXPIRING = "expiring"
_THIS = settings.c.owner_id == parameter(settings.c.owner_id)
_GET = select(settings.c.email, settings.c.events, settings.c.after_seconds, settings.c.language)
_GET = _GET.where(_THIS)
_REMOVE = delete(settings).where(_THIS)
_NOT_TOLD = (
    select(jobs.c.job_id, jobs.c.owner_id)
    .join(settings, settings.c.owner_id == jobs.c.owner_id)
    .where(
        and_(
            COMPLETED,
            jobs.c.archive_id.is_(None),
            jobs.c.expires_at > parameter(jobs.c.expires_at, "now"),
            jobs.c.expires_at <= parameter(jobs.c.expires_at, "until"),
        ),
        type_coerce(settings.c.events, Text).contains(f'"{_EXPIRING}"'),
        ~exists().where(
            sendings.c.job_id == jobs.c.job_id,
            sendings.c.kind == literal(MAIL),
            sendings.c.name == literal(_EXPIRING),
        ),
    )
    .limit(number("limit"))
)


class NotificationSetting(msgspec.Struct, frozen=True):
    """Which mails an owner wants."""

    email: str
    """An address that was verified when it was set."""
    on: list[MailEvent]
    after_seconds: int = USUAL_SECONDS
    """An export that took less is not told of when it ends."""
    language: str | None = None
    """As BCP 47 has it; None: that of the service."""


class Notifications:
    """The settings in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        kind = postgresql.insert if database.dialect == "postgresql" else sqlite.insert
        row = kind(settings)
        changed = {each.name: row.excluded[each.name] for each in settings.c}
        del changed["owner_id"]
        self._put = row.on_conflict_do_update(index_elements=["owner_id"], set_=changed)
        self._insert_new = kind(sendings).on_conflict_do_nothing()

    async def get(self, owner_id: str) -> NotificationSetting | None:
        """What an owner wants; None: nothing."""
        row = await self._database.read(
            lambda connection: connection.execute(_GET, {"p_owner_id": owner_id}).one_or_none()
        )
        return None if row is None else NotificationSetting(*row)

    async def put(self, owner_id: str, setting: NotificationSetting, now: datetime) -> None:
        """Keep what an owner wants from now on."""
        values = {
            "owner_id": owner_id,
            "email": setting.email,
            "events": list(setting.on),
            "after_seconds": setting.after_seconds,
            "language": setting.language,
            "changed_at": now,
        }
        await self._database.run(lambda connection: connection.execute(self._put, values))

    async def remove(self, owner_id: str) -> None:
        """Tell an owner nothing any more."""
        await self._database.run(
            lambda connection: connection.execute(_REMOVE, {"p_owner_id": owner_id})
        )

    async def announce_expiring(self, now: datetime, ahead: timedelta, limit: int) -> int:
        """Queue a mail for at most `limit` files that end within `ahead`; returns how many.

        Each is told of once.
        """
        values = {"p_now": now, "p_until": now + ahead, "p_limit": limit}

        def find(connection: Connection) -> Sequence[Any]:
            return connection.execute(_NOT_TOLD, values).all()

        found = await self._database.read_long(None, find)
        if not found:
            return 0
        rows = [
            {
                "job_id": job_id,
                "kind": MAIL,
                "name": _EXPIRING,
                "owner_id": owner_id,
                "status": SendingStatus.PENDING,
                "attempts": 0,
                "created_at": now,
                "due_at": now,
            }
            for job_id, owner_id in found
        ]

        def write(connection: Connection) -> None:
            with transaction(connection):
                connection.execute(self._insert_new, rows)

        await self._database.run(write)
        return len(rows)
