"""Who is calling: bearer tokens (RFC 6750) that are JSON Web Tokens (RFC 7519)."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.handlers import BaseRouteHandler

from web.auth.tokens import Caller, Tokens
from web.http.urls import AnyConnection

ApiRequest = Request[Caller, Any, Any]
"""A request that a guard let pass."""


async def authenticate(connection: AnyConnection, scope: str | None) -> Caller:
    """Who is calling; from here on it is the connection's `user`.

    Raises:
        ProblemError: see `Tokens.caller`.
    """
    tokens: Tokens = connection.app.state.resources.tokens
    caller = await tokens.caller(connection.headers.get("authorization"), scope)
    connection.scope["user"] = caller
    return caller


def requires(scope: str | None) -> Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]:
    """A guard for callers with a scope; None: for anybody with a valid token."""

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        await authenticate(connection, scope)

    return guard
