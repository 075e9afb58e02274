"""Builds of the service: code, and the processes that run it, beside those of other builds."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.enums.v1 import VersionDrainageStatus
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentVersionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.temporal.current_build import make_current
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from tests.engines.server import Server
from workflows.contracts import DEPLOYMENT

THIS = CHECKOUT
"""The code of this version."""

_PACKAGES = ("activities", "web", "workflows")
_MIGRATIONS = Path("activities", "jobs", "migrations")
_MIGRATION = '''"""What the next version adds."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"


def upgrade() -> None:
    """Apply."""
    {step}
'''
_NEEDED = 'sa.Column("{name}", sa.Integer(), nullable=False, server_default="0")'
_KEY = 'sa.Column("job_id", sa.ForeignKey("export_job.job_id"), primary_key=True)'
# What migrations do, to the tables that everybody works on.
_STEPS = (
    'op.add_column("export_job", sa.Column("{name}", sa.Text()))',
    'op.create_index("ix_{name}", "export_job", ["owner_id", "created_at", "status"])',
    'op.add_column("audit_log", sa.Column("{name}", sa.String(64)))',
    f'op.add_column("export_job", {_NEEDED})',
    f'op.create_table("{{name}}", {_KEY})',
)


class Build:
    """An API and a worker of all roles, which share nothing but the service's environment."""

    def __init__(
        self, build_id: str, code: Path, directory: Path, shared: Mapping[str, str]
    ) -> None:
        """Describe a build; nothing runs yet.

        Args:
            build_id: its `EXPORT_BUILD_ID`.
            code: a checkout, or a directory with the packages of one.
            directory: everything that its processes may write to.
            shared: the environment of the service.
        """
        self.build_id = build_id
        self.code = code
        self._directory = directory / build_id
        self._directory.mkdir()
        api_port, worker_port = free_ports(2)
        self._environment = {
            **shared,
            "EXPORT_BUILD_ID": build_id,
            "EXPORT_DATA_DIR": str(self._directory / "data"),
            "EXPORT_TEMP_PATH": str(self._directory / "scratch"),
            "EXPORT_PORT": str(api_port),
            "PYTHONPATH": os.pathsep.join([str(code), shared["PYTHONPATH"]]),
        }
        python = [sys.executable, "-m"]
        self.api = self._server("api", [*python, "web"], api_port)
        worker = [*python, "activities.worker", "--role", "io,workflow,express,render"]
        worker += ["--metrics-port", str(worker_port)]
        self.worker = self._server("worker", worker, worker_port)

    def migrate(self) -> None:
        """Bring the database to the schema of this build."""
        command = [sys.executable, "-m", "activities.jobs.migrate"]
        subprocess.run(command, cwd=self._directory, env=self._environment, check=True)

    def start(self) -> None:
        """Start its processes, and wait until they listen."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Server.start, (self.api, self.worker)))

    def kill(self) -> None:
        """End what runs of it at once."""
        for server in (self.api, self.worker):
            server.kill()

    def make_current(self) -> None:
        """Let new exports begin on it."""

        async def begin() -> None:
            await make_current(await self._temporal(), self.build_id, 300)

        asyncio.run(begin())

    def is_drained(self) -> bool:
        """True if Temporal says that nothing runs on it any more."""

        async def describe() -> bool:
            client = await self._temporal()
            version = WorkerDeploymentVersion(deployment_name=DEPLOYMENT, build_id=self.build_id)
            try:
                described = await client.workflow_service.describe_worker_deployment_version(
                    DescribeWorkerDeploymentVersionRequest(
                        namespace=client.namespace, deployment_version=version
                    )
                )
            except RPCError as error:
                # For the moment in which Temporal begins its record of the build anew.
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return False
            status = described.worker_deployment_version_info.drainage_info.status
            return status == VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINED

        return asyncio.run(describe())

    async def _temporal(self) -> Client:
        return await Client.connect(self._environment["TEMPORAL_ADDRESS"])

    def _server(self, name: str, command: list[str], port: int) -> Server:
        return Server(name, command, port, self._directory, environment=self._environment)


def next_version(directory: Path, before: Path) -> Path:
    """Code that differs from that of the version before by a migration.

    Args:
        directory: where to put it; it is made.
        before: the version before.
    """
    for package in _PACKAGES:
        # What is compiled already goes with it, and is right.
        shutil.copytree(before / package, directory / package)
    config = Config()
    config.set_main_option("script_location", str(directory / _MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head is not None
    number = int(head) + 1
    step = _STEPS[number % len(_STEPS)].format(name=f"next_{number}")
    text = _MIGRATION.format(revision=f"{number:04}", before=head, step=step)
    (directory / _MIGRATIONS / "versions" / f"{number:04}_next.py").write_text(text)
    return directory
