"""Runs the workers of a process, and takes others in their place once a lost server is back.

Workers that lose the server poll again at intervals that grow to ten seconds, which is fixed in the
SDK: `task_poll_retry_policy` in the `retry.rs` of its core. New ones on a connection of their own
poll at once. So when the server responds after an outage they begin, while the old ones give what
they still run its time to end.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

from temporalio.client import Client
from temporalio.worker import Worker

from activities.common.logs import get_logger
from activities.temporal.client import TemporalUnavailableError, check, connect
from workflows.policies import HEARTBEAT_TIMEOUT

logger = get_logger(__name__)

WorkerMaker = Callable[[Client], Worker]
"""Makes a worker that polls over this client; several may be made, one after the other."""

# After a shorter outage workers poll again within as many seconds, and what they run goes on; after
# this one the server has given up what ran.
_OUTAGE_SECONDS = HEARTBEAT_TIMEOUT.total_seconds()
_LOOK_SECONDS = 1.0
_LOOK_AGAIN_SECONDS = 0.25


async def run_workers(
    makers: Sequence[WorkerMaker],
    client: Client,
    stopping: asyncio.Event,
    responded: Callable[[], None],
) -> None:
    """Run one worker of each maker until `stopping` is set, then let them drain.

    Args:
        makers: make the workers.
        client: over which they poll first.
        stopping: ends it.
        responded: is called whenever the server has responded, about once a second.

    Raises:
        Exception: what ended a worker that was not asked to end, after the others have drained.
    """
    crew = _Crew(makers, client)
    # Never let go of: the SDK does not end the workflows that a worker has in its cache, and when
    # Python collected them, their coroutines would end within whichever workflow just runs, as part
    # of which it would keep what they do on their way out.
    retired: list[_Crew] = []
    retiring = set[asyncio.Task[None]]()
    asked_to_stop = asyncio.create_task(stopping.wait())
    try:
        while True:
            back = asyncio.create_task(_back_after_outage(client, responded))
            done, _ = await asyncio.wait(
                [*crew.running, asked_to_stop, back], return_when=asyncio.FIRST_COMPLETED
            )
            back.cancel()
            if done != {back}:
                break
            client = back.result()
            logger.info("Temporal is back, new workers take over")
            leaving = asyncio.create_task(crew.drain())
            retiring.add(leaving)
            leaving.add_done_callback(retiring.discard)
            retired.append(crew)
            crew = _Crew(makers, client)
    finally:
        asked_to_stop.cancel()
        await asyncio.gather(crew.drain(), *retiring)
    await asyncio.gather(*crew.running)


class _Crew:
    """The workers that poll over one client."""

    def __init__(self, makers: Sequence[WorkerMaker], client: Client) -> None:
        self._workers = [make(client) for make in makers]
        self.running = [asyncio.create_task(worker.run()) for worker in self._workers]

    async def drain(self) -> None:
        """Take nothing new, and give what runs its time to end."""
        await asyncio.gather(*(worker.shutdown() for worker in self._workers))


async def _back_after_outage(client: Client, responded: Callable[[], None]) -> Client:
    """Wait until the server responds after an outage; a new connection to it."""
    last_response = time.monotonic()
    pause = _LOOK_SECONDS
    while True:
        await asyncio.sleep(pause)
        try:
            await check(client)
            responded()
            if time.monotonic() - last_response > _OUTAGE_SECONDS:
                return await connect(lazy=False, converter=client.data_converter)
        except TemporalUnavailableError:
            pause = _LOOK_AGAIN_SECONDS
        else:
            last_response = time.monotonic()
            pause = _LOOK_SECONDS
