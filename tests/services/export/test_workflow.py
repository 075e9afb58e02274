"""Exports from the request to the file, through a real Temporal server and real workers."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Sequence
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType, PendingActivityState
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecutionStatus

from activities.model.catalog import BUILT_IN
from activities.worker import RENDERS_AT_ONCE
from scripts.dev.stack import Stack
from tests.client import ServiceClient
from tests.services.export.kit import bulk_ids, leftovers, temporal, workflow_history
from tests.waiting import eventually
from workflows.contracts import workflow_id


def ended_history(stack: Stack, job_id: str) -> list[Any]:
    """The events of a workflow that has ended, a moment after its job's row."""

    async def end() -> None:
        await (await temporal(stack)).get_workflow_handle(workflow_id(job_id)).result()

    asyncio.run(end())
    return workflow_history(stack, job_id)


def billable_actions(events: Sequence[HistoryEvent]) -> int:
    """The actions that Temporal Cloud counts for a workflow, by the rule that it publishes.

    Its start is one, each queued activity is one, and all local activities that end in
    the same workflow task are one (docs.temporal.io/cloud/actions).
    """
    counted = {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    }
    decided_with_local_steps = {
        event.marker_recorded_event_attributes.workflow_task_completed_event_id
        for event in events
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED
    }
    return sum(event.event_type in counted for event in events) + len(decided_with_local_steps)


def test_chunks_are_rendered_apart_and_joined_in_order(client: ServiceClient) -> None:
    ids = bulk_ids(client, 40)
    job = client.wait(client.export(ids, "slow")["job_id"])
    assert job["status"] == "completed"
    lines = client.download(job).decode().splitlines()
    assert [line.split()[0] for line in lines] == ids


@pytest.mark.express
@pytest.mark.parametrize("format_id", BUILT_IN)
def test_small_export_is_one_step_of_six_events_and_two_actions(
    stack: Stack, client: ServiceClient, format_id: str
) -> None:
    job = client.wait(client.export(["content-1"], format_id)["job_id"])
    events = ended_history(stack, job["job_id"])
    assert [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in events] == [
        "WORKFLOW_EXECUTION_STARTED",
        "WORKFLOW_TASK_SCHEDULED",
        "WORKFLOW_TASK_STARTED",
        "WORKFLOW_TASK_COMPLETED",
        "MARKER_RECORDED",
        "WORKFLOW_EXECUTION_COMPLETED",
    ]
    assert billable_actions(events) == 2


def test_one_activity_of_an_export_of_one_chunk_passes_through_the_server(
    stack: Stack, client: ServiceClient
) -> None:
    job = client.wait(client.export(bulk_ids(client, 3), "slow")["job_id"])
    events = ended_history(stack, job["job_id"])
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    assert scheduled == ["make"]
    assert billable_actions(events) == 3
    decided = [e for e in events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED]
    assert len(decided) == 2, "publishing takes no turn of its own"


def test_progress_counts_items_and_never_falls(client: ServiceClient) -> None:
    job_id = client.export(bulk_ids(client, 100), "slow")["job_id"]
    seen = [client.job(job_id)]
    while seen[-1]["status"] not in ("completed", "failed"):
        time.sleep(0.1)
        seen.append(client.job(job_id))
    assert seen[-1]["status"] == "completed"
    percents = [job["progress"]["percent"] for job in seen]
    items = [job["progress"]["items_done"] for job in seen]
    assert percents == sorted(percents)
    assert items == sorted(items)
    assert percents[-1] == 100
    assert items[-1] == 100
    assert len(set(items)) > 4, f"too few steps: {items}"


