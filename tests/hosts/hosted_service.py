"""The service on several hosts; the database, the store and Temporal are outside of them.

Hosts and what is outside of them come before what else this machine does, or that would decide how
fast they are. So a host that is held to a part of a processor has this part.
"""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from activities.settings import Settings, from_environment
from scripts.benchmarks.service import NO_LIMITS
from tests.engines.machines import Machine, load_demo, shared_variables
from tests.engines.postgresql import PostgreSql
from tests.engines.s3 import S3
from tests.engines.server import Server
from tests.engines.temporal import TemporalRoles
from tests.hosts.network import Host, Network


class HostedService:
    """A service without a host yet; `with` starts what is outside, and ends all of it.

    Attributes:
        network: connects everything.
        postgresql: the job records, content, and Temporal's databases.
        s3: the files.
        temporal: its four roles.
        directory: everything that its processes may write to.
        hosts: those that were added.
        machines: the processes of each.
    """

    def __init__(
        self,
        directory: Path,
        settings: Mapping[str, str],
        *,
        launcher: Sequence[str] = (),
        durable: bool = False,
    ) -> None:
        """Describe a service.

        Args:
            directory: everything that its processes may write to.
            settings: further environment variables of the service.
            launcher: see `Machine`.
            durable: see `PostgreSql`.
        """
        self.hosts: list[Host] = []
        self.machines: list[Machine] = []
        self._closing = ExitStack()
        self._numbers = count()
        self.directory = directory
        self._settings = settings
        self._launcher = launcher
        self._durable = durable

    def __enter__(self) -> Self:
        with self._closing:
            self.network = self._closing.enter_context(Network())
            # With all that it starts, until that is put elsewhere.
            self.network.group.take(os.getpid())
            self.postgresql = PostgreSql(self.network.outside, durable=self._durable)
            self._closing.callback(self.postgresql.stop)
            self.postgresql.start()
            self.s3 = S3(self.network.outside)
            self._closing.callback(self.s3.stop)
            self.s3.start()
            self.temporal = self._closing.enter_context(
                TemporalRoles(self.postgresql, self.directory, self.network.apart)
            )
            variables = {
                **NO_LIMITS,
                **self.s3.credentials,
                "EXPORT_DATABASE_URL": self.postgresql.create("export"),
                "EXPORT_STORAGE_URL": self.s3.url("hosts"),
                **self._settings,
            }
            self.shared = shared_variables(variables, self.temporal.address)
            load_demo(self.shared)
            self._closing = self._closing.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.keep(0)
        self._closing.close()

    @property
    def outside(self) -> dict[str, list[Server]]:
        """The servers outside of the hosts, by what they are of."""
        return {
            "Temporal": list(self.temporal.servers.values()),
            "PostgreSQL": [self.postgresql.server],
            "S3": [self.s3.server],
        }

    @property
    def settings(self) -> Settings:
        """The settings that all hosts have."""
        return from_environment(self.shared)

    def add(self, more: int) -> None:
        """Start so many more hosts."""
        added = []
        for _ in range(more):
            host = self.network.add_host()
            machine = Machine(
                f"host-{next(self._numbers)}",
                self.directory,
                self.shared,
                address=host.address,
                enter=host.enter,
                launcher=self._launcher,
            )
            self.hosts.append(host)
            self.machines.append(machine)
            added.append(machine)
        with ThreadPoolExecutor() as pool:
            list(pool.map(Machine.start, added))

    def keep(self, first: int) -> None:
        """Stop all hosts but the first ones."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Machine.stop, self.machines[first:]))
        del self.machines[first:], self.hosts[first:]
