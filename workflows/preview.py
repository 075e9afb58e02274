"""PreviewWorkflow: draws the first pages of an export that nobody has started yet."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import policies
    from workflows.contracts import PREVIEW, PREVIEW_WORKFLOW, PreviewOutcome, PreviewTask
    from workflows.steps import run_step


@workflow.defn(name=PREVIEW_WORKFLOW)
class PreviewWorkflow:
    """One activity, which is not tried again: somebody looks at the page now, or not at all."""

    @workflow.run
    async def run(self, task: PreviewTask) -> PreviewOutcome:
        """Draw them.

        Raises:
            temporalio.exceptions.ActivityError: no worker was free in time, or it ended.
        """
        return await run_step(
            PREVIEW, task, policy=policies.PREVIEW, summary="draw the first pages"
        )
