"""A service on several machines: process groups that share databases, stores and Temporal only."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from activities.settings import from_environment
from scripts.dev import temporal_cli
from scripts.dev.credentials import issue_token
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from scripts.dev.stack import DEMO_SCOPE
from tests.client import ServiceClient
from tests.engines.server import LOOPBACK, Server


class Machine:
    """An API, an io and workflow worker, a render worker, and an express worker where small exports
    have a step of their own; with a disk of their own.
    """

    def __init__(
        self,
        name: str,
        directory: Path,
        shared: Mapping[str, str],
        *,
        address: str = LOOPBACK,
        enter: Sequence[str] = (),
        launcher: Sequence[str] = (),
    ) -> None:
        """Describe a machine; nothing runs yet.

        Args:
            name: the name of the machine.
            directory: everything that its processes may write to.
            shared: environment variables that name what all machines share.
            address: where its processes listen.
            enter: the command that runs another one on this machine, if it is not the test's own.
            launcher: a module that is run in place of the service's own, see `Stack`.
        """
        self.disk = directory / name
        self.disk.mkdir()
        api_port, io_port, render_port, express_port = free_ports(4)
        self.environment = {
            **shared,
            "EXPORT_HOST": address,
            "EXPORT_PORT": str(api_port),
            "EXPORT_PUBLIC_URL": f"http://{address}:{api_port}",
            "EXPORT_DATA_DIR": str(self.disk / "data"),
            "EXPORT_TEMP_PATH": str(self.disk / "scratch"),
        }
        self.api = f"http://{address}:{api_port}"
        self._address = address
        self._run_module = [*enter, sys.executable, "-m", *launcher]
        self._servers = [
            self._server("api", ["web"], api_port),
            self._worker("io,workflow", io_port),
            self._worker("render", render_port),
        ]
        if from_environment(self.environment).express:
            self._servers.append(self._worker("express", express_port))

    @property
    def pids(self) -> list[int]:
        """The ids of its running processes."""
        return [server.pid for server in self._servers]

    def start(self) -> None:
        """Start its processes, and wait until they listen."""
        for server in self._servers:
            server.start()

    def stop(self) -> None:
        """Ask its processes to end, and wait for that."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Server.stop, self._servers))

    def kill(self) -> None:
        """End its processes at once, as a power cut would."""
        for server in self._servers:
            server.kill()

    def client(self, owner: str = "teacher-1") -> ServiceClient:
        """A caller of its API."""
        settings = from_environment(self.environment)
        token = issue_token(settings, owner, DEMO_SCOPE, timedelta(hours=1))
        return ServiceClient(self.api, token)

    def _worker(self, roles: str, port: int) -> Server:
        metrics = ["--metrics-host", self._address, "--metrics-port", str(port)]
        return self._server(
            roles.partition(",")[0], ["activities.worker", "--role", roles, *metrics], port
        )

    def _server(self, name: str, arguments: list[str], port: int) -> Server:
        command = [*self._run_module, *arguments]
        return Server(
            name, command, port, self.disk, environment=self.environment, address=self._address
        )


def shared_variables(variables: Mapping[str, str], temporal: str) -> dict[str, str]:
    """The environment of all processes of a service on several machines.

    Args:
        variables: the variables of the database and the store.
        temporal: the address of a Temporal server.
    """
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("EXPORT_", "TEMPORAL_"))
    }
    path = [str(CHECKOUT), variables.get("PYTHONPATH", "")]
    return clean | {
        **variables,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "EXPORT_JWT_SECRET": "the-secret-of-tokens-" + "j" * 11,
        "EXPORT_URL_SECRETS": "the-secret-of-links-" + "u" * 12,
        "TEMPORAL_ADDRESS": temporal,
    }


def load_demo(shared: Mapping[str, str]) -> None:
    """Make the tables of the database that the variables name, and load the demo content."""
    demo = sorted((CHECKOUT / "scripts" / "demo").glob("*.jsonl"))
    for arguments in (
        ["-m", "activities.jobs.migrate"],
        ["scripts/load_content.py", *map(str, demo)],
    ):
        subprocess.run(
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env=shared,
            check=True,
            stdout=subprocess.DEVNULL,
        )


class Cluster:
    """Two machines with the demo content; `with` starts and ends them."""

    def __init__(self, directory: Path, variables: Mapping[str, str], temporal: str) -> None:
        """Describe a cluster; nothing runs yet.

        Args:
            directory: everything that its processes may write to.
            variables: the variables of the database and the store.
            temporal: the address of a running Temporal server.
        """
        self.shared = shared_variables(variables, temporal)
        self.machines = [Machine(name, directory, self.shared) for name in ("first", "second")]

    def __enter__(self) -> Self:
        load_demo(self.shared)
        for machine in self.machines:
            machine.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for machine in self.machines:
            machine.kill()


def dev_server(directory: Path, *settings: str) -> Server:
    """Temporal's development server, with its database in a directory; not started yet.

    Args:
        directory: of its database and its log.
        settings: more of its dynamic configuration, as `name=value`.
    """
    port, ui_port = free_ports(2)
    cli = temporal_cli.find_or_fetch(os.environ, print)
    command = temporal_cli.dev_server(cli, str(directory / "temporal.db"), port, ui_port)
    command += [part for value in settings for part in ("--dynamic-config-value", value)]
    return Server("temporal", command, port, directory)
