"""Follows jobs as they change, with one poll for all jobs and all watchers."""

import asyncio
import hashlib
import time
from types import TracebackType
from typing import Self

import msgspec

from activities.common.logs import get_logger
from activities.common.tracebacks import format_traceback
from activities.jobs.records import JobRecords
from activities.model.jobs import Job
from activities.model.problems import BUSY, LIMIT_REACHED
from web.http.problems import retry_after
from web.schemas.job import NO_ESTIMATE, JobEstimate, Progress, progress_of
from web.services.job_estimates import JobEstimates

logger = get_logger(__name__)

_POLL_SECONDS = 0.25


class JobState(msgspec.Struct, frozen=True):
    """A job at one moment."""

    id: str
    """Differs from the ids of the job's other states."""
    job: Job
    progress: Progress
    """At least as far as in any state that was seen before."""
    estimate: JobEstimate


class JobWatcher:
    """Polls the records of the jobs that are watched."""

    def __init__(
        self,
        records: JobRecords,
        estimates: JobEstimates,
        *,
        max_watches: int,
        max_watches_per_owner: int,
    ) -> None:
        """Create a watcher that polls nothing yet.

        Args:
            records: the records to poll.
            estimates: estimates for the jobs that have not ended.
            max_watches: the most watches at once. When there are as many, a watch of the owner with
                the most of them ends for an owner who has fewer.
            max_watches_per_owner: the most watches of one owner.
        """
        self._records = records
        self._estimates = estimates
        self._max_watches = max_watches
        self._max_watches_per_owner = max_watches_per_owner
        self._watched: dict[str, _WatchedJob] = {}
        self._per_owner: dict[str, list[Watch]] = {}
        """The watches that count, oldest first."""
        self._any_watches = asyncio.Event()
        self._closing = False

    async def watch(self, job: Job) -> "Watch":
        """Watch a job, as it is now; use the result as a context manager."""
        estimates = await self._estimates.of([job])
        return Watch(self, job, estimates.get(job.job_id, NO_ESTIMATE))

    async def until_end(self, job: Job, seconds: float) -> JobState:
        """Wait for the end of a job, no longer than this; the job as it is then.

        It comes earlier when the process is about to stop, or when others need the room.

        Raises:
            ProblemError: too many are watching.
        """
        until = time.monotonic() + seconds
        with await self.watch(job) as watch:
            while not (watch.state.job.status.ended or watch.closing):
                left = until - time.monotonic()
                if left <= 0 or not await watch.changed(left):
                    break
            return watch.state

    def close(self) -> None:
        """End all watches: the process is about to stop."""
        self._closing = True
        for watched in self._watched.values():
            watched.announce()

    async def run(self) -> None:
        """Poll while any job is watched; never returns."""
        while True:
            await self._any_watches.wait()
            await asyncio.sleep(_POLL_SECONDS)
            try:
                asked = list(self._watched)
                found = await self._records.get_many(asked)
                estimates = await self._estimates.of(found)
            except Exception as error:  # noqa: BLE001 - the loop must outlive any surprise
                logger.warning("watching failed", cause=format_traceback(error))
                continue
            for job in found:
                if job.job_id in self._watched:
                    self._watched[job.job_id].see(job, estimates.get(job.job_id, NO_ESTIMATE))
            for job_id in set(asked).difference(job.job_id for job in found):
                if job_id in self._watched:
                    self._watched[job_id].vanish()

    def _enter(self, watch: "Watch", job: Job, estimate: JobEstimate) -> "_WatchedJob":
        mine = len(self._per_owner.get(job.owner_id, ()))
        if mine >= self._max_watches_per_owner:
            raise retry_after(
                LIMIT_REACHED, f"You have {mine} event streams and waiting requests open."
            )
        if sum(map(len, self._per_owner.values())) >= self._max_watches:
            self._make_room(mine)
        self._per_owner.setdefault(job.owner_id, []).append(watch)
        watched = self._watched.setdefault(job.job_id, _WatchedJob(job, estimate))
        watched.watches += 1
        self._any_watches.set()
        return watched

    def _make_room(self, mine: int) -> None:
        owner, most = max(self._per_owner.items(), key=lambda each: len(each[1]))
        # With one less, nobody has fewer than the owner who comes with one more.
        if len(most) <= mine + 1:
            raise retry_after(
                BUSY, "Too many event streams and waiting requests are open; poll the job instead."
            )
        oldest = most[0]
        self._forget(oldest, owner)
        oldest.end()

    def _forget(self, watch: "Watch", owner_id: str) -> None:
        """Count a watch no more, if it still counts."""
        of_owner = self._per_owner.get(owner_id, [])
        if watch in of_owner:
            of_owner.remove(watch)
            if not of_owner:
                del self._per_owner[owner_id]

    def _leave(self, watch: "Watch", job: Job) -> None:
        self._forget(watch, job.owner_id)
        self._watched[job.job_id].watches -= 1
        if not self._watched[job.job_id].watches:
            del self._watched[job.job_id]
        if not self._watched:
            self._any_watches.clear()


