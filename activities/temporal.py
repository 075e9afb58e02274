"""How we connect to Temporal: client, workflow starts and cancels, schedule, metrics, exit."""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import NoReturn
from urllib.request import urlopen

from prometheus_client import REGISTRY, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import (
    Priority,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError, RPCStatusCode

from activities.formats.catalog import formats
from activities.jobs.model import Job
from workflows.contracts import (
    EXPORT_WORKFLOW,
    RETENTION_SCHEDULE_ID,
    RETENTION_WORKFLOW,
    SEARCH_FORMAT,
    SEARCH_OWNER,
    WORKFLOW_QUEUE,
    ExportRequest,
    workflow_id,
)
from workflows.converter import DATA_CONVERTER
from workflows.policies import (
    LARGE_PRIORITY,
    RETENTION_CATCHUP,
    RETENTION_INTERVAL,
    RETENTION_PRIORITY,
    SMALL_PRIORITY,
    WORKFLOW_TASK_TIMEOUT,
    is_small,
)

RPC_TIMEOUT = timedelta(seconds=2)
"""A caller of the API waits this long for Temporal; then the row alone carries the job."""
# The client's own limit on a call does not cover making the connection, which takes forever
# when an address swallows packets.
_CALL_SECONDS = 2.5


class TemporalAwayError(Exception):
    """The Temporal server did not answer in time."""


async def connect(*, lazy: bool) -> Client:
    """A client for the server that the environment names (`TEMPORAL_ADDRESS` and so on).

    Args:
        lazy: connect at the first call, so that a process starts while the server is away. A
            worker cannot have such a client.

    Raises:
        TemporalAwayError: the server did not answer; never with `lazy`.
    """
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", "localhost:7233")
    try:
        return await Client.connect(
            **config, data_converter=DATA_CONVERTER, lazy=lazy, runtime=_runtime()
        )
    except RuntimeError as error:
        raise TemporalAwayError("no connection") from error


async def start_export(client: Client, job: Job, max_seconds: float) -> None:
    """Start the job's workflow; when it exists already, running or ended, nothing happens.

    Args:
        client: of the server.
        job: what to export.
        max_seconds: how long it may take.

    Raises:
        TemporalAwayError: the server did not answer; the workflow may or may not exist.
    """
    entry = formats()[job.format]
    request = ExportRequest(
        job_id=job.job_id,
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
        raise TemporalAwayError(type(error).__name__) from error


async def cancel_export(client: Client, job_id: str) -> bool:
    """Cancel the job's workflow; False when none is running.

    Raises:
        TemporalAwayError: the server did not answer.
    """
    handle = client.get_workflow_handle(workflow_id(job_id))
    return await _was_running(handle.cancel(rpc_timeout=RPC_TIMEOUT))


async def terminate_export(client: Client, job_id: str, reason: str) -> bool:
    """End the job's workflow without asking it; False when none is running.

    Raises:
        TemporalAwayError: the server did not answer.
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
        raise TemporalAwayError(error.status.name) from error
    except (RuntimeError, TimeoutError) as error:
        raise TemporalAwayError(type(error).__name__) from error
    return True


async def check(client: Client) -> None:
    """Raise unless the server answers.

    Raises:
        TemporalAwayError: it does not.
    """
    try:
        healthy = await client.service_client.check_health(timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        raise TemporalAwayError(type(error).__name__) from error
    if not healthy:
        raise TemporalAwayError("not serving")


async def ensure_schedule(client: Client) -> None:
    """Make the retention schedule, or bring the one there is up to date."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            RETENTION_WORKFLOW,
            id=RETENTION_SCHEDULE_ID,
            task_queue=WORKFLOW_QUEUE,
            static_summary="Retention",
            priority=Priority(priority_key=RETENTION_PRIORITY),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=RETENTION_INTERVAL)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=RETENTION_CATCHUP),
    )

    def replace(current: ScheduleUpdateInput) -> ScheduleUpdate:
        # What an operator paused stays paused.
        schedule.state = current.description.schedule.state
        return ScheduleUpdate(schedule)

    try:
        await client.create_schedule(RETENTION_SCHEDULE_ID, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(RETENTION_SCHEDULE_ID).update(replace)


def leave(code: int) -> NoReturn:
    """End a process that has used Temporal.

    The SDK's threads outlive the interpreter, and about one in ten ordinary exits right after a
    call ends in a segmentation fault; ending without the interpreter's tear-down never does.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _fairness_key(owner_id: str) -> str:
    """What the owners' tasks take turns by; Temporal takes 64 bytes."""
    return owner_id if len(owner_id.encode()) <= 64 else sha256(owner_id.encode()).hexdigest()


def _keyword(name: str, value: str) -> SearchAttributePair[str]:
    return SearchAttributePair(SearchAttributeKey.for_keyword(name), value)


@cache
def _runtime() -> Runtime:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    runtime = Runtime(
        telemetry=TelemetryConfig(
            metrics=PrometheusConfig(bind_address=address, durations_as_seconds=True)
        )
    )
    REGISTRY.register(_SdkMetrics(f"http://{address}/metrics"))
    return runtime


class _SdkMetrics(Collector):
    """The SDK's own metrics, which it serves on a port of its own, beside ours on one."""

    def __init__(self, url: str) -> None:
        self._url = url

    def describe(self) -> Iterable[Metric]:
        return []

    def collect(self) -> Iterable[Metric]:
        try:
            with urlopen(self._url, timeout=2) as answer:  # noqa: S310 - our own loopback address
                text = answer.read().decode()
        except OSError:
            return []  # our own metrics are worth having without the SDK's
        return text_string_to_metric_families(text)
