"""Ending a job without a file, and counting it."""

from activities.common.clock import utc_now
from activities.common.metrics import ERRORS, OPERATIONS
from activities.jobs.execution import JobExecution
from activities.model.jobs import Problem, Status


async def end_job(
    execution: JobExecution,
    job_id: str,
    format_id: str,
    status: Status,
    *,
    error: Problem | None = None,
) -> Status | None:
    """Write the end state of an open job, and count it.

    Args:
        execution: the job records.
        job_id: the job.
        format_id: its format.
        status: the state to write; a requested cancellation wins over a failure.
        error: the reason of a failure.

    Returns:
        The state in which the job is now; None when it has no row.
    """
    changed = await execution.end(job_id, status, now=utc_now(), error=error)
    ended = await execution.get(job_id)
    if ended is not None and changed:
        OPERATIONS.labels("export", format_id, ended.status.value).inc()
        if ended.error is not None:
            ERRORS.labels(ended.error.code).inc()
    return ended.status if ended else None
