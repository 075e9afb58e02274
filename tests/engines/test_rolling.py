"""Two versions of the service take turns under load, as docs/upgrading.md says, and nobody notices.

A version that brings a migration comes and goes some times before it stays.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

from activities.settings import from_environment
from scripts.dev.credentials import issue_token
from scripts.dev.stack import DEMO_OWNERS, DEMO_SCOPE
from tests.client import ServiceClient
from tests.engines.balancer import Balancer
from tests.engines.builds import THIS, Build, next_version
from tests.engines.callers import Callers
from tests.engines.choice import PostgresS3
from tests.engines.machines import dev_server, load_demo, shared_variables
from tests.faults.oracle import Ledger, Wanted, judge
from tests.services.export.kit import odd_formats
from tests.waiting import eventually
from workflows.contracts import EXPORT_WORKFLOW, EXPRESS, PUBLISH, workflow_id

pytestmark = [pytest.mark.engines, pytest.mark.faults]

_DEPLOYS = 20
# Odd, so that a version stays before the next one comes.
_DEPLOYS_OF_A_VERSION = 11
_CALLERS = 3
_LEAVE_SECONDS = 3
_API_SECONDS = _LEAVE_SECONDS + 60
_WORKER_SECONDS = 60
# Temporal lists what has ended a little later.
_LISTED_SECONDS = 120
_SETTINGS = {
    "EXPORT_EXPRESS": "true",
    "EXPORT_LEAVE_SECONDS": str(_LEAVE_SECONDS),
    "EXPORT_OWNER_JOBS_AT_ONCE": "16",
    "EXPORT_OWNER_JOBS_IN_FLIGHT": "0",
    "EXPORT_OWNER_JOBS_PER_HOUR": "0",
}
# As it is, only sooner: Temporal looks every few minutes.
_LOOKS_OFTEN = (
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod="2s"',
    'matching.wv.VersionDrainageStatusRefreshInterval="2s"',
)
_OWNER, _OTHER = DEMO_OWNERS
_PUBLISHING = {EXPRESS.name, PUBLISH.name}
_WANTED = (
    Wanted(_OWNER, ("content-1", "content-2"), "json"),
    Wanted(_OTHER, ("content-1001",), "txt"),
    Wanted(_OTHER, ("content-1001", "content-1002"), "pdf"),
    Wanted(_OWNER, tuple(f"content-{n}" for n in range(1, 37)), "slow"),
    Wanted(_OWNER, tuple(f"content-{n}" for n in range(1, 5)), "txt,json,slow"),
)


@pytest.fixture
def own_engines() -> Iterator[PostgresS3]:
    """Servers with nothing else to do."""
    engines = PostgresS3()
    yield engines
    engines.stop()


def _kill(builds: list[Build]) -> None:
    for build in builds:
        build.kill()


def _let_in(build: Build, balancer: Balancer) -> None:
    """Let a build's API be called, once it says that it is ready."""
    balancer.add(build.api.port)
    eventually(
        lambda: balancer.takes(build.api.port),
        300,
        otherwise=lambda: f"{build.build_id} is not ready",
    )


def _deploy(old: Build, new: Build, balancer: Balancer) -> None:
    """Put a build in the place of another, step by step as the page says."""
    new.start()
    _let_in(new, balancer)
    new.make_current()
    assert old.api.stop(seconds=_API_SECONDS) == 0
    balancer.remove(old.api.port)
    eventually(old.is_drained, 300, pause=0.5, otherwise=lambda: f"{old.build_id} is not drained")
    assert old.worker.stop(seconds=_WORKER_SECONDS) == 0


async def _histories(address: str, count: int) -> list[WorkflowHistory]:
    """The histories of all exports, once so many are completed."""
    client = await Client.connect(address)
    exports = f"WorkflowType = '{EXPORT_WORKFLOW}'"
    deadline = time.monotonic() + _LISTED_SECONDS
    while (await client.count_workflows(f"{exports} AND ExecutionStatus = 'Completed'")).count < (
        count
    ):
        assert time.monotonic() < deadline, "not all workflows are completed"
        await asyncio.sleep(1)
    return [history async for history in client.list_workflows(exports).map_histories()]


def _builds(history: WorkflowHistory) -> set[str]:
    """The builds whose workers decided."""
    return {
        event.workflow_task_completed_event_attributes.deployment_version.build_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    }


def _publications(history: WorkflowHistory) -> int:
    """How often its file was put in place."""
    markers = [
        event.marker_recorded_event_attributes
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED
    ]
    return sum(
        json.loads(marker.details["data"].payloads[0].data)["activity_type"] in _PUBLISHING
        for marker in markers
        if not marker.HasField("failure")
    )


def test_nobody_notices_twenty_deploys(own_engines: PostgresS3, tmp_path: Path) -> None:
    temporal = dev_server(tmp_path, *_LOOKS_OFTEN)
    address = f"127.0.0.1:{temporal.port}"
    variables = own_engines.variables(tmp_path)
    shared = shared_variables({**variables, **odd_formats(), **_SETTINGS}, address)
    settings = from_environment(shared)
    older = newer = running = Build("this", THIS, tmp_path, shared)
    builds = [running]
    with ExitStack() as closing:
        temporal.start()
        closing.callback(temporal.kill)
        closing.callback(_kill, builds)
        load_demo(shared)
        balancer = closing.enter_context(Balancer())
        running.start()
        running.make_current()
        _let_in(running, balancer)
        clients = {
            owner: closing.enter_context(
                ServiceClient(
                    balancer.url, issue_token(settings, owner, DEMO_SCOPE, timedelta(hours=1))
                )
            )
            for owner in DEMO_OWNERS
        }
        ledger = Ledger(clients, {})
        for wanted in _WANTED:
            ledger.learn(wanted, tmp_path)
        callers = Callers(ledger, _CALLERS)
        closing.callback(callers.stop)
        callers.start()
        began = time.monotonic()
        for number in range(_DEPLOYS):
            if number % _DEPLOYS_OF_A_VERSION == 0:
                older = running
                code = next_version(tmp_path / f"code-{number}", older.code)
                newer = Build(f"next-{number}", code, tmp_path, shared)
                builds.append(newer)
                newer.migrate()
            old, running = running, newer if running is older else older
            _deploy(old, running, balancer)
            assert callers.failures == []
        seconds = time.monotonic() - began
        callers.stop()
        verdict = judge(
            ledger, own_engines.s3.objects / settings.storage_url.rpartition("/")[2], within=60
        )
        histories = asyncio.run(_histories(address, len(ledger.entries)))
    print(f"{_DEPLOYS} deploys, {len(ledger.entries)} exports in {seconds:.0f} s")  # noqa: T201
    print(dict(callers.requests), f"{callers.longest:.1f} s at most")  # noqa: T201
    assert callers.failures == []
    verdict.assert_clean()
    assert set(verdict.statuses) == {"completed"}
    made = Counter(history.workflow_id for history in histories)
    assert made == Counter(workflow_id(entry.job_id) for entry in ledger.entries)
    of_builds = Counter[str]()
    for history in histories:
        [build] = _builds(history)
        of_builds[build] += 1
        assert _publications(history) == 1, history.workflow_id
    assert of_builds.keys() == {build.build_id for build in builds}
