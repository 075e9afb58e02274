"""Which of the two listeners a request came to, and what it finds there."""

from typing import Any

from litestar import Request
from litestar.types import ASGIApp, Receive, Scope, Send

from web.http.problems import not_found, problem_response


def is_internal(path: str) -> bool:
    """True if a path is for probes and Prometheus, not for callers."""
    return path == "/metrics" or f"{path}/".startswith("/health/")


def with_internal_port(app: ASGIApp, internal_port: int) -> ASGIApp:
    """Wrap an application so that metrics and health are at a port of their own, and nothing else.

    Args:
        app: an application that has both.
        internal_port: the port of the second listener; 0: there is none, all is in one place.
    """
    if not internal_port:
        return app

    async def at_listener(scope: Scope, receive: Receive, send: Send) -> None:
        # The port that the connection was made to, whatever its headers say.
        server = scope["server"]
        came_inside = server is not None and server[1] == internal_port
        if came_inside == is_internal(scope["path"]):
            await app(scope, receive, send)
            return
        request = Request[Any, Any, Any](scope, receive=receive, send=send)
        response = problem_response(request, not_found()).to_asgi_response(None, request)
        await response(scope, receive, send)

    return at_listener