class Watch:
    """One watcher of one job."""

    def __init__(self, watcher: JobWatcher, job: Job, estimate: JobEstimate) -> None:
        self._watcher = watcher
        self._job = job
        self._estimate = estimate
        self._watched = _WatchedJob(job, estimate)
        self._ended = False

    def __enter__(self) -> Self:
        """Begin to watch the job.

        Raises:
            ProblemError: too many are watching.
        """
        self._watched = self._watcher._enter(  # noqa: SLF001 - two halves of one thing
            self, self._job, self._estimate
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._watcher._leave(self, self._job)  # noqa: SLF001 - two halves of one thing

    @property
    def state(self) -> JobState:
        """The job as it was seen last."""
        return self._watched.state

    @property
    def closing(self) -> bool:
        """True if the watch is over: the process is about to stop, others need the room, or the job
        was erased.
        """
        stopping = self._watcher._closing  # noqa: SLF001 - two halves of one thing
        return self._ended or self._watched.is_gone or stopping

    def end(self) -> None:
        """End the watch, whose watcher is woken to see it."""
        self._ended = True
        self._watched.announce()

    async def changed(self, seconds: float) -> bool:
        """Wait for the next state; False when there was none in this time."""
        try:
            async with asyncio.timeout(seconds):
                await self._watched.changed.wait()
        except TimeoutError:
            return False
        return True


class _WatchedJob:
    """A job that is watched, with its newest state."""

    def __init__(self, job: Job, estimate: JobEstimate) -> None:
        self.watches = 0
        self.is_gone = False
        self.changed = asyncio.Event()
        self.state = JobState(_state_id(job, estimate), job, progress_of(job), estimate)

    def see(self, job: Job, estimate: JobEstimate) -> None:
        """Store the record; wake the watchers if it or its queue position changed."""
        state_id = _state_id(job, estimate)
        if state_id != self.state.id:
            progress = _not_below(self.state.progress, progress_of(job))
            self.state = JobState(state_id, job, progress, estimate)
            self.announce()

    def vanish(self) -> None:
        """End all watches: there is no such job any more."""
        self.is_gone = True
        self.announce()

    def announce(self) -> None:
        """Wake all watchers that wait for a change."""
        self.changed.set()
        self.changed = asyncio.Event()


def _state_id(job: Job, estimate: JobEstimate) -> str:
    # The time left changes every second; a page can count it down by itself.
    shown = (job, estimate.queue_position, estimate.phase)
    return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:16]


def _not_below(before: Progress, now: Progress) -> Progress:
    return Progress(
        max(before.percent, now.percent),
        now.phase,
        max(before.items_done, now.items_done),
        now.items_total,
    )
