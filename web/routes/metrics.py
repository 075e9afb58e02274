"""The Prometheus metrics of this process."""

import asyncio

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from web.routes.openapi_examples import example
from web.services.injection import Service
from web.services.job_counts import JobCounts


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
async def metrics(job_counts: Service[JobCounts]) -> Response[bytes]:
    """Give the metrics in Prometheus' text format."""
    await job_counts.refresh_gauge()
    # Collecting asks the Temporal SDK over a socket.
    text = await asyncio.to_thread(generate_latest)
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})
