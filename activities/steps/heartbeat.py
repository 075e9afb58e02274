"""Heartbeats: liveness and cancellation, beside whatever an activity does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from temporalio import activity

from workflows.policies import HEARTBEAT_THROTTLE

INTERVAL_SECONDS = HEARTBEAT_THROTTLE.total_seconds()


@asynccontextmanager
async def heartbeats(details: Callable[[], Sequence[object]] = tuple) -> AsyncIterator[None]:
    """Beat while the body runs, so that it learns of a cancellation.

    What is done within one interval never beats: each beat is a call that the server stores.

    Args:
        details: what the next beat tells.
    """

    async def beat() -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            activity.heartbeat(*details())

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
