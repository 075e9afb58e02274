"""The receivers in the documentation take what is ours, and nothing else."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from activities.automation.webhook_secrets import new_secret, shown, signed_headers
from tests.judges.tools import npm_packages, run

CLIENT = Path(__file__).parents[3] / "web" / "client" / "typescript"
SAMPLES = Path(__file__).parents[3] / "docs" / "webhooks"
BODY = b'{"type":"export.completed","timestamp":"2026-03-01T12:00:00Z","data":{"job_id":"job-1"}}'
SECRET = new_secret()


@pytest.fixture(
    scope="module", params=["receiver.py", pytest.param("receiver.ts", marks=pytest.mark.judges)]
)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sample that runs."""
    name: str = request.param
    if name.endswith(".py"):
        program = [sys.executable, str(SAMPLES / name)]
    else:
        program = ["node", str(compiled(SAMPLES / name, tmp_path_factory.mktemp("sample")))]
    environment = os.environ | {"EXPORT_WEBHOOK_SECRET": shown(SECRET)}
    with subprocess.Popen(
        [*program, "0"], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def compiled(sample: Path, directory: Path) -> Path:
    """The sample as JavaScript, once its types are right."""
    packages = npm_packages(CLIENT / "package-lock.json", "typescript")
    (directory / "node_modules").symlink_to(packages)
    shutil.copy(sample, directory)
    options = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "commonjs"]
    done = run(
        [str(packages / ".bin" / "tsc"), *options, "--types", "node", sample.name], directory
    )
    assert done.returncode == 0, done.stdout
    return directory / f"{sample.stem}.js"


def send(url: str, at: datetime, secrets: list[bytes], body: bytes = BODY) -> int:
    headers = signed_headers("message-1", at, BODY, secrets)
    return httpx.post(url, content=body, headers=headers).status_code


def test_samples_tell_ours_from_forgeries(url: str) -> None:
    now = datetime.now(UTC)
    assert send(url, now, [SECRET]) == 204
    assert send(url, now, [SECRET]) == 204, "a message may come again"
    assert send(url, now, [new_secret(), SECRET]) == 204, "while a secret is changed"
    assert send(url, now, [new_secret()]) == 401
    assert send(url, now, [SECRET], BODY.replace(b"job-1", b"job-2")) == 401
    assert send(url, now - timedelta(minutes=6), [SECRET]) == 401
    assert send(url, now + timedelta(minutes=6), [SECRET]) == 401
    assert httpx.post(url, content=BODY).status_code == 401
    assert httpx.post(url, content=b"x" * 70_000, headers={"webhook-id": "a"}).status_code == 413
