"""One attempt of a render, which tells the attempts after it whether it came to its end.

Temporal counts attempts, whatever ended them, and of a worker that died there is no word. So the
details of a heartbeat say at which items workers died before, and the last ones of an attempt that
fails say that it did not die. A database that is away then costs attempts, but no item.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity

from activities.steps.errors import WorkersLostError
from activities.steps.heartbeat import heartbeats
from activities.steps.render_thread import ProgressReporter

# A worker can be killed by chance in the middle of any item, but hardly three times at one.
_DEATHS_TO_SUSPECT = 3
# So many find two items that end whoever meets them.
_DEATHS_AT_MOST = 6


class RenderAttempt:
    """What one attempt knows of those before it, and tells in its heartbeats.

    The details are the items that are done, the id of the item that the renderer is at, the ids of
    the items at which earlier attempts died, and the number of the last attempt of which it is
    known whether it did.

    Attributes:
        report: of the renderer.
    """

    def __init__(self) -> None:
        info = activity.info()
        self.report = ProgressReporter()
        self._known = info.attempt - 1
        self._deaths = _deaths_before(info)

    def suspects(self) -> set[str]:
        """The items at which worker after worker died."""
        died = Counter(filter(None, self._deaths))
        return {item_id for item_id, times in died.items() if times >= _DEATHS_TO_SUSPECT}

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat while the body runs.

        Raises:
            WorkersLostError: too many workers died of this already.
        """
        if len(self._deaths) > _DEATHS_AT_MOST:
            raise WorkersLostError(next(filter(None, reversed(self._deaths)), ""))
        if self._known:
            # What ended the last attempt may end this one before its first beat is due.
            activity.heartbeat(*self._details())
        try:
            async with heartbeats(self._details):
                yield
        except BaseException:
            self._known += 1
            activity.heartbeat(*self._details())
            raise

    def _details(self) -> tuple[int, str, list[str], int]:
        return self.report.items_done, self.report.item_id, self._deaths, self._known


def _deaths_before(info: activity.Info) -> list[str]:
    """The items at which the attempts before this one died; empty for one that is not known."""
    deaths: list[str] = []
    item_id, known = "", 0
    # A reset makes the first attempt again, with what the last one told.
    if info.attempt > 1:
        match info.heartbeat_details:
            case [int(), str(item_id), [*deaths], int(known)]:
                pass
    silent = info.attempt - 1 - known
    return [*deaths, item_id, *[""] * (silent - 1)] if silent > 0 else deaths
