"""Keeps a job's row with the workflow run that owns it."""

from temporalio import activity

from activities.jobs.execution import JobExecution
from activities.model.jobs import FENCED, RenderInput, Status
from activities.steps.errors import JobTakenError
from activities.temporal.client import RPC_TIMEOUT


def own_run_id() -> str:
    """The workflow run that the activity at work belongs to."""
    return activity.info().workflow_run_id or ""


async def render_input_of(execution: JobExecution, job_id: str) -> RenderInput:
    """The data of a job that a render needs.

    Raises:
        JobTakenError: the row no longer belongs to this run.
    """
    found = await execution.render_input(job_id, own_run_id())
    if found is None and await take_over(execution, job_id):
        found = await execution.render_input(job_id, own_run_id())
    if found is None:
        raise JobTakenError
    return found


async def take_over(execution: JobExecution, job_id: str) -> bool:
    """Let this activity's run own the row of another run, if its run is the workflow's newest.

    An operator's reset goes on in a new run, past the fetch that claimed the row for the run
    before. Activities of that run may still be alive; Temporal knows that they are the older.
    """
    info = activity.info()
    job = await execution.get(job_id)
    if job is None or info.workflow_id is None or info.workflow_run_id is None:
        return False
    if job.status is not Status.PROCESSING or job.cancel_requested_at is not None:
        return False
    if job.run_id in {FENCED, info.workflow_run_id}:
        return False
    handle = activity.client().get_workflow_handle(info.workflow_id)
    newest = await handle.describe(rpc_timeout=RPC_TIMEOUT)
    if newest.run_id != info.workflow_run_id:
        return False
    return await execution.take_over(job_id, info.workflow_run_id)
