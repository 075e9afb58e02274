"""What counts as the time that the service needed to get over a fault."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.faults.injector.faults import Fault
from tests.faults.injector.recovery import recovery_seconds
from tests.faults.oracle import Acknowledged, Wanted

EXPORT = Wanted("teacher-1", ("content-1",), "json")
CALM_UNTIL = 100.0


def recovery(spans: Mapping[str, tuple[float, float]], *faults: float) -> list[float]:
    """The recovery times of faults at these seconds, among jobs that lived from when to when."""
    entries = [Acknowledged(name, EXPORT, name, 0.0) for name in spans]
    jobs: dict[str, dict[str, Any]] = {
        name: {"created_at": time_at(created), "completed_at": time_at(ended)}
        for name, (created, ended) in spans.items()
    }
    return recovery_seconds([Fault("any", at) for at in faults], entries, jobs, CALM_UNTIL)


def time_at(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def test_only_what_a_job_took_beyond_its_usual_time_counts() -> None:
    assert recovery({"calm": (10, 12), "hit": (200, 210)}, 201.0) == [8.0]


def test_time_before_the_fault_does_not_count() -> None:
    assert recovery({"calm": (10, 12), "slow": (200, 250)}, 247.0) == [3.0]


def test_the_slowest_job_of_those_that_were_open_counts() -> None:
    spans = {"calm": (10, 12), "hit": (200, 206), "worse": (200, 209), "later": (202, 290)}
    assert recovery(spans, 201.0) == [7.0]


def test_fault_that_met_no_job_counts_as_nothing() -> None:
    assert recovery({"calm": (10, 12), "late": (300, 330)}, 200.0) == [0.0]


def test_usual_time_is_the_median_of_the_calm_before_the_faults() -> None:
    spans = {"a": (10, 11), "b": (20, 24), "c": (30, 90), "noise": (190, 199), "hit": (200, 210)}
    assert recovery(spans, 200.0) == [6.0]
