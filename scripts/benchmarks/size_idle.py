"""What each process of a service takes while nobody asks it for anything."""

import time
from collections.abc import Iterator

from scripts.benchmarks.figures import Figure
from scripts.benchmarks.filled_data import FilledData
from scripts.benchmarks.processor_time import Stopwatch

# The first run of retention and the first caches are not what is idle.
_SETTLE_SECONDS = 20.0
# A run of retention is among them.
_SECONDS = 90.0
_OF_THE_API = 0.05


def measure(data: FilledData) -> Iterator[Figure]:
    """The share of a core of each role."""
    with data.running() as service:
        time.sleep(_SETTLE_SECONDS)
        processor = Stopwatch(service.info.pids)
        started = time.perf_counter()
        time.sleep(_SECONDS)
        seconds = time.perf_counter() - started
        for role, used in processor.seconds().items():
            goal = _OF_THE_API if role == "api" else None
            yield Figure(f"idle {role}, share of a core", used / seconds, at_most=goal)
