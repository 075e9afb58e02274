"""A service on several machines: process groups that share databases, stores and Temporal only."""

import os
import subprocess
import sys
from collections.abc import Mapping
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
from tests.engines.server import Server


class Machine:
    """An API, an io and workflow worker, a render worker, and an express worker where small exports
    have a step of their own; with a disk of their own.
    """

    def __init__(self, name: str, directory: Path, shared: Mapping[str, str]) -> None:
        """Describe a machine; nothing runs yet.

        Args:
            name: the name of the machine.
            directory: everything that its processes may write to.
            shared: environment variables that name what all machines share.
        """
        self.disk = directory / name
        self.disk.mkdir()
        api_port, io_port, render_port, express_port = free_ports(4)
        self.environment = {
            **shared,
            "EXPORT_PORT": str(api_port),
            "EXPORT_DATA_DIR": str(self.disk / "data"),
            "EXPORT_TEMP_PATH": str(self.disk / "scratch"),
        }
        self.api = f"http://127.0.0.1:{api_port}"
        worker = [sys.executable, "-m", "activities.worker"]
        self._servers = [
            self._server("api", [sys.executable, "-m", "web"], api_port),
            self._server(
                "io", [*worker, "--role", "io,workflow", "--metrics-port", str(io_port)], io_port
            ),
            self._server(
                "render", [*worker, "--role", "render", "--metrics-port", str(render_port)],
                render_port,
            ),
        ]  # fmt: skip
        if from_environment(self.environment).express:
            command = [*worker, "--role", "express", "--metrics-port", str(express_port)]
            self._servers.append(self._server("express", command, express_port))

    def start(self) -> None:
        """Start its processes, and wait until they listen."""
        for server in self._servers:
            server.start()

    def kill(self) -> None:
        """End its processes at once, as a power cut would."""
        for server in self._servers:
            server.kill()

    def client(self, owner: str = "teacher-1") -> ServiceClient:
        """A caller of its API."""
        settings = from_environment(self.environment)
        token = issue_token(settings, owner, DEMO_SCOPE, timedelta(hours=1))
        return ServiceClient(self.api, token)

    def _server(self, name: str, command: list[str], port: int) -> Server:
        return Server(name, command, port, self.disk, environment=self.environment)


class Cluster:
    """Two machines with the demo content; `with` starts and ends them."""

    def __init__(self, directory: Path, variables: Mapping[str, str], temporal: str) -> None:
        """Describe a cluster; nothing runs yet.

        Args:
            directory: everything that its processes may write to.
            variables: the variables of the database and the store.
            temporal: the address of a running Temporal server.
        """
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("EXPORT_", "TEMPORAL_"))
        }
        path = [str(CHECKOUT), variables.get("PYTHONPATH", "")]
        self.shared = clean | {
            **variables,
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            "EXPORT_JWT_SECRET": "the-secret-of-tokens-" + "j" * 11,
            "EXPORT_URL_SECRETS": "the-secret-of-links-" + "u" * 12,
            "TEMPORAL_ADDRESS": temporal,
        }
        self.machines = [Machine(name, directory, self.shared) for name in ("first", "second")]

    def __enter__(self) -> Self:
        demo = sorted((CHECKOUT / "scripts" / "demo").glob("*.jsonl"))
        for arguments in (
            ["-m", "activities.jobs.migrate"],
            ["scripts/load_content.py", *map(str, demo)],
        ):
            subprocess.run([sys.executable, *arguments], cwd=CHECKOUT, env=self.shared, check=True)
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


def dev_server(directory: Path) -> Server:
    """Temporal's development server, with its database in a directory; not started yet."""
    port, ui_port = free_ports(2)
    cli = temporal_cli.find_or_fetch(os.environ, print)
    command = temporal_cli.dev_server(cli, str(directory / "temporal.db"), port, ui_port)
    return Server("temporal", command, port, directory)
