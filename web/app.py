"""The API as an ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme

from activities.settings import Settings
from web.auth.tokens import check_secrets
from web.http.app_state import hold
from web.http.problems import problem_response
from web.http.request_ids import with_request_ids
from web.http.security_headers import add_security_headers
from web.http.urls import PublicUrl
from web.pages.routes import pages
from web.pages.session import FormKeys
from web.pages.template_engine import template_config
from web.routes import admin, downloads, events, exports, formats, health, jobs
from web.routes.docs import DocsPage, docs_asset, export_schema
from web.routes.metrics import metrics
from web.services.injection import ServicesPlugin
from web.services.open_services import open_services


def create_app(settings: Settings) -> Litestar:
    """The application; its connections are opened when it starts.

    Raises:
        SettingsError: a secret is missing or too short.
    """
    check_secrets(settings)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        hold(app.state, PublicUrl(settings.public_url, host=settings.host, port=settings.port))
        hold(app.state, FormKeys(settings.link_keys))
        async with open_services(settings) as services:
            hold(app.state, services.tokens)
            hold(app.state, services)
            yield

    app = Litestar(
        route_handlers=[
            exports.ROUTES,
            jobs.ROUTES,
            downloads.ROUTES,
            events.ROUTES,
            formats.ROUTES,
            admin.ROUTES,
            health.ROUTES,
            metrics,
            docs_asset,
            export_schema,
            pages(settings),
        ],
        lifespan=[lifespan],
        plugins=[ServicesPlugin()],
        exception_handlers={Exception: problem_response},
        before_send=[add_security_headers],
        template_config=template_config(),
        request_max_body_size=settings.max_body_bytes,
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Export API",
            version="1",
            description="Exports generated courses as files.",
            path="/docs",
            use_handler_docstrings=True,
            render_plugins=[DocsPage(path="/")],
            components=Components(
                security_schemes={
                    "bearer": SecurityScheme(
                        type="http",
                        scheme="bearer",
                        bearer_format="JWT",
                        description="Scopes: export:read, export:write, export:admin.",
                    )
                }
            ),
        ),
    )
    app.asgi_handler = with_request_ids(app.asgi_handler)
    return app
