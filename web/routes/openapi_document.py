"""The API's description as it is sent: what Litestar makes of the handlers, and what it leaves out.

Litestar writes names of examples where OpenAPI has none, and cannot say which headers a response
has, that a body is a file, or where a deployment sets a limit. Types of request bodies are
described by msgspec itself, which knows what they may hold.
"""

import copy
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import Method

from activities.model.catalog import formats
from activities.model.content import ID_CHARACTERS_MAX
from activities.model.options import RenderOptions
from activities.settings import Settings
from web.http.listeners import is_internal
from web.http.urls import base_url
from web.routes.receipt_examples import VERIFY_BODY
from web.routes.response_headers import HEADERS, headers_of_response
from web.routes.webhook_messages_document import describe_messages
from web.schemas.receipts import Receipt, VerifyRequest
from web.schemas.requests import BulkExportRequest, CreateExportRequest
from web.services.create_export import MAX_KEY_LENGTH

_Json = dict[str, Any]

_REFERENCE = "#/components/schemas/"
# Members of these are left out when there is nothing to say; all others are always there.
_SPARSE = {"FieldError", "ProblemDocument"}
_MAY_BE_ABSENT = {"ContentPage": {"facets"}}
# What a row says that was written before a new process knew the file's type.
_ANY_FILE = "application/octet-stream"
_WELCOME = (Path(__file__).parent.parent / "static" / "getting-started.md").read_text()
# The router knows one path, with and without the slash; this is the documented one.
_PATHS = {"/api/export": "/api/export/"}


def operation_id(handler: HTTPRouteHandler, method: Method, _path: object) -> str:
    """The name of a call, by which generated clients name what makes it."""
    first, *rest = handler.handler_name.split("_")
    name = first + "".join(word.title() for word in rest)
    return f"head{name}" if method == "HEAD" else name


class ApiDescription(JsonRenderPlugin):
    """Renders the description of the API, as it is deployed here."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings, of which some are limits that callers should know."""
        super().__init__()
        self._settings = settings
        self._described: _Json | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: _Json) -> bytes:
        """See `OpenAPIRenderPlugin.render`."""
        if self._described is None:
            self._described = _described(msgspec.to_builtins(openapi_schema), self._settings)
        url = base_url(request)
        info = self._described["info"] | {"description": _WELCOME.replace("$url", url)}
        return msgspec.json.encode(self._described | {"info": info, "servers": [{"url": url}]})


def _described(document: _Json, settings: Settings) -> _Json:
    """The description, made complete."""
    document = copy.deepcopy(document)
    components = document["components"]
    components["headers"] = HEADERS
    document["webhooks"] = describe_messages(components["schemas"])
    _describe_requests(components["schemas"], settings)
    _describe_answers(components["schemas"])
    document["paths"] = {
        _PATHS.get(path, path): _described_path(item)
        for path, item in document["paths"].items()
        # What is behind another port, and for others than callers, is not of this API.
        if not (settings.internal_port and is_internal(path))
    }
    return document


def _described_path(item: _Json) -> _Json:
    # Wherever GET is, HEAD is, and says the same without the body.
    operations = {method: found for method, found in item.items() if method != "head"}
    for operation in operations.values():
        # Litestar leaves out that a call needs no token.
        operation.setdefault("security", [])
        for parameter in operation.get("parameters", ()):
            _describe_parameter(parameter)
        for content in operation.get("requestBody", {}).get("content", {}).values():
            _move_example(content)
        if operation["operationId"] == "verify":
            operation["requestBody"] = VERIFY_BODY
        for status, response in operation["responses"].items():
            _describe_response(operation["operationId"], status, response)
    return operations


def _describe_response(operation: str, status: str, response: _Json) -> None:
    response["headers"] = headers_of_response(operation, status)
    if operation == "download" and status in {"200", "206"}:
        binary = {"schema": {"type": "string", "format": "binary"}}
        response["content"] = dict.fromkeys(_file_types(), binary)
    for content in response.get("content", {}).values():
        for example in content.get("examples", {}).values():
            example.pop("id", None)


def _file_types() -> list[str]:
    found = [_ANY_FILE]
    for entry in formats().values():
        found += [entry.media_type, *(variant.media_type for variant in entry.variants)]
    # A media type range has no parameters (OpenAPI, "Media Type Object").
    return list(dict.fromkeys(each.partition(";")[0].strip() for each in found))


def _describe_parameter(parameter: _Json) -> None:
    schema = parameter["schema"]
    # A parameter that is absent is not null, for which a query has no word.
    present = [each for each in schema.get("oneOf", ()) if each != {"type": "null"}]
    if len(present) == 1:
        parameter["schema"] = present[0] | {
            name: value for name, value in schema.items() if name != "oneOf"
        }
    if parameter["name"] == "Idempotency-Key":
        parameter["schema"] |= {"minLength": 1, "maxLength": MAX_KEY_LENGTH}


def _move_example(content: _Json) -> None:
    """Show the example of a body where viewers and generators look for it."""
    schema = content["schema"]
    shown = schema.pop("examples", [])
    content["schema"] = schema["allOf"][0] if "allOf" in schema else schema
    content["examples"] = {f"example{number}": {"value": each} for number, each in enumerate(shown)}


def _describe_requests(schemas: _Json, settings: Settings) -> None:
    types = (CreateExportRequest, BulkExportRequest, RenderOptions, Receipt, VerifyRequest)
    _, described = msgspec.json.schema_components(types, ref_template=f"{_REFERENCE}{{name}}")
    schemas |= described
    for name in ("CreateExportRequest", "BulkExportRequest"):
        properties = schemas[name]["properties"]
        properties["format"]["anyOf"][0]["enum"] = list(formats())
        several = properties["formats"]["anyOf"][0]
        several |= {"minItems": 1, "uniqueItems": True}
        several["items"]["enum"] = list(formats())
    schemas["CreateExportRequest"]["properties"]["content_ids"] |= {
        "minItems": 1,
        "maxItems": settings.max_items,
        "uniqueItems": True,
        "items": {"type": "string", "minLength": 1, "maxLength": ID_CHARACTERS_MAX},
    }
    most = schemas["BulkExportRequest"]["properties"]["max_items"]["anyOf"]
    most[0] |= {"minimum": 1, "maximum": settings.max_items}


def _describe_answers(schemas: _Json) -> None:
    asked = _reached_from(
        schemas,
        "CreateExportRequest",
        "BulkExportRequest",
        "CreateWebhookRequest",
        "ChangeWebhookRequest",
        "ScheduleRequest",
        "ScheduleChange",
        "NotificationRequest",
        "ShareRequest",
        "ChangeShareRequest",
        "VerifyRequest",
        "ArchiveRequest",
    )
    for name, schema in schemas.items():
        if name not in asked | _SPARSE and "properties" in schema:
            schema["required"] = sorted(
                schema["properties"].keys() - _MAY_BE_ABSENT.get(name, set())
            )


def _reached_from(schemas: _Json, *names: str) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            text = msgspec.json.encode(schemas[name]).decode()
            waiting += [each.split('"')[0] for each in text.split(_REFERENCE)[1:]]
    return found
