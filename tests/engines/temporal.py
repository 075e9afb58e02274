"""Temporal's own server on PostgreSQL, its four roles apart, each a process of its own."""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from scripts.dev import temporal_cli
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from scripts.dev.program_cache import cache_directory, cached, go_install
from tests.engines.postgresql import PostgreSql
from tests.engines.server import LOOPBACK, Server
from tests.waiting import eventually

VERSION = "v1.30.4"
"""Later versions need a newer Go than Debian and its backports have."""

ROLES = ("history", "matching", "frontend", "worker")

_READY_SECONDS = 120.0
_SHARDS = 128
_DEPLOY = CHECKOUT / "deploy" / "temporal"


class TemporalRoles:
    """The server; `with` starts and ends it."""

    def __init__(self, postgresql: PostgreSql, directory: Path, address: str = LOOPBACK) -> None:
        """Find or build the programs.

        Args:
            postgresql: the running database server, in which databases are made.
            directory: to write logs to.
            address: where it listens.
        """
        self._closing = ExitStack()
        self._postgresql = postgresql
        self._tools = directory / "tools"
        self._tools.mkdir()
        cli = temporal_cli.find_or_fetch(os.environ, print)
        (self._tools / "temporal").symlink_to(cli)
        (self._tools / "temporal-sql-tool").symlink_to(program("cmd/tools/sql", "sql"))
        numbers = iter(free_ports(2 * len(ROLES)))
        ports = {
            f"{role.upper()}_{kind}_PORT": str(next(numbers))
            for role in ROLES
            for kind in ("GRPC", "MEMBERSHIP")
        }
        self.address = f"{address}:{ports['FRONTEND_GRPC_PORT']}"
        variables = {
            "PATH": os.environ["PATH"],
            "DB": "postgres12",
            "POSTGRES_SEEDS": postgresql.server.address,
            "DB_PORT": str(postgresql.server.port),
            "POSTGRES_USER": "export",
            "POSTGRES_PWD": "export",
            "BIND_ON_IP": address,
            "TEMPORAL_BROADCAST_ADDRESS": address,
            "NUM_HISTORY_SHARDS": str(_SHARDS),
            "DYNAMIC_CONFIG_FILE_PATH": str(_DEPLOY / "dynamic-config.yaml"),
            **ports,
        }
        server = str(program("cmd/server", "server"))
        self.servers = {
            role: Server(
                f"temporal-{role}",
                [server, "start", "--service", role],
                # The worker answers nobody but the other roles.
                int(ports[f"{role.upper()}_MEMBERSHIP_PORT"]),
                directory,
                environment=variables,
                address=address,
            )
            for role in ROLES
        }

    def __enter__(self) -> Self:
        with self._closing:
            for database in ("temporal", "temporal_visibility"):
                self._postgresql.create(database)
            self._run("set-up-schema.sh")
            for server in self.servers.values():
                server.start()
                self._closing.callback(server.stop)
            eventually(self._serves, _READY_SECONDS, pause=0.2)
            self._run("set-up-namespace.sh")
            self._closing = self._closing.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def _serves(self) -> bool:
        health = [self._tools / "temporal", "operator", "cluster", "health"]
        command = [*map(str, health), "--address", self.address]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _run(self, script: str) -> None:
        variables = {
            "PATH": f"{self._tools}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(Path.home()),
            "SQL_PLUGIN": "postgres12",
            "SQL_HOST": self._postgresql.server.address,
            "SQL_PORT": str(self._postgresql.server.port),
            "SQL_USER": "export",
            "SQL_PASSWORD": "export",
            "TEMPORAL_ADDRESS": self.address,
        }
        done = subprocess.run(
            ["/bin/sh", str(_DEPLOY / script)],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def program(package: str, name: str) -> Path:
    """A program of the server's, built once and cached.

    Args:
        package: its folder in the server's module.
        name: what it is called.
    """

    def build(draft: Path) -> None:
        go_install(f"go.temporal.io/server/{package}@{VERSION}", draft, os.environ)

    return cached(cache_directory(os.environ) / f"temporal-{name}-{VERSION}", name, build)
