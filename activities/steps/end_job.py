"""Ending a job that has no file: the one way for a workflow, retention and operators."""

from activities.jobs.ending import end_job
from activities.jobs.execution import JobExecution
from activities.model.jobs import Problem, Status
from activities.storage.protocol import Storage


async def end_without_file(
    execution: JobExecution,
    storage: Storage,
    job_id: str,
    format_id: str,
    error: Problem | None,
) -> Status | None:
    """Remove what is in storage, then end the job: failed with an error, else cancelled.

    Returns the state in which the job is now; None when it has no row. A job that had ended
    before keeps its state, and a completed one its file.
    """
    if await execution.fence(job_id):
        # Nothing can complete the row from here on, so no job needs its files.
        await storage.remove_staging(job_id)
        await storage.remove_files(job_id)
        wanted = Status.FAILED if error else Status.CANCELLED
        return await end_job(execution, job_id, format_id, wanted, error=error)
    await storage.remove_staging(job_id)
    ended = await execution.get(job_id)
    if ended is None:
        # It was erased with its owner, whose file a late step may have put in place.
        await storage.remove_files(job_id)
        return None
    return ended.status
