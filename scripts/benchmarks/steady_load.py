"""What a few owners do all day: exports, looks at them, lists, downloads, cancels, lost watchers.

Each caller is a thread with a connection of its own; how exports end is read from the database.
"""

import asyncio
import http.client
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from activities.common.clock import utc_now
from activities.common.database import connect
from activities.content.sql import SqlContent
from activities.model.jobs import Status
from activities.settings import Settings
from scripts.benchmarks.connection import Connection
from scripts.benchmarks.corpus import corpus
from scripts.benchmarks.figures import Figure
from scripts.benchmarks.job_watch import JobWatch
from scripts.benchmarks.report import percentile
from scripts.dev.credentials import issue_token
from scripts.dev.stack import DEMO_SCOPE
from scripts.dev.stack_file import StackInfo

OWNERS = tuple(f"soak-{number}" for number in range(10))
AT_ONCE = 2 * len(OWNERS)
"""Callers, each of which has at most one export under way in a closed loop."""

_ITEMS = 40
_MOST_ITEMS = 8
_FORMATS = ("json", "csv", "txt", "docx", "pdf")
_WATCH_SECONDS = 0.1
_TOKEN_LIFETIME = timedelta(days=1)
_SURELY_DOWNLOADED_WITHIN = timedelta(seconds=10)
# Of a caller's turns: these numbers have no common factor, so that all mixtures occur.
_DOWNLOADS_EVERY = 7
_WATCHES_EVERY = 9
_CANCELS_EVERY = 31
_LISTS_EVERY = 4
# With a linger of no time a close is a reset (socket(7)).
_RESET = struct.pack("ii", 1, 0)


class Timed(NamedTuple):
    """Something that happened."""

    at: float
    """As by `time.monotonic`."""
    seconds: float
    """How long it took."""


class Ended(NamedTuple):
    """The end of an export."""

    at: float
    """As by `time.monotonic`."""
    status: Status


def add_content(settings: Settings) -> list[str]:
    """Give each of `OWNERS` the same few items; their ids."""
    items = list(corpus(_ITEMS))

    async def store() -> None:
        database = connect(settings.database)
        try:
            for owner in OWNERS:
                owned = (msgspec.structs.replace(item, owner_id=owner) for item in items)
                await SqlContent(database).store(owned)
        finally:
            await database.close()

    asyncio.run(store())
    return [item.id for item in items]


class SteadyLoad:
    """The callers, at work while the `with` block lasts.

    Attributes:
        answers: the time that each kind of request took.
        ended: the exports that have ended.
        accepted: the number of exports that were answered with 202.
        trouble: the number of requests that were answered otherwise than they should, by what.
    """

    def __init__(
        self, info: StackInfo, settings: Settings, item_ids: Sequence[str], rate: float | None
    ) -> None:
        """Prepare to call.

        Args:
            info: where the service is.
            settings: of the service.
            item_ids: what `add_content` gave.
            rate: exports a second; None: each caller begins its next when its last has ended.
        """
        self.answers: dict[str, list[Timed]] = defaultdict(list)
        self.ended: list[Ended] = []
        self.accepted = 0
        self.trouble: Counter[str] = Counter()
        self._info = info
        self._settings = settings
        self._item_ids = item_ids
        self._pause = None if rate is None else AT_ONCE / rate
        self._open: dict[str, threading.Event] = {}
        self._stopping = threading.Event()
        self._all_over = threading.Event()
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._call, args=(number,), daemon=True)
            for number in range(AT_ONCE)
        ]
        self._following = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Self:
        for thread in (*self._threads, self._following):
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_calling()
        self._all_over.set()
        self._following.join()

    @property
    def under_way(self) -> int:
        """The number of accepted exports that have not ended."""
        return len(self._open)

    def stop_calling(self) -> None:
        """Begin no further export; those that were begun are followed to their ends."""
        self._stopping.set()
        for event in list(self._open.values()):
            event.set()
        for thread in self._threads:
            thread.join()

    def per_second(self, since: float, until: float) -> float:
        """The number of exports that ended in a second of this time."""
        return sum(since <= each.at < until for each in self.ended) / (until - since)

    def median(self, kind: str, since: float, until: float) -> float:
        """The median of the seconds that requests of a kind took that ended in this time."""
        return percentile(
            [each.seconds for each in list(self.answers[kind]) if since <= each.at < until], 50
        )

    def _follow(self) -> None:
        watch = JobWatch(self._settings.database)
        while not self._all_over.wait(_WATCH_SECONDS):
            for job_id, status in watch.ended(list(self._open)).items():
                self.ended.append(Ended(time.monotonic(), status))
                self._open.pop(job_id).set()
        watch.close()

    def _call(self, number: int) -> None:
        owner = OWNERS[number % len(OWNERS)]
        token = issue_token(self._settings, owner, DEMO_SCOPE, _TOKEN_LIFETIME)
        caller = _Caller(
            Connection(self._info.api, token), self._item_ids, self._answered, self.trouble, number
        )
        due = time.monotonic() + (self._pause or 0) * number / AT_ONCE
        while not self._stopping.wait(max(due - time.monotonic(), 0)):
            job_id = caller.create()
            if job_id is not None:
                ends = self._open[job_id] = threading.Event()
                with self._counting:
                    self.accepted += 1
                caller.look_around(job_id)
                if self._pause is None:
                    ends.wait()
            due = time.monotonic() if self._pause is None else due + self._pause
        caller.close()

    def _answered(self, kind: str, seconds: float) -> None:
        self.answers[kind].append(Timed(time.monotonic(), seconds))


