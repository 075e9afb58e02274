"""The MCP server: lists the tools and calls them, with each error as the problem that it is."""

from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Request
from litestar.types import HTTPScope
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    ListToolsResult,
    PaginatedRequestParams,
    ResourceLink,
    TextContent,
)

from activities.model.problems import FORBIDDEN
from web.auth.tokens import Caller
from web.http.app_state import held
from web.http.problems import ProblemError, explain
from web.http.request_ids import request_id
from web.http.urls import base_url
from web.mcp.calls import Session
from web.mcp.tools import INSTRUCTIONS, ExportTool, every_tool
from web.mcp.views import Download
from web.schemas.job import Progress
from web.services.open_services import Services

_Context = ServerRequestContext[Any, Any]


def make_server() -> Server[Any]:
    """The server, which keeps nothing between calls: any process takes any of them."""
    tools = every_tool()

    async def list_tools(_: _Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[tool.told for tool in tools.values()])

    async def call_tool(context: _Context, params: CallToolRequestParams) -> CallToolResult:
        tool = tools.get(params.name)
        if tool is None:
            raise MCPError(INVALID_PARAMS, f"There are the tools {', '.join(tools)}.")
        return await _call(tool, context, params.arguments or {})

    return Server(
        "export-service",
        title="Export service",
        version=version("export-service"),
        instructions=INSTRUCTIONS,
        get_tool_input_schema=lambda name: tools[name].told.input_schema if name in tools else None,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def _call(tool: ExportTool, context: _Context, arguments: dict[str, Any]) -> CallToolResult:
    request = _request(context)
    try:
        _check_scope(tool, request.user)
        given = await tool.run(_session(request, context), arguments)
    except Exception as error:  # noqa: BLE001 - an agent is told of the problem, never of the code
        return _refusal(request, error, tool.operation)
    # Once more as text, for clients that know no structures.
    content: list[ContentBlock] = [TextContent(text=msgspec.json.encode(given).decode())]
    if isinstance(given, Download):
        content.append(_link(given))
    return CallToolResult(content=content, structured_content=msgspec.to_builtins(given))


def _check_scope(tool: ExportTool, caller: Caller) -> None:
    if tool.scope not in caller.scopes:
        raise ProblemError(FORBIDDEN, f"The token needs the scope {tool.scope}.")


def _request(context: _Context) -> Request[Caller, Any, Any]:
    """The HTTP request by which the call came."""
    assert context.request is not None
    scope: HTTPScope = context.request.scope
    return Request[Caller, Any, Any](scope)


def _session(request: Request[Caller, Any, Any], context: _Context) -> Session:
    async def report(progress: Progress) -> None:
        done = f"{progress.phase}, {progress.items_done} of {progress.items_total} items"
        await context.session.report_progress(progress.percent, 100.0, done)

    return Session(
        request.user,
        held(request.app.state, Services),
        request_id(request.scope),
        base_url(request),
        report,
    )


def _refusal(
    request: Request[Caller, Any, Any], error: Exception, operation: str | None
) -> CallToolResult:
    document, headers = explain(request, error, operation)
    told = msgspec.to_builtins(document)
    if "Retry-After" in headers:
        told["retry_after_seconds"] = int(headers["Retry-After"])
    text = msgspec.json.encode(told).decode()
    return CallToolResult(content=[TextContent(text=text)], is_error=True)


def _link(given: Download) -> ResourceLink:
    return ResourceLink(
        uri=given.url,
        name=given.file.name,
        mime_type=given.file.media_type,
        size=given.file.size,
        description=f"SHA-256 {given.file.sha256}",
    )
