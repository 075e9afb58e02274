"""The schedule of the retention workflow."""

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.common import (
    Priority,
)

from workflows.contracts import (
    RETENTION_SCHEDULE_ID,
    RETENTION_WORKFLOW,
    WORKFLOW_QUEUE,
)
from workflows.policies import (
    RETENTION_CATCHUP,
    RETENTION_INTERVAL,
    RETENTION_PRIORITY,
)


async def ensure_schedule(client: Client) -> None:
    """Make the retention schedule, or bring the one there is up to date."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(
            RETENTION_WORKFLOW,
            id=RETENTION_SCHEDULE_ID,
            task_queue=WORKFLOW_QUEUE,
            static_summary="Retention",
            priority=Priority(priority_key=RETENTION_PRIORITY),
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=RETENTION_INTERVAL)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=RETENTION_CATCHUP),
    )

    def replace(current: ScheduleUpdateInput) -> ScheduleUpdate:
        # What an operator paused stays paused.
        schedule.state = current.description.schedule.state
        return ScheduleUpdate(schedule)

    try:
        await client.create_schedule(RETENTION_SCHEDULE_ID, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(RETENTION_SCHEDULE_ID).update(replace)
