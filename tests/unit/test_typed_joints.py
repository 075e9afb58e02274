"""mypy refuses what does not fit where one room calls another.

Each joint is broken in a copy of the code, all of them in one run of mypy.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from mypy import api

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Plant:
    """A change that must not pass.

    Attributes:
        joint: what it breaks.
        path: of the module, in the checkout.
        whole: a text that the module has once.
        broken: what it becomes.
        code: of the error that mypy tells there or up to two lines above.
    """

    joint: str
    path: str
    whole: str
    broken: str
    code: str = "arg-type"


PLANTS = [
    Plant(
        "argument of an activity",
        "workflows/export.py",
        "run_step(\n            FETCH,",
        "run_step(\n            ABANDON,",
        code="misc",
    ),
    Plant(
        "argument of a local activity",
        "workflows/export.py",
        "run_local_step(\n            PUBLISH,",
        "run_local_step(\n            ABANDON,",
        code="misc",
    ),
    Plant(
        "argument for an activity that takes none",
        "workflows/retention.py",
        "self._try_with(step, None, summary,",
        'self._try_with(step, "all", summary,',
    ),
    Plant(
        "policy of a local activity",
        "workflows/export.py",
        "policy=policies.PUBLISHING,",
        "policy=policies.CLEANUP,",
    ),
    Plant(
        "what a policy says",
        "workflows/policies.py",
        '"start_to_close_timeout": timedelta(minutes=30),',
        '"start_to_close_timeout": 30 * 60,',
        code="typeddict-item",
    ),
    Plant(
        "what a policy may say",
        "workflows/policies.py",
        '"start_to_close_timeout": IO["start_to_close_timeout"],',
        '"start_to_end_timeout": IO["start_to_close_timeout"],',
        code="typeddict-unknown-key",
    ),
    Plant(
        "result that the workflow uses",
        "workflows/retention.py",
        "expired=expired,",
        "expired=reconciled,",
    ),
    Plant(
        "argument that an activity takes",
        "activities/steps/fetch.py",
        "async def fetch(self, task: FetchTask) -> SnapshotPart:",
        "async def fetch(self, task: SnapshotPart) -> SnapshotPart:",
    ),
    Plant(
        "result that an activity gives",
        "activities/steps/publish.py",
        "async def abandon(self, task: AbandonTask) -> ExportOutcome:",
        "async def abandon(self, task: AbandonTask) -> Job:",
    ),
    Plant(
        "activity that takes what its step does not give",
        "activities/steps/retention.py",
        "async def expire_files(self) -> int:",
        "async def expire_files(self, prefix: str) -> int:",
    ),
    Plant(
        "service that a handler calls",
        "web/routes/exports.py",
        "created = await export_creator.create(\n        request.user, data,",
        "created = await export_creator.create_bulk(\n        request.user, data,",
    ),
    Plant(
        "argument that a handler gives a service",
        "web/routes/jobs.py",
        "return job_reply(await job_responses.one(job, base_url(request)))",
        "return job_reply(await job_responses.one(job_id, base_url(request)))",
    ),
    Plant(
        "argument that a page gives a service",
        "web/pages/admin_console.py",
        "operators.retry(await job_access.of_anybody(job_id), ",
        "operators.retry(job_id, ",
    ),
    Plant(
        "argument that a service gives another",
        "web/services/create_export.py",
        "self._creator.create(new, origin,",
        "self._creator.create(origin, new,",
    ),
    Plant(
        "service that another is made of",
        "web/services/open_services.py",
        "JobCreator(records, dispatcher,",
        "JobCreator(dispatcher, records,",
    ),
    Plant(
        "what a guard finds at the application",
        "web/auth/guards.py",
        "held(connection.app.state, Tokens)",
        "held(connection.app.state, Caller)",
        code="return-value",
    ),
]

MODULES = sorted({plant.path for plant in PLANTS})


@pytest.fixture
def copy(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the code, with mypy in it; its cache stays for the next test run."""
    cache = request.config.cache
    assert cache is not None
    for room in sorted({Path(module).parts[0] for module in MODULES} | {"workflows"}):
        shutil.copytree(CHECKOUT / room, tmp_path / room)
    config = (CHECKOUT / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(
        config.replace("[tool.mypy]", f'[tool.mypy]\ncache_dir = "{cache.mkdir("typed_joints")}"')
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check() -> str:
    """What mypy says of the modules, in the current directory."""
    # The rest is checked by mypy's own run; here it is read for its types alone.
    return api.run([*MODULES, "--follow-imports=silent", "--no-error-summary"])[0]


def test_code_as_it_is_passes(copy: Path) -> None:
    assert check() == ""


def test_every_broken_joint_is_refused(copy: Path) -> None:
    for plant in PLANTS:
        _break(copy / plant.path, plant)
    told = check()
    for plant in PLANTS:
        assert _is_refused(copy / plant.path, plant, told), f"{plant.joint}: passes\n{told}"


def _break(module: Path, plant: Plant) -> None:
    text = module.read_text()
    assert text.count(plant.whole) == 1, f"{plant.path} has {plant.whole!r} not once"
    module.write_text(text.replace(plant.whole, plant.broken))


def _is_refused(module: Path, plant: Plant, told: str) -> bool:
    before, _, _ = module.read_text().partition(plant.broken)
    first = before.count("\n") + 1
    last = first + plant.broken.count("\n")
    errors = re.findall(rf"^{re.escape(plant.path)}:(\d+): error: .*\[(.+)\]$", told, re.MULTILINE)
    # A method is refused at its decorator, and some arguments at the beginning of their call.
    return any(first - 2 <= int(at) <= last and code == plant.code for at, code in errors)
