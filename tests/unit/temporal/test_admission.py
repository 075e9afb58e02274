"""Exports get their workflows in turn, with a real Temporal server."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

import msgspec
import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.service import RPCError

from activities.common.clock import utc_now
from activities.common.database import Database
from activities.jobs.dispatch_queue import DispatchQueue
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.settings import Settings
from activities.temporal.admission import Admission
from activities.temporal.client import TemporalUnavailableError
from tests.unit.jobs.jobs_kit import RUN, complete, new_job
from tests.unit.temporal_server import temporal_server
from workflows.contracts import SEARCH_OWNER, ExportRequest, workflow_id
from workflows.converter import DATA_CONVERTER

pytestmark = pytest.mark.anyio

AT_ONCE = 2
OWNER = "teacher-of-these-tests"


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[Client]:
    async with temporal_server() as connected:
        yield connected


@pytest.fixture
def few(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, owner_jobs_at_once=AT_ONCE, max_seconds=600)


@pytest.fixture
def admission(client: Client, records: JobRecords, database: Database, few: Settings) -> Admission:
    return Admission(
        client,
        records,
        JobExecution(database),
        DispatchQueue(database),
        at_once=few.owner_jobs_at_once,
        max_seconds=few.max_seconds,
    )


async def queue(records: JobRecords, name: str, count: int) -> list[str]:
    """Write jobs that wait; their ids, oldest first."""
    now = utc_now()
    ids = [f"{name}-{number}" for number in range(count)]
    for number, job_id in enumerate(ids):
        created_at = now + timedelta(milliseconds=number)
        await records.create(new_job(job_id, owner_id=OWNER, created_at=created_at))
    return ids


async def started(client: Client, ids: list[str]) -> list[str]:
    """Those of the jobs that have a workflow."""
    found = []
    for job_id in ids:
        try:
            await client.get_workflow_handle(workflow_id(job_id)).describe()
        except RPCError:
            continue
        found.append(job_id)
    return found


async def test_an_end_makes_room_for_the_next_one(
    admission: Admission, client: Client, records: JobRecords, execution: JobExecution
) -> None:
    ids = await queue(records, "succession", 4)
    assert await admission.admit(OWNER) == AT_ONCE
    assert await started(client, ids) == ids[:2]
    assert await admission.admit(OWNER) == 0

    await execution.claim(ids[0], RUN, utc_now())
    await admission.admit_after(ids[0])
    assert await started(client, ids) == ids[:2]
    await complete(execution, ids[0])
    await admission.admit_after(ids[0])
    assert await started(client, ids) == ids[:3]


async def test_the_next_one_gives_way_where_others_export(
    admission: Admission,
    client: Client,
    records: JobRecords,
    execution: JobExecution,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Longer than an end waits, so that a next one that gives way is left to the API.
    monkeypatch.setattr("activities.temporal.admission._GIVE_WAY_SECONDS", 60)
    ids = await queue(records, "giving-way", 4)
    assert await admission.admit(OWNER) == AT_ONCE
    await execution.claim(ids[0], RUN, utc_now())
    await complete(execution, ids[0])
    await admission.admit_after(ids[0])
    assert await started(client, ids) == ids[:3]

    await records.create(new_job("of-another", owner_id="another", created_at=utc_now()))
    for job_id in ids[1:3]:
        await execution.claim(job_id, RUN, utc_now())
        await complete(execution, job_id)
    await admission.admit_after(ids[2])
    assert await started(client, ids) == ids[:3]


async def test_several_processes_at_once_start_no_more(
    client: Client, records: JobRecords, database: Database, few: Settings
) -> None:
    ids = await queue(records, "race", 6)
    processes = [
        Admission(
            client,
            records,
            JobExecution(database),
            DispatchQueue(database),
            at_once=few.owner_jobs_at_once,
            max_seconds=few.max_seconds,
        )
        for _ in range(8)
    ]
    await asyncio.gather(*(process.admit(OWNER) for process in processes))
    assert await started(client, ids) == ids[:AT_ONCE]


async def test_what_a_dead_process_started_is_counted(
    admission: Admission, client: Client, records: JobRecords
) -> None:
    """It died before it could note in the record that it had."""
    ids = await queue(records, "died", 4)
    for job_id in ids[:AT_ONCE]:
        job = await records.get(job_id)
        assert job is not None
        await admission.start(job)
    await admission.admit(OWNER)
    await admission.admit(OWNER)
    assert await started(client, ids) == ids[:AT_ONCE]


async def test_waiting_counts_as_time_of_the_export(
    admission: Admission, client: Client, records: JobRecords
) -> None:
    for job_id, waited, left in (("young", 100, 500), ("old", 601, 0), ("of-tomorrow", -9000, 600)):
        created_at = utc_now() - timedelta(seconds=waited)
        await records.create(new_job(job_id, owner_id=OWNER, created_at=created_at))
        job = await records.get(job_id)
        assert job is not None
        await admission.start(job)
        history = await client.get_workflow_handle(workflow_id(job_id)).fetch_history()
        [payload] = history.events[0].workflow_execution_started_event_attributes.input.payloads
        [request] = await DATA_CONVERTER.decode([payload], [ExportRequest])
        assert request.max_seconds == pytest.approx(left, abs=5)


async def test_a_server_that_is_away_leaves_the_jobs_waiting(
    records: JobRecords, database: Database, few: Settings
) -> None:
    job_id, long_ago = "away", utc_now() - timedelta(minutes=1)
    await records.create(new_job(job_id, owner_id=OWNER, created_at=long_ago))
    nobody = await Client.connect("127.0.0.1:1", lazy=True, data_converter=DATA_CONVERTER)
    away = Admission(
        nobody,
        records,
        JobExecution(database),
        DispatchQueue(database),
        at_once=few.owner_jobs_at_once,
        max_seconds=few.max_seconds,
    )
    with pytest.raises(TemporalUnavailableError):
        await away.admit(OWNER)
    await away.admit_after(job_id)
    assert await away.queue.among([job_id]) == {job_id}
    assert await away.queue.take_all_turns(1, utc_now() + timedelta(hours=1)) == [job_id]


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        pytest.param("\U0001f480" * 255, None, id="emoji"),
        pytest.param("\u4e2d" * 255, "\u4e2d" * 255, id="han"),
        pytest.param('"\\' * 127, '"\\' * 127, id="escaped"),
    ],
)
async def test_every_owner_can_export_and_be_searched_for(
    admission: Admission, client: Client, records: JobRecords, owner: str, shown: str | None
) -> None:
    job_id = f"owner-{owner.encode()[:1].hex()}"
    job = await records.create(new_job(job_id, owner_id=owner, created_at=utc_now()))
    assert job is not None
    assert await admission.start(job)
    described = await client.get_workflow_handle(workflow_id(job_id)).describe()
    key = SearchAttributeKey.for_keyword(SEARCH_OWNER)
    found = described.typed_search_attributes.get(key)
    assert found == (shown or sha256(owner.encode()).hexdigest())