def test_cancel_stops_within_two_seconds_and_leaves_nothing(
    stack: Stack, client: ServiceClient
) -> None:
    job_id = client.export(bulk_ids(client, 100), "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["progress"]["items_done"] > 0)
    started = time.monotonic()
    response = client.cancel(job_id)
    assert response.status_code == 202
    job = client.wait(job_id)
    assert time.monotonic() - started < 2
    assert job["status"] == "cancelled"
    assert job["progress"]["items_done"] > 0, "how far it came must stay to be seen"
    assert job["file"] is None
    assert leftovers(stack, job_id) == []
    time.sleep(1)  # a render that went on would write now
    assert leftovers(stack, job_id) == []
    assert client.http.get(f"/api/export/jobs/{job_id}/download").status_code == 409
    assert client.cancel(job_id).status_code == 202


def test_cancelled_export_is_cancelled_in_temporal_too(stack: Stack, client: ServiceClient) -> None:
    job_id = client.export(bulk_ids(client, 50), "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["status"] == "processing")
    client.cancel(job_id)
    client.wait(job_id)

    async def status() -> WorkflowExecutionStatus | None:
        handle = (await temporal(stack)).get_workflow_handle(f"export-{job_id}")
        for _ in range(50):
            described = await handle.describe()
            if described.status != WorkflowExecutionStatus.RUNNING:
                break
            await asyncio.sleep(0.1)
        return described.status

    assert asyncio.run(status()) == WorkflowExecutionStatus.CANCELED


def test_operators_cancel_in_temporal_cancels_the_job(stack: Stack, client: ServiceClient) -> None:
    job_id = client.export(bulk_ids(client, 50), "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["progress"]["items_done"] > 0)

    async def cancel() -> None:
        await (await temporal(stack)).get_workflow_handle(f"export-{job_id}").cancel()

    asyncio.run(cancel())
    assert client.wait(job_id)["status"] == "cancelled"
    assert leftovers(stack, job_id) == []


def test_killed_render_worker_costs_only_its_chunks(stack: Stack, client: ServiceClient) -> None:
    ids = bulk_ids(client, 60)
    job_id = client.export(ids, "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["progress"]["items_done"] >= 20)
    victim = stack.info.pids["worker-render"][0]
    os.kill(victim, signal.SIGKILL)
    job = client.wait(job_id)
    assert job["status"] == "completed"
    lines = client.download(job).decode().splitlines()
    assert [line.split()[0] for line in lines] == ids
    again = [
        event.activity_task_started_event_attributes.attempt
        for event in workflow_history(stack, job_id)
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    ]
    assert sum(attempt - 1 for attempt in again) <= RENDERS_AT_ONCE
    assert leftovers(stack, job_id) == ["files"]


def test_killed_workflow_worker_costs_little(stack: Stack, client: ServiceClient) -> None:
    job_id = client.export(bulk_ids(client, 40), "slow")["job_id"]
    client.wait_until(job_id, lambda job: job["progress"]["items_done"] > 0)
    os.kill(stack.info.pids["worker-io"][0], signal.SIGKILL)
    started = time.monotonic()
    assert client.wait(job_id)["status"] == "completed"
    assert time.monotonic() - started < 15


def test_small_export_is_made_while_large_ones_hold_every_place_for_them(
    stack: Stack, client: ServiceClient, stranger: ServiceClient
) -> None:
    places = RENDERS_AT_ONCE * len(stack.info.pids["worker-render"])
    held = client.export(bulk_ids(client, places + 2), "held")["job_id"]
    eventually(lambda: _renders_under_way(stack, held) == places, 20)
    small = stranger.wait(stranger.export(["content-1001"], "json")["job_id"])
    assert small["status"] == "completed"
    assert _renders_under_way(stack, held) == places
    client.cancel(held)
    assert client.wait(held)["status"] == "cancelled"


def _renders_under_way(stack: Stack, job_id: str) -> int:
    async def count() -> int:
        handle = (await temporal(stack)).get_workflow_handle(workflow_id(job_id))
        described = (await handle.describe()).raw_description
        started = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
        return sum(each.state == started for each in described.pending_activities)

    return asyncio.run(count())


def test_failed_render_is_a_failed_job_that_says_why(stack: Stack, client: ServiceClient) -> None:
    job = client.wait(client.export(["content-1"], "broken")["job_id"])
    assert job["status"] == "failed"
    assert job["error"]["code"] == "render-failed"
    assert job["error"]["title"]
    assert leftovers(stack, job["job_id"]) == []


@pytest.mark.parametrize("format_id", ["json", "broken"])
def test_temporal_sees_no_content(stack: Stack, client: ServiceClient, format_id: str) -> None:
    whole = client.wait(client.export(["content-1"], "json")["job_id"])
    [item] = json.loads(client.download(whole))["items"]
    job = client.wait(client.export(["content-1"], format_id)["job_id"])
    history = b"".join(
        event.SerializeToString() for event in workflow_history(stack, job["job_id"])
    )
    assert job["job_id"].encode() in history
    assert item["title"].encode() not in history
    for section in item["outline"]["sections"]:
        assert section["title"].encode() not in history


def test_operators_read_what_an_export_is(stack: Stack, client: ServiceClient) -> None:
    job = client.wait(client.export(bulk_ids(client, 40), "slow")["job_id"])

    async def read(client: Client) -> tuple[str | None, dict[str, object], str, list[str]]:
        handle = client.get_workflow_handle(f"export-{job['job_id']}")
        await handle.result()  # the row completes a moment before the workflow
        described = await handle.describe()
        attributes = {pair.key.name: pair.value for pair in described.typed_search_attributes}
        history = await handle.fetch_history()
        converter = client.data_converter.payload_converter
        summaries = [
            converter.from_payload(event.user_metadata.summary, str)
            for event in history.events
            if event.user_metadata.HasField("summary")
        ]
        assert described.status is not None
        status = described.status.name
        return await described.static_summary(), attributes, status, summaries

    async def run() -> tuple[str | None, dict[str, object], str, list[str]]:
        return await read(await temporal(stack))

    summary, attributes, status, summaries = asyncio.run(run())
    assert summary == "Slow export, 40 items"
    assert attributes["ExportOwner"] == "teacher-1"
    assert attributes["ExportFormat"] == "slow"
    assert status == "COMPLETED"
    assert "render chunk 3/3" in summaries
    assert any(text.startswith("publish") for text in summaries)
