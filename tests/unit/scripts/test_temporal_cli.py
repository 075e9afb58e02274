from pathlib import Path

import pytest

from scripts.dev import temporal_cli
from scripts.dev.temporal_cli import CliNotFoundError, find_or_fetch


def executable(path: Path, script: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


class Machine:
    """Directories and an environment without any Temporal CLI."""

    def __init__(self, root: Path) -> None:
        self.bin = root / "bin"
        self.cached = root / "cache/export-service" / f"temporal-cli-{temporal_cli.VERSION}"
        self.environment = {"PATH": str(self.bin), "XDG_CACHE_HOME": str(root / "cache")}
        self.said: list[str] = []

    def find(self) -> Path:
        return find_or_fetch(self.environment, self.said.append)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporal_cli, "_download", lambda _directory, _environment: False)


def test_the_named_one_comes_first(machine: Machine, tmp_path: Path) -> None:
    executable(machine.bin / "temporal")
    named = executable(tmp_path / "elsewhere/temporal-cli")
    machine.environment["TEMPORAL_CLI_PATH"] = str(named)

    assert machine.find() == named
    assert machine.said == []


def test_a_named_one_that_is_not_there_is_an_error(machine: Machine, tmp_path: Path) -> None:
    executable(machine.bin / "temporal")
    machine.environment["TEMPORAL_CLI_PATH"] = str(tmp_path / "missing")

    with pytest.raises(CliNotFoundError, match="missing"):
        machine.find()


def test_the_one_on_the_path_comes_before_the_cache(machine: Machine) -> None:
    executable(machine.cached / "temporal")
    on_path = executable(machine.bin / "temporal")

    assert machine.find() == on_path


def test_the_cached_one_needs_no_network(machine: Machine) -> None:
    cached = executable(machine.cached / "temporal")

    assert machine.find() == cached
    assert machine.said == []


def test_a_download_goes_into_the_cache(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(directory: Path, _environment: object) -> bool:
        executable(directory / "temporal-sdk-python-9")
        return True

    monkeypatch.setattr(temporal_cli, "_download", download)

    assert machine.find() == machine.cached / "temporal"
    assert machine.find() == machine.cached / "temporal"
    assert len(machine.said) == 1


@pytest.mark.usefixtures("no_download")
def test_without_a_download_go_builds_the_pinned_version(machine: Machine) -> None:
    executable(machine.bin / "go", 'echo "#!/bin/sh\necho $*" >"$GOBIN/temporal"')

    assert f"install github.com/temporalio/cli/cmd/temporal@{temporal_cli.VERSION}" in (
        machine.find().read_text()
    )
    assert "3 minutes" in machine.said[-1]


@pytest.mark.usefixtures("no_download")
def test_a_build_that_fails_leaves_nothing_in_the_cache(machine: Machine) -> None:
    executable(machine.bin / "go", 'touch "$GOBIN/temporal"; exit 1')

    with pytest.raises(CliNotFoundError):
        machine.find()
    assert not (machine.cached / "temporal").exists()


@pytest.mark.usefixtures("no_download")
def test_without_go_the_message_says_what_to_do(machine: Machine) -> None:
    with pytest.raises(CliNotFoundError, match="TEMPORAL_CLI_PATH"):
        machine.find()
