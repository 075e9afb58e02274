"""A codec server for Temporal's web UI and its command (https://docs.temporal.io/codec-server)."""

from typing import Annotated

from litestar import Router, post
from litestar.openapi.spec import Example
from litestar.params import Body

from activities.model.problems import (
    CONTENT_ENCODED,
    FORBIDDEN,
    INVALID_REQUEST,
    KEYS_UNAVAILABLE,
    NOT_JSON,
    TOO_LARGE,
    UNAUTHENTICATED,
)
from web.auth.guards import requires
from web.auth.tokens import ADMIN
from web.http.json_body import JsonBody
from web.routes.openapi_examples import example
from web.routes.responses import problems, responses
from web.schemas.payloads import CodedPayload, CodedPayloads
from web.services.injection import Service
from web.services.payload_coding import PayloadCoding

_SEALED = CodedPayloads(
    [
        CodedPayload(
            {
                "encoding": "YmluYXJ5L2VuY3J5cHRlZA==",
                "encryption-cipher": "QUVTL0dDTQ==",
                "encryption-key-id": "MGExYjJjM2Q0ZTVm",
            },
            "bm9uY2UgYW5kIGNpcGhlcnRleHQ=",
        )
    ]
)
_OPEN = CodedPayloads([CodedPayload({"encoding": "anNvbi9wbGFpbg=="}, "IkVYUE9SVCI=")])
_PROBLEMS = problems(
    INVALID_REQUEST,
    UNAUTHENTICATED,
    FORBIDDEN,
    TOO_LARGE,
    NOT_JSON,
    CONTENT_ENCODED,
    KEYS_UNAVAILABLE,
)


@post(
    "/decode",
    guards=[requires(ADMIN)],
    dto=JsonBody[CodedPayloads],
    return_dto=None,
    status_code=200,
    summary="Decrypt payloads of Temporal",
    responses=responses(
        200, CodedPayloads, "The payloads, plain.", [example("plain", "One", _OPEN)]
    )
    | _PROBLEMS,
)
async def decode_payloads(
    payload_coding: Service[PayloadCoding],
    data: Annotated[CodedPayloads, Body(examples=[Example(value=_SEALED)])],
) -> CodedPayloads:
    """Decrypt what Temporal's web UI found in a history; what is plain stays as it is."""
    return payload_coding.decode(data)


@post(
    "/encode",
    guards=[requires(ADMIN)],
    dto=JsonBody[CodedPayloads],
    return_dto=None,
    status_code=200,
    summary="Encrypt payloads of Temporal",
    responses=responses(
        200, CodedPayloads, "The payloads, encrypted.", [example("sealed", "One", _SEALED)]
    )
    | _PROBLEMS,
)
async def encode_payloads(
    payload_coding: Service[PayloadCoding],
    data: Annotated[CodedPayloads, Body(examples=[Example(value=_OPEN)])],
) -> CodedPayloads:
    """Encrypt what an operator sends to a workflow by Temporal's web UI or its command."""
    return payload_coding.encode(data)


ROUTES = Router(
    "/api/export/admin/codec",
    route_handlers=[decode_payloads, encode_payloads],
    tags=["operators"],
    security=[{"bearer": []}],
)
