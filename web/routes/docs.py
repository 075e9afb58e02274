"""The API's description for people: a viewer of OpenAPI documents, served by ourselves alone."""

import importlib.util
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from litestar import MediaType, Response, get
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.params import FromPath

import activities.model
from web.http.problems import AnyRequest, not_found

EXPORT_SCHEMA = "/docs/export.schema.json"
"""The path of the JSON Schema of the JSON export."""

_OWN = Path(__file__).parent.parent / "static"


def _viewer() -> Path:
    """The directory of the viewer's files; importing the package would read all of them."""
    found = importlib.util.find_spec("offapi")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


_ASSETS = {
    "scalar.js": (_viewer(), "text/javascript; charset=utf-8"),
    "docs.css": (_OWN, "text/css; charset=utf-8"),
    "docs.js": (_OWN, "text/javascript; charset=utf-8"),
}

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Export API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="$prefix/docs/assets/docs.css">
<script src="$prefix/docs/assets/scalar.js" defer></script>
<script src="$prefix/docs/assets/docs.js" defer></script>
</head>
<body data-prefix="$prefix">
<div id="reference"></div>
<noscript>The description is <a href="$prefix/docs/openapi.json">a JSON document</a>.</noscript>
</body>
</html>
""")


class DocsPage(OpenAPIRenderPlugin):
    """Renders the page of the API's description."""

    def __init__(self, prefix: str) -> None:
        """Take the path below which browsers find everything; empty for the root."""
        super().__init__(path="/")
        self._page = _PAGE.substitute(prefix=prefix).encode()

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002
        """Give the page; it fetches the description itself."""
        return self._page


@get("/docs/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
def docs_asset(name: FromPath[str]) -> Response[bytes]:
    """Give one of the files that the page needs, and no other."""
    if name not in _ASSETS:
        raise not_found()
    directory, media_type = _ASSETS[name]
    headers = {"Content-Type": media_type, "Cache-Control": "max-age=3600"}
    return Response(_read(directory / name), media_type=MediaType.TEXT, headers=headers)


@get(EXPORT_SCHEMA, include_in_schema=False, sync_to_thread=False)
def export_schema() -> Response[bytes]:
    """Give the JSON Schema (draft 2020-12) of the JSON export."""
    (directory,) = activities.model.__path__
    return Response(
        _read(Path(directory) / "export.schema.json"),
        media_type="application/schema+json",
        headers={"Cache-Control": "max-age=3600"},
    )


@cache
def _read(path: Path) -> bytes:
    return path.read_bytes()
