"""Temporal's own server and SQL tool, as `docker-compose.yml` runs them."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.dev import temporal_cli
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from tests.deploy.compose import Host, address_of, set_up
from tests.engines.postgresql import PostgreSql
from tests.engines.server import Server
from tests.engines.temporal import program
from tests.waiting import eventually

_READY_SECONDS = 60.0
_PORTS = (
    "FRONTEND_GRPC_PORT",
    "FRONTEND_HTTP_PORT",
    "FRONTEND_MEMBERSHIP_PORT",
    "MATCHING_GRPC_PORT",
    "MATCHING_MEMBERSHIP_PORT",
    "HISTORY_GRPC_PORT",
    "HISTORY_MEMBERSHIP_PORT",
    "WORKER_GRPC_PORT",
    "WORKER_MEMBERSHIP_PORT",
)


class TemporalServer:
    """A server on PostgreSQL; nothing runs before `set_up` and `start`."""

    def __init__(
        self, services: Mapping[str, Any], postgresql: PostgreSql, directory: Path
    ) -> None:
        """Find or build the programs.

        Args:
            services: those of `docker-compose.yml`.
            postgresql: the running database server.
            directory: to write logs to.
        """
        self._services = services
        self._tools = directory / "tools"
        self._tools.mkdir()
        cli = temporal_cli.find_or_fetch(os.environ, print)
        (self._tools / "temporal").symlink_to(cli)
        (self._tools / "temporal-sql-tool").symlink_to(program("cmd/tools/sql", "sql"))
        ports = dict(zip(_PORTS, map(str, free_ports(len(_PORTS))), strict=True))
        self.address = f"127.0.0.1:{ports['FRONTEND_GRPC_PORT']}"
        self._database = address_of(postgresql)
        self._host = Host(
            {
                **self._database,
                "temporal:7233": self.address,
                "/deploy/": f"{CHECKOUT / 'deploy' / 'temporal'}/",
            }
        )
        self.server = Server(
            "temporal",
            [str(program("cmd/server", "server")), "start"],
            int(ports["FRONTEND_GRPC_PORT"]),
            directory,
            environment=self._environment("temporal") | ports,
        )

    def set_up(self) -> None:
        """Make Temporal's role and databases, or bring them up to date."""
        set_up(self._services["database-roles"], self._database)
        self._run("temporal-schema")

    def start(self) -> None:
        """Start, and wait until it serves."""
        self.server.start()
        health = [self._tools / "temporal", "operator", "cluster", "health"]
        command = [*map(str, health), "--address", self.address]
        eventually(
            lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0,
            _READY_SECONDS,
            pause=0.2,
        )

    def add_namespace(self) -> None:
        """Make the namespace and its search attributes, if they are not there."""
        self._run("temporal-namespace")

    def _run(self, name: str) -> None:
        entry = [self._host.here(part) for part in self._services[name]["entrypoint"]]
        done = subprocess.run(
            entry, env=self._environment(name), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _environment(self, name: str) -> dict[str, str]:
        path = f"{self._tools}{os.pathsep}{os.environ['PATH']}"
        variables = self._host.environment(self._services[name])
        return {"PATH": path, "HOME": str(Path.home()), **variables}
