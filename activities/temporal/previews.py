"""Starting the workflow that draws the first pages of an export that nobody has started yet."""

from hashlib import sha256

from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy

from activities.temporal.client import RPC_TIMEOUT, in_time
from workflows.contracts import (
    PREVIEW_WORKFLOW,
    WORKFLOW_QUEUE,
    PreviewTask,
    preview_workflow_id,
)
from workflows.policies import PREVIEW_PRIORITY, PREVIEW_TIMEOUT, WORKFLOW_TASK_TIMEOUT

_KEY_CHARACTERS = 32


async def start_preview(client: Client, preview_id: str, owner_id: str, request_id: str) -> None:
    """Have first pages drawn, in the place of others that are drawn for the owner.

    Raises:
        TemporalUnavailableError: the server did not respond.
        temporalio.service.RPCError: it refused.
    """
    owner_key = sha256(owner_id.encode()).hexdigest()[:_KEY_CHARACTERS]
    await in_time(
        client.start_workflow(
            PREVIEW_WORKFLOW,
            PreviewTask(preview_id, request_id),
            id=preview_workflow_id(owner_key),
            task_queue=WORKFLOW_QUEUE,
            task_timeout=WORKFLOW_TASK_TIMEOUT,
            execution_timeout=PREVIEW_TIMEOUT,
            # Whoever chose otherwise meanwhile does not wait for those of before.
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            priority=Priority(priority_key=PREVIEW_PRIORITY, fairness_key=owner_key),
            static_summary="First pages of an export that is being chosen",
            rpc_timeout=RPC_TIMEOUT,
        )
    )
