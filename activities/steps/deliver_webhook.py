"""deliver_webhook: one attempt to deliver a message, and what follows from it."""

import random
from datetime import datetime, timedelta
from http import HTTPStatus

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.automation.webhook_messages import message_of
from activities.automation.webhook_model import TEST, Attempt, Outgoing
from activities.automation.webhook_outbox import NotedDelivery, WebhookOutbox
from activities.automation.webhook_secrets import SecretKeys, UnknownKeyError, signed_headers
from activities.common.clock import utc_now
from activities.common.guarded_post import GuardedPoster, Posted
from activities.common.logs import get_logger
from activities.common.metrics import WEBHOOK_ATTEMPTS, WEBHOOK_DELIVERIES, WEBHOOKS_DISABLED
from activities.common.retry_after import seconds_of
from activities.jobs.execution import JobExecution
from activities.steps.heartbeat import heartbeats
from activities.steps.implements import implements
from workflows.contracts import DELIVER_WEBHOOK, WebhookOutcome, WebhookTask
from workflows.policies import WEBHOOK_JITTER, WEBHOOK_LONGEST_PAUSE, WEBHOOK_PAUSES

logger = get_logger(__name__)

NOT_DELIVERED = "webhook-not-delivered"
"""The type of the error by which the server learns when to try again."""

_GONE = "gone"
_HEADERS = {
    "Content-Type": "application/json",
    "User-Agent": "export-service-webhooks",
    "Accept-Encoding": "identity",
}


class DeliverWebhook:
    """Sends messages to webhooks, with what that needs."""

    def __init__(
        self,
        outbox: WebhookOutbox,
        execution: JobExecution,
        keys: SecretKeys,
        poster: GuardedPoster,
        public_url: str,
    ) -> None:
        self._outbox = outbox
        self._execution = execution
        self._keys = keys
        self._poster = poster
        self._public_url = public_url

    @implements(DELIVER_WEBHOOK)
    async def deliver_webhook(self, task: WebhookTask) -> WebhookOutcome:
        """Make one attempt. The row says whether there is anything to send, and how often it was.

        Raises:
            temporalio.exceptions.ApplicationError: it was not accepted; the error tells the pause
                until the next attempt.
        """
        async with heartbeats():
            outgoing = await self._outbox.begin(task.delivery_id, utc_now())
            if outgoing is None:
                return WebhookOutcome("gone")
            delivery = outgoing.delivery
            if not outgoing.active and delivery.event != TEST:
                return await self._end(outgoing, "webhook-inactive")
            job = await self._execution.get(delivery.job_id) if delivery.job_id else None
            body = message_of(delivery, job, self._public_url)
            if body is None:
                return await self._end(outgoing, "record-gone")
            at = utc_now()
            try:
                secrets = self._secrets(outgoing, at)
            except UnknownKeyError:
                return await self._end(outgoing, "secret-unreadable")
            headers = signed_headers(delivery.delivery_id, at, body, secrets)
            posted = await self._poster.post(outgoing.url, body, {**_HEADERS, **headers})
            return await self._judge(outgoing, at, posted)

    def _secrets(self, outgoing: Outgoing, at: datetime) -> list[bytes]:
        webhook_id = outgoing.delivery.webhook_id
        sealed = [outgoing.secret]
        if outgoing.previous_secret and outgoing.previous_until and at < outgoing.previous_until:
            sealed.append(outgoing.previous_secret)
        return [self._keys.open(webhook_id, each) for each in sealed]

    async def _judge(self, outgoing: Outgoing, at: datetime, posted: Posted) -> WebhookOutcome:
        delivery = outgoing.delivery
        error = _error_of(posted)
        number = delivery.attempts + 1
        attempt = Attempt(number, at, posted.milliseconds, posted.status, error)
        pause = _pause(outgoing.tries, posted) if error not in {None, _GONE} else None
        if error is None:
            noted = await self._outbox.delivered(outgoing, attempt)
        else:
            noted = await self._outbox.failed(outgoing, attempt, pause, gone=error == _GONE)
        self._tell(outgoing, attempt, noted, ended=pause is None)
        if pause is not None and noted.counted:
            raise ApplicationError(
                f"attempt {number}: {error}",
                type=NOT_DELIVERED,
                next_retry_delay=pause,
                # What receivers do is nothing that the service's operators must mend.
                category=ApplicationErrorCategory.BENIGN,
            )
        return WebhookOutcome("delivered" if error is None else "failed", number, error or "")

    async def _end(self, outgoing: Outgoing, error: str) -> WebhookOutcome:
        """End a message that cannot be sent at all."""
        delivery = outgoing.delivery
        if await self._outbox.end(delivery.delivery_id, error, utc_now()):
            WEBHOOK_DELIVERIES.labels(delivery.event, "failed").inc()
            logger.warning(
                "message to webhook not sent",
                webhook_id=delivery.webhook_id,
                delivery_id=delivery.delivery_id,
                job_id=delivery.job_id,
                error=error,
            )
        return WebhookOutcome("failed", delivery.attempts, error)

    @staticmethod
    def _tell(outgoing: Outgoing, attempt: Attempt, noted: NotedDelivery, *, ended: bool) -> None:
        delivery = outgoing.delivery
        outcome = attempt.error or "delivered"
        WEBHOOK_ATTEMPTS.labels(outcome).inc()
        if ended and noted.counted:
            outcome = "failed" if attempt.error else "delivered"
            WEBHOOK_DELIVERIES.labels(delivery.event, outcome).inc()
        if noted.disabled is not None:
            WEBHOOKS_DISABLED.labels(noted.disabled).inc()
        # Never the address: its query may hold what opens the receiver.
        logger.info(
            "attempt to deliver to webhook",
            webhook_id=delivery.webhook_id,
            delivery_id=delivery.delivery_id,
            job_id=delivery.job_id,
            number=attempt.number,
            http_status=attempt.http_status,
            error=attempt.error,
            milliseconds=attempt.milliseconds,
            disabled=noted.disabled,
        )


def _error_of(posted: Posted) -> str | None:
    """Why a request was not accepted; None if it was."""
    status = posted.status
    if status is None:
        return posted.error
    if HTTPStatus(200) <= status < HTTPStatus(300):
        return None
    if status == HTTPStatus.GONE:
        return _GONE
    return "redirected" if HTTPStatus(300) <= status < HTTPStatus(400) else "not-accepted"


def _pause(tries: int, posted: Posted) -> timedelta | None:
    """The pause before the next attempt, after so many before this one; None: there is none."""
    if tries >= len(WEBHOOK_PAUSES):
        return None
    usual = WEBHOOK_PAUSES[tries] * random.uniform(1 - WEBHOOK_JITTER, 1 + WEBHOOK_JITTER)  # noqa: S311
    asked = seconds_of(posted.retry_after, WEBHOOK_LONGEST_PAUSE.total_seconds())
    return max(usual, timedelta(seconds=asked or 0))
