"""Starting the workflows of messages to webhooks."""

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.automation.webhook_model import DueDelivery
from activities.automation.webhook_outbox import WebhookOutbox
from activities.jobs.traces import JobTraces
from activities.temporal.client import RPC_TIMEOUT, in_time
from activities.temporal.outbox_starter import OutboxStarter
from workflows.contracts import (
    WEBHOOK_WORKFLOW,
    WORKFLOW_QUEUE,
    WebhookTask,
    webhook_workflow_id,
)
from workflows.policies import WORKFLOW_TASK_TIMEOUT


class WebhookStarter(OutboxStarter[DueDelivery]):
    """Starts the workflows of messages that are due."""

    what = "messages to webhooks"

    def __init__(self, client: Client, outbox: WebhookOutbox, traces: JobTraces) -> None:
        super().__init__(outbox, traces)
        self._client = client

    def _job_of(self, due: DueDelivery) -> str | None:
        return due.job_id

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
