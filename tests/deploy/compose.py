"""`docker-compose.yml` as Compose understands it, and its services as plain processes."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts.dev.environment import CHECKOUT
from tests.engines.postgresql import PostgreSql
from tests.engines.s3 import find_or_build

SECRETS = {
    "EXPORT_JWT_SECRET": "the-secret-of-tokens-" + "j" * 27,
    "EXPORT_WEBHOOK_SECRETS": "the-secret-of-webhooks-" + "w" * 25,
    "EXPORT_SIGNING_KEYS": "the-key-of-receipts-" + "r" * 28,
    "EXPORT_URL_SECRETS": "the-secret-of-links-" + "u" * 28,
    "POSTGRES_PASSWORD": "of-the-superuser",
    "POSTGRES_OWNER_PASSWORD": "of-the-owner",
    "POSTGRES_APP_PASSWORD": "of-the-app",
    "POSTGRES_TEMPORAL_PASSWORD": "of-temporal",
    "S3_ROOT_ACCESS_KEY": "root",
    "S3_ROOT_SECRET_KEY": "secret-of-the-root",
    "S3_ACCESS_KEY": "access",
    "S3_SECRET_KEY": "secret-of-the-store",
    "GRAFANA_PASSWORD": "of-grafana",
}
"""The values that a user fills into `.env`."""


def needed(program: str) -> str:
    """The path of a program.

    Raises:
        FileNotFoundError: it is not installed.
    """
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"{program} is not installed, which these tests need")
    return path


def fill_in(example: str) -> str:
    """`.env.example` with its blanks filled."""
    lines = []
    for line in example.splitlines():
        name, blank, value = line.partition("=")
        if blank and not value and not line.startswith("#"):
            line = f"{name}={SECRETS[name]}"
        lines.append(line)
    return "\n".join(lines)


def read_services(directory: Path, settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The services of `read_compose`."""
    services: dict[str, Any] = read_compose(directory, settings)["services"]
    return services


def read_compose(directory: Path, settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole file, with every variable put in; raises when Compose finds an error.

    Args:
        directory: to write a filled `.env` to.
        settings: the settings that a user adds to it.
    """
    filled = directory / ".env"
    added = [f"{name}={value}" for name, value in (settings or {}).items()]
    filled.write_text("\n".join([fill_in((CHECKOUT / ".env.example").read_text()), *added]))
    compose = needed("docker-compose")
    file = CHECKOUT / "docker-compose.yml"
    done = subprocess.run(
        [compose, "--env-file", str(filled), "--file", str(file), "config"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(Path(compose).parent)},
    )
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr.lower(), done.stderr
    composed: dict[str, Any] = yaml.safe_load(done.stdout)
    return composed


class Host:
    """The addresses on this machine of services that are known by names in the network."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """Say what is where.

        Args:
            places: from text in a service's command or environment to text for here.
        """
        self._places = places

    def here(self, text: str) -> str:
        """The text, for here."""
        for there, here in self._places.items():
            text = text.replace(there, here)
        return text

    def command(self, service: Mapping[str, Any]) -> list[str]:
        """The service's command, with its entry point in front."""
        return [self.here(part) for part in (*service.get("entrypoint", ()), *service["command"])]

    def environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        """The environment variables of the service."""
        return {name: self.here(str(value)) for name, value in service["environment"].items()}


def address_of(postgresql: PostgreSql) -> dict[str, str]:
    """Where a database server of the tests is, for `Host`."""
    return {"postgresql": "127.0.0.1", "5432": str(postgresql.server.port)}


def set_up(service: Mapping[str, Any], places: Mapping[str, str]) -> None:
    """Run the script of a service that prepares another one, and ends.

    Args:
        service: has a folder of scripts at `/deploy`.
        places: see `Host`.
    """
    [mounted] = (each for each in service["volumes"] if ":/deploy:" in each)
    host = Host({**places, "/deploy/": f"{mounted.split(':')[0]}/"})
    entry = [host.here(part) for part in service["entrypoint"]]
    programs = [str(find_or_build(os.environ).parent), os.environ["PATH"]]
    variables = {"PATH": os.pathsep.join(programs), **host.environment(service)}
    done = subprocess.run(entry, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
