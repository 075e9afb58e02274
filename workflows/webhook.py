"""WebhookWorkflow: delivers one message to one webhook, for a day if it must."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import policies
    from workflows.contracts import (
        DELIVER_WEBHOOK,
        WEBHOOK_WORKFLOW,
        WebhookOutcome,
        WebhookTask,
    )
    from workflows.steps import run_step


@workflow.defn(name=WEBHOOK_WORKFLOW)
class WebhookWorkflow:
    """One activity, whose attempts are those of the message.

    The activity asks for the pause before the next attempt, so that a message that is tried for a
    day takes no more events of history than one that is accepted at once.
    """

    @workflow.run
    async def run(self, task: WebhookTask) -> WebhookOutcome:
        """Deliver the message.

        Raises:
            temporalio.exceptions.ActivityError: no worker could even try for a week.
        """
        return await run_step(
            DELIVER_WEBHOOK, task, policy=policies.WEBHOOK, summary=f"tell of {task.event}"
        )
