"""The examples for proxies in front of the service: TLS, a prefix, events and ranges."""

import re
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from activities.common.database import Database
from activities.jobs.execution import JobExecution
from activities.model.jobs import Status
from scripts.dev.ports import free_ports
from tests.deploy.compose import needed
from tests.deploy.proxies import PROXIES, Place, start
from tests.services.export.api_kit import Api, owner_id, token
from tests.waiting import eventually

pytestmark = pytest.mark.deploy

PUBLIC = "https://www.example.org/exports"
DATA = b"".join(b"%07d\n" % number for number in range(40_000))


@dataclass
class Proxied:
    """The service as callers find it."""

    api: Api
    port: int
    trusted: ssl.SSLContext

    def client(self, owner: str | None = None) -> httpx.Client:
        headers = {"Host": "www.example.org"}
        if owner:
            headers["Authorization"] = f"Bearer {token(owner)}"
        url = f"https://127.0.0.1:{self.port}/exports"
        return httpx.Client(base_url=url, headers=headers, verify=self.trusted, timeout=30)


def certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate for a proxy, and its key."""
    made, key = directory / "www.example.org.pem", directory / "www.example.org.key"
    command = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-out", str(made)]
    names = ["-subj", "/CN=www.example.org", "-addext"]
    names += ["subjectAltName=IP:127.0.0.1,DNS:www.example.org"]
    subprocess.run(
        [needed("openssl"), *command, "-keyout", str(key), *names], check=True, capture_output=True
    )
    return made, key


@pytest.fixture(scope="module", params=PROXIES)
def proxied(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxied]:
    """The service behind one of the proxies, both of them running."""
    directory = tmp_path_factory.mktemp(request.param)
    made, key = certificate(directory)
    [port] = free_ports(1)
    with Api(directory / "api", {"EXPORT_PUBLIC_URL": PUBLIC}) as api:
        place = Place(directory, port, api.port, made, key)
        with start(request.param, place) as proxy:
            found = Proxied(api, port, ssl.create_default_context(cafile=str(made)))
            try:
                eventually(
                    lambda: _answers(found), 30, otherwise=lambda: f"no answer: {proxy.poll()}"
                )
                yield found
            finally:
                proxy.terminate()


def _answers(proxied: Proxied) -> bool:
    try:
        with proxied.client() as client:
            return client.get("/sign-in").status_code == 200
    except httpx.TransportError:
        return False


def test_links_lead_back_through_it(proxied: Proxied) -> None:
    owner = owner_id()
    [item] = proxied.api.add_content(owner, 1)
    with proxied.client(owner) as client:
        made = client.post("/api/export/", json={"content_ids": [item], "format": "txt"})
        described = client.get("/docs/openapi.json").json()
    with proxied.client() as nobody:
        page = nobody.get("/settings", follow_redirects=False)

    assert made.headers["location"].startswith(f"{PUBLIC}/api/export/jobs/")
    assert page.headers["location"].startswith("/exports/sign-in?")
    assert described["servers"] == [{"url": PUBLIC}]


def test_the_cookie_is_for_tls_and_the_prefix(proxied: Proxied) -> None:
    with proxied.client() as client:
        came = client.post(
            "/sign-in",
            data={"token": token(owner_id())},
            headers={"Origin": "https://www.example.org"},
        )

    assert came.status_code == 303
    assert re.match(r"__Secure-export_session=.*; Path=/exports/;", came.headers["set-cookie"])
    assert "Secure" in came.headers["set-cookie"]


def test_a_download_is_resumed_through_it(proxied: Proxied) -> None:
    owner = owner_id()
    job_id = proxied.api.add_file(owner, DATA)
    with proxied.client(owner) as client:
        path = f"/api/export/jobs/{job_id}/download"
        whole = client.get(path)
        rest = client.get(
            path, headers={"Range": "bytes=100000-", "If-Range": whole.headers["etag"]}
        )
        same = client.get(path, headers={"If-None-Match": whole.headers["etag"]})

    assert whole.content == DATA
    assert (rest.status_code, rest.content) == (206, DATA[100_000:])
    assert rest.headers["content-range"] == f"bytes 100000-{len(DATA) - 1}/{len(DATA)}"
    assert same.status_code == 304


def test_events_come_as_they_happen(proxied: Proxied) -> None:
    owner = owner_id()
    job_id = proxied.api.add_job(owner, Status.PROCESSING)

    async def end(database: Database) -> None:
        now = datetime.now(UTC)
        await JobExecution(database).end(job_id, Status.CANCELLED, now=now)

    with (
        proxied.client(owner) as client,
        client.stream("GET", f"/api/export/jobs/{job_id}/events") as stream,
    ):
        lines = stream.iter_lines()
        # Held back, it would come with the end that follows it.
        first = next(line for line in lines if line.startswith("data: "))
        proxied.api.in_database(end)
        last = next(line for line in lines if line.startswith("data: "))

    assert '"processing"' in first
    assert '"cancelled"' in last


@pytest.mark.parametrize(
    "path", ["/metrics", "/health/ready", "/%6detrics", "//metrics", "/metrics/", "/x/../metrics"]
)
def test_what_is_for_operators_stays_inside(proxied: Proxied, path: str) -> None:
    address = f"https://127.0.0.1:{proxied.port}/exports{path}"
    asked = ["-sk", "--path-as-is", "-H", "Host: www.example.org", address]
    done = subprocess.run(
        [needed("curl"), *asked, "-o", "/dev/null", "-w", "%{http_code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "404"
