"""The client knows the whole API: each call and parameter, in both clients and as a command."""

import inspect
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import httpx
import pytest

import export_client
from export_client import (
    AsyncExportClient,
    ExportClient,
    archive_calls,
    calls,
    content_calls,
    erasure_calls,
    notification_calls,
    operator_calls,
    receipt_calls,
    schedule_calls,
    share_calls,
    usage_calls,
    webhook_calls,
)
from export_client.call_commands import COMMANDS
from export_client.calls import Call
from export_client.methods import AsyncMethod, Method
from tests.services.export.api_kit import Api

MODULES: tuple[ModuleType, ...] = (
    archive_calls,
    calls,
    content_calls,
    erasure_calls,
    notification_calls,
    operator_calls,
    receipt_calls,
    schedule_calls,
    webhook_calls,
    share_calls,
    usage_calls,
    usage_calls,
)
BY_HAND = {"download": "download", "followJob": "follow", "listFormats": "formats"}
"""Calls that are more than a request and its response, and their methods."""
HAND_MADE = {
    *("create", "create_bulk", "jobs", "cancel", "content", "collections", "sign_in_link"),
    "verify",
}
"""Calls with a command that shows more than their response."""
MOMENT = datetime(2024, 3, 1, tzinfo=UTC)


class Operation(NamedTuple):
    """One call, as the API's description has it."""

    name: str
    method: str
    path: str
    parameters: set[str]
    """Of the query."""
    body: dict[str, Any]
    """The members of the body."""


@pytest.fixture(scope="module")
def operations(api: Api) -> list[Operation]:
    document = httpx.get(f"{api.url}/docs/openapi.json").json()
    schemas = document["components"]["schemas"]

    def found() -> Iterator[Operation]:
        for path, item in document["paths"].items():
            for method, each in item.items():
                # What probes, Prometheus and Temporal's tools ask is nothing for callers.
                if each["tags"] == ["operations"] or "/codec/" in path:
                    continue
                query = {p["name"] for p in each.get("parameters", ()) if p["in"] == "query"}
                bodies = each.get("requestBody", {}).get("content", {}).values()
                names = [re.findall(r'schemas/([^"\']+)', str(body["schema"])) for body in bodies]
                body = schemas[names[0][0]].get("properties", {}) if names and names[0] else {}
                yield Operation(each["operationId"], method.upper(), path, query, body)

    return list(found())


def builders() -> dict[str, Callable[..., Call[Any]]]:
    """Every function of the client that builds a call, by its name."""
    return {
        name: function
        for module in MODULES
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if getattr(inspect.signature(function).return_annotation, "__origin__", None) is Call
    }


def sample(parameter: inspect.Parameter) -> Any:
    """An argument that is sent, whatever the parameter is."""
    kind = str(parameter.annotation)
    for word, value in (("date", MOMENT), ("list", ["x"]), ("dict", {"x": 1}), ("int", 1)):
        if word in kind:
            return value
    return "bool" in kind or "x"


def built(build: Callable[..., Call[Any]]) -> Call[Any]:
    parameters = inspect.signature(build).parameters.values()
    named = [each for each in parameters if each.kind is not inspect.Parameter.VAR_KEYWORD]
    return build(**{each.name: sample(each) for each in named})


def call_for(operation: Operation) -> tuple[str, Call[Any]] | None:
    path = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", operation.path))
    for name, build in builders().items():
        call = built(build)
        if call.method == operation.method and path.fullmatch(call.path):
            return name, call
    return None


def test_each_call_of_the_api_is_built(operations: list[Operation]) -> None:
    assert len(operations) >= 14
    missing = [
        f"{each.method} {each.path}"
        for each in operations
        if each.name not in BY_HAND and call_for(each) is None
    ]
    assert missing == [], "add functions that build them, methods of both clients and commands"


def test_each_parameter_is_one_of_the_call(operations: list[Operation]) -> None:
    for operation in operations:
        if (found := call_for(operation)) is None:
            continue
        name, call = found
        assert set(call.query) == operation.parameters - {"expires", "signature"}, name
        takes_more = "options" in inspect.signature(builders()[name]).parameters
        if operation.body and not takes_more:
            assert set(call.body or {}) == set(operation.body), name


def test_each_condition_of_a_bulk_export_is_one_of_the_call(api: Api) -> None:
    schemas = httpx.get(f"{api.url}/docs/openapi.json").json()["components"]["schemas"]
    body = built(calls.create_bulk).body or {}
    assert set(body["filters"]) == set(schemas["BulkFilters"]["properties"])


@pytest.mark.parametrize(
    ("client", "kind"), [(ExportClient, Method), (AsyncExportClient, AsyncMethod)]
)
def test_each_call_is_a_method_of_both_clients(client: type, kind: type) -> None:
    members = vars(client)
    for name, build in builders().items():
        if name not in BY_HAND.values():
            assert isinstance(members.get(name), kind), name
            assert members[name].build is build, name
    assert {"download", "follow", "formats", "wait", "send", "close"} <= set(members)


def test_both_clients_have_the_same_methods() -> None:
    one, other = (
        {name for name in vars(client) if not name.startswith("_")}
        for client in (ExportClient, AsyncExportClient)
    )
    assert one == other


def test_each_call_has_a_command() -> None:
    with_one = {build.__name__ for build in COMMANDS.values()} | HAND_MADE | {"formats"}
    assert set(builders()) == with_one


def test_the_client_says_that_it_is_typed() -> None:
    assert (Path(export_client.__file__).parent / "py.typed").exists()
