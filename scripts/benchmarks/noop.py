"""A workflow of as many activities as a small export has, none of which does anything.

What it takes is what Temporal itself costs on this machine.
"""

from datetime import timedelta

from temporalio import activity, workflow

WORKFLOW_QUEUE = "noop-workflow"
IO_QUEUE = "noop-io"
RENDER_QUEUE = "noop-render"


@activity.defn(name="nothing")
async def nothing() -> None:
    """An activity that does nothing."""


@workflow.defn(name="Noop")
class NoopWorkflow:
    """As an export of one chunk: io, render, io."""

    @workflow.run
    async def run(self) -> None:
        """Run the activities one after the other."""
        for queue in (IO_QUEUE, RENDER_QUEUE, IO_QUEUE):
            await workflow.execute_activity(
                nothing, task_queue=queue, start_to_close_timeout=timedelta(minutes=1)
            )
