"""HTTP/1.1 with limits on what a caller may send, and how slowly, before a handler is asked.

Neither the parser nor the server has any: a header line without an end would be collected for as
long as it comes, and half a request would keep its connection for ever. What is refused here is
refused as everywhere: with a problem document, and counted.
"""

import asyncio
from typing import Any, cast

import httptools
from litestar.types import HTTPScope
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from activities.common.metrics import ERRORS
from activities.model.problems import (
    BUSY,
    HEADERS_TOO_LARGE,
    INVALID_REQUEST,
    REQUEST_TIMEOUT,
    HttpProblemType,
)
from web.http.early_refusal import early_refusal
from web.http.open_connections import OpenConnections, Wait
from web.http.streamed_bodies import is_streamed

# Of slow lines: the average that Apache's mod_reqtimeout asks for by default.
_LEAST_BODY_BYTES_A_SECOND = 500
# After an early answer, such as 413 or 431, the caller may still be sending. Who closes meanwhile
# resets the connection, and the caller never reads the answer (RFC 9112, 9.6).
_LINGER_SECONDS = 5
_LINGER_BYTES = 8 * 1024**2
_MOST_PIPELINED = 16
# Measured, in bytes: what an unfinished request takes beside what came of it, with its connection.
_HEAD_COST = 7_000
_HEADER_COST = 150
_HANDLER_COST = 13_000


