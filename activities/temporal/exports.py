"""Starting, cancelling and terminating the workflow of one export."""

import asyncio
from collections.abc import Awaitable
from hashlib import sha256

from temporalio.client import (
    Client,
)
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.model.catalog import formats
from activities.model.jobs import Job
from activities.temporal.client import RPC_TIMEOUT, TemporalUnavailableError
from workflows.contracts import (
    EXPORT_WORKFLOW,
    SEARCH_FORMAT,
    SEARCH_OWNER,
    WORKFLOW_QUEUE,
    ExportRequest,
    workflow_id,
)
from workflows.policies import (
    LARGE_PRIORITY,
    SMALL_PRIORITY,
    WORKFLOW_TASK_TIMEOUT,
    is_small,
)

# The client's own limit on a call does not cover making the connection, which takes forever
# when an address swallows packets.
_CALL_SECONDS = 2.5


async def start_export(client: Client, job: Job, max_seconds: float) -> None:
    """Start the job's workflow; when it exists already, running or ended, nothing happens.

    Args:
        client: a client of the Temporal server.
        job: the job to export.
        max_seconds: the time that it may take, in seconds.

    Raises:
        TemporalUnavailableError: the server did not respond; the workflow may or may not exist.
    """
    entry = formats()[job.format]
    request = ExportRequest(
        job_id=job.job_id,
        request_id=job.request_id or "",
        format=job.format,
        items_total=job.items_total,
        seconds_per_item=entry.seconds_per_item,
        chunked=entry.chunked,
        max_seconds=max_seconds,
    )
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            await client.start_workflow(
                EXPORT_WORKFLOW,
                request,
                id=workflow_id(job.job_id),
                task_queue=WORKFLOW_QUEUE,
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [
                        _keyword(SEARCH_OWNER, job.owner_id),
                        _keyword(SEARCH_FORMAT, job.format),
                    ]
                ),
                priority=Priority(
                    priority_key=SMALL_PRIORITY if is_small(request) else LARGE_PRIORITY,
                    fairness_key=_fairness_key(job.owner_id),
                ),
                static_summary=f"{entry.name} export, {job.items_total} items",
                rpc_timeout=RPC_TIMEOUT,
            )
    except WorkflowAlreadyStartedError:
        return
    except (RPCError, RuntimeError, TimeoutError) as error:
        raise TemporalUnavailableError(type(error).__name__) from error


async def cancel_export(client: Client, job_id: str) -> bool:
    """Cancel the job's workflow; False when none is running.

    Raises:
        TemporalUnavailableError: the server did not respond.
    """
    handle = client.get_workflow_handle(workflow_id(job_id))
    return await _was_running(handle.cancel(rpc_timeout=RPC_TIMEOUT))


async def terminate_export(client: Client, job_id: str, reason: str) -> bool:
    """End the job's workflow without asking it; False when none is running.

    Raises:
        TemporalUnavailableError: the server did not respond.
    """
    handle = client.get_workflow_handle(workflow_id(job_id))
    return await _was_running(handle.terminate(reason=reason, rpc_timeout=RPC_TIMEOUT))


async def _was_running(call: Awaitable[None]) -> bool:
    """Make a call to a workflow; whether there was one to hear it."""
    try:
        async with asyncio.timeout(_CALL_SECONDS):
            await call
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise TemporalUnavailableError(error.status.name) from error
    except (RuntimeError, TimeoutError) as error:
        raise TemporalUnavailableError(type(error).__name__) from error
    return True


def _fairness_key(owner_id: str) -> str:
    """The fairness key of the owner's tasks, which Temporal limits to 64 bytes."""
    return owner_id if len(owner_id.encode()) <= 64 else sha256(owner_id.encode()).hexdigest()


def _keyword(name: str, value: str) -> SearchAttributePair[str]:
    return SearchAttributePair(SearchAttributeKey.for_keyword(name), value)
