"""Starts the next export of an owner whenever one of theirs has ended."""

from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.temporal.admission import Admission
from workflows.contracts import AbandonTask, ExpressTask, PublishTask


class NextExportInterceptor(Interceptor):
    """Starts the next export of an owner whenever one ends on this worker."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `Interceptor.intercept_activity`."""
        return _StartNextExport(next, self._admission)


class _StartNextExport(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, admission: Admission) -> None:
        super().__init__(inner)
        self._admission = admission

    async def execute_activity(self, input: ExecuteActivityInput) -> object:  # noqa: A002 - the SDK's name
        result: object = await super().execute_activity(input)
        match input.args:
            case [ExpressTask() | PublishTask() | AbandonTask() as task]:
                await self._admission.admit_after(task.job_id)
        return result
