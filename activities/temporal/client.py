"""The connection to Temporal, with its metrics, and the exit of a worker."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Awaitable
from datetime import timedelta
from functools import cache
from typing import NoReturn, TypeVar

from temporalio.client import Client, Interceptor
from temporalio.converter import DataConverter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
)
from temporalio.service import RetryConfig, RPCError, RPCStatusCode

from activities.common import tracing
from activities.temporal.sdk_metrics import add_sdk
from workflows.converter import DATA_CONVERTER

T = TypeVar("T")

RPC_TIMEOUT = timedelta(seconds=1.8)
"""A caller of the API waits this long for Temporal; then the row alone carries the job."""

HEARTBEAT_INTERVAL = timedelta(seconds=5)
"""A worker says so often that it is alive, in one call for all its queues."""

ANSWER_SECONDS = 2.1
"""The longest that a response to a caller waits for Temporal, whatever it asks: a little more than
one call takes, so that a call without a response is known as one."""

# The SDK's limit on a call does not cover making the connection, which takes forever when an
# address swallows packets.
_CONNECT_SECONDS = 0.2

# The SDK repeats calls for ten seconds by itself, in which even an answer looks like silence.
_REPEATS = RetryConfig(max_elapsed_time_millis=1_000)

# CANCELLED is how the SDK's core reports that its own limit on a call was reached. Whatever else a
# server says, it says about one call: https://grpc.io/docs/guides/status-codes/
_AWAY = frozenset(
    {
        RPCStatusCode.UNAVAILABLE,
        RPCStatusCode.DEADLINE_EXCEEDED,
        RPCStatusCode.RESOURCE_EXHAUSTED,
        RPCStatusCode.CANCELLED,
    }
)


class TemporalUnavailableError(Exception):
    """The Temporal server did not respond in time."""


async def connect(*, lazy: bool, converter: DataConverter = DATA_CONVERTER) -> Client:
    """A client for the server that the environment names (`TEMPORAL_ADDRESS` and so on).

    Args:
        lazy: connect at the first call, so that a process starts while the server is unavailable. A
            worker cannot have such a client.
        converter: of all that it sends and gets, see `payload_codec`.

    Raises:
        TemporalUnavailableError: the server did not respond; never with `lazy`.
    """
    config = ClientConfig.load_client_connect_config()
    config.setdefault("target_host", "localhost:7233")
    try:
        return await Client.connect(
            **config,
            data_converter=converter,
            lazy=lazy,
            # A worker has time, and reports by the same connection what must not get lost.
            retry_config=_REPEATS if lazy else None,
            runtime=_runtime(),
            interceptors=_interceptors(),
        )
    except RuntimeError as error:
        raise TemporalUnavailableError("no connection") from error


async def in_time(call: Awaitable[T], limit: timedelta = RPC_TIMEOUT) -> T:
    """Await a call to the server for little more than the time that it has, and return its result.

    Args:
        call: the call, which was given the same limit.
        limit: the time that it has.

    Raises:
        TemporalUnavailableError: the server did not respond, or has no capacity for anybody.
        temporalio.service.RPCError: it refused this call.
    """
    try:
        async with asyncio.timeout(limit.total_seconds() + _CONNECT_SECONDS):
            return await call
    except RPCError as error:
        if error.status in _AWAY:
            raise TemporalUnavailableError(error.status.name) from error
        raise
    except (RuntimeError, TimeoutError) as error:
        raise TemporalUnavailableError(type(error).__name__) from error


async def check(client: Client) -> None:
    """Raise unless the server responds.

    Raises:
        TemporalUnavailableError: it does not.
    """
    try:
        healthy = await in_time(client.service_client.check_health(timeout=RPC_TIMEOUT))
    except RPCError as error:
        raise TemporalUnavailableError(type(error).__name__) from error
    if not healthy:
        raise TemporalUnavailableError("not serving")


def hard_exit(code: int) -> NoReturn:
    """End a process that has used Temporal.

    The SDK's threads outlive the interpreter, and about one in ten ordinary exits right after a
    call ends in a segmentation fault; ending without the interpreter's tear-down never does.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _interceptors() -> list[Interceptor]:
    """Workers take over those of their client."""
    spans = tracing.spans()
    if spans is None:
        return []
    from activities.temporal.trace_interceptor import TraceInterceptor

    return [TraceInterceptor(spans)]


@cache
def _runtime() -> Runtime:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    runtime = Runtime(
        telemetry=TelemetryConfig(
            # Else its core would write lines of another form to standard error.
            logging=LoggingConfig(
                LoggingConfig.default.filter,
                forwarding=LogForwardingConfig(
                    logging.getLogger("temporalio.core"), append_target_to_name=False
                ),
            ),
            metrics=PrometheusConfig(bind_address=address),
        ),
        worker_heartbeat_interval=HEARTBEAT_INTERVAL,
    )
    add_sdk(address)
    return runtime
