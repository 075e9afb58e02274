"""The API's description for people: Swagger UI, served by ourselves alone."""

from functools import cache
from pathlib import Path
from typing import Any

from litestar import MediaType, Response, get
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.params import FromPath
from swagger_ui_bundle import swagger_ui_path

import activities.model
from web.http.problems import AnyRequest, not_found

EXPORT_SCHEMA = "/docs/export.schema.json"
"""The path of the JSON Schema of the JSON export."""

_ASSETS = {
    "swagger-ui.css": (Path(swagger_ui_path), "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": (Path(swagger_ui_path), "text/javascript; charset=utf-8"),
    "favicon-32x32.png": (Path(swagger_ui_path), "image/png"),
    "docs.js": (Path(__file__).parent.parent / "static", "text/javascript; charset=utf-8"),
}

_PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Export API</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
<script src="/docs/assets/swagger-ui-bundle.js" defer></script>
<script src="/docs/assets/docs.js" defer></script>
</head>
<body>
<div id="swagger-ui"></div>
<noscript>The description is at <a href="/docs/openapi.json">/docs/openapi.json</a>.</noscript>
</body>
</html>
"""


class DocsPage(OpenAPIRenderPlugin):
    """Renders the page of the API's description."""

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Give the page; it fetches the description itself."""
        return _PAGE


@get("/docs/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
def docs_asset(name: FromPath[str]) -> Response[bytes]:
    """Give one of the files that the page needs, and no other."""
    if name not in _ASSETS:
        raise not_found()
    directory, media_type = _ASSETS[name]
    headers = {"Content-Type": media_type, "Cache-Control": "public, max-age=3600"}
    return Response(_read(directory / name), media_type=MediaType.TEXT, headers=headers)


@get(EXPORT_SCHEMA, include_in_schema=False, sync_to_thread=False)
def export_schema() -> Response[bytes]:
    """Give the JSON Schema (draft 2020-12) of the JSON export."""
    (directory,) = activities.model.__path__
    return Response(
        _read(Path(directory) / "export.schema.json"),
        media_type="application/schema+json",
        headers={"Cache-Control": "public, max-age=3600"},
    )


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()
