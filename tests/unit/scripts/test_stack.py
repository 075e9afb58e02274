import os
import re
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from activities.settings import Settings
from scripts.dev import data_directory
from scripts.dev import stack as stack_module
from scripts.dev.credentials import ensure_secrets
from scripts.dev.embedded_database import is_migrated
from scripts.dev.ports import free_ports
from scripts.dev.stack import Stack, StackError
from scripts.dev.stack_file import StackInfo
from scripts.dev.supervisor import Supervisor
from tests.client import ServiceClient
from tests.security.key_server import answering, key_server


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


def _in_place_of(name: str, content: bytes) -> Callable[[Path], None]:
    def put(data_dir: Path) -> None:
        (data_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (data_dir / name).write_bytes(content)

    return put


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda data_dir: data_dir.write_text(""), "data is a file, and no directory"),
        (
            lambda data_dir: data_dir.parent.joinpath("data").symlink_to("data"),
            "data cannot be used for data: ",
        ),
        (_in_place_of("logs", b""), "data/logs is a file, and no directory"),
        (lambda data_dir: data_dir.symlink_to("nowhere"), "data is a link that leads nowhere"),
        (_in_place_of("files", b""), "data/files cannot be used for files"),
        (_in_place_of("secrets.json", b'{"jwt_secret": 1}'), "secrets.json is damaged"),
        (_in_place_of("secrets.json", b"\xff"), "secrets.json is damaged"),
        (_in_place_of("secrets.json/x", b""), "secrets.json is not a file"),
        (_in_place_of("export.db", b"no database"), "export.db is damaged"),
        (_in_place_of("temporal.db", b"no database"), "temporal.db is damaged"),
        (_in_place_of("export.db/x", b""), "export.db is not a file"),
    ],
)
def test_what_cannot_be_used_in_the_directory_is_told_before_anything_starts(
    tmp_path: Path, put: Callable[[Path], None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_module, "Supervisor", None)
    put(tmp_path / "data")
    with pytest.raises(StackError, match=re.escape(said)) as raised:
        Stack(tmp_path / "data", render_workers=1, demo=False).start()
    assert "Errno" not in str(raised.value)


def _everything(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*")}


@pytest.mark.parametrize(
    "options",
    [
        {"settings": {"EXPORT_MAX_ITEMS": "-1"}},
        {"settings": {"EXPORT_HOST": "203.0.113.9"}, "port": 20_001},
        {"port": 20_001, "temporal_port": 20_001},
    ],
    ids=["setting", "address", "same port"],
)
def test_a_start_that_is_refused_leaves_nothing(
    tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_module, "Supervisor", None)
    with pytest.raises(StackError):
        Stack(tmp_path / "new" / "data", render_workers=1, demo=False, **options).start()
    assert _everything(tmp_path) == set()

    (tmp_path / "data").mkdir()
    secrets = ensure_secrets(tmp_path / "data")
    before = _everything(tmp_path)
    with pytest.raises(StackError):
        Stack(tmp_path / "data", render_workers=1, demo=False, **options).start()
    assert _everything(tmp_path) == before
    assert ensure_secrets(tmp_path / "data") == secrets, "what an earlier stack has stays"


@pytest.mark.parametrize("option", ["port", "temporal_port", "EXPORT_INTERNAL_PORT"])
def test_a_port_that_is_taken_is_told_by_its_option(tmp_path: Path, option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        if option == "EXPORT_INTERNAL_PORT":
            stack = Stack(tmp_path, settings={option: str(port)})
        else:
            stack = Stack(tmp_path, **{option: port})
        with pytest.raises(StackError, match=f"{port}: Address already in use") as refused:
            stack.start()
    assert option.replace("_", "-").lower() in str(refused.value).replace("_", "-").lower()


def test_directories_that_it_makes_are_closed_to_others_whatever_the_umask(
    tmp_path: Path,
) -> None:
    before = os.umask(0)
    try:
        data_directory.check(tmp_path / "data")
    finally:
        os.umask(before)
    for made in (tmp_path / "data", tmp_path / "data/logs"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_start_that_waits_says_for_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "_START_SECONDS", 0.4)
    monkeypatch.setattr(stack_module, "_SILENT_SECONDS", 0.1)
    said: list[str] = []
    body = b'{"status": "unavailable", "components": {"database": "ok", "content": "unavailable"}}'
    with key_server(answering(503, body)) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        info = StackInfo(url, url, "127.0.0.1:9", "", "", [], {}, 0, url)
        supervisor = cast("Supervisor", SimpleNamespace(failing=lambda _crashes: None))
        stack = Stack(tmp_path, announce=said.append)
        with pytest.raises(StackError, match=r"unavailable: content.*logs"):
            stack._await_answers(supervisor, info, None)
    assert said
    assert "unavailable: content" in said[0]


def test_a_database_of_temporal_is_told_once_how_long_it_keeps_workflows(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    (tmp_path / "temporal.db").touch()
    assert not stack._has_short_retention()
    assert not stack._shorten_retention(Path("/bin/false"), "127.0.0.1:9")
    assert not stack._has_short_retention()
    assert stack._shorten_retention(Path("/bin/true"), "127.0.0.1:9")
    assert stack._has_short_retention()
    # Another one, as after somebody has removed the file.
    (tmp_path / "temporal.db").unlink()
    assert not stack._has_short_retention()


def test_a_program_that_says_why_it_cannot_start_is_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "temporal"
    broken.write_text("#!/bin/sh\necho noise\necho cannot start: no moon tonight\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("TEMPORAL_CLI_PATH", str(broken))
    stack = Stack(tmp_path / "data", render_workers=1, demo=False)

    with pytest.raises(StackError) as raised:
        stack.start()

    assert str(raised.value) == "temporal cannot start: no moon tonight"


def test_processes_that_end_close_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else the stack would do it in their place.
    monkeypatch.setattr(stack_module, "merge_log", lambda _: None)
    # It is found to be ready where its health is.
    settings = {"EXPORT_INTERNAL_PORT": str(free_ports(1)[0])}
    with Stack(tmp_path, render_workers=1, settings=settings) as stack:
        with ServiceClient(stack.api, stack.token) as client:
            assert client.http.get("/health/ready").status_code == 404
            job = client.wait(client.export(["content-1"], "json")["job_id"])
        assert job["status"] == "completed"
        assert (tmp_path / "export.db-wal").exists()

    assert not (tmp_path / "export.db-wal").exists()
    assert is_migrated(tmp_path / "export.db")
