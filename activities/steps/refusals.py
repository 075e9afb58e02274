"""Noting which items an export is refused for, which its error has no room to name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from activities.jobs.execution import JobExecution
from activities.model.jobs import Phase
from activities.model.warnings import quality_refused
from activities.steps.errors import QualityTooLowError


@asynccontextmanager
async def refusals_noted(
    execution: JobExecution, job_id: str, chunk: int = 0
) -> AsyncIterator[None]:
    """Note all items that a read of the job's content refuses; the error passes through."""
    try:
        yield
    except QualityTooLowError as error:
        told = [quality_refused(item) for item in error.items]
        await execution.note_warnings(job_id, Phase.FETCHING, chunk, told)
        raise
