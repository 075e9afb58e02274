"""A day in twenty minutes: does a service under load that stays the same stay the same?

Ten owners export at 60% of the rate that the service has in a closed loop, and look, list, download
and cancel; watchers vanish; files expire within minutes. After a warm-up, the second half of the
time is compared with the first. Then all workflows are deleted and the service is stopped: what is
left on the disk?
"""

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.client import WorkflowExecution as Described
from temporalio.service import RPCError

from activities.model.jobs import Status
from scripts.benchmarks.figures import Figure, figures_report
from scripts.benchmarks.process_state import ProcessState, state_of
from scripts.benchmarks.processor_time import Stopwatch
from scripts.benchmarks.report import Report
from scripts.benchmarks.service import NO_LIMITS
from scripts.benchmarks.steady_load import SteadyLoad, add_content, trouble
from scripts.dev.stack import Stack

_SHARE_OF_CAPACITY = 0.6
_SHARE_OF_WARM_UP = 0.25
# Files expire well within the warm-up, so that as many go as come when it is over.
_FILE_LIFE = 0.5
_CALIBRATION_SECONDS = 30.0
_SAMPLE_SECONDS = 5.0
_END_SECONDS = 120.0
_SHRINK_SECONDS = 180.0
# Of the size that Temporal's database had with all workflows.
_LEFT = 0.2
_DELETIONS_AT_ONCE = 20
_MB = 1e6
_DATABASES = ("export.db", "temporal.db")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the benchmark's options to the parser."""
    parser.add_argument(
        "--minutes", type=float, default=20.0, help="of both halves, after a warm-up (20)"
    )


def run(arguments: argparse.Namespace) -> Report:
    """Run the benchmark and return its report."""
    seconds = arguments.minutes * 60
    warm_up = seconds * _SHARE_OF_WARM_UP
    settings = NO_LIMITS | {"EXPORT_RETENTION_DAYS": str(warm_up * _FILE_LIFE / 86_400)}
    with tempfile.TemporaryDirectory(prefix="export-bench-") as directory:
        stack = Stack(Path(directory), settings=settings)
        with stack:
            soak = _Soak(stack, warm_up, seconds)
            figures = [*soak.figures(), *_disk_after_deletion(stack, soak.disk)]
        left = len(list(Path(directory).glob("*-wal")))
        figures.append(Figure("write-ahead logs after the stop", left, at_most=0))
    return figures_report(
        "soak",
        {
            "minutes": arguments.minutes,
            "exports a second": round(soak.rate, 1),
            "in a closed loop": round(soak.capacity, 1),
            "exports": soak.load.accepted,
        },
        figures,
    )


class _Soak:
    """The load, and what was seen meanwhile."""

    def __init__(self, stack: Stack, warm_up: float, seconds: float) -> None:
        info, settings = stack.info, stack.settings
        item_ids = add_content(settings)
        with SteadyLoad(info, settings, item_ids, rate=None) as closed:
            self.capacity = _rate_after(closed, _CALIBRATION_SECONDS / 3, _CALIBRATION_SECONDS)
        self.rate = self.capacity * _SHARE_OF_CAPACITY
        self.disk = _Disk(stack.data_dir)
        self._pids = info.pids
        self._samples = _Samples(info.pids)
        with SteadyLoad(info, settings, item_ids, self.rate) as self.load, self._samples, self.disk:
            time.sleep(warm_up)
            self.borders = [time.monotonic()]
            self.processor = []
            for _ in range(2):
                processor = Stopwatch(info.pids)
                time.sleep(seconds / 2)
                self.borders.append(time.monotonic())
                self.processor.append(sum(processor.seconds().values()))
            self.load.stop_calling()
            _await_ends(self.load)
        self._restarted = stack.info.pids != self._pids

    def figures(self) -> Iterator[Figure]:
        """Second half against first, and what must not happen at all."""
        first, second = zip(self.borders[:-1], self.borders[1:], strict=True)
        for name in self._samples.names:
            before, after = (self._samples.between(name, *half) for half in (first, second))
            growth = median(_resident(after)) / median(_resident(before))
            yield Figure(f"memory of {name}, second half / first", growth, at_most=1.03)
            yield Figure("... at the end", median(_resident(after[-5:])) / _MB, "MB")
            # The least of a half: without the connections that happen to be open.
            more = min(each.open_files for each in after) - min(each.open_files for each in before)
            yield Figure(f"open files of {name}, more in the second half", more, at_most=0)
        exports = [self.load.per_second(*half) * (half[1] - half[0]) for half in (first, second)]
        costs = [used / count for used, count in zip(self.processor, exports, strict=True)]
        yield Figure(
            "processor time an export, second half / first", costs[1] / costs[0], at_most=1.1
        )
        yield Figure("... in the second half", costs[1] * 1000, "ms")
        for kind, goal in (("GET", 1.2), ("list", 1.2), ("POST", None)):
            medians = [self.load.median(kind, *half) for half in (first, second)]
            yield Figure(
                f"{kind}, median, second half / first", medians[1] / medians[0], at_most=goal
            )
            yield Figure("... in the second half", medians[1] * 1000, "ms")
        failed = sum(each.status is Status.FAILED for each in self.load.ended)
        yield Figure("exports that failed", failed, at_most=0)
        yield Figure("exports that did not end", self.load.under_way, at_most=0)
        yield from trouble(self.load)
        yield Figure("processes that were started again", self._restarted, at_most=0)
        yield from self.disk.figures(self.load.accepted)


