"""The API as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme, Tag
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import ASGIApp

from activities.common import tracing
from activities.settings import Settings, SettingsError
from web.auth.lti_platforms import read_platforms
from web.auth.oidc_settings import oidc_settings
from web.auth.tokens import check_secrets
from web.http.app_state import hold
from web.http.cors import allowed_origins, with_cors
from web.http.framing import frame_ancestors
from web.http.head_requests import HeadPlugin
from web.http.listeners import with_internal_port
from web.http.paths import with_paths
from web.http.problems import problem_response
from web.http.request_checks import check_api_request
from web.http.request_ids import with_request_ids
from web.http.response_counts import with_response_counts
from web.http.security_headers import add_security_headers
from web.http.urls import PublicUrl
from web.pages.routes import pages
from web.pages.session import FormKeys
from web.pages.template_engine import template_config
from web.routes import (
    admin,
    archives,
    content,
    deliveries,
    downloads,
    erasures,
    events,
    exports,
    formats,
    health,
    jobs,
    kept_files,
    notifications,
    payload_codec,
    receipts,
    schedules,
    shares,
    sign_in_links,
    usage,
    webhooks,
)
from web.routes.docs import DocsPage, docs_asset, export_schema
from web.routes.metrics import metrics
from web.routes.openapi_document import ApiDescription, operation_id
from web.services.destination_choice import open_destinations
from web.services.injection import ServicesPlugin
from web.services.open_services import open_services
from web.services.theme_choice import open_themes
from web.services.webhook_reach import webhook_reach

if TYPE_CHECKING:
    from web.mcp.routes import McpRoutes


class _Application(Litestar):
    """Litestar without what it does for models of libraries that it finds installed.

    Ours are msgspec's; importing pydantic, which the tools for agents bring along, would take a
    third of the start.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


def create_app(settings: Settings) -> Litestar:
    """The application; its connections are opened when it starts.

    Raises:
        SettingsError: a secret is missing or too short, a URL or an origin is none, two listeners
            are to have one port, or a theme or an LTI platform cannot be used.
    """
    check_secrets(settings)
    themes = open_themes(settings)
    platforms = read_platforms(settings.lti_platforms)
    reach = webhook_reach(settings)
    destinations = open_destinations(settings)
    if settings.internal_port == settings.port:
        raise SettingsError("EXPORT_INTERNAL_PORT: is the port of the API, EXPORT_PORT")
    public_url = PublicUrl(settings.public_url, host=settings.host, port=settings.port)
    origins = allowed_origins(settings.cors_origins)
    agents = _for_agents(settings, public_url, origins) if settings.mcp else None
    framing = frame_ancestors(settings.frame_ancestors)
    oidc = oidc_settings(settings)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        hold(app.state, public_url)
        hold(app.state, framing)
        hold(app.state, FormKeys(settings.link_keys))
        async with open_services(
            settings, themes, oidc, platforms, reach, destinations
        ) as services:
            hold(app.state, services.tokens)
            hold(app.state, services.sessions)
            hold(app.state, services.oidc)
            hold(app.state, services)
            yield

    app = _Application(
        route_handlers=[
            exports.ROUTES,
            jobs.ROUTES,
            downloads.ROUTES,
            events.ROUTES,
            formats.ROUTES,
            content.ROUTES,
            shares.ROUTES,
            kept_files.ROUTES,
            deliveries.ROUTES,
            usage.ROUTES,
            webhooks.ROUTES,
            schedules.ROUTES,
            archives.ROUTES,
            notifications.ROUTES,
            receipts.ROUTES,
            receipts.checks(settings.max_file_bytes),
            admin.ROUTES,
            payload_codec.ROUTES,
            sign_in_links.ROUTES,
            erasures.ROUTES,
            health.ROUTES,
            metrics,
            docs_asset,
            export_schema,
            pages(settings),
            *(agents.handlers if agents else ()),
        ],
        lifespan=[lifespan, *([agents.lifespan] if agents else ())],
        plugins=[ServicesPlugin(), HeadPlugin()],
        exception_handlers={Exception: problem_response},
        before_request=check_api_request,
        before_send=[add_security_headers],
        template_config=template_config(public_url.prefix),
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Export API",
            version="1",
            license=License(name="Apache-2.0", identifier="Apache-2.0"),
            tags=[
                Tag("exports", "Ask for files."),
                Tag("jobs", "Follow, download and cancel exports."),
                Tag("schedules", "Exports that recur."),
                Tag("archives", "Everything at once, in parts."),
                Tag("formats", "What files there are."),
                Tag("content", "What there is to export."),
                Tag("people", "Bring people to the pages."),
                Tag("shares", "Give finished files to others."),
                Tag("receipts", "Prove what files are made of, and check it."),
                Tag("webhooks", "Be told when exports end, instead of asking."),
                Tag("operators", "For those who operate the service: jobs of all owners."),
                Tag("operations", "For probes and Prometheus, without a token."),
            ],
            path="/docs",
            use_handler_docstrings=True,
            operation_id_creator=operation_id,
            render_plugins=[DocsPage(public_url.prefix), ApiDescription(settings)],
            components=Components(
                security_schemes={
                    "bearer": SecurityScheme(
                        type="http",
                        scheme="bearer",
                        bearer_format="JWT",
                        description="Scopes: export:read, export:write, export:tenant, "
                        "export:admin.",
                    )
                }
            ),
        ),
    )
    shared = with_cors(app.asgi_handler, origins)
    divided = with_internal_port(shared, settings.internal_port)
    public = with_paths(divided, public_url.prefix)
    app.asgi_handler = _traced(with_request_ids(with_response_counts(public)), public_url.prefix)
    return app


def _for_agents(settings: Settings, public_url: PublicUrl, origins: frozenset[str]) -> "McpRoutes":
    # The SDK takes as long to import as all else, so who has no agents does not import it.
    from web.mcp.routes import mcp_routes

    return mcp_routes(settings, public_url, origins)


def _traced(app: ASGIApp, prefix: str) -> ASGIApp:
    spans = tracing.spans()
    if spans is None:
        return app
    from web.http.request_spans import with_request_spans

    return with_request_spans(app, spans, prefix)
