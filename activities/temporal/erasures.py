"""What Temporal has to do with erasing an owner: starting it, and forgetting the owner itself."""

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError, RPCStatusCode

from activities.people.erasures import Erasures
from activities.temporal.client import RPC_TIMEOUT, in_time
from activities.temporal.outbox_starter import OutboxStarter
from workflows.contracts import (
    ERASURE_WORKFLOW,
    WORKFLOW_QUEUE,
    ErasureTask,
    erasure_workflow_id,
    workflow_id,
)
from workflows.policies import WORKFLOW_TASK_TIMEOUT


class ErasureStarter(OutboxStarter[str]):
    """Starts the workflows of erasures that were asked for."""

    what = "erasures"

    def __init__(self, client: Client, erasures: Erasures) -> None:
        super().__init__(erasures)
        self._client = client

    async def _start(self, due: str) -> None:
        await in_time(
            self._client.start_workflow(
                ERASURE_WORKFLOW,
                ErasureTask(due),
                id=erasure_workflow_id(due),
                task_queue=WORKFLOW_QUEUE,
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                # A run that finds nothing to erase erases nothing.
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary="Erasure",
                rpc_timeout=RPC_TIMEOUT,
            )
        )


async def forget_export(client: Client, job_id: str) -> None:
    """Have the server remove the history of an export that has ended, if it still has it.

    It is asked for by the job's id: a query cannot name every owner, as it has no quotes within
    quotes. What is in an archive of the namespace stays there.

    Raises:
        TemporalUnavailableError: the server did not respond.
        temporalio.service.RPCError: it refused.
    """
    request = DeleteWorkflowExecutionRequest(
        namespace=client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=workflow_id(job_id)),
    )
    try:
        await in_time(
            client.workflow_service.delete_workflow_execution(request, timeout=RPC_TIMEOUT)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
