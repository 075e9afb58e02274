"""What tools take, beside the bodies of exports."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from activities.model.catalog import formats
from activities.model.jobs import Status
from web.http.export_body import completed
from web.http.json_body import decode, pointer
from web.http.problems import FieldError, ProblemError, invalid
from web.mcp.json_schemas import Schema, schema_of
from web.schemas.requests import BulkExportRequest, BulkFilters, CreateExportRequest
from web.services.create_export import MAX_KEY_LENGTH, parse_idempotency_key

ArgumentsT = TypeVar("ArgumentsT", bound=msgspec.Struct)

LONGEST_WAIT_SECONDS = 60
"""Agents' clients give up on calls that take much longer."""
_WITHHELD = ("deliver_to",)
"""Members of bodies that no agent gives: a text that it read must not send files elsewhere."""

_JobId = Annotated[str, Meta(description="The `job_id` of an export of the caller's.")]


class FindContent(BulkFilters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The conditions that items meet, named as in `filters` of `start_export`, and a page."""

    text: Annotated[
        str, Meta(max_length=200, description="Words that the title has, in any order.")
    ] = ""
    page: Annotated[int, Meta(ge=1, le=251, description="From 1 on.")] = 1
    page_size: Annotated[int, Meta(ge=1, le=100)] = 20


class GetExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which exports are told of."""

    job_id: Annotated[
        str | None, Meta(description="One export; without it the newest 20 of the caller's.")
    ] = None
    wait_seconds: Annotated[
        int,
        Meta(
            ge=0,
            le=LONGEST_WAIT_SECONDS,
            description="How long to wait for the end of that one export, which is told as soon as "
            "it has ended. Progress is notified meanwhile.",
        ),
    ] = 0
    status: Annotated[
        Status | None, Meta(description="Without `job_id`: those in this state alone.")
    ] = None


class DownloadExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which file is given, and how."""

    job_id: _JobId
    include_text: Annotated[
        bool,
        Meta(description="Whether the text of a small text file comes along with the link."),
    ] = True


class CancelExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which export is cancelled."""

    job_id: _JobId


class StartedBy(msgspec.Struct, frozen=True):
    """An export that an agent asks for."""

    body: CreateExportRequest | BulkExportRequest
    idempotency_key: str | None


def read(arguments: Mapping[str, Any], model: type[ArgumentsT]) -> ArgumentsT:
    """The arguments of a call.

    Raises:
        ProblemError: they are not of this type; says where, as a JSON Pointer.
    """
    return decode(msgspec.json.encode(arguments), model)


def read_start(arguments: Mapping[str, Any]) -> StartedBy:
    """The arguments of `start_export`: with `content_ids` chosen items, else those that match.

    Raises:
        ProblemError: they are wrong; says where, as a JSON Pointer.
    """
    if withheld := [name for name in _WITHHELD if name in arguments]:
        detail = f"There is no field {withheld[0]} here."
        raise invalid([FieldError(detail, pointer=pointer(withheld[0]))])
    given = dict(arguments)
    own = {name: given.pop(name) for name in _Key.__struct_fields__ if name in given}
    key = read(own, _Key).idempotency_key
    try:
        parse_idempotency_key(key)
    except ProblemError:
        detail = f"Give 1 to {MAX_KEY_LENGTH} printable ASCII characters."
        raise invalid([FieldError(detail, pointer=pointer("idempotency_key"))]) from None
    if "content_ids" in given:
        return StartedBy(completed(read(given, CreateExportRequest), given), key)
    return StartedBy(completed(read(given, BulkExportRequest), given), key)


class _Key(msgspec.Struct, frozen=True):
    idempotency_key: str | None = None


def start_schema() -> Schema:
    """The JSON Schema of the arguments of `start_export`: those of both ways to export."""
    schema = schema_of(BulkExportRequest)
    known = list(formats().values())
    told = "; ".join(f"`{each.id}`: {each.description.rstrip('.')}" for each in known)
    members: Schema = {
        "content_ids": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "description": "The ids of the items to export, from `find_content`, in the order of "
            "the file. Give either these or `filters`; without both it is all content.",
        },
        "idempotency_key": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_KEY_LENGTH,
            "description": "Any text of ASCII characters that is new for each export that is "
            "wanted: a call that is repeated with the same one gives the same export.",
        },
        **{name: value for name, value in schema["properties"].items() if name not in _WITHHELD},
    }
    names = [each.id for each in known]
    members["format"] = {
        "type": "string",
        "enum": names,
        "description": f"The format of the file; give either this or `formats`. {told}.",
    }
    members["formats"] = {
        **members["formats"],
        "anyOf": [{"type": "array", "items": {"type": "string", "enum": names}}, {"type": "null"}],
    }
    return {**schema, "properties": members}
