"""What retention does for webhooks: tell of files that end soon, and keep their tables in order."""

from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_outbox import WebhookOutbox
from activities.automation.webhook_records import WebhookRecords
from activities.automation.webhook_secrets import SecretKeys, UnknownKeyError
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import RETENTION
from activities.settings import Settings
from activities.steps.retention_step import SLICE, Pace, in_slices, left_for_later, one_step
from workflows.policies import EXPIRING_AHEAD

logger = get_logger(__name__)


class WebhookUpkeep:
    """The part of retention that is about webhooks."""

    def __init__(
        self,
        records: WebhookRecords,
        deliveries: WebhookDeliveries,
        outbox: WebhookOutbox,
        keys: SecretKeys,
        settings: Settings,
    ) -> None:
        self._records = records
        self._deliveries = deliveries
        self._outbox = outbox
        self._keys = keys
        self._kept = settings.record_retention

    async def keep_up(self) -> int:
        """Do all of it; returns how many messages of files that end soon are on their way."""
        told = 0
        async with one_step():
            pace = Pace()
            while not pace.is_over:
                announced = await pace.write(
                    self._outbox.announce_expiring(utc_now(), EXPIRING_AHEAD, SLICE)
                )
                told += announced
                if announced < SLICE:
                    break
            with left_for_later("old messages to webhooks"):
                async for removed in in_slices(
                    "the message to a webhook",
                    lambda limit: self._deliveries.older_than(utc_now() - self._kept, limit),
                    self._deliveries.remove,
                ):
                    RETENTION.labels("webhook_delivery_removed").inc(removed)
            if self._keys.exist:
                await self._seal_again()
        return told

    async def _seal_again(self) -> None:
        """Have the first key encrypt what older ones did, so that those can be taken away."""
        try:
            async for _ in in_slices(
                "the secret of webhook",
                self._records.sealed_by_older_keys,
                lambda ids: self._records.seal_again(ids, utc_now()),
            ):
                pass
        except UnknownKeyError:
            logger.error(  # noqa: TRY400 - messages of exceptions stay out of logs
                "a key of EXPORT_WEBHOOK_SECRETS is missing that encrypted secrets of webhooks"
            )
