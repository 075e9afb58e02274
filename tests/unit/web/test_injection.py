"""Services as handlers' parameters."""

import pytest
from litestar import Litestar, get
from litestar.routes import HTTPRoute

from activities.jobs.records import JobRecords
from activities.settings import Settings
from web.app import create_app
from web.services.injection import Service, ServicesPlugin
from web.services.job_counts import JobCounts

SECRET = "a secret that only this test knows: 32"


def test_a_handler_that_names_a_service_with_another_type_is_refused_at_the_start() -> None:
    @get("/")
    async def handler(records: Service[JobCounts]) -> None:
        """Mistake one service for another."""

    with pytest.raises(TypeError, match=r"records is .*JobRecords.*, not .*JobCounts"):
        Litestar([handler], plugins=[ServicesPlugin()])


def test_a_handler_that_names_a_service_that_there_is_not_is_refused_at_the_start() -> None:
    @get("/")
    async def handler(record: Service[JobRecords]) -> None:
        """Misspell a service."""

    with pytest.raises(Exception, match="record"):
        Litestar([handler], plugins=[ServicesPlugin()])


def test_no_request_starts_tasks_to_look_up_services() -> None:
    app = create_app(Settings(jwt_secret=SECRET, url_secrets=SECRET))
    batches = [
        batch
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for _, parameters in route.route_handler_map.values()
        for batch in parameters.dependency_batches
    ]
    assert len(batches) > 40
    assert all(len(batch) == 1 for batch in batches)


def test_no_service_is_a_parameter_of_the_api() -> None:
    app = create_app(Settings(jwt_secret=SECRET, url_secrets=SECRET))
    described = app.openapi_schema.to_schema()
    named = {
        parameter["name"]
        for operations in described["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
    }
    assert named == {
        "Idempotency-Key",
        "Last-Event-ID",
        "action",
        "actor",
        "archive_id",
        "erasure_id",
        "collection",
        "cursor",
        "date_from",
        "date_to",
        "delivery_id",
        "expires",
        "facet",
        "facets",
        "format",
        "from",
        "job",
        "job_id",
        "language",
        "owner",
        "page",
        "page_size",
        "part",
        "pinned",
        "reason",
        "schedule_id",
        "share_id",
        "signature",
        "sort",
        "status",
        "subject",
        "tag",
        "text",
        "to",
        "wait",
        "webhook_id",
    }
