"""The `Dockerfile` finds what it copies, and what it copies is enough."""

import re
import subprocess
import tomllib
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from activities.model.catalog import BUILT_IN
from scripts.dev.environment import CHECKOUT
from tests.deploy.image import Image, is_sent

pytestmark = pytest.mark.deploy

_RUNTIME_LOCK = "requirements-runtime.lock"
_FORMATS = "from activities.model.catalog import formats; print(*formats())"


def test_what_is_copied_exists_and_is_sent(image: Image) -> None:
    assert CHECKOUT / "activities" in image.copied()
    for path in image.copied():
        assert path.exists(), path
        assert is_sent(path), path


def test_secrets_and_data_stay_out_of_the_build() -> None:
    for name in (".env", ".git", ".data", ".venv", "tests"):
        assert not is_sent(CHECKOUT / name), name


def test_processes_are_nobody_special(image: Image) -> None:
    assert image.user() not in ("root", "0")


def test_files_are_written_where_a_volume_is(image: Image, services: dict[str, Any]) -> None:
    volumes = [Path(text.split(":")[0]) for text in services["worker-render"]["volumes"]]
    scratch = Path(image.variables()["EXPORT_TEMP_PATH"])
    assert any(scratch.is_relative_to(volume) for volume in volumes)


def test_every_module_can_be_imported(image: Image) -> None:
    script = (
        "import importlib, pkgutil, activities, web, workflows\n"
        "for package in (activities, web, workflows):\n"
        "    for module in pkgutil.walk_packages(package.__path__, f'{package.__name__}.'):\n"
        "        if not module.name.endswith(('.env', '__main__')):\n"
        "            importlib.import_module(module.name)\n"
    )
    python = image.app.parent / "venv" / "bin" / "python"
    done = subprocess.run(
        [python, "-W", "error", "-c", script],
        # Not the folder of the code: the image must find it from anywhere.
        cwd="/",
        env=image.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_formats_are_found(image: Image) -> None:
    done = subprocess.run(
        [image.app.parent / "venv" / "bin" / "python", "-c", _FORMATS],
        cwd="/",
        env=image.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == list(BUILT_IN), done.stderr


def test_tools_for_development_stay_out(image: Image) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    names = {Requirement(text).name for text in project["optional-dependencies"]["dev"]}
    # What the service needs, too.
    names -= set(re.findall(r"^([\w.-]+)==", (CHECKOUT / _RUNTIME_LOCK).read_text(), re.MULTILINE))
    site = next((image.app.parent / "venv" / "lib").glob("*/site-packages"))
    installed = {found.name for found in distributions(path=[str(site)])}
    assert {"pytest", "setuptools"} <= names
    assert "temporalio" in installed
    assert not (names | {"pip"}) & installed
