"""Starting the workflows of messages to webhooks.

A message is a row, which the statement wrote that ended its job. Whoever finds it due starts its
workflow, whose id is the row's, so that a second start changes nothing.
"""

import asyncio
from datetime import timedelta

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.automation.webhook_model import DueDelivery
from activities.automation.webhook_outbox import WebhookOutbox
from activities.common.clock import utc_now
from activities.common.log_floods import FloodGate
from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.temporal.client import RPC_TIMEOUT, in_time
from workflows.contracts import (
    WEBHOOK_WORKFLOW,
    WORKFLOW_QUEUE,
    WebhookTask,
    webhook_workflow_id,
)
from workflows.policies import WORKFLOW_TASK_TIMEOUT

logger = get_logger(__name__)

_ROUND_SECONDS = 1.0
# So few that all are started within the time for which they are taken.
_AT_ONCE = 50
_PUT_OFF = timedelta(seconds=2)


class WebhookStarter:
    """Starts the workflows of messages that are due."""

    def __init__(self, client: Client, outbox: WebhookOutbox) -> None:
        self._client = client
        self._outbox = outbox
        self._gate = FloodGate(logger, "webhooks not started, not logged")

    async def keep_starting(self) -> None:
        """Look every second; what cannot be done now is done in a later round."""
        while True:
            try:
                while await self.start_due() == _AT_ONCE:
                    pass
            except Exception as error:  # noqa: BLE001 - whatever it is, the next round comes
                if self._gate.admits(type(error).__name__):
                    logger.warning("messages to webhooks wait", cause=format_traceback(error))
            await asyncio.sleep(_ROUND_SECONDS)

    async def start_due(self) -> int:
        """Start the workflows of some messages that are due; returns how many.

        Raises:
            TemporalUnavailableError: the server did not respond.
            temporalio.service.RPCError: it refused one of them.
            sqlalchemy.exc.SQLAlchemyError: the database refused.
        """
        due = await self._outbox.take_due(utc_now(), _AT_ONCE)
        results = await asyncio.gather(*map(self._start, due), return_exceptions=True)
        failures = [each for each in results if isinstance(each, BaseException)]
        if failures:
            left = [
                each.delivery_id
                for each, result in zip(due, results, strict=True)
                if isinstance(result, BaseException)
            ]
            await self._outbox.put_off(left, utc_now() + _PUT_OFF)
            raise failures[0]
        return len(due)

    async def _start(self, due: DueDelivery) -> None:
        task = WebhookTask(
            delivery_id=due.delivery_id,
            webhook_id=due.webhook_id,
            job_id=due.job_id,
            event=due.event,
        )
        await in_time(
            self._client.start_workflow(
                WEBHOOK_WORKFLOW,
                task,
                id=webhook_workflow_id(due.job_id, due.delivery_id),
                task_queue=WORKFLOW_QUEUE,
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                # It may be sent again by hand; a run that finds nothing to send sends nothing.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                # One receiver that is slow takes no other's turn.
                priority=Priority(fairness_key=due.webhook_id),
                static_summary=f"Webhook: {due.event}",
                rpc_timeout=RPC_TIMEOUT,
            )
        )
