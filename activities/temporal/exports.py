"""Starting, cancelling and terminating the workflow of one export."""

import json
import re
from collections.abc import Awaitable
from hashlib import sha256

import msgspec
from temporalio.client import Client
from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.model.declarations import BUNDLE
from activities.model.job_formats import (
    job_format,
    members_of,
    on_format_error,
    seconds_per_item,
)
from activities.model.jobs import Job
from activities.temporal.client import RPC_TIMEOUT, in_time
from workflows.contracts import (
    EXPORT_WORKFLOW,
    EXPRESS_QUEUE,
    SEARCH_FORMAT,
    SEARCH_OWNER,
    WORKFLOW_QUEUE,
    ExportRequest,
    workflow_id,
)
from workflows.policies import WORKFLOW_TASK_TIMEOUT, is_express, priority

# Temporal's limits, in bytes: https://docs.temporal.io/self-hosted-guide/defaults
_LONGEST_KEYWORD = 2_048
_LONGEST_FAIRNESS_KEY = 64
_LONGEST_SUMMARY = 200

# Of the refusals for an argument, those for which the namespace is to blame: it has not been given
# the search attributes, or with other types. The server tells them apart by its words alone.
_NAMESPACE_NOT_SET_UP = (
    "no mapping defined for search attribute",
    "invalid value for search attribute",
)


class ExportRefusedError(Exception):
    """Temporal refuses this export and always will; it says nothing about others."""


def export_request(job: Job, max_seconds: float, *, max_bytes: int | None = None) -> ExportRequest:
    """The input of the workflow of a job, whose format is installed.

    Args:
        job: the job.
        max_seconds: the time that it may take, in seconds.
        max_bytes: the bytes that its file may have; None: as many as any.
    """
    entry = job_format(job.format)
    assert entry is not None
    return ExportRequest(
        job_id=job.job_id,
        request_id=job.request_id or "",
        format=job.format,
        items_total=job.items_total,
        seconds_per_item=seconds_per_item(job.format, job.options),
        chunked=entry.chunked,
        max_seconds=max_seconds,
        makes_in_one=job.format != BUNDLE,
        members=list(members_of(job.format, job.options)) if job.format == BUNDLE else [],
        compares=job.changes is not None and job.changes.unsure > 0,
        skips_formats=on_format_error(job.options) == "skip",
        max_bytes=max_bytes,
    )


async def start_export(
    client: Client,
    job: Job,
    max_seconds: float,
    *,
    express: bool = False,
    public_url: str = "",
) -> None:
    """Start the job's workflow; when it exists already, running or ended, nothing happens.

    Args:
        client: a client of the Temporal server.
        job: the job to export.
        max_seconds: the time that it may take, in seconds.
        express: there are workers for express exports, to whom those that are small go.
        public_url: the base URL of the admin console, to which Temporal's UI leads; empty: it does
            not.

    Raises:
        TemporalUnavailableError: the server did not respond; the workflow may or may not exist.
        ExportRefusedError: no workflow can be started for this job.
        temporalio.service.RPCError: the server said anything else, such as that its namespace is
            not there (NOT_FOUND) or not set up, that the service may not do this
            (PERMISSION_DENIED, UNAUTHENTICATED), or that it failed (INTERNAL). Operators can mend
            that, so the job can be started later.
    """
    entry = job_format(job.format)
    assert entry is not None
    request = export_request(job, max_seconds)
    if express and is_express(request):
        request = msgspec.structs.replace(request, express=True)
    try:
        await in_time(
            client.start_workflow(
                EXPORT_WORKFLOW,
                request,
                id=workflow_id(job.job_id),
                task_queue=EXPRESS_QUEUE if request.express else WORKFLOW_QUEUE,
                task_timeout=WORKFLOW_TASK_TIMEOUT,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [
                        _keyword(SEARCH_OWNER, searchable(job.owner_id)),
                        _keyword(SEARCH_FORMAT, searchable(job.format)),
                    ]
                ),
                priority=priority(request, fairness_key(job.owner_id)),
                static_summary=_summary(entry.name, job),
                static_details=_details(job, public_url),
                rpc_timeout=RPC_TIMEOUT,
            )
        )
    except WorkflowAlreadyStartedError:
        return
    except RPCError as error:
        if _is_for_good(error):
            raise ExportRefusedError(error.status.name) from error
        raise


async def cancel_export(client: Client, job_id: str) -> bool:
    """Cancel the job's workflow; False when none is running.

    Raises:
        TemporalUnavailableError: the server did not respond.
        temporalio.service.RPCError: the server refused.
    """
    handle = client.get_workflow_handle(workflow_id(job_id))
    return await _was_running(handle.cancel(rpc_timeout=RPC_TIMEOUT))


async def terminate_export(client: Client, job_id: str, reason: str) -> bool:
    """End the job's workflow without asking it; False when none is running.

    Raises:
        TemporalUnavailableError: the server did not respond.
        temporalio.service.RPCError: the server refused.
    """
    handle = client.get_workflow_handle(workflow_id(job_id))
    return await _was_running(handle.terminate(reason=reason, rpc_timeout=RPC_TIMEOUT))


async def _was_running(call: Awaitable[None]) -> bool:
    """Make a call to a workflow; whether there was one to hear it."""
    try:
        await in_time(call)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


def _is_for_good(refusal: RPCError) -> bool:
    """True if the server would refuse the same job again, whatever operators do."""
    return refusal.status is RPCStatusCode.INVALID_ARGUMENT and not any(
        words in refusal.message for words in _NAMESPACE_NOT_SET_UP
    )


def fairness_key(owner_id: str) -> str:
    """The fairness key of the owner's tasks."""
    fits = len(owner_id.encode()) <= _LONGEST_FAIRNESS_KEY
    return owner_id if fits else _digest(owner_id)


def archive_fairness_key(owner_id: str) -> str:
    """The fairness key of the parts of the owner's archive: what the owner waits for has turns of
    its own, and need not stand behind all chunks of a part.
    """
    return fairness_key(f"{owner_id} (archive)")


def searchable(value: str) -> str:
    """A search attribute's value; one that Temporal would refuse is replaced by its SHA-256."""
    return value if _bytes_as_json(value) <= _LONGEST_KEYWORD else _digest(value)


def _keyword(name: str, value: str) -> SearchAttributePair[str]:
    return SearchAttributePair(SearchAttributeKey.for_keyword(name), value)


def _summary(format_name: str, job: Job) -> str:
    """What Temporal's UI shows beside the workflow; packages choose the names of their formats."""
    fits = _bytes_as_json(format_name) <= _LONGEST_SUMMARY // 2
    return f"{format_name if fits else job.format} export, {job.items_total} items"


def _details(job: Job, public_url: str) -> str:
    """The Markdown that Temporal's UI shows of an export, for operators who look there first."""
    told = [f"- owner: {_verbatim(job.owner_id)}", f"- format: {_verbatim(job.format)}"]
    if public_url:
        told.append(f"- [in the admin console]({public_url.rstrip('/')}/admin/jobs/{job.job_id})")
    return "\n".join(told)


def _verbatim(text: str) -> str:
    """Code in Markdown, which no text can leave (CommonMark 0.31, 6.1); long text is replaced."""
    shown = (
        text if _bytes_as_json(text) <= _LONGEST_KEYWORD and text.isprintable() else _digest(text)
    )
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    return f"{fence} {shown} {fence}"


def _bytes_as_json(text: str) -> int:
    """The size in which the SDK sends it: an emoji is two escapes of six bytes."""
    return len(json.dumps(text))


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
