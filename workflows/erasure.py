"""ErasureWorkflow: erases everything of one owner."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows import policies
    from workflows.contracts import ERASE_OWNER, ERASURE_WORKFLOW, Erased, ErasureTask
    from workflows.steps import run_step


@workflow.defn(name=ERASURE_WORKFLOW)
class ErasureWorkflow:
    """One activity, each attempt of which goes on with what is left.

    Neither its id nor what it takes tells whose things they are.
    """

    @workflow.run
    async def run(self, task: ErasureTask) -> Erased:
        """Erase it.

        Raises:
            temporalio.exceptions.ActivityError: no attempt came to its end in a week.
        """
        return await run_step(
            ERASE_OWNER, task, policy=policies.ERASURE, summary="erase everything of an owner"
        )
