"""Binds ids to every line that a worker logs during an activity, and to its span."""

from typing import Any

from structlog.contextvars import bind_contextvars, clear_contextvars
from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.common import tracing
from workflows.contracts import ArchiveTask, JobTask


class LogContextInterceptor(Interceptor):
    """Binds ids of request, trace, job, workflow and attempt to all that an activity logs."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `Interceptor.intercept_activity`."""
        return _Binding(next)


class _Binding(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        info = activity.info()
        # Each activity has a task of its own, with which the binding ends: what the SDK logs of
        # how it ended comes after us and has the ids, too.
        clear_contextvars()
        bind_contextvars(
            workflow_id=info.workflow_id,
            run_id=info.workflow_run_id,
            activity=info.activity_type,
            attempt=info.attempt,
            **tracing.ids(),
        )
        tracing.note(attempt=info.attempt)
        match input.args:
            case [JobTask() as task]:
                bind_contextvars(job_id=task.job_id, request_id=task.request_id or None)
                tracing.note(job_id=task.job_id)
            case [ArchiveTask() as archive]:
                bind_contextvars(
                    archive_id=archive.archive_id, request_id=archive.request_id or None
                )
            case _:
                pass
        return await super().execute_activity(input)
