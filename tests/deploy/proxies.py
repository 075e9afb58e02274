"""The proxies for which `deploy/proxies` has examples, run with these on this machine."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.compose import needed
from tests.deploy.monitoring import DEPLOY


@dataclass(frozen=True)
class Place:
    """Where a proxy listens, to whom it leads, and what it may use."""

    directory: Path
    port: int
    api_port: int
    certificate: Path
    key: Path

    def example(self, name: str, changes: Mapping[str, str]) -> str:
        """An example of `deploy/proxies`, with other addresses in the place of its own."""
        text = (DEPLOY / "proxies" / name).read_text()
        api = {"127.0.0.1:8000": f"127.0.0.1:{self.api_port}"}
        for written, here in {**api, **changes}.items():
            assert written in text
            text = text.replace(written, here)
        return text


def _nginx(place: Place) -> list[str]:
    directory = place.directory
    example = place.example(
        "nginx.conf",
        {
            "listen 443 ssl": f"listen 127.0.0.1:{place.port} ssl",
            "/etc/nginx/tls": str(place.certificate.parent),
        },
    )
    (directory / "site.conf").write_text(example)
    (directory / "nginx.conf").write_text(
        f"daemon off; pid {directory}/pid; error_log stderr;\n"
        "events {}\n"
        f"http {{ access_log off; client_body_temp_path {directory}/body;"
        f" proxy_temp_path {directory}/proxy; include {directory}/site.conf; }}\n"
    )
    return [needed("nginx"), "-p", str(directory), "-c", str(directory / "nginx.conf")]


def _caddy(place: Place) -> list[str]:
    # By itself it would ask an authority for the certificate of www.example.org.
    certificate = f"\ttls {place.certificate} {place.key}\n"
    example = place.example("Caddyfile", {"org {\n": f"org {{\n{certificate}"})
    options = "\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n"
    options += f"\thttps_port {place.port}\n\tstorage file_system {place.directory}\n"
    (place.directory / "Caddyfile").write_text(f"{{\n{options}}}\n\n{example}")
    config = str(place.directory / "Caddyfile")
    return [needed("caddy"), "run", "--adapter", "caddyfile", "--config", config]


PROXIES: dict[str, Callable[[Place], list[str]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
}


def start(name: str, place: Place) -> "subprocess.Popen[bytes]":
    """Start a proxy; it has all its files in the directory of its place."""
    environment = os.environ | {"HOME": str(place.directory), "XDG_DATA_HOME": str(place.directory)}
    return subprocess.Popen(
        PROXIES[name](place), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
