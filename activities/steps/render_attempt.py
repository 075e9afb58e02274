"""One attempt of a render, which tells the attempts after it whether it came to its end.

Temporal counts attempts, whatever ended them, and of a worker that crashed there is no word. So the
details of a heartbeat say at which items workers crashed before, and the last ones of an attempt
that fails say that its worker did not. A database that is away
for a while then costs attempts, but no item.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

from activities.steps.errors import WorkersLostError
from activities.steps.heartbeat import heartbeats
from activities.steps.render_progress import RenderProgress

# A worker can be killed by chance in the middle of any item, but hardly three times at one.
_CRASHES_OF_A_POISON_ITEM = 3
# So many find two items, each of which crashes every worker that renders it.
_MOST_CRASHES = 6


class RenderAttempt:
    """The facts of earlier attempts that one attempt knows and sends on in its heartbeats.

    The details of a heartbeat are the number of items that are done, the id of the item that the
    renderer is at, the ids of the items at which workers crashed in earlier attempts, and the
    number of the last attempt of which it is known whether its worker did.

    Attributes:
        progress: how far the render is.
    """

    def __init__(self) -> None:
        info = activity.info()
        self.progress = RenderProgress()
        self._known = info.attempt - 1
        self._worker_crashes = _worker_crashes_before(info)

    def poison_items(self) -> set[str]:
        """The ids of the items at which worker after worker crashed."""
        crashes = Counter(filter(None, self._worker_crashes))
        return {item for item, times in crashes.items() if times >= _CRASHES_OF_A_POISON_ITEM}

    @asynccontextmanager
    async def heartbeats(self) -> AsyncIterator[None]:
        """Send heartbeats while the body runs.

        Raises:
            WorkersLostError: too many workers crashed in this activity already.
        """
        if len(self._worker_crashes) > _MOST_CRASHES:
            raise WorkersLostError(next(filter(None, reversed(self._worker_crashes)), ""))
        if self._known:
            # What ended the last attempt may end this one before its first heartbeat is due.
            activity.heartbeat(*self._details())
        try:
            async with heartbeats(self._details):
                yield
        except BaseException:
            self._known += 1
            activity.heartbeat(*self._details())
            raise

    def _details(self) -> tuple[int, str, list[str], int]:
        self.progress.look()
        return self.progress.items_done, self.progress.item_id, self._worker_crashes, self._known


def _worker_crashes_before(info: activity.Info) -> list[str]:
    """The items at which workers crashed in earlier attempts; empty for one that is not known."""
    crashes: list[str] = []
    item_id, known = "", 0
    # A reset makes the first attempt again, with what the last one told.
    if info.attempt > 1:
        match info.heartbeat_details:
            case [int(), str(item_id), [*crashes], int(known)]:
                pass
    silent = info.attempt - 1 - known
    return [*crashes, item_id, *[""] * (silent - 1)] if silent > 0 else crashes
