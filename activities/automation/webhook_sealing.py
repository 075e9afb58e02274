"""Secrets of webhooks, which the newest key is to have encrypted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, String, Text, bindparam, select, update

from activities.automation.schema import webhooks
from activities.automation.webhook_secrets import SecretKeys
from activities.common.database import Database, transaction
from activities.jobs.statements import among, number, parameter, parameters

# Of secrets that an older key encrypted. What a rotation left behind is removed in its time.
_SEALED_BY_OTHERS = (
    select(webhooks.c.webhook_id)
    .where(~webhooks.c.secret.startswith(bindparam("p_current", type_=String), autoescape=False))
    .order_by(webhooks.c.webhook_id)
    .limit(number("limit"))
)
_SECRETS = select(
    webhooks.c.webhook_id, webhooks.c.secret, webhooks.c.previous_secret, webhooks.c.previous_until
).where(among(webhooks.c.webhook_id))
_SEAL_AGAIN = (
    update(webhooks)
    .where(
        webhooks.c.webhook_id == parameter(webhooks.c.webhook_id),
        webhooks.c.secret == bindparam("p_old", type_=Text),
    )
    .values(**parameters([webhooks.c.secret, webhooks.c.previous_secret]))
)


class WebhookSealing:
    """Encrypts secrets in one database again, so that older keys can be taken away."""

    def __init__(self, database: Database, keys: SecretKeys) -> None:
        """Encrypt with the first of these keys."""
        self._database = database
        self._keys = keys

    async def by_older_keys(self, limit: int) -> list[str]:
        """The ids of at most `limit` webhooks whose secret the first key has not encrypted."""
        values = {"p_current": self._keys.current, "p_limit": limit}
        return await self._database.read(
            lambda connection: list(connection.scalars(_SEALED_BY_OTHERS, values))
        )

    async def seal_again(self, webhook_ids: Sequence[str], now: datetime) -> int:
        """Have the first key encrypt the secrets of these webhooks; returns how many it did.

        Raises:
            UnknownKeyError: a key is missing that encrypted one of them.
        """
        keys = self._keys

        def again(webhook_id: str, sealed: str) -> str:
            return keys.seal(webhook_id, keys.open(webhook_id, sealed))

        def write(connection: Connection) -> int:
            changed = 0
            with transaction(connection):
                rows = connection.execute(_SECRETS, {"p_webhook_ids": list(webhook_ids)}).all()
                for row in rows:
                    before = row.previous_secret
                    lives = before is not None and row.previous_until > now
                    values = {
                        "p_webhook_id": row.webhook_id,
                        "p_old": row.secret,
                        "p_secret": again(row.webhook_id, row.secret),
                        "p_previous_secret": again(row.webhook_id, before) if lives else None,
                    }
                    changed += connection.execute(_SEAL_AGAIN, values).rowcount
            return changed

        return await self._database.run(write)
