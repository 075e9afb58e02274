"""Several processes write to one database at once, as workers and the API do."""

import asyncio
import subprocess
import sys
from pathlib import Path

from activities.common.database import connect
from activities.jobs.execution import JobExecution
from activities.jobs.records import JobRecords
from activities.model.jobs import Phase, Status
from activities.settings import Settings
from tests.unit.jobs.jobs_kit import complete, new_job, processing

ROOT = Path(__file__).parents[3]
PROCESSES = 3
TASKS = 3
JOBS = 6


async def write(url: str, name: str) -> None:
    """What each process does: a few tasks, each taking jobs of its own from start to end."""
    database = connect(url)
    records, execution = JobRecords(database), JobExecution(database)

    async def one_after_another(task: int) -> None:
        for number in range(JOBS):
            job_id = f"{name}-{task}-{number}"
            await processing(records, execution, job_id)
            await execution.note_progress(job_id, Phase.RENDERING, 0, number)
            assert await complete(execution, job_id)
            # One of them all creates it.
            await records.create(new_job(f"{job_id}-again", idempotency_key=f"{task}-{number}"))

    await asyncio.gather(*(one_after_another(task) for task in range(TASKS)))
    await database.close()


async def count(url: str) -> dict[Status, int]:
    database = connect(url)
    counts = await JobRecords(database).count_by_status()
    await database.close()
    return counts


def test_no_writer_finds_the_database_locked(settings: Settings) -> None:
    script = (
        "import asyncio, sys; from tests.unit.jobs.test_many_writers import write;"
        "asyncio.run(write(*sys.argv[1:]))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, settings.database, f"process-{number}"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * PROCESSES
    counts = asyncio.run(count(settings.database))
    # Of the jobs that share an idempotency key exactly one was written.
    assert counts[Status.COMPLETED] == PROCESSES * TASKS * JOBS
    assert counts[Status.PENDING] == TASKS * JOBS
