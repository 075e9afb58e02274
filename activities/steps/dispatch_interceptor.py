"""Starts the next export of an owner whenever one of theirs has ended."""

from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.temporal.admission import Admission
from workflows.contracts import ABANDON, PUBLISH, AbandonTask, PublishTask


class NextExportInterceptor(Interceptor):
    """Whenever an export has ended on this worker, lets the next one of its owner begin."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `Interceptor.intercept_activity`."""
        return _StartNextExport(next, self._admission)


class _StartNextExport(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, admission: Admission) -> None:
        super().__init__(inner)
        self._admission = admission

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        result = await super().execute_activity(input)
        if activity.info().activity_type in {PUBLISH, ABANDON}:
            task: PublishTask | AbandonTask = input.args[0]
            await self._admission.admit_after(task.job_id)
        return result
