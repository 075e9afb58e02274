"""What owners do with their webhooks, by the API or by the pages."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import UNSET

from activities.automation.webhook_deliveries import WebhookDeliveries
from activities.automation.webhook_model import MOST_WEBHOOKS, Delivery, Webhook
from activities.automation.webhook_records import TooManyWebhooksError, WebhookRecords
from activities.automation.webhook_secrets import SecretKeys
from activities.common.clock import utc_now
from activities.common.guarded_post import PublicOrigins
from activities.common.logs import get_logger
from activities.jobs.audit import Origin
from activities.jobs.cached_counts import CachedReading
from activities.jobs.pages import Listed
from activities.model.problems import TOO_MANY_WEBHOOKS, WEBHOOKS_OFF
from web.http.problems import FieldError, ProblemError, invalid, not_found
from web.http.urls import is_job_id
from web.schemas.webhooks import (
    ChangeWebhookRequest,
    CreateWebhookRequest,
    DeliveryResponse,
    NewWebhookResponse,
    WebhookResponse,
    delivery_response,
    new_webhook_response,
    webhook_response,
)
from web.services.paging import RequestedPage

logger = get_logger(__name__)

_NOT_AN_ADDRESS = (
    "url: Give an https URL of a server on the internet, in ASCII, without user and password."
)


class WebhookState(msgspec.Struct, frozen=True):
    """The webhooks and messages of all owners."""

    active: int
    inactive: int
    pending: int
    """Messages that have not ended."""
    oldest: datetime | None
    """Since when the oldest of them waits."""


class Webhooks:
    """The webhooks of those who call. What is another owner's looks like what does not exist."""

    def __init__(
        self,
        records: WebhookRecords,
        deliveries: WebhookDeliveries,
        keys: SecretKeys,
        reach: PublicOrigins,
    ) -> None:
        self._records = records
        self._deliveries = deliveries
        self._keys = keys
        self._reach = reach
        self._state = CachedReading(self._read_state)

    @property
    def available(self) -> bool:
        """False where the operator has set no key to encrypt secrets with."""
        return self._keys.exist

    async def create(
        self, owner_id: str, body: CreateWebhookRequest, origin: Origin
    ) -> NewWebhookResponse:
        """Register an address.

        Raises:
            ProblemError: it may not be called, the owner has too many, or there is no key.
        """
        self._require_keys()
        self._check(body.url, body.events)
        now = utc_now()
        try:
            webhook, secret = await self._records.create(
                owner_id, body.url, body.events, active=body.active, now=now, origin=origin
            )
        except TooManyWebhooksError:
            raise ProblemError(
                TOO_MANY_WEBHOOKS, f"You have {MOST_WEBHOOKS} webhooks, which is the most."
            ) from None
        logger.info("webhook created", webhook_id=webhook.webhook_id, owner=owner_id)
        return new_webhook_response(webhook, secret, now)

    async def of_owner(self, owner_id: str) -> list[WebhookResponse]:
        """The owner's webhooks, newest first."""
        now = utc_now()
        return [webhook_response(each, now) for each in await self._records.of_owner(owner_id)]

    async def get(self, owner_id: str, webhook_id: str) -> WebhookResponse:
        """One of the owner's webhooks.

        Raises:
            ProblemError: there is none of this id.
        """
        return webhook_response(await self._found(owner_id, webhook_id), utc_now())

    async def change(
        self, owner_id: str, webhook_id: str, body: ChangeWebhookRequest, origin: Origin
    ) -> WebhookResponse:
        """Change a webhook; one that is made active is forgiven its failures.

        Raises:
            ProblemError: there is none of this id, or the address may not be called.
        """
        url = None if body.url is UNSET else body.url
        events = None if body.events is UNSET else body.events
        active = None if body.active is UNSET else body.active
        await self._found(owner_id, webhook_id)
        self._check(url, events)
        now = utc_now()
        changed = await self._records.change(
            owner_id, webhook_id, url=url, events=events, active=active, now=now, origin=origin
        )
        if changed is None:
            raise not_found()
        return webhook_response(changed, now)

    async def remove(self, owner_id: str, webhook_id: str, origin: Origin) -> None:
        """Remove a webhook and its messages.

        Raises:
            ProblemError: there is none of this id.
        """
        if not await self._records.remove(owner_id, _id(webhook_id), utc_now(), origin):
            raise not_found()

    async def rotate(self, owner_id: str, webhook_id: str, origin: Origin) -> NewWebhookResponse:
        """Give a webhook a new secret, beside which the one before it signs for a day.

        Raises:
            ProblemError: there is none of this id, or no key.
        """
        self._require_keys()
        now = utc_now()
        rotated = await self._records.rotate(owner_id, _id(webhook_id), now, origin)
        if rotated is None:
            raise not_found()
        return new_webhook_response(*rotated, now)

    async def send_test(self, owner_id: str, webhook_id: str) -> DeliveryResponse:
        """Have a message sent that tells of no export, also to a webhook that is inactive.

        Raises:
            ProblemError: there is none of this id.
        """
        webhook = await self._found(owner_id, webhook_id)
        return delivery_response(
            await self._deliveries.send_test(webhook.webhook_id, utc_now()), []
        )

    async def deliveries(
        self, owner_id: str, webhook_id: str, wanted: RequestedPage
    ) -> tuple[list[DeliveryResponse], Listed[Delivery]]:
        """One page of a webhook's messages with their attempts, newest first.

        Raises:
            ProblemError: there is none of this id.
        """
        webhook = await self._found(owner_id, webhook_id)
        listed = await self._deliveries.page(
            webhook.webhook_id, page=wanted.number, page_size=wanted.size, cursor=wanted.cursor
        )
        attempts = await self._deliveries.attempts_of([each.delivery_id for each in listed.entries])
        shown = [delivery_response(each, attempts[each.delivery_id]) for each in listed.entries]
        return shown, listed

    async def send_again(self, owner_id: str, delivery_id: str) -> DeliveryResponse:
        """Have a message sent again, from the first pause on; one that is pending stays so.

        Raises:
            ProblemError: there is none of this id.
        """
        delivery = await self._deliveries.send_again(owner_id, _id(delivery_id), utc_now())
        if delivery is None:
            raise not_found()
        attempts = await self._deliveries.attempts_of([delivery_id])
        return delivery_response(delivery, attempts[delivery_id])

    async def state(self) -> WebhookState:
        """The webhooks and messages of all owners, for operators; at most five seconds old."""
        return await self._state.get()

    async def _read_state(self) -> WebhookState:
        counts = await self._records.count_by_state()
        backlog = await self._deliveries.backlog()
        return WebhookState(
            counts.get(True, 0), counts.get(False, 0), backlog.pending, backlog.oldest
        )

    async def _found(self, owner_id: str, webhook_id: str) -> Webhook:
        webhook = await self._records.get(owner_id, _id(webhook_id))
        if webhook is None:
            raise not_found()
        return webhook

    def _require_keys(self) -> None:
        if not self._keys.exist:
            raise ProblemError(WEBHOOKS_OFF)

    def _check(self, url: str | None, events: Sequence[str] | None) -> None:
        errors = []
        if url is not None and self._reach.of(url) is None:
            errors.append(FieldError(_NOT_AN_ADDRESS, pointer="/url"))
        if events is not None and len(set(events)) < len(events):
            errors.append(FieldError("events: Name each event once.", pointer="/events"))
        if errors:
            raise invalid(errors)


def _id(text: str) -> str:
    """The id, if it has the form of one: a database refuses some other texts with an error."""
    if not is_job_id(text):
        raise not_found()
    return text
