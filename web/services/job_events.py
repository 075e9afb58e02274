"""Server-sent events (WHATWG HTML, section 9.2) of one job."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Literal

import msgspec
from litestar import HttpMethod
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Receive, Scope, Send

from web.services.job_watcher import JobState, Watch

PING_SECONDS = 15.0
"""Proxies close connections that are silent for long; a comment keeps this one open."""

_RECONNECT_MILLISECONDS = 1_000
# A client that comes back shows its token again, which may have been withdrawn.
_LONGEST_SECONDS = 3_600.0


class JobEvent(msgspec.Struct, frozen=True):
    """One event, as the API's description shows it."""

    id: str
    """The id that a client sends as `Last-Event-ID`."""
    data: str
    """The job, as JSON."""
    event: Literal["job"] = "job"


class JobEventStream(ASGIStreamingResponse):
    """Sends a job at each change until it ends; the watch lasts as long as the connection."""

    def __init__(
        self,
        watch: Watch,
        show: Callable[[JobState], msgspec.Struct],
        last_event_id: str | None,
        until: float,
    ) -> None:
        """Prepare a stream; nothing is sent yet.

        Args:
            watch: the watch of the job.
            show: gives what is sent of it.
            last_event_id: the id of the last event that the client has seen.
            until: the end of the life of the client's token, Unix seconds.
        """
        super().__init__(
            iterator=_events(watch, show, last_event_id, until),
            media_type="text/event-stream",
            # Asks nginx not to hold the events back.
            headers={"X-Accel-Buffering": "no"},
        )
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch, send, and stop watching however this ends.

        Raises:
            ProblemError: too many are watching.
        """
        self.is_head_response = scope.get("method") == HttpMethod.HEAD
        with self._watch:
            await super().__call__(scope, receive, send)


async def _events(
    watch: Watch,
    show: Callable[[JobState], msgspec.Struct],
    last_event_id: str | None,
    until: float,
) -> AsyncIterator[bytes]:
    yield b"retry: %d\n\n" % _RECONNECT_MILLISECONDS
    seen = last_event_id
    end = time.monotonic() + min(_LONGEST_SECONDS, until - time.time())
    while not watch.closing and (left := end - time.monotonic()) > 0:
        state = watch.state
        if state.id != seen:
            seen = state.id
            data = msgspec.json.encode(show(state))
            yield b"event: job\nid: %s\ndata: %s\n\n" % (state.id.encode(), data)
        if state.job.status.ended:
            return
        if state is watch.state and not await watch.changed(min(PING_SECONDS, left)):
            yield b": ping\n\n"
