"""The tools: their names, what they are for, what they take and give, and who may call them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from mcp_types import Tool, ToolAnnotations

from web.auth.tokens import READ, WRITE
from web.mcp import calls
from web.mcp.arguments import (
    ArgumentsT,
    CancelExport,
    DownloadExport,
    FindContent,
    GetExport,
    read,
    read_start,
    start_schema,
)
from web.mcp.calls import Session
from web.mcp.json_schemas import schema_of
from web.mcp.views import UNTRUSTED, Download, Exports, ExportView, FoundContent

INSTRUCTIONS = (
    "Exports courses of the caller as files. find_content gives ids; start_export makes a file of "
    "them, which takes from a second to some minutes; get_export with wait_seconds waits for it; "
    "download_export gives its link. " + UNTRUSTED
)

_Run = Callable[[Session, Mapping[str, Any]], Awaitable[msgspec.Struct]]


@dataclass(frozen=True)
class ExportTool:
    """A tool, as clients are told of it and as it is called."""

    told: Tool
    scope: str
    """What the caller's token needs."""
    operation: str | None
    """As which refusals are counted, where the API counts them."""
    run: _Run


def _reading(
    model: type[ArgumentsT], call: Callable[[Session, ArgumentsT], Awaitable[msgspec.Struct]]
) -> _Run:
    async def run(session: Session, arguments: Mapping[str, Any]) -> msgspec.Struct:
        return await call(session, read(arguments, model))

    return run


async def _start(session: Session, arguments: Mapping[str, Any]) -> msgspec.Struct:
    return await calls.start_export(session, read_start(arguments))


def every_tool() -> dict[str, ExportTool]:
    """The tools by their names, in the order in which they are used."""
    looks = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    tools = (
        ExportTool(
            Tool(
                name="find_content",
                title="Find content",
                description="Lists the caller's own courses, newest first, with the ids that "
                f"start_export takes. All conditions hold together. {UNTRUSTED}",
                input_schema=schema_of(FindContent),
                output_schema=schema_of(FoundContent),
                annotations=looks,
            ),
            READ,
            None,
            _reading(FindContent, calls.find_content),
        ),
        ExportTool(
            Tool(
                name="start_export",
                title="Start an export",
                description="Makes a file of some of the caller's courses: of content_ids, or of "
                "what matches filters. Returns at once; get_export waits for the file. Most "
                "exports need content_ids and format alone; a preset sets the usual options.",
                input_schema=start_schema(),
                output_schema=schema_of(ExportView),
                annotations=ToolAnnotations(
                    read_only_hint=False,
                    destructive_hint=False,
                    idempotent_hint=False,
                    open_world_hint=False,
                ),
            ),
            WRITE,
            "create",
            _start,
        ),
        ExportTool(
            Tool(
                name="get_export",
                title="Follow exports",
                description="Tells how far an export is, or waits until it has ended; without "
                "job_id it lists the newest exports. The file is there when the status is "
                "`completed`.",
                input_schema=schema_of(GetExport),
                output_schema=schema_of(Exports),
                annotations=looks,
            ),
            READ,
            None,
            _reading(GetExport, calls.get_export),
        ),
        ExportTool(
            Tool(
                name="download_export",
                title="Download an export",
                description="Gives the link to the file of a completed export, which opens it for "
                "everybody who has it until it expires, and the text of small text files.",
                input_schema=schema_of(DownloadExport),
                output_schema=schema_of(Download),
                annotations=looks,
            ),
            READ,
            "download",
            _reading(DownloadExport, calls.download_export),
        ),
        ExportTool(
            Tool(
                name="cancel_export",
                title="Cancel an export",
                description="Ends an export that is pending or processing: there will be no file.",
                input_schema=schema_of(CancelExport),
                output_schema=schema_of(ExportView),
                annotations=ToolAnnotations(
                    read_only_hint=False,
                    destructive_hint=True,
                    idempotent_hint=True,
                    open_world_hint=False,
                ),
            ),
            WRITE,
            "cancel",
            _reading(CancelExport, calls.cancel_export),
        ),
    )
    return {tool.told.name: tool for tool in tools}
