"""Fixtures: a release of the last commit, made once, and its image unpacked."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from scripts.release import release
from tests.engines.machines import dev_server
from tests.release.container import Container, UnpackedImage
from tests.unit.scripts.test_version import VERSION

REPOSITORY = "registry.example.org/export-service"


@dataclass(frozen=True)
class Release:
    """A release that was made."""

    directory: Path
    digest: str
    """Of the image, as the script told it."""

    def file(self, ending: str) -> Path:
        """A file by what follows the version in its name."""
        return self.directory / f"export-service-{VERSION}{ending}"


def tagged_clone(directory: Path) -> Path:
    """A clone of this checkout's last commit, with the tag of its version."""
    commands = [
        ["git", "clone", "--quiet", "--shared", "--no-tags", str(CHECKOUT), str(directory)],
        ["git", "-C", str(directory), "tag", f"v{VERSION}"],
    ]
    for command in commands:
        subprocess.run(command, check=True)
    return directory


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the last commit."""
    directory = tmp_path_factory.mktemp("release")
    clone = tagged_clone(directory / "clone")
    digest = release(f"v{VERSION}", directory / "made", REPOSITORY, clone)
    return Release(directory / "made", digest)


@pytest.fixture(scope="session")
def image(made: Release, tmp_path_factory: pytest.TempPathFactory) -> UnpackedImage:
    """The image, by a tool of others that looks at every hash in it."""
    directory = tmp_path_factory.mktemp("image")
    copied = directory / "copied"
    archive = f"oci-archive:{made.file('.oci.tar')}"
    subprocess.run(["skopeo", "copy", "--quiet", archive, f"dir:{copied}"], check=True)
    return UnpackedImage(copied, directory / "root")


@pytest.fixture(scope="session")
def service(image: UnpackedImage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """The service with demo content, all of whose processes are the image's."""
    directory = tmp_path_factory.mktemp("service")
    temporal = dev_server(directory)
    api, worker = free_ports(2)
    settings = {
        "EXPORT_HOST": "127.0.0.1",
        "EXPORT_PORT": str(api),
        "EXPORT_PUBLIC_URL": f"http://127.0.0.1:{api}",
        "EXPORT_JWT_SECRET": "the-secret-of-tokens-" + "j" * 27,
        "EXPORT_URL_SECRETS": "the-secret-of-links-" + "u" * 28,
        "TEMPORAL_ADDRESS": f"127.0.0.1:{temporal.port}",
    }
    container = Container(image, directory / "volume", settings)
    roles = ["python", "-m", "activities.worker", "--role", "io,workflow,render"]
    servers = [
        temporal,
        container.server("api", api, directory),
        container.server("worker", worker, directory, *roles, "--metrics-port", str(worker)),
    ]
    container.run("python", "-m", "activities.jobs.migrate")
    demo = sorted((image.root / "app" / "scripts" / "demo").glob("*.jsonl"))
    files = [f"/app/scripts/demo/{path.name}" for path in demo]
    container.run("python", "scripts/load_content.py", *files)
    try:
        for server in servers:
            server.start()
        yield container
    finally:
        for server in reversed(servers):
            server.stop()