class LimitedProtocol(HttpToolsProtocol):
    """One connection."""

    open_connections: OpenConnections
    """Those of the whole server; set by `limited_protocol`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.url = b""
        self.wait: Wait | None = None
        self.held = 0
        self._settings = self.open_connections.settings
        self._since = 0.0
        """When the head or the body that is under way began."""
        self._unbroken = 0
        """Bytes that came since the last one of a body or the last end of a head."""
        self._advanced = False
        """Whether such a byte or end was among what was just parsed."""
        self._in_head = False
        self._in_body = False
        self._body_bytes = 0
        self._unanswered = 0
        """Requests that have a head and not yet the whole of their response."""
        self._lingered = 0
        """Bytes that came after the answer."""
        self._objection: HttpProblemType | None = None
        """Why the parser was stopped."""
        self._refusal: HttpProblemType | None = None
        """Why nothing is parsed any more."""

    # What the transport calls.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See `asyncio.BaseProtocol`."""
        super().connection_made(transport)
        self._since = self.loop.time()
        opened = self.open_connections
        if len(self.connections) > opened.most and not opened.make_room():
            self._refuse(BUSY)
        else:
            opened.waits(self, Wait.REQUEST, self._since + self._settings.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.BaseProtocol`."""
        self.open_connections.works(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Give the parser no more at once than a head may have, and no head that is longer."""
        if self._refusal is not None or self.wait is Wait.END:
            self._lingered += len(data)
            if self._lingered > _LINGER_BYTES:
                self.transport.abort()
                return
        if self.wait is Wait.REQUEST:
            self._since = self.loop.time()
        place = 0
        while place < len(data) and self._refusal is None:
            room = self._settings.max_head_bytes - self._unbroken
            if room <= 0:
                self._refuse(HEADERS_TOO_LARGE)
                return
            piece = data[place : place + room]
            place += len(piece)
            self._advanced = False
            self._parse(piece)
            self._unbroken = 0 if self._advanced else self._unbroken + len(piece)
        self._settle()

    def shutdown(self) -> None:
        """See `HttpToolsProtocol`; whoever was refused is not waited for."""
        if self._refusal is not None:
            self.transport.close()
        else:
            super().shutdown()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Begin a head."""
        if len(self.pipeline) >= _MOST_PIPELINED:
            self._object(INVALID_REQUEST)
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those behind a body are none (RFC 9110, 6.5.1) and only counted."""
        if len(self.headers) >= self._settings.max_headers:
            self._object(HEADERS_TOO_LARGE)
        if self._in_head:
            super().on_header(name, value)
        else:
            self.headers.append((b"", b""))

    def on_headers_complete(self) -> None:
        """Begin a body."""
        self._in_head = False
        self._in_body = self._advanced = True
        self._body_bytes = 0
        self._since = self.loop.time()
        super().on_headers_complete()
        self._unanswered += 1

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._advanced = True
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._in_body = False
        self._advanced = True
        super().on_message_complete()

    # What the request's cycle calls.

    def on_response_complete(self) -> None:
        """Go on to what comes next."""
        self._unanswered -= 1
        super().on_response_complete()
        # Deadlines are kept in one place.
        self._unset_keepalive_if_required()
        self._since = self.loop.time()
        self._lingered = 0
        if self.transport.is_closing():
            return
        if self._refusal is not None and not self._unanswered:
            self._send_refusal()
        else:
            self._settle()

    # What the open connections call.

    def time_out(self, now: float) -> None:
        """End it, unless it was the service that did not read on."""
        if self._in_body and self.wait is Wait.REST and self._is_held_up():
            self._since = now
            self._settle()
        elif self.wait is Wait.REST:
            self._refuse(REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def drop(self) -> None:
        """End it at once; whoever is in the middle of a request is told."""
        if self.wait is Wait.REST:
            self._refuse(REQUEST_TIMEOUT)
        self.open_connections.works(self)
        self.transport.close()

    def _parse(self, piece: bytes) -> None:
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            # Answered as if it had not asked; what it sends next may be no HTTP any more.
            self.cycle.keep_alive = False
        except httptools.HttpParserError:
            self._refuse(self._objection or INVALID_REQUEST)

    def _object(self, kind: HttpProblemType) -> None:
        """Stop the parser."""
        self._objection = kind
        raise ValueError(kind.code)

    def _is_body_awaited(self) -> bool:
        """Whether a handler can do nothing before the rest of a body is there."""
        return self._in_body and self._unanswered > 0 and not self.cycle.response_started

    def _is_held_up(self) -> bool:
        """Whether the body does not come because the service did not ask for it yet."""
        return self.flow.read_paused or self.cycle.waiting_for_100_continue

    def _settle(self) -> None:
        """Note what the connection waits for."""
        if self.transport.is_closing() or self._refusal is not None:
            return
        opened, now = self.open_connections, self.loop.time()
        if self._is_body_awaited() and not self.pipeline:
            kept = (
                len(self.cycle.body)
                if is_streamed(self.scope.get("state", {}))
                else self._body_bytes
            )
            held = self._head_cost() + kept + _HANDLER_COST
            opened.waits(self, Wait.REST, self._body_deadline(now), held)
        elif self._unanswered:
            opened.works(self)
        elif self._in_body:
            self.cycle.body.clear()
            opened.waits(self, Wait.END, self._since + _LINGER_SECONDS)
        elif self._in_head or self._unbroken:
            deadline = self._since + self._settings.head_seconds
            opened.waits(self, Wait.REST, deadline, self._head_cost())
        else:
            self._forget_request()
            opened.waits(self, Wait.REQUEST, now + self._settings.keep_alive_seconds)

    def _head_cost(self) -> int:
        return _HEAD_COST + self._unbroken + _HEADER_COST * len(self.headers or ())

    def _body_deadline(self, now: float) -> float:
        """A body must go on, and in all be no slower than a slow line."""
        in_all = self._since + self._body_bytes / _LEAST_BODY_BYTES_A_SECOND
        return min(now, in_all) + self._settings.body_seconds

    def _forget_request(self) -> None:
        """Let go of what was answered: an idle connection has no use for a head of 32 kB."""
        self.cycle = self.scope = self.headers = None  # type: ignore[assignment]
        self.url = b""

    def _refuse(self, kind: HttpProblemType) -> None:
        """Parse nothing more and say why, once all that was asked before is answered."""
        self._refusal = kind
        self._lingered = 0
        ERRORS.labels(kind.code).inc()
        if self._is_body_awaited():
            self._abandon()
        if self._unanswered:
            self.open_connections.works(self)
            self.flow.pause_reading()
        else:
            self._send_refusal()

    def _abandon(self) -> None:
        """Tell the handler that the body will never be whole."""
        if self.pipeline:
            self.pipeline.popleft()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self._unanswered -= 1

    def _send_refusal(self) -> None:
        kind = cast("HttpProblemType", self._refusal)
        scope = cast("HTTPScope | None", self.scope)
        self.transport.write(
            early_refusal(kind, scope, self.url, self.server_state.default_headers)
        )
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._forget_request()
        self.open_connections.waits(self, Wait.END, self.loop.time() + _LINGER_SECONDS)


def limited_protocol(open_connections: OpenConnections) -> type[LimitedProtocol]:
    """The protocol of a server whose connections are these."""
    return type("LimitedProtocol", (LimitedProtocol,), {"open_connections": open_connections})
