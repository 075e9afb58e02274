"""Fixtures: what `docker-compose.yml` describes, as processes of this machine."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.settings import from_environment
from scripts.dev.credentials import issue_token
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from scripts.dev.stack import DEMO_SCOPE
from tests.client import ServiceClient
from tests.deploy.compose import Host, address_of, read_services, set_up
from tests.deploy.image import Image
from tests.engines.machines import dev_server
from tests.engines.postgresql import PostgreSql
from tests.engines.s3 import find_or_build
from tests.engines.server import Server

OURS = ("api", "worker-express", "worker-io", "worker-render")


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The services of `docker-compose.yml`."""
    return read_services(tmp_path_factory.mktemp("compose"))


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image of the service, as its Dockerfile builds it."""
    made = Image(tmp_path_factory.mktemp("image"))
    made.build()
    return made


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """The database server, as its container starts it."""
    server = PostgreSql()
    server.start()
    yield server
    server.stop()


@dataclass(frozen=True)
class Deployment:
    """The running services of ours."""

    image: Image
    services: dict[str, Any]
    hosts: dict[str, Host]
    """The addresses by which each of them finds the others."""
    ports: dict[str, int]
    """The port at which each of them responds to HTTP."""
    metrics: dict[str, int]
    """The port at which each of them shows its metrics."""
    objects: Path
    """The directory of the object store's buckets."""

    def run(self, name: str, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run a command as it would run in the container of a service."""
        return subprocess.run(
            command,
            cwd=self.image.app,
            env=self.environment(name),
            capture_output=True,
            text=True,
            check=False,
        )

    def environment(self, name: str) -> dict[str, str]:
        """The variables that the container of a service has."""
        service = self.services[name]
        variables = self.image.environment() | self.hosts[name].environment(service)
        here = {"EXPORT_FONT_PATH": os.environ.get("EXPORT_FONT_PATH", "")}
        if name == "api":
            here |= {"EXPORT_PORT": str(self.ports["api"]), "EXPORT_HOST": "127.0.0.1"}
        return variables | here | {"HOME": str(Path.home())}

    def client(self, owner: str) -> ServiceClient:
        """A caller of the API."""
        settings = from_environment(self.environment("api"))
        token = issue_token(settings, owner, DEMO_SCOPE, timedelta(hours=1))
        return ServiceClient(f"http://127.0.0.1:{self.ports['api']}", token)

    def load_demo(self) -> None:
        """Load the content of the demonstration, as an operator would."""
        demo = sorted(str(path) for path in (CHECKOUT / "scripts" / "demo").glob("*.jsonl"))
        loaded = self.run("api", ["python", "scripts/load_content.py", *demo])
        assert loaded.returncode == 0, loaded.stderr


@pytest.fixture(scope="session")
def deployment(
    services: dict[str, Any],
    image: Image,
    postgresql: PostgreSql,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """All services of ours, started by the commands and in the order of `docker-compose.yml`."""
    directory = tmp_path_factory.mktemp("deployment")
    temporal = dev_server(directory)
    s3_port, internal, *http = free_ports(2 + len(OURS))
    ports = dict(zip(OURS, http, strict=True))
    metrics = ports | {"api": internal}
    objects = directory / "objects"
    shared = {
        "@postgresql:5432": f"@127.0.0.1:{postgresql.server.port}",
        "//s3:7070": f"//127.0.0.1:{s3_port}",
        ":7070": f"127.0.0.1:{s3_port}",
        "temporal:7233": f"127.0.0.1:{temporal.port}",
        "0.0.0.0": "127.0.0.1",
        "/data": str(objects),
        "/users": str(directory),
    }
    hosts = {
        name: Host(shared | {"9100": str(metrics.get(name)), ":8000/": f":{ports['api']}/"})
        for name in services
    }
    made = Deployment(image, services, hosts, ports, metrics, objects)

    subprocess.run(hosts["s3-bucket"].command(services["s3-bucket"]), check=True)
    s3 = services["s3"]
    servers = [
        Server(
            "s3",
            [str(find_or_build(os.environ)), *hosts["s3"].command(s3)],
            s3_port,
            directory,
            environment=os.environ | hosts["s3"].environment(s3),
        ),
        temporal,
    ]
    for name in OURS:
        command = hosts[name].command(services[name])
        python = str(image.app.parent / "venv" / "bin" / command[0])
        environment = made.environment(name)
        servers.append(
            Server(name, [python, *command[1:]], ports[name], directory, environment=environment)
        )
    set_up(services["database-roles"], address_of(postgresql))
    migrated = made.run("migrate", hosts["migrate"].command(services["migrate"]))
    assert migrated.returncode == 0, migrated.stderr
    try:
        for server in servers:
            server.start()
            if server is servers[0]:
                set_up(services["s3-user"], shared)
        yield made
    finally:
        for server in reversed(servers):
            server.stop()
