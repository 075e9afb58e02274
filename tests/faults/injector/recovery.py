"""Measures how long the service took to get over a fault."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from tests.faults.injector.faults import Fault
from tests.faults.oracle import Acknowledged, Wanted


def recovery_seconds(
    faults: Sequence[Fault],
    entries: Iterable[Acknowledged],
    jobs: Mapping[str, Mapping[str, Any]],
    calm_until: float,
) -> list[float]:
    """The seconds by which each fault delayed the jobs that it met; one number a fault.

    A fault meets the jobs that are open when it begins. Of each of them counts what it took beyond
    the median time of such exports under the same load before the first fault, but no more than
    the time since the fault began. The largest of these numbers is the fault's; a fault that met
    no job has zero. Where faults follow each other closely, a later one adds to an earlier one's.

    Args:
        faults: the faults that were injected.
        entries: the acknowledged jobs.
        jobs: the JSON of each, by id; one that has not ended counts to this moment.
        calm_until: the end of the calm time with the same load, in Unix seconds.
    """
    spans = {
        entry.job_id: (
            entry.wanted,
            _seconds(jobs[entry.job_id]["created_at"]),
            _seconds(jobs[entry.job_id]["completed_at"]),
        )
        for entry in entries
        if entry.job_id in jobs
    }
    calm: dict[Wanted, list[float]] = defaultdict(list)
    for wanted, created, ended in spans.values():
        if ended < calm_until:
            calm[wanted].append(ended - created)
    usual = {wanted: median(seconds) for wanted, seconds in calm.items()}

    def beyond(fault: Fault) -> float:
        met = [span for span in spans.values() if span[1] <= fault.at < span[2]]
        return max(
            (
                min(ended - fault.at, ended - created - usual.get(wanted, 0.0))
                for wanted, created, ended in met
            ),
            default=0.0,
        )

    return [max(beyond(fault), 0.0) for fault in faults]


def _seconds(text: str | None) -> float:
    return datetime.fromisoformat(text).timestamp() if text else time.time()
