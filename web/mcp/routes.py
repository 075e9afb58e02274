"""MCP over HTTP at `/mcp`, and the metadata by which clients find out where tokens come from."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import msgspec
from litestar import Litestar, Request, asgi, get
from litestar.handlers import ASGIRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings

from activities.model.problems import METHOD_NOT_ALLOWED
from activities.settings import Settings
from web.auth.tokens import READ, WRITE, Tokens
from web.http.app_state import held, hold
from web.http.problems import AnyRequest, ProblemError
from web.http.urls import PublicUrl, base_url
from web.mcp.server import make_server

PATH = "/mcp"
_CALLED_BY = "POST"
_METADATA = "/.well-known/oauth-protected-resource"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class ProtectedResource(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where tokens for this resource come from (RFC 9728, section 2)."""

    resource: str
    scopes_supported: list[str]
    bearer_methods_supported: list[str]
    resource_name: str
    authorization_servers: list[str] | None = None
    """Absent where tokens come from no server that could be asked."""


class McpRoutes(NamedTuple):
    """What the application has more of where agents may call it."""

    handlers: list[ASGIRouteHandler | HTTPRouteHandler]
    lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]]


class _Running(NamedTuple):
    """What there is once the application has started."""

    transport: ASGIApp
    tokens: Tokens
    """Takes those of the API, and such as were issued for this place alone."""


def mcp_routes(settings: Settings, public_url: PublicUrl, origins: frozenset[str]) -> McpRoutes:
    """The routes, and what runs while the application does.

    Args:
        settings: those of the service.
        public_url: where callers find it.
        origins: those whose pages may call it.
    """
    security = _security(settings, origins)
    # A proxy that knows the public path alone asks below it, as RFC 9728, section 3.1, has it.
    places = [_METADATA, f"{_METADATA}{PATH}"]
    if public_url.prefix:
        places.append(f"{_METADATA}{public_url.prefix}{PATH}")

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        manager = StreamableHTTPSessionManager(
            make_server(),
            stateless=True,
            security_settings=security,
            max_request_body_size=settings.max_body_bytes,
        )
        tokens = held(app.state, Tokens)
        if settings.public_url:
            # From a request the place would be whatever the caller says.
            tokens = tokens.also_for(f"{settings.public_url.rstrip('/')}{PATH}")
        async with manager.run():
            hold(app.state, _Running(cast("ASGIApp", manager.handle_request), tokens))
            yield

    @asgi(PATH, copy_scope=False)
    async def mcp(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request[Any, Any, Any](scope)
        running = held(request.app.state, _Running)
        try:
            # Each tool asks for its own scope.
            scope["user"] = await running.tokens.caller(request.headers.get("authorization"), None)
        except ProblemError as error:
            raise _challenged(request, error) from None
        if request.method != _CALLED_BY:
            # Without sessions nothing is ever said outside of a call: a stream for that would stay
            # open for as long as its caller wishes.
            detail = f"{request.method} is not supported here; {_CALLED_BY} is."
            raise ProblemError(METHOD_NOT_ALLOWED, detail, headers={"Allow": _CALLED_BY})
        await running.transport(scope, receive, send)

    @get(places, include_in_schema=False, sync_to_thread=False)
    def protected_resource(request: AnyRequest) -> ProtectedResource:
        """Where tokens come from, for clients that have none yet."""
        return ProtectedResource(
            resource=f"{base_url(request)}{PATH}",
            scopes_supported=[READ, WRITE],
            bearer_methods_supported=["header"],
            resource_name="Export service",
            authorization_servers=_issuers(settings),
        )

    return McpRoutes([mcp, protected_resource], lifespan)


def _challenged(request: AnyRequest, error: ProblemError) -> ProblemError:
    """The same refusal, which also says where tokens come from (RFC 9728, section 5.1)."""
    challenge = error.headers.get("WWW-Authenticate")
    if challenge is not None:
        place = f'resource_metadata="{base_url(request)}{_METADATA}"'
        scope = f'scope="{READ} {WRITE}"'
        error.headers["WWW-Authenticate"] = f"{challenge}, {scope}, {place}"
    return error


def _issuers(settings: Settings) -> list[str] | None:
    """The issuer of tokens, if it is one that can be asked: with a shared secret it is a name."""
    known = settings.jwks_url and settings.jwt_issuer.startswith(("https://", "http://"))
    return [settings.jwt_issuer] if known else None


def _security(settings: Settings, origins: frozenset[str]) -> TransportSecuritySettings:
    """Whose requests are looked at: a page that has its own name lead here is not among them."""
    parts = urlsplit(settings.public_url or f"http://{_LOOPBACK[0]}")
    host = parts.hostname or ""
    hosts = {parts.netloc, f"[{host}]" if ":" in host else host}
    own = {f"{parts.scheme}://{parts.netloc}"}
    if hosts.intersection(_LOOPBACK):
        hosts |= {f"{each}:*" for each in _LOOPBACK}
        own |= {f"http://{each}:*" for each in _LOOPBACK}
    return TransportSecuritySettings(
        allowed_hosts=sorted(hosts), allowed_origins=sorted(origins | own)
    )
