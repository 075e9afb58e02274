"""Ending a job that has no file: the one way for a workflow, retention and operators."""

from activities.jobs.model import Problem, Status
from activities.jobs.records import JobRecords, utc_now
from activities.metrics import ERRORS, OPERATIONS
from activities.storage.store import Storage

_TITLES = {
    "content-not-found": "Content not found",
    "content-source-broken": "The content could not be read",
    "content-source-unavailable": "The content could not be reached",
    "export-too-large": "The export is too large",
    "render-failed": "The file could not be made",
    "insufficient-storage": "No room for the file",
    "storage-unavailable": "Storage could not be reached",
    "database-unavailable": "The database could not be reached",
    "timed-out": "The export took too long",
    "terminated": "An operator ended the export",
}


def problem(code: str, detail: str) -> Problem:
    """A job's error as a problem object (RFC 9457)."""
    return Problem(
        type=f"urn:export:problem:{code}",
        title=_TITLES.get(code, "The export failed"),
        detail=detail,
        code=code,
    )


async def end_without_file(
    records: JobRecords,
    storage: Storage,
    job_id: str,
    format_id: str,
    error: Problem | None,
) -> Status | None:
    """Remove what is in storage, then end the job: failed with an error, else cancelled.

    Returns the state in which the job is now; None when it has no row. A job that had ended
    before keeps its state, and a completed one its file.
    """
    if await records.fence(job_id):
        # Nothing can complete the row from here on, so its files are nobody's.
        await storage.remove_staging(job_id)
        await storage.remove_files(job_id)
        wanted = Status.FAILED if error else Status.CANCELLED
        await records.end(job_id, wanted, now=utc_now(), error=error)
        ended = await records.get(job_id)
        if ended is not None:
            OPERATIONS.labels("export", format_id, ended.status.value).inc()
            if ended.error is not None:
                ERRORS.labels(ended.error.code).inc()
        return ended.status if ended else None
    await storage.remove_staging(job_id)
    ended = await records.get(job_id)
    return ended.status if ended else None
