"""Heartbeats: liveness and cancellation, beside whatever an activity does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from temporalio import activity

from workflows.policies import HEARTBEAT_THROTTLE

INTERVAL_SECONDS = HEARTBEAT_THROTTLE.total_seconds()
"""Seconds between two heartbeats."""


@asynccontextmanager
async def heartbeats(details: Callable[[], Sequence[object]] = tuple) -> AsyncIterator[None]:
    """Send heartbeats while the body runs, so that it learns of a cancellation.

    A body that ends within one interval sends none: each is a call that the server stores.

    Args:
        details: gives what the next heartbeat tells.
    """

    async def send() -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            activity.heartbeat(*details())

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()
