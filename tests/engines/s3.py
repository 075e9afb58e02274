"""An S3 server of the test run's own, which keeps objects as files."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from scripts.dev.ports import free_ports
from scripts.dev.program_cache import BuildError, NoGoError, cache_directory, cached, go_install
from tests.engines.server import LOOPBACK, EngineError, Server

VERSION = "v1.8.0"
_PACKAGE = "github.com/versity/versitygw/cmd/versitygw"
_BUCKET = "exports"
_KEYS = ("test-access", "test-secret-key")


class S3:
    """The server with one bucket."""

    def __init__(self, address: str = LOOPBACK) -> None:
        """Make an empty store.

        Args:
            address: where it listens.

        Raises:
            EngineError: the server program is not there and cannot be built.
        """
        program = find_or_build(os.environ)
        self._directory = Path(tempfile.mkdtemp(prefix="export-s3-"))
        self.objects = self._directory / "data" / _BUCKET
        self.objects.mkdir(parents=True)
        [port] = free_ports(1)
        access, secret = _KEYS
        options = ["--access", access, "--secret", secret, "--port", f"{address}:{port}", "--quiet"]
        command = [str(program), *options, "posix", str(self.objects.parent)]
        self.server = Server("s3", command, port, self._directory, address=address)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.server.start()

    def stop(self) -> None:
        """End the server, and remove what it kept."""
        self.server.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def credentials(self) -> dict[str, str]:
        """Environment variables by which clients find the server."""
        access, secret = _KEYS
        return {
            "AWS_ENDPOINT": f"http://{self.server.address}:{self.server.port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": access,
            "AWS_SECRET_ACCESS_KEY": secret,
        }

    def url(self, prefix: str) -> str:
        """The URL of a storage of its own."""
        return f"s3://{_BUCKET}/{prefix}"


def find_or_build(environment: Mapping[str, str]) -> Path:
    """The server program: on `PATH`, or built once and cached.

    Raises:
        EngineError: neither.
    """
    if on_path := shutil.which("versitygw", path=environment.get("PATH")):
        return Path(on_path)

    def build(draft: Path) -> None:
        go_install(f"{_PACKAGE}@{VERSION}", draft, environment)

    directory = cache_directory(environment) / f"versitygw-{VERSION}"
    try:
        return cached(directory, "versitygw", build)
    except (NoGoError, BuildError) as error:
        raise EngineError(f"no S3 server: {error}") from None
