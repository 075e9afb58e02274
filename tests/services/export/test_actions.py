"""What an idle service costs where actions are paid for, and an export."""

import asyncio
from datetime import timedelta

from temporalio.client import Client

from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.actions import OF_A_SCHEDULE, actions, heartbeats
from tests.services.export.kit import bulk_ids, run_retention, temporal, workflow_history
from workflows.contracts import RETENTION_SCHEDULE_ID, RETENTION_WORKFLOW, SCHEDULED_EXPORT_WORKFLOW

_DAY = timedelta(days=1)
# For each hour with fairness, a tenth of an action for each.
_FAIRNESS = 1.1
# By the starts of their ids: of what somebody asked for, and of a benchmark of the same service.
_ASKED_FOR = (
    "export-",
    "webhook-",
    "send-",
    "schedule-",
    "archive-",
    "preview-",
    "erase-",
    "noop-",
)


async def _idle_actions_a_day(stack: Stack) -> float:
    """Of all schedules that are there without anybody asking, by what one run of each has."""
    run_id = await run_retention(stack)
    client = await temporal(stack)
    assert await _others(client) == []
    spec = (await client.get_schedule_handle(RETENTION_SCHEDULE_ID).describe()).schedule.spec
    assert not spec.calendars
    assert not spec.cron_expressions
    history = await client.get_workflow_handle(run_id).fetch_history()
    one = OF_A_SCHEDULE + actions(history.events)
    return sum(one * (_DAY / interval.every) for interval in spec.intervals)


async def _others(client: Client) -> list[str]:
    """The types of workflows that are neither retention's nor there since somebody asked."""
    known = {RETENTION_WORKFLOW, SCHEDULED_EXPORT_WORKFLOW}
    return [
        each.workflow_type
        async for each in client.list_workflows()
        if each.workflow_type not in known and not each.id.startswith(_ASKED_FOR)
    ]


def test_an_idle_service_makes_fewer_than_500_actions_a_day(stack: Stack) -> None:
    a_day = asyncio.run(_idle_actions_a_day(stack))

    assert 0 < a_day * _FAIRNESS < 500


def test_an_export_costs_two_actions_or_a_few_for_each_chunk(
    client: ServiceClient, stack: Stack
) -> None:
    small = client.export(["content-1"], "json")
    large = client.export(bulk_ids(client, 60), "docx")
    for job in (small, large):
        assert client.wait(job["job_id"])["status"] == "completed"

    of_large = actions(workflow_history(stack, large["job_id"]))
    assert actions(workflow_history(stack, small["job_id"])) <= (2 if stack.settings.express else 3)
    # Two of each chunk, the start, assembling and publishing; and heartbeats of what lasted.
    assert 7 <= of_large < 40


def test_heartbeats_are_of_what_lasts() -> None:
    assert [heartbeats(seconds) for seconds in (0.4, 1, 20, 600)] == [0, 1, 11, 301]
