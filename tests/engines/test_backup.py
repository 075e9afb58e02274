"""The commands of docs/backup.md, as they stand there, save and bring back a service under load."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from activities.settings import Settings, from_environment
from export_client.model import ENDED
from scripts.dev.credentials import issue_token
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import DEMO_OWNERS, DEMO_SCOPE
from tests.client import ServiceClient
from tests.engines.builds import THIS, Build
from tests.engines.callers import Callers
from tests.engines.choice import PostgresS3
from tests.engines.machines import dev_server, load_demo, shared_variables
from tests.engines.server import Server
from tests.faults.oracle import Ledger, Wanted
from tests.services.export.kit import odd_formats
from tests.waiting import eventually

pytestmark = [pytest.mark.engines, pytest.mark.faults]

_PAGE = CHECKOUT / "docs" / "backup.md"
_OWNER, _OTHER = DEMO_OWNERS
# Of one owner two are worked on at once: of many, some run and some wait.
_SETTINGS = {"EXPORT_EXPRESS": "true", "EXPORT_OWNER_JOBS_AT_ONCE": "2"}
_USUAL = (
    Wanted(_OTHER, ("content-1001",), "txt"),
    Wanted(_OTHER, ("content-1001", "content-1002"), "json,pdf"),
)
_LONG = Wanted(_OWNER, tuple(f"content-{n}" for n in range(1, 101)), "slow")
_LONG_ONES = 6
# Reconciling looks at what is half a minute old, once a minute.
_RECONCILED_SECONDS = 300

_HONEST = {"terminated", "job-taken", "storage-unavailable"}

Job = dict[str, Any]


def _commands(*headings: str) -> str:
    """The commands of some sections of the page."""
    sections = re.split(r"^## ", _PAGE.read_text(), flags=re.MULTILINE)
    found = [
        block
        for section in sections
        if section.startswith(headings)
        for block in re.findall(r"^```bash\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    ]
    assert len(found) == len(headings)
    return "".join(found)


def _follow(commands: str, environment: Mapping[str, str]) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=CHECKOUT,
        env={**environment, "PATH": path},
        check=True,
    )


class _Service:
    """The service, its database and its store."""

    def __init__(self, directory: Path, engines: PostgresS3) -> None:
        self._directory = directory
        self._engines = engines
        self.temporal = dev_server(directory)
        self.environment = shared_variables(
            {**engines.variables(directory), **odd_formats(), **_SETTINGS},
            f"127.0.0.1:{self.temporal.port}",
        )
        self.settings: Settings = from_environment(self.environment)
        self.files = engines.s3.objects / self.settings.storage_url.rpartition("/")[2]

    @contextmanager
    def running(self, name: str) -> Iterator[dict[str, ServiceClient]]:
        """Run its processes; a client of each owner."""
        directory = self._directory / name
        directory.mkdir()
        # What goes on is pinned to the build on which it began.
        build = Build("this", THIS, directory, self.environment)
        with ExitStack() as closing:
            closing.callback(build.kill)
            build.start()
            build.make_current()
            api = f"http://127.0.0.1:{build.api.port}"
            clients = {owner: ServiceClient(api, self._token(owner)) for owner in DEMO_OWNERS}
            for client in clients.values():
                closing.enter_context(client)
            yield clients

    def destroy(self) -> None:
        """Lose the database and all files, and get empty ones."""
        name = self.settings.database.rpartition("/")[2]
        with psycopg.connect(
            self._engines.postgresql.url("postgres"), autocommit=True
        ) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        self._engines.postgresql.create(name)
        shutil.rmtree(self.files)

    def _token(self, owner: str) -> str:
        return issue_token(self.settings, owner, DEMO_SCOPE, timedelta(hours=1))


def _jobs(clients: Mapping[str, ServiceClient]) -> dict[str, tuple[Job, ServiceClient]]:
    ledger = Ledger(clients, {})
    return {
        job["job_id"]: (job, client)
        for owner, client in clients.items()
        for job in ledger.jobs_of(owner)
    }


@pytest.fixture
def own_engines() -> Iterator[PostgresS3]:
    """Servers whose data may be lost."""
    engines = PostgresS3()
    yield engines
    engines.stop()


def _forget(temporal: Server, directory: Path) -> None:
    """Lose Temporal's database, too."""
    temporal.kill()
    for file in directory.glob("temporal.db*"):
        file.unlink()
    temporal.start()


@pytest.mark.parametrize("temporal", ["lost", "kept"])
def test_what_the_page_saves_comes_back(
    temporal: str, own_engines: PostgresS3, tmp_path: Path
) -> None:
    service = _Service(tmp_path, own_engines)
    environment = {**service.environment, "BACKUP": str(tmp_path / "backup")}
    with ExitStack() as closing:
        service.temporal.start()
        closing.callback(service.temporal.kill)
        load_demo(service.environment)
        with service.running("before") as clients:
            ledger = Ledger(clients, {})
            for wanted in _USUAL:
                ledger.learn(wanted, tmp_path)
            callers = Callers(ledger, 3)
            closing.callback(callers.stop)
            callers.start()
            eventually(lambda: callers.requests["download"] > 20, 300)
            long_ones = [ledger.submit(_LONG) for _ in range(_LONG_ONES)]
            eventually(lambda: ledger.job(long_ones[0])["progress"]["items_done"] > 0, 120)
            saved = {
                job_id: (job, client.download(job))
                for job_id, (job, client) in _jobs(clients).items()
                if job["status"] == "completed"
            }
            _follow(_commands("# Backup and restore", "PostgreSQL and an"), environment)
            assert callers.failures == []
        callers.stop()
        service.destroy()
        if temporal == "lost":
            _forget(service.temporal, tmp_path)
        _follow(_commands("# Backup and restore", "Restoring"), environment)
        with service.running("after") as clients:
            restored = eventually(
                lambda: _all_ended(clients),
                _RECONCILED_SECONDS,
                pause=1.0,
                otherwise=lambda: [job for job, _ in _jobs(clients).values() if not job["file"]],
            )
            _assert_as_saved(saved, restored)
            _assert_honest(restored, service.files)
            Ledger(clients, {}).learn(_USUAL[0], tmp_path)
    outcomes = Counter(job["status"] for job, _ in restored.values())
    print(f"Temporal {temporal}: {len(saved)} saved, {dict(outcomes)}")  # noqa: T201


def _all_ended(clients: Mapping[str, ServiceClient]) -> dict[str, tuple[Job, ServiceClient]] | None:
    found = _jobs(clients)
    return found if all(job["status"] in ENDED for job, _ in found.values()) else None


def _assert_as_saved(
    saved: Mapping[str, tuple[Job, bytes]], restored: Mapping[str, tuple[Job, ServiceClient]]
) -> None:
    """What was completed before the backup is as it was."""
    assert len(saved) > 10
    for job_id, (before, file) in saved.items():
        job, client = restored[job_id]
        assert (job["status"], job["file"]) == ("completed", before["file"])
        assert client.download(job) == file


def _assert_honest(restored: Mapping[str, tuple[Job, ServiceClient]], files: Path) -> None:
    """What was open has its file, or has failed and has none."""
    for job_id, (job, client) in restored.items():
        kept = list(files.glob(f"files/{job_id}/*"))
        if job["status"] == "completed":
            assert client.download(job)
            assert len(kept) == 1
        else:
            assert job["status"] == "failed"
            assert job["error"]["code"] in _HONEST
            assert kept == []
    assert [file for file in files.glob("staging/**/*") if file.is_file()] == []