def trouble(load: SteadyLoad) -> Iterator[Figure]:
    """The requests that were not answered as they should be, and of which kind they were."""
    yield Figure("requests refused or broken", load.trouble.total(), at_most=0)
    for what, count in load.trouble.items():
        yield Figure(f"... {what}", count)


class _Caller:
    """One owner's browser, or program."""

    def __init__(
        self,
        connection: Connection,
        item_ids: Sequence[str],
        answered: Callable[[str, float], None],
        trouble: Counter[str],
        number: int,
    ) -> None:
        self._connection = connection
        self._ids = item_ids
        self._answered = answered
        self._trouble = trouble
        self._turn = number
        self._before: list[str] = []

    def close(self) -> None:
        self._connection.close()

    def create(self) -> str | None:
        """Begin an export of a few items; None when it was not accepted."""
        self._turn += 1
        first = self._turn * 3 % (len(self._ids) - _MOST_ITEMS)
        ids = list(self._ids[first : first + 1 + self._turn % _MOST_ITEMS])
        format_id = _FORMATS[self._turn % len(_FORMATS)]
        created: list[str] = []
        self._ask("POST", lambda: created.append(self._connection.create(ids, format_id)))
        return created[0] if created else None

    def look_around(self, job_id: str) -> None:
        """Do what owners do beside: see the module."""
        if self._turn % _WATCHES_EVERY == 0:
            self._ask("watch", lambda: self._watch_and_vanish(job_id))
        if self._turn % _CANCELS_EVERY == 0:
            self._ask("DELETE", lambda: self._connection.cancel(job_id))
        earlier = self._before[0] if self._before else job_id
        self._ask("GET", lambda: self._connection.job(earlier))
        if self._turn % _LISTS_EVERY == 0:
            self._ask("list", lambda: self._connection.get("/api/export/jobs"))
        if self._turn % _DOWNLOADS_EVERY == 0:
            self._ask("download", lambda: self._download(earlier))
        self._before = [*self._before[-4:], job_id]

    def _ask(self, kind: str, request: Callable[[], object]) -> None:
        started = time.perf_counter()
        try:
            request()
        except (OSError, http.client.HTTPException, RuntimeError) as error:
            self._trouble[f"{kind}: {str(error)[:100] or type(error).__name__}"] += 1
            self._connection.close()
        else:
            self._answered(kind, time.perf_counter() - started)

    def _download(self, job_id: str) -> None:
        job = self._connection.job(job_id)
        soon = utc_now() + _SURELY_DOWNLOADED_WITHIN
        if job["status"] != "completed" or datetime.fromisoformat(job["expires_at"]) < soon:
            return
        content = self._connection.download(job_id)
        if len(content) != job["file"]["size"]:
            raise RuntimeError("a file of another size")

    def _watch_and_vanish(self, job_id: str) -> None:
        with self._connection.open_events(job_id) as watcher:
            if b" 200 " not in watcher.recv(4096).partition(b"\r\n")[0]:
                raise RuntimeError("no events")
            if self._turn % 2:
                watcher.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
