"""Authenticates callers by bearer tokens (RFC 6750) that are JSON Web Tokens (RFC 7519)."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.handlers import BaseRouteHandler

from activities.jobs.audit import Origin
from web.auth.tokens import Caller, Tokens
from web.http.app_state import AnyConnection, held
from web.http.request_ids import request_id

ApiRequest = Request[Caller, Any, Any]
"""A request that a guard let pass."""


def tokens_of(connection: AnyConnection) -> Tokens:
    """The verifier of tokens, for those whom no dependency reaches."""
    return held(connection.app.state, Tokens)


async def authenticate(connection: AnyConnection, scope: str | None) -> Caller:
    """Verify the caller, who from here on is the connection's `user`.

    Raises:
        ProblemError: see `Tokens.caller`.
    """
    caller = await tokens_of(connection).caller(connection.headers.get("authorization"), scope)
    connection.scope["user"] = caller
    return caller


def requires(scope: str | None) -> Callable[[AnyConnection, BaseRouteHandler], Awaitable[None]]:
    """A guard for callers with a scope; None: for anybody with a valid token."""

    async def guard(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        await authenticate(connection, scope)

    return guard


def origin_of(request: ApiRequest) -> Origin:
    """The caller and the request's id, for the audit log."""
    return Origin(request.user.owner_id, request_id(request.scope))
