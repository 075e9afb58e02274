"""The Prometheus metrics of this process."""

import asyncio

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from prometheus_client import CONTENT_TYPE_LATEST

from activities.temporal.sdk_metrics import metrics_text
from web.routes.openapi_examples import example
from web.services.injection import Service
from web.services.service_gauges import ServiceGauges


@get(
    "/metrics",
    summary="Prometheus metrics",
    tags=["operations"],
    responses={
        200: ResponseSpec(
            str,
            description="Prometheus' text format.",
            media_type="text/plain",
            generate_examples=False,
            examples=[example("jobs", "One of them", 'export_jobs{status="completed"} 41.0\n')],
        )
    },
)
async def metrics(service_gauges: Service[ServiceGauges]) -> Response[bytes]:
    """Give the metrics in Prometheus' text format."""
    await service_gauges.refresh()
    # Collecting asks the Temporal SDK over a socket.
    text = await asyncio.to_thread(metrics_text)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})
