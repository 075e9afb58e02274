"""Made-up data reads as what a service itself would have left."""

import asyncio
from pathlib import Path

from activities.common.database import connect
from activities.jobs.audit import AuditFilter, AuditLog
from activities.jobs.records import JobRecords
from activities.model.jobs import Status
from scripts.benchmarks.figures import Figure, figures_report
from scripts.benchmarks.filled_data import LARGE_OWNER, FilledData, Scale, filled_data, owner_name
from scripts.benchmarks.report import as_text


def test_filled_data_can_be_listed_to_its_end() -> None:
    scale = Scale(jobs=120, audit_rows=200, files=30, owners=7)

    async def read(data: FilledData) -> tuple[int, int, int]:
        database = connect(data.database)
        try:
            records = JobRecords(database)
            large, of_large, *_ = await records.page(
                LARGE_OWNER, status=None, page=1, page_size=100
            )
            small, of_small, *_ = await records.page(
                owner_name(3), status=None, page=1, page_size=100
            )
            rows, of_log, *_ = await AuditLog(database).page(AuditFilter(), page=1, page_size=100)
        finally:
            await database.close()
        completed = [job for job in large if job.status is Status.COMPLETED]
        for job in completed:
            assert [*Path(data.data_dir, "files/files", job.job_id).iterdir()]
        assert (len(large), len(small), len(rows)) == (of_large, of_small, 100)
        return of_large, len(completed), of_log

    with filled_data(scale, database="") as data:
        assert asyncio.run(read(data)) == (12, 3, 200)
    assert not data.data_dir.exists()


def test_a_figure_that_misses_its_goal_is_told() -> None:
    fine = Figure("near", 3.0, "ms", at_most=5)
    far = Figure("far", 0.5, at_least=0.9, at_most=2)
    report = figures_report("size", {}, [fine, far, Figure("by the way", 7)])

    assert report.summary == {"goals missed": 1}
    assert [row["met"] for row in report.rows] == ["yes", "NO", ""]
    assert ">= 0.9, <= 2" in as_text(report)