def _rate_after(load: SteadyLoad, settling: float, seconds: float) -> float:
    time.sleep(settling)
    since = time.monotonic()
    time.sleep(seconds)
    return load.per_second(since, time.monotonic())


def _await_ends(load: SteadyLoad) -> None:
    deadline = time.monotonic() + _END_SECONDS
    while load.under_way and time.monotonic() < deadline:
        time.sleep(0.2)


def _resident(states: list[ProcessState]) -> list[int]:
    return [each.resident for each in states]


class _Repeated:
    """Something that is done every few seconds within a `with` block, in a thread."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _repeat(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self._look()

    def _look(self) -> None:
        raise NotImplementedError


class _Samples(_Repeated):
    """Memory and open files of each process, again and again."""

    def __init__(self, pids: Mapping[str, list[int]]) -> None:
        super().__init__()
        self._pids = {
            role if len(those) == 1 else f"{role} {number}": pid
            for role, those in pids.items()
            for number, pid in enumerate(those, start=1)
        }
        self._seen: dict[str, list[tuple[float, ProcessState]]] = defaultdict(list)

    @property
    def names(self) -> list[str]:
        return list(self._pids)

    def between(self, name: str, since: float, until: float) -> list[ProcessState]:
        return [state for at, state in self._seen[name] if since <= at < until]

    def _look(self) -> None:
        for name, pid in self._pids.items():
            self._seen[name].append((time.monotonic(), state_of(pid)))


class _Disk(_Repeated):
    """The most that files of the data directory took."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        self._data_dir = data_dir
        self._at_first = {name: self.size(name) for name in _DATABASES}
        self.most: dict[str, int] = defaultdict(int)

    def size(self, name: str) -> int:
        """Bytes of a database with its write-ahead log."""
        files = (self._data_dir / name, self._data_dir / f"{name}-wal")
        return sum(file.stat().st_size for file in files if file.exists())

    def figures(self, exports: int) -> Iterator[Figure]:
        """What grew, and what must stay small."""
        for name in _DATABASES:
            grown = self.size(name) - self._at_first[name]
            yield Figure(f"{name}, an export", grown / exports / 1000, "kB")
        logs = [size for name, size in self.most.items() if name.endswith("-wal")]
        yield Figure("largest write-ahead log", max(logs) / _MB, "MB", at_most=64)
        logs = [size for name, size in self.most.items() if name.endswith(".log")]
        yield Figure("largest log with what it was before", max(logs) / _MB, "MB", at_most=20)
        tracebacks = Counter(_tracebacks(self._data_dir / "logs"))
        yield Figure("tracebacks in logs", tracebacks.total(), at_most=0)
        for what, count in tracebacks.items():
            yield Figure(f"... {what}", count)

    def _look(self) -> None:
        logs = (self._data_dir / "logs").glob("*.log")
        for file in (*self._data_dir.glob("*.db*"), *logs):
            size = file.stat().st_size
            older = file.with_suffix(".log.1")
            if file.suffix == ".log" and older.exists():
                size += older.stat().st_size
            self.most[file.name] = max(self.most[file.name], size)


def _tracebacks(logs: Path) -> Iterator[str]:
    """What each line says that comes with a traceback."""
    for file in logs.iterdir():
        for line in file.read_text(errors="replace").splitlines():
            if '"cause"' in line and '"level":"info"' not in line:
                yield f"{file.stem}: {json.loads(line)['message']}"
            elif line.startswith("Traceback"):
                yield f"{file.stem}: {line}"


def _disk_after_deletion(stack: Stack, disk: _Disk) -> Iterator[Figure]:
    """What Temporal's database keeps of its size when no workflow is left."""
    database = stack.data_dir / "temporal.db"
    most = max(disk.most[database.name], database.stat().st_size)
    deadline = time.monotonic() + _SHRINK_SECONDS
    refusal = asyncio.run(_delete_workflows(stack.info.temporal_address, deadline))
    if refusal:
        yield Figure(f"workflows cannot be removed: {refusal}", 1, at_most=0)
        return
    while database.stat().st_size > most * _LEFT and time.monotonic() < deadline:
        time.sleep(1)
    left = database.stat().st_size / most
    yield Figure("temporal.db at its largest", most / _MB, "MB")
    yield Figure("... without workflows, part of that", left, at_most=_LEFT)


async def _delete_workflows(address: str, deadline: float) -> str:
    """Delete all that have ended; what the server says when it will not, otherwise nothing."""
    client = await Client.connect(address)
    refusal = ""
    while time.monotonic() < deadline:
        try:
            await _delete_ended(client)
        except* RPCError as group:
            # The server may be busy with what it deletes.
            refusal = str(group.exceptions[0])
        else:
            return ""
        await asyncio.sleep(1)
    return refusal


async def _delete_ended(client: Client) -> None:
    at_once = asyncio.Semaphore(_DELETIONS_AT_ONCE)

    async def delete(found: Described) -> None:
        async with at_once:
            await client.workflow_service.delete_workflow_execution(
                DeleteWorkflowExecutionRequest(
                    namespace=client.namespace,
                    workflow_execution=WorkflowExecution(workflow_id=found.id, run_id=found.run_id),
                )
            )

    async with asyncio.TaskGroup() as group:
        async for found in client.list_workflows('ExecutionStatus != "Running"'):
            group.create_task(delete(found))
