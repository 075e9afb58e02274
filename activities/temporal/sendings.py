"""Starting the workflows of what is sent of jobs that ended: files to destinations, and mails."""

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.jobs.sendings import Sending, Sendings
from activities.jobs.traces import JobTraces
from activities.temporal.client import RPC_TIMEOUT, in_time
from activities.temporal.outbox_starter import OutboxStarter
from workflows.contracts import (
    SENDING_WORKFLOW,
    WORKFLOW_QUEUE,
    SendingTask,
    sending_workflow_id,
)
from workflows.policies import WORKFLOW_TASK_TIMEOUT


class SendingStarter(OutboxStarter[Sending]):
    """Starts the workflows of what is due to be sent."""

    what = "deliveries and mails"

    def __init__(self, client: Client, sendings: Sendings, traces: JobTraces) -> None:
        super().__init__(sendings, traces)
        self._client = client

    def _job_of(self, due: Sending) -> str | None:
        return due.job_id

    async def _start(self, due: Sending) -> None:
        await in_time(
            self._client.start_workflow(
                SENDING_WORKFLOW,
                SendingTask(due.job_id, due.kind, due.name),
                id=sending_workflow_id(due.job_id, due.kind, due.name),
                task_queue=WORKFLOW_QUEUE,
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                # A run that finds nothing to send sends nothing.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                # One destination that is slow takes no other's turn.
                priority=Priority(fairness_key=f"{due.kind}-{due.name}"),
                static_summary=f"{due.kind.capitalize()}: {due.name}",
                rpc_timeout=RPC_TIMEOUT,
            )
        )
