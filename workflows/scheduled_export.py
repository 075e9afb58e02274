"""ScheduledExportWorkflow: what a Temporal Schedule of an owner runs each time that it is due."""

from temporalio import workflow
from temporalio.common import SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    import msgspec

    from workflows import policies
    from workflows.contracts import (
        LOOK_AT_RUN,
        OPEN_RUN,
        SCHEDULED_EXPORT_WORKFLOW,
        OpenedRun,
        ScheduledRun,
    )
    from workflows.steps import run_step

_DUE_AT = SearchAttributeKey.for_datetime("TemporalScheduledStartTime")


@workflow.defn(name=SCHEDULED_EXPORT_WORKFLOW)
class ScheduledExportWorkflow:
    """Write that a run is due, and look whether pictures changed since the one before.

    Its export is then made by the API, which makes all of them: it has the rules for what may be
    exported. The run's row says that one is due, so that nothing is lost and nothing made twice.
    """

    @workflow.run
    async def run(self, run: ScheduledRun) -> OpenedRun:
        """Open one run.

        Raises:
            temporalio.exceptions.ActivityError: database or content source were away for too long.
        """
        if run.due_at is None:
            info = workflow.info()
            due_at = info.typed_search_attributes.get(_DUE_AT, default=info.start_time)
            run = msgspec.structs.replace(run, due_at=due_at)
        opened = await run_step(OPEN_RUN, run, policy=policies.SCHEDULES, summary="open the run")
        if opened.outcome == "looking":
            run = msgspec.structs.replace(run, due_at=opened.due_at)
            opened = await run_step(
                LOOK_AT_RUN, run, policy=policies.SCHEDULES, summary="compare pictures"
            )
        workflow.set_current_details(f"**{opened.outcome or 'nothing to do'}**")
        return opened
