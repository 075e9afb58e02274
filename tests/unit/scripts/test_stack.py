from pathlib import Path

import pytest

from activities.settings import Settings
from scripts.dev import stack as stack_module
from scripts.dev.embedded_database import is_migrated
from scripts.dev.ports import free_ports
from scripts.dev.stack import Stack, StackError
from tests.client import ServiceClient


def test_a_stack_takes_no_settings_from_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPORT_DATABASE_URL", "postgresql://db.example/in-use")
    monkeypatch.setenv("TEMPORAL_API_KEY", "of-a-real-cluster")

    environment = Stack(tmp_path, settings={"EXPORT_MAX_ITEMS": "7"})._environment()

    assert "EXPORT_DATABASE_URL" not in environment
    assert "TEMPORAL_API_KEY" not in environment
    assert environment["EXPORT_MAX_ITEMS"] == "7"
    assert environment["EXPORT_TEMP_PATH"] == str(tmp_path / "files")


def test_the_ports_of_a_stack_differ(tmp_path: Path) -> None:
    temporal, *_ = free_ports(1)
    # Where the web UI would go by custom.
    stack = Stack(tmp_path, port=temporal + 1000, temporal_port=temporal, render_workers=8)

    ports = stack._choose_ports(Settings(express=True))

    chosen = [ports.api, ports.temporal, ports.temporal_ui, *ports.metrics]
    assert len(set(chosen)) == len(chosen) == 13


def test_a_program_that_does_not_come_up_ends_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "temporal"
    broken.write_text("#!/bin/sh\necho not today\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("TEMPORAL_CLI_PATH", str(broken))
    stack = Stack(tmp_path / "data", render_workers=1, demo=False)

    with pytest.raises(StackError, match=r"(?s)temporal does not stay up.*not today"):
        stack.start()

    assert not (tmp_path / "data/stack.json").exists()


def test_a_setting_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="EXPORT_MAX_ITEMS"):
        Stack(tmp_path, settings={"EXPORT_MAX_ITEMS": "-1"}).start()


def test_processes_that_end_close_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else the stack would do it in their place.
    monkeypatch.setattr(stack_module, "merge_log", lambda _: None)
    with Stack(tmp_path, render_workers=1) as stack:
        with ServiceClient(stack.api, stack.token) as client:
            job = client.wait(client.export(["content-1"], "json")["job_id"])
        assert job["status"] == "completed"
        assert (tmp_path / "export.db-wal").exists()

    assert not (tmp_path / "export.db-wal").exists()
    assert is_migrated(tmp_path / "export.db")
