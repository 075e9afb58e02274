"""Ends the work for callers who have gone."""

import asyncio

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send


class EndWithCaller(ASGIMiddleware):
    """Cancels the handler of a request whose caller closes the connection.

    For handlers that take no body, since this takes the messages of the request.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Respond, or stop as soon as nobody waits for the response."""
        responding = asyncio.ensure_future(next_app(scope, receive, send))
        leaving = asyncio.ensure_future(_departure(receive))
        try:
            await asyncio.wait((responding, leaving), return_when=asyncio.FIRST_COMPLETED)
            if responding.done():
                await responding
        finally:
            responding.cancel()
            leaving.cancel()


async def _departure(receive: Receive) -> None:
    """Wait until the caller has closed the connection (ASGI specification, HTTP, 2.3)."""
    while (await receive())["type"] != "http.disconnect":
        pass
