"""The image of a release runs the service, and its wheels install elsewhere."""

import os
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from activities.settings import from_environment
from scripts.dev.credentials import issue_token
from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import DEMO_SCOPE
from tests.client import ServiceClient
from tests.release.conftest import Release
from tests.release.container import Container

pytestmark = pytest.mark.release


def test_it_exports_within_its_own_root(service: Container) -> None:
    with ServiceClient(service.settings["EXPORT_PUBLIC_URL"], _token(service)) as caller:
        job = caller.wait(caller.export(["content-1"], "pdf")["job_id"], 120)
        assert job["status"] == "completed", job
        # Of the fonts and the code that the image holds.
        assert job["warnings"] == []
        assert pypdf.PdfReader(BytesIO(caller.download(job))).pages


def test_it_runs_as_nobody_special_and_changes_nothing_of_itself(service: Container) -> None:
    said = service.run("sh", "-c", "id -un; id -G; grep CapBnd /proc/self/status; ! touch /app/x")
    assert said.split() == ["export", "10001", "CapBnd:", "0000000000000000"]


def test_the_wheels_install_in_an_environment_of_their_own(
    made: Release, service: Container, tmp_path: Path
) -> None:
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "pip"), "--quiet", "--disable-pip-version-check", "install"]
    wheels = [str(path) for path in made.directory.glob("*.whl")]
    assert len(wheels) == 2
    locked = ["--require-hashes", "-r", str(CHECKOUT / "requirements-runtime.lock")]
    subprocess.run([*pip, *locked], check=True)
    subprocess.run([*pip, "--no-deps", *wheels], check=True)
    subprocess.run([str(environment / "bin" / "pip"), "check"], check=True)

    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    served = [str(environment / "bin" / "python"), "-m", "activities.jobs.migrate"]
    database = {"EXPORT_DATABASE_URL": f"sqlite:///{tmp_path / 'export.db'}"}
    subprocess.run(served, cwd=tmp_path, env=clean | database, check=True)
    assert (tmp_path / "export.db").exists()

    made_file = tmp_path / "course.json"
    asked = subprocess.run(
        [
            str(environment / "bin" / "export-client"), "--url",
            service.settings["EXPORT_PUBLIC_URL"], "--token", _token(service), "export", "--output",
            str(made_file), "json", "content-1",
        ],
        cwd=tmp_path, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    assert made_file.read_text().startswith("{")


def _token(service: Container) -> str:
    return issue_token(
        from_environment(service.settings), "teacher-1", DEMO_SCOPE, timedelta(hours=1)
    )
