"""The messages that tell of files which end soon: no statement that ends a job could write them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Text, and_, exists, select, type_coerce
from sqlalchemy.dialects import postgresql, sqlite

from activities.automation.schema import DeliveryStatus, deliveries, webhooks
from activities.common.database import Database, transaction
from activities.jobs.schema import jobs
from activities.jobs.statements import COMPLETED, number, parameter

_EXPIRING = "export.expiring"
_known = deliveries.alias("known")
_TO_BE_TOLD = (
    select(webhooks.c.webhook_id, jobs.c.job_id)
    .join_from(
        webhooks,
        jobs,
        and_(
            jobs.c.owner_id == webhooks.c.owner_id,
            COMPLETED,
            jobs.c.expires_at > parameter(jobs.c.expires_at, "now"),
            jobs.c.expires_at <= parameter(jobs.c.expires_at, "until"),
        ),
    )
    .where(
        webhooks.c.active,
        type_coerce(webhooks.c.events, Text).contains(f'"{_EXPIRING}"'),
        ~exists().where(
            _known.c.webhook_id == webhooks.c.webhook_id,
            _known.c.job_id == jobs.c.job_id,
            _known.c.event == _EXPIRING,
        ),
    )
    .limit(number("limit"))
)


class WebhookAnnouncements:
    """Queues such messages in one database. All times are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert_new = _insert_new(database.dialect)

    async def expiring(self, now: datetime, ahead: timedelta, limit: int) -> int:
        """Queue a message for at most `limit` files that end within `ahead`; returns how many.

        Each is told of once.
        """
        values = {"p_now": now, "p_until": now + ahead, "p_limit": limit}

        def find(connection: Connection) -> Sequence[Any]:
            return connection.execute(_TO_BE_TOLD, values).all()

        found = await self._database.read_long(None, find)
        if not found:
            return 0
        rows = [
            {
                "delivery_id": str(uuid4()),
                "webhook_id": webhook_id,
                "job_id": job_id,
                "event": _EXPIRING,
                "status": DeliveryStatus.PENDING,
                "created_at": now,
                "attempts": 0,
                "tries": 0,
                "due_at": now,
            }
            for webhook_id, job_id in found
        ]

        def write(connection: Connection) -> None:
            with transaction(connection):
                connection.execute(self._insert_new, rows)

        await self._database.run(write)
        return len(rows)


def _insert_new(dialect: str) -> Any:
    # Each of them spells "unless it is there" in its own way.
    kind = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return kind(deliveries).on_conflict_do_nothing()
