"""What retention does for webhooks: tell of files that end soon, and keep their tables in order."""

from activities.automation.webhook_announcements import WebhookAnnouncements
from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_sealing import WebhookSealing
from activities.automation.webhook_secrets import SecretKeys, UnknownKeyError
from activities.common.clock import utc_now
from activities.common.logs import get_logger
from activities.common.metrics import RETENTION
from activities.common.slices import SLICE
from activities.settings import Settings
from activities.steps.retention_step import Pace, in_slices, left_for_later, one_step
from workflows.policies import EXPIRING_AHEAD

logger = get_logger(__name__)


class WebhookUpkeep:
    """The part of retention that is about webhooks."""

    def __init__(
        self,
        deliveries: WebhookDeliveries,
        announcements: WebhookAnnouncements,
        sealing: WebhookSealing,
        keys: SecretKeys,
        settings: Settings,
    ) -> None:
        self._deliveries = deliveries
        self._announcements = announcements
        self._sealing = sealing
        self._keys = keys
        self._kept = settings.record_retention

    async def keep_up(self) -> int:
        """Do all of it; returns how many messages of files that end soon are on their way."""
        told = 0
        async with one_step() as pace:
            while not pace.is_over:
                announced = await pace.write(
                    self._announcements.expiring(utc_now(), EXPIRING_AHEAD, SLICE)
                )
                told += announced
                if announced < SLICE:
                    break
            with left_for_later("old messages to webhooks"):
                async for removed in in_slices(
                    pace.share(),
                    "the message to a webhook",
                    lambda limit: self._deliveries.older_than(utc_now() - self._kept, limit),
                    self._deliveries.remove,
                ):
                    RETENTION.labels("webhook_delivery_removed").inc(removed)
            if self._keys.exist:
                await self._seal_again(pace)
        return told

    async def _seal_again(self, pace: Pace) -> None:
        """Have the first key encrypt what older ones did, so that those can be taken away."""
        try:
            async for _ in in_slices(
                pace,
                "the secret of webhook",
                self._sealing.by_older_keys,
                lambda ids: self._sealing.seal_again(ids, utc_now()),
            ):
                pass
        except UnknownKeyError:
            logger.error(  # noqa: TRY400 - messages of exceptions stay out of logs
                "a key of EXPORT_WEBHOOK_SECRETS is missing that encrypted secrets of webhooks"
            )
