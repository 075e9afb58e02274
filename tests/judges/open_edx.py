"""Open edX's own platform code for LTI 1.3, which runs beside a service that knows it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from scripts.dev.ports import free_ports
from tests.judges.tools import HERE, python_programs
from tests.waiting import eventually

CLIENT = "exports-of-the-school"
DEPLOYMENT = "1"


class OpenEdx:
    """A platform whose site is another than the service's."""

    def __init__(self, directory: Path) -> None:
        """Take a free address, and write down what the service has to know of it."""
        [port] = free_ports(1)
        self.url = f"http://localhost:{port}"
        self._directory = directory
        directory.mkdir(exist_ok=True)
        self.registration = directory / "platforms.toml"
        self.registration.write_text(
            f'[[platform]]\nname = "edx"\nissuer = "{self.url}"\nclient_id = "{CLIENT}"\n'
            f'auth_url = "{self.url}/auth"\njwks_url = "{self.url}/keys"\n'
            f'deployments = ["{DEPLOYMENT}"]\nowner_prefix = ""\n'
        )

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a service that it launches, also in a frame."""
        return {
            "EXPORT_LTI_PLATFORMS": str(self.registration),
            "EXPORT_FRAME_ANCESTORS": self.url,
        }

    @contextmanager
    def running(self, service: str) -> Iterator[None]:
        """Let it know the service at this URL, and run until the block ends."""
        known = {
            "issuer": self.url,
            "client_id": CLIENT,
            "deployment": DEPLOYMENT,
            "login": f"{service}/lti/login",
            "target": f"{service}/",
            "redirect": f"{service}/lti/launch",
        }
        python = python_programs(HERE / "lti" / "requirements.lock", "lti") / "python"
        log = self._directory / "platform.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [python, HERE / "lti" / "open_edx.py", json.dumps(known)],
                stdout=output,
                stderr=output,
            )
        try:
            eventually(self._answers, 60, otherwise=log.read_text)
            yield
        finally:
            process.terminate()
            process.wait(30)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/keys").status_code == 200
        except httpx.TransportError:
            return False
