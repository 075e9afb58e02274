"""Tells the health of a worker which steps it runs, and for how long it may."""

from typing import Any

from temporalio import activity
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.temporal.worker_health import WorkerHealth


class HealthInterceptor(Interceptor):
    """Notes each step from its beginning to its end."""

    def __init__(self, health: WorkerHealth) -> None:
        self._health = health

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See `Interceptor.intercept_activity`."""
        return _Noting(next, self._health)


class _Noting(ActivityInboundInterceptor):
    def __init__(self, inner: ActivityInboundInterceptor, health: WorkerHealth) -> None:
        super().__init__(inner)
        self._health = health

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        with self._health.step(activity.info().start_to_close_timeout):
            return await super().execute_activity(input)
