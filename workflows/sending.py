"""SendingWorkflow: delivers one file to one destination, or one mail, for half a day if it must."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import policies
    from workflows.contracts import (
        DELIVER,
        NOTIFY,
        SENDING_WORKFLOW,
        SendingOutcome,
        SendingTask,
    )
    from workflows.steps import run_step


@workflow.defn(name=SENDING_WORKFLOW)
class SendingWorkflow:
    """One activity, whose attempts are those of the delivery.

    It is no part of the export's workflow: what fails here leaves the export as it is.
    """

    @workflow.run
    async def run(self, task: SendingTask) -> SendingOutcome:
        """Send it.

        Raises:
            temporalio.exceptions.ActivityError: no worker could even try for days.
        """
        step = NOTIFY if task.kind == "mail" else DELIVER
        return await run_step(
            step, task, policy=policies.SENDING, summary=f"{task.kind} {task.name}"
        )
