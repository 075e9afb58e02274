"""Starting and cancelling the workflows of archives."""

from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from activities.automation.archives import Archive
from activities.temporal.client import RPC_TIMEOUT, in_time
from activities.temporal.exports import searchable
from workflows.contracts import (
    ARCHIVE_WORKFLOW,
    SEARCH_OWNER,
    WORKFLOW_QUEUE,
    ArchiveTask,
    archive_workflow_id,
)
from workflows.policies import WORKFLOW_TASK_TIMEOUT


async def start_archive(client: Client, archive: Archive) -> None:
    """Start an archive's workflow unless it runs; one that was lost goes on where its rows are.

    Raises:
        TemporalUnavailableError: the server did not respond.
        temporalio.service.RPCError: it refused.
    """
    owner = SearchAttributePair(
        SearchAttributeKey.for_keyword(SEARCH_OWNER), searchable(archive.owner_id)
    )
    await in_time(
        client.start_workflow(
            ARCHIVE_WORKFLOW,
            ArchiveTask(archive.archive_id, request_id=archive.request_id or ""),
            id=archive_workflow_id(archive.archive_id),
            task_queue=WORKFLOW_QUEUE,
            task_timeout=WORKFLOW_TASK_TIMEOUT,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=TypedSearchAttributes([owner]),
            static_summary="archive in parts",
            rpc_timeout=RPC_TIMEOUT,
        )
    )


async def cancel_archive(client: Client, archive_id: str) -> bool:
    """Cancel an archive's workflow; False when none is running.

    Raises:
        TemporalUnavailableError: the server did not respond.
        temporalio.service.RPCError: it refused.
    """
    handle = client.get_workflow_handle(archive_workflow_id(archive_id))
    try:
        await in_time(handle.cancel(rpc_timeout=RPC_TIMEOUT))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True
