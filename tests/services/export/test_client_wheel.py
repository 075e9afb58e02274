"""The client as its users get it: a wheel, in an environment that has nothing of the service."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.dev.environment import CHECKOUT
from scripts.dev.stack import Stack

pytestmark = pytest.mark.long

PLACE = CHECKOUT / "web" / "client"
TRY = """
import pathlib, sys
from export_client import ExportClient
with ExportClient(sys.argv[1], sys.argv[2]) as client:
    print(client.download(client.wait(client.create("txt", ["content-1"])), pathlib.Path()))
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    said = subprocess.run(
        [str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True, cwd=cwd
    )
    return said.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client's distribution, built from a copy: building writes beside the sources."""
    directory = tmp_path_factory.mktemp("wheel")
    source = directory / "client"
    sent = run("git", "ls-files", "-co", "--exclude-standard", cwd=PLACE).split()
    for name in sent:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((PLACE / name).read_bytes())
    pip = (sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", directory, source)
    return next(directory.glob("*.whl"))


@pytest.fixture(scope="module")
def bin_folder(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment into which somebody installed the wheel."""
    environment = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", environment)
    run(environment / "bin" / "pip", "--quiet", "install", wheel)
    return environment / "bin"


def test_the_wheel_is_typed_licensed_and_holds_the_client_alone(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"export_client"}
    assert "export_client/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_nothing_of_the_service_is_installed_with_it(bin_folder: Path) -> None:
    installed = run(bin_folder / "pip", "list", "--format=freeze")
    packages = {line.partition("==")[0].lower() for line in installed.splitlines()}
    needed = {"httpx", "httpcore", "h11", "anyio", "idna", "certifi", "sniffio"}
    needed |= {"msgspec", "stamina", "tenacity", "typing_extensions"}
    assert {"export-client", "httpx", "msgspec", "stamina"} <= packages
    assert packages <= {"export-client", "pip", "setuptools"} | needed


def test_a_library_and_a_command_make_a_file(
    bin_folder: Path, stack: Stack, tmp_path: Path
) -> None:
    made = run(bin_folder / "python", "-I", "-c", TRY, stack.api, stack.token, cwd=tmp_path)
    assert (tmp_path / made.strip()).read_text(encoding="utf-8")
    access = ("--url", stack.api, "--token", stack.token)
    command = (bin_folder / "export-client", *access, "export", "csv", "content-1", "-o", "a.csv")
    assert run(*command, cwd=tmp_path) == "a.csv\n"
    assert (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_the_oldest_versions_that_it_allows_do(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "oldest")
    python = tmp_path / "oldest" / "bin" / "python"
    oldest = ("httpx==0.28.0", "msgspec==0.22.0", "stamina==26.1.0")
    run(python, "-m", "pip", "--quiet", "install", wheel, *oldest)
    assert "usage: export-client" in run(tmp_path / "oldest" / "bin" / "export-client", "--help")
