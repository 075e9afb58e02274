"""Heartbeats: liveness and cancellation, beside whatever an activity does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

from temporalio import activity

from workflows.policies import HEARTBEAT_LONGEST_PAUSE, HEARTBEAT_THROTTLE


def pauses() -> Iterator[float]:
    """Seconds before each heartbeat; without end."""
    pause, longest = HEARTBEAT_THROTTLE.total_seconds(), HEARTBEAT_LONGEST_PAUSE.total_seconds()
    while True:
        yield pause
        pause = min(2 * pause, longest)


@asynccontextmanager
async def heartbeats(details: Callable[[], Sequence[object]] = tuple) -> AsyncIterator[None]:
    """Send heartbeats while the body runs, so that it learns of a cancellation.

    A body that ends within the first pause sends none, and one that lasts ever fewer: each is a
    call that the server stores.

    Args:
        details: gives what the next heartbeat tells.
    """

    async def send() -> None:
        for seconds in pauses():
            await asyncio.sleep(seconds)
            activity.heartbeat(*details())

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()
