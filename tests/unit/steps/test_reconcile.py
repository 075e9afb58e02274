"""Reconciling brings open jobs and their workflows together, with a real Temporal server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.lifecycle import JobLifecycle
from activities.jobs.records import JobRecords
from activities.jobs.schema import jobs
from activities.model.jobs import Status
from activities.settings import Settings
from activities.steps.reconcile import Reconcile
from activities.storage.keys import attempt_key
from activities.storage.protocol import Storage
from activities.temporal.admission import Admission
from activities.temporal.exports import start_export
from tests.unit.jobs.jobs_kit import RUN, change_row, new_job
from tests.unit.steps.steps_kit import run, stored
from tests.unit.temporal_server import temporal_server
from workflows.contracts import ErrorType, Reconciled, workflow_id

pytestmark = pytest.mark.anyio

HOUR_AGO = utc_now() - timedelta(hours=1)


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


@pytest.fixture
def reconcile(
    database: Database,
    records: JobRecords,
    execution: JobExecution,
    lifecycle: JobLifecycle,
    storage: Storage,
    client: Client,
    settings: Settings,
) -> Reconcile:
    admission = Admission(
        client,
        records,
        JobExecution(database),
        DispatchQueue(database),
        at_once=settings.owner_jobs_at_once,
        max_seconds=settings.max_seconds,
    )
    return Reconcile(lifecycle, execution, storage, client, admission, settings)


async def started(client: Client, records: JobRecords, job_id: str) -> None:
    job = await records.get(job_id)
    assert job is not None
    await start_export(client, job, 600)


async def end_of(records: JobRecords, job_id: str) -> tuple[Status, str | None]:
    job = await records.get(job_id)
    assert job is not None
    return job.status, job.error.code if job.error else None


async def workflow_status(client: Client, job_id: str) -> WorkflowExecutionStatus | None:
    return (await client.get_workflow_handle(workflow_id(job_id)).describe()).status


async def test_job_without_a_workflow_gets_one_once(
    reconcile: Reconcile, records: JobRecords, client: Client
) -> None:
    await records.create(new_job("forgotten", created_at=HOUR_AGO))
    assert await run(reconcile.reconcile_jobs) == Reconciled(started=1, failed=0, cancelled=0)
    assert await workflow_status(client, "forgotten") is WorkflowExecutionStatus.RUNNING
    assert await run(reconcile.reconcile_jobs) == Reconciled(started=0, failed=0, cancelled=0)


async def test_job_that_was_just_created_is_left_to_the_api(
    reconcile: Reconcile, records: JobRecords
) -> None:
    await records.create(new_job("just-created", created_at=utc_now()))
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, 0, 0)


async def test_job_to_be_cancelled_without_a_workflow_is_cancelled(
    reconcile: Reconcile, records: JobRecords
) -> None:
    await records.create(new_job("to-cancel", created_at=HOUR_AGO))
    await records.request_cancel("to-cancel", utc_now())
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, 0, cancelled=1)
    assert await end_of(records, "to-cancel") == (Status.CANCELLED, None)


async def test_cancellation_that_did_not_reach_the_workflow_is_repeated(
    reconcile: Reconcile, records: JobRecords, client: Client
) -> None:
    await records.create(new_job("half-cancelled", created_at=HOUR_AGO))
    await started(client, records, "half-cancelled")
    await records.request_cancel("half-cancelled", utc_now())
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, 0, 0)
    handle = client.get_workflow_handle(workflow_id("half-cancelled"))
    kinds = [event.event_type for event in (await handle.fetch_history()).events]
    assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED in kinds


async def test_job_whose_workflow_was_terminated_fails_and_leaves_nothing(
    reconcile: Reconcile,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    client: Client,
) -> None:
    await records.create(new_job("terminated", created_at=HOUR_AGO))
    await started(client, records, "terminated")
    await execution.claim("terminated", RUN, utc_now())
    await storage.put(attempt_key("terminated", "file", RUN, 1), b"x")
    await client.get_workflow_handle(workflow_id("terminated")).terminate()
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, failed=1, cancelled=0)
    assert await end_of(records, "terminated") == (Status.FAILED, ErrorType.TERMINATED)
    assert await stored(storage) == []


async def test_job_whose_workflow_is_forgotten_fails(
    reconcile: Reconcile, records: JobRecords, execution: JobExecution
) -> None:
    await records.create(new_job("lost", created_at=HOUR_AGO))
    await execution.claim("lost", RUN, utc_now())
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, failed=1, cancelled=0)
    assert await end_of(records, "lost") == (Status.FAILED, ErrorType.TERMINATED)


async def test_job_in_a_format_that_is_gone_fails_and_holds_nobody_up(
    reconcile: Reconcile, records: JobRecords
) -> None:
    await records.create(new_job("a-gone", format="gone", created_at=HOUR_AGO))
    await records.create(new_job("b-fine", created_at=HOUR_AGO))
    assert await run(reconcile.reconcile_jobs) == Reconciled(started=1, failed=1, cancelled=0)
    assert await end_of(records, "a-gone") == (Status.FAILED, ErrorType.RENDER_FAILED)


async def overdue(
    records: JobRecords, execution: JobExecution, client: Client, job_id: str, **changes: Any
) -> None:
    """A job whose workflow runs, but for which no worker decides."""
    await records.create(new_job(job_id, **({"created_at": HOUR_AGO} | changes)))
    await started(client, records, job_id)
    await execution.claim(job_id, RUN, utc_now())


async def test_job_whose_workflow_does_not_end_in_its_time_fails(
    reconcile: Reconcile,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    client: Client,
) -> None:
    await overdue(
        records, execution, client, "stuck", created_at=utc_now() - timedelta(days=1, minutes=16)
    )
    await overdue(
        records, execution, client, "late", created_at=utc_now() - timedelta(days=1, minutes=14)
    )
    await storage.put(attempt_key("stuck", "file", RUN, 1), b"x")
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, failed=1, cancelled=0)
    assert await end_of(records, "stuck") == (Status.FAILED, ErrorType.TIMED_OUT)
    assert await end_of(records, "late") == (Status.PROCESSING, None)
    assert await workflow_status(client, "stuck") is WorkflowExecutionStatus.TERMINATED
    assert await workflow_status(client, "late") is WorkflowExecutionStatus.RUNNING
    assert await stored(storage) == []


async def test_job_that_never_got_its_turn_fails_when_its_time_is_over(
    reconcile: Reconcile, records: JobRecords, execution: JobExecution, settings: Settings
) -> None:
    for number in range(settings.owner_jobs_at_once):
        job_id = f"in-front-{number}"
        await records.create(new_job(job_id, created_at=utc_now()))
        await execution.claim(job_id, RUN, utc_now())
    over, not_yet = timedelta(days=1, minutes=16), timedelta(days=1, minutes=14)
    await records.create(new_job("forgotten", created_at=utc_now() - over))
    await records.create(new_job("patient", created_at=utc_now() - not_yet))
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, failed=1, cancelled=0)
    assert await end_of(records, "forgotten") == (Status.FAILED, ErrorType.TIMED_OUT)
    assert await end_of(records, "patient") == (Status.PENDING, None)


async def test_job_whose_row_cannot_be_read_fails_and_holds_nobody_up(
    reconcile: Reconcile, records: JobRecords, execution: JobExecution, database: Database
) -> None:
    for job_id in ("damaged", "fine"):
        await records.create(new_job(job_id, owner_id=job_id, created_at=HOUR_AGO))
    await change_row(database, "damaged", options=text("'{'"))
    assert (await run(reconcile.reconcile_jobs)).started == 1
    assert await states_of_all(database) == {"damaged": Status.FAILED, "fine": Status.PENDING}
    assert await end_of(records, "damaged") == (Status.FAILED, "record-damaged")


async def test_running_job_whose_times_cannot_be_read_is_ended(
    reconcile: Reconcile,
    records: JobRecords,
    execution: JobExecution,
    client: Client,
    database: Database,
) -> None:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL holds no time that cannot be read")
    await overdue(records, execution, client, "damaged")
    await overdue(records, execution, client, "fine")
    await change_row(database, "damaged", cancel_requested_at=text("'not a moment'"))
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, 0, cancelled=1)
    states = await states_of_all(database)
    assert states == {"damaged": Status.CANCELLED, "fine": Status.PROCESSING}
    assert await workflow_status(client, "damaged") is WorkflowExecutionStatus.TERMINATED


async def states_of_all(database: Database) -> dict[str, Status]:
    """The states of all jobs, readable or not."""
    rows = await database.run(
        lambda connection: connection.execute(select(jobs.c.job_id, jobs.c.status)).all()
    )
    return {row.job_id: row.status for row in rows}


async def test_job_whose_workflow_does_not_hear_of_its_cancellation_is_cancelled(
    reconcile: Reconcile, records: JobRecords, execution: JobExecution, client: Client
) -> None:
    await overdue(records, execution, client, "deaf")
    await records.request_cancel("deaf", utc_now() - timedelta(minutes=16))
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, 0, cancelled=1)
    assert await end_of(records, "deaf") == (Status.CANCELLED, None)
    assert await workflow_status(client, "deaf") is WorkflowExecutionStatus.TERMINATED


async def test_job_that_cannot_be_ended_now_holds_nobody_up(
    reconcile: Reconcile,
    records: JobRecords,
    execution: JobExecution,
    storage: Storage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for job_id in ("a-stuck", "b-loose"):
        await records.create(new_job(job_id, created_at=HOUR_AGO))
        await execution.claim(job_id, RUN, utc_now())
    remove = storage.remove_files

    async def refuse(job_id: str) -> None:
        if job_id == "a-stuck":
            raise PermissionError
        await remove(job_id)

    with monkeypatch.context() as patched:
        patched.setattr(storage, "remove_files", refuse)
        assert await run(reconcile.reconcile_jobs) == Reconciled(0, failed=1, cancelled=0)
    assert await end_of(records, "b-loose") == (Status.FAILED, ErrorType.TERMINATED)
    assert await run(reconcile.reconcile_jobs) == Reconciled(0, failed=1, cancelled=0)
    assert await end_of(records, "a-stuck") == (Status.FAILED, ErrorType.TERMINATED)


async def test_open_jobs_are_looked_after_between_the_runs_of_retention(
    reconcile: Reconcile,
    records: JobRecords,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await records.create(new_job("in-between", created_at=HOUR_AGO))
    await started(client, records, "in-between")
    await records.mark_dispatched("in-between", HOUR_AGO)
    await client.get_workflow_handle(workflow_id("in-between")).terminate()
    monkeypatch.setattr("activities.steps.reconcile._BETWEEN", 0.01)
    task = asyncio.create_task(reconcile.keep_reconciling())
    try:
        for _ in range(400):
            if (await end_of(records, "in-between"))[0].ended:
                break
            await asyncio.sleep(0.02)
    finally:
        task.cancel()
    assert await end_of(records, "in-between") == (Status.FAILED, ErrorType.TERMINATED)
