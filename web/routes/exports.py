"""The routes that create exports."""

from typing import Annotated

from litestar import Response, Router, post
from litestar.openapi.spec import Example
from litestar.params import Body, HeaderParameter

from activities.model.problems import (
    CONTENT_NOT_FOUND,
    ITEMS_NOT_KNOWN,
    NO_CONTENT_MATCHED,
    NOT_FOUND,
    NOTHING_CHANGED,
)
from web.auth.guards import ApiRequest, requires
from web.auth.tokens import WRITE
from web.http.export_body import ExportBody
from web.http.request_ids import request_id
from web.http.urls import base_url
from web.routes.openapi_examples import ACCEPTED
from web.routes.responses import ANY_CREATION, accepted, problems, responses
from web.schemas.job import JobResponse
from web.schemas.requests import BulkExportRequest, CreateExportRequest
from web.services.create_export import ExportCreator
from web.services.injection import Service
from web.services.job_responses import JobResponses

_IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        description="A repeat with the same key and body gives the same job.",
    ),
]


@post(
    "/",
    guards=[requires(WRITE)],
    dto=ExportBody[CreateExportRequest],
    return_dto=None,
    status_code=202,
    opt={"operation": "create"},
    summary="Create an export",
    responses=responses(202, JobResponse, "The job.", ACCEPTED)
    | problems(*ANY_CREATION, CONTENT_NOT_FOUND),
)
async def create_export(
    request: ApiRequest,
    export_creator: Service[ExportCreator],
    job_responses: Service[JobResponses],
    data: Annotated[
        CreateExportRequest,
        Body(
            examples=[
                Example(
                    value={
                        "content_ids": ["content-1", "content-2"],
                        "format": "pdf",
                        "include_metadata": True,
                        "include_quality_metrics": True,
                    }
                )
            ]
        ),
    ],
    idempotency_key: _IdempotencyKey = None,
) -> Response[JobResponse]:
    """Export content items by id."""
    created = await export_creator.create(
        request.user, data, idempotency_key, request_id(request.scope)
    )
    url = base_url(request)
    return accepted(await job_responses.one(created.job, url), url, created.headers)


@post(
    "/bulk",
    guards=[requires(WRITE)],
    dto=ExportBody[BulkExportRequest],
    return_dto=None,
    status_code=202,
    opt={"operation": "bulk"},
    summary="Create an export by filters",
    responses=responses(202, JobResponse, "The job.", ACCEPTED)
    | problems(*ANY_CREATION, NO_CONTENT_MATCHED, NOTHING_CHANGED, ITEMS_NOT_KNOWN, NOT_FOUND),
)
async def create_bulk_export(
    request: ApiRequest,
    export_creator: Service[ExportCreator],
    job_responses: Service[JobResponses],
    data: Annotated[
        BulkExportRequest,
        Body(
            examples=[
                Example(
                    value={
                        "format": "json",
                        "filters": {
                            "date_from": "2024-01-01",
                            "date_to": "2024-12-31",
                            "content_types": ["study_guide", "flashcards"],
                        },
                        "max_items": 100,
                    }
                )
            ]
        ),
    ],
    idempotency_key: _IdempotencyKey = None,
) -> Response[JobResponse]:
    """Export the newest items that match the filters, newest first."""
    created = await export_creator.create_bulk(
        request.user, data, idempotency_key, request_id(request.scope)
    )
    url = base_url(request)
    return accepted(await job_responses.one(created.job, url), url, created.headers)


ROUTES = Router(
    "/api/export",
    route_handlers=[create_export, create_bulk_export],
    tags=["exports"],
    security=[{"bearer": []}],
)
