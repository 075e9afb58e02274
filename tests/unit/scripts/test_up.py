"""The command itself, with real processes: one start is shared by all tests of this module."""

import contextlib
import http.client
import json
import os
import shlex
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt
import pytest

from scripts import up as up_script
from scripts.dev.environment import CHECKOUT
from scripts.dev.ports import free_ports
from scripts.dev.stack import Stack
from scripts.dev.temporal_cli import find_or_fetch
from tests.waiting import eventually

_GIVEN = {"given-token-of-the-content", "given-key-of-the-store"}
_VARIABLES = ("AWS_SECRET_ACCESS_KEY", "EXPORT_CONTENT_TOKEN")


class Up:
    """A running `up.py`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.output = data_dir.with_suffix(".out")
        self.port, self.temporal_port = free_ports(2)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                self.command(data_dir, self.port, self.temporal_port),
                env=os.environ | dict(zip(_VARIABLES, sorted(_GIVEN), strict=True)),
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @staticmethod
    def command(data_dir: Path, port: int, temporal_port: int) -> list[str]:
        options = ["--port", port, "--temporal-port", temporal_port, "--data-dir", data_dir]
        command = [sys.executable, CHECKOUT / "scripts/up.py", *options, "--render-workers", "1"]
        return [str(word) for word in command]

    def stack(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.data_dir / "stack.json").read_text())
        return found

    def pids(self) -> list[int]:
        return [pid for pids in self.stack()["pids"].values() for pid in pids]

    def processes(self) -> list[int]:
        """Every process that has our data directory in its environment or command, or is in it."""
        marker = os.fsencode(self.data_dir)
        found = []
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                told = b"".join((directory / name).read_bytes() for name in ("environ", "cmdline"))
                told += os.fsencode((directory / "cwd").readlink())
            except OSError:
                continue
            if marker in told:
                found.append(int(directory.name))
        return found


def status(url: str) -> int:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    # A name that ends a path within a URL, or is another one there.
    up = Up(tmp_path_factory.mktemp("up") / "data #1?mode=ro&%41")
    try:
        eventually(lambda: "ready in" in up.output.read_text() or up.process.poll() is not None)
        assert up.process.poll() is None, up.output.read_text()
        yield up
    finally:
        if up.process.poll() is None:
            up.process.terminate()
        up.process.wait(30)


def test_everything_that_it_names_answers(up: Up) -> None:
    stack = up.stack()

    assert stack["api"] == f"http://127.0.0.1:{up.port}"
    assert stack["temporal_address"] == f"127.0.0.1:{up.temporal_port}"
    for url in (f"{stack['api']}/health/ready", stack["temporal_ui"], *stack["metrics"]):
        assert status(url) == 200, url
    assert sorted(stack["pids"]) == [
        *("api", "temporal"),
        *("worker-express", "worker-io", "worker-render"),
    ]
    for pid in up.pids():
        os.kill(pid, 0)


def test_everything_that_it_keeps_is_in_its_directory(up: Up) -> None:
    beside = {file.name for file in up.data_dir.parent.iterdir()}

    assert beside == {up.data_dir.name, up.output.name}
    assert {"export.db", "temporal.db"} <= {file.name for file in up.data_dir.iterdir()}


def test_the_commands_that_it_names_are_about_this_very_stack(up: Up) -> None:
    said = up.output.read_text()
    named = {
        script: next(shlex.split(line) for line in said.splitlines() if script in line)
        for script in ("issue_token.py", "load_content.py")
    }

    for words in named.values():
        assert words[words.index("--data-dir") + 1] == str(up.data_dir)


def test_it_says_how_to_try_it(up: Up) -> None:
    said = up.output.read_text()
    request = said[said.index("curl") : said.index("Ctrl-C")]

    answer = subprocess.run(["/bin/sh", "-c", request], capture_output=True, check=True)

    assert json.loads(answer.stdout)["format"] == "pdf"
    for shown in ("/docs", up.stack()["temporal_ui"], str(up.data_dir)):
        assert shown in said


def test_one_click_on_what_it_shows_leads_in(up: Up) -> None:
    said = up.output.read_text().partition("as the owner of the demo content:\n\n  ")[2]
    door = said.partition("\n")[0]
    api = f"http://127.0.0.1:{up.port}"

    with httpx.Client() as browser:
        links = [browser.get(door).headers["location"] for _ in range(2)]
        assert browser.get(links[1]).status_code == 200
        code = links[1].removeprefix(f"{api}/enter/")
        came = browser.post(f"{api}/enter", data={"code": code}, headers={"Origin": api})
        page = browser.get(f"{api}/")
        elsewhere = browser.get(f"{door[:-1]}_")

    assert links[0] != links[1], "it opens each time"
    assert (came.status_code, page.status_code, elsewhere.status_code) == (303, 200, 404)
    assert "teacher-1" in page.text


def test_the_token_that_it_shows_opens_the_web_page(up: Up) -> None:
    said = up.output.read_text()
    shown = next(line for line in said.splitlines() if line.startswith("ey"))
    connection = http.client.HTTPConnection(f"127.0.0.1:{up.port}")
    headers = {"Origin": f"http://127.0.0.1:{up.port}"}

    connection.request("POST", "/sign-in", body=f"token={shown}", headers=headers)

    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert f"http://127.0.0.1:{up.port}/\n" in said


def test_what_it_keeps_is_private(up: Up) -> None:
    kept = [up.data_dir, *up.data_dir.rglob("*")]
    assert {"export.db", "temporal.db", "api.log", "files", "stack.json"} <= {p.name for p in kept}
    for path in kept:
        # What is gone already was a file of SQLite's.
        with contextlib.suppress(FileNotFoundError):
            mode = stat.S_IMODE(path.lstat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path


def test_each_process_has_its_own_secrets(up: Up) -> None:
    secrets = json.loads((up.data_dir / "secrets.json").read_text())
    of_api = {secrets["jwt_secret"], secrets["url_secret"]}
    for role, pids in up.stack()["pids"].items():
        allowed = {"api": of_api | _GIVEN, "temporal": set()}.get(role, _GIVEN)
        for process in [pid for parent in pids for pid in _with_children(parent)]:
            environment = Path(f"/proc/{process}/environ").read_text()
            found = {each for each in of_api | _GIVEN if each in environment}
            # Render children have none, whoever their parent is.
            assert found in ([allowed] if process in pids else [set(), allowed]), (role, process)


def _with_children(process: int) -> list[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(each for child in children for each in _with_children(int(child)))]


def test_issue_token_makes_tokens_that_the_api_takes(up: Up) -> None:
    script = CHECKOUT / "scripts/issue_token.py"
    options = ["--owner", "teacher-2", "--data-dir", str(up.data_dir), "--hours", "1"]
    issued = subprocess.run(
        [sys.executable, script, *options], capture_output=True, check=True, text=True
    )

    token = issued.stdout.strip()
    assert jwt.decode(token, options={"verify_signature": False})["sub"] == "teacher-2"
    connection = http.client.HTTPConnection(f"127.0.0.1:{up.port}")
    connection.request("GET", "/api/export/jobs", headers={"Authorization": f"Bearer {token}"})
    assert connection.getresponse().status == 200
    connection.close()


def test_temporal_forgets_workflows_soon_and_gives_the_disk_back(up: Up) -> None:
    cli = find_or_fetch(os.environ, print)
    command = [str(cli), "operator", "namespace", "describe", "--namespace", "default"]
    command += ["--address", up.stack()["temporal_address"], "--output", "json"]
    told = subprocess.run(command, capture_output=True, check=True)

    assert json.loads(told.stdout)["config"]["workflowExecutionRetentionTtl"] == "10800s"
    with contextlib.closing(sqlite3.connect(up.data_dir / "temporal.db")) as database:
        assert database.execute("PRAGMA auto_vacuum").fetchone() == (1,)  # in full


def test_a_second_one_in_the_same_directory_is_refused(up: Up) -> None:
    command = Up.command(up.data_dir, *free_ports(2))
    second = subprocess.run(command, capture_output=True, check=False, text=True)

    assert second.returncode == 1
    assert f"a stack runs in {up.data_dir} already" in second.stdout


@pytest.mark.parametrize(("taken", "option"), [(0, "--port"), (1, "--temporal-port")])
def test_a_taken_port_is_named(up: Up, tmp_path: Path, taken: int, option: str) -> None:
    ports = free_ports(2)
    ports[taken] = (up.port, up.temporal_port)[taken]
    command = Up.command(tmp_path / "other", *ports)
    second = subprocess.run(command, capture_output=True, check=False, text=True)

    assert second.returncode == 1
    where = f"{option}: cannot listen at 127.0.0.1:{ports[taken]}: Address already in use"
    assert where in second.stdout


@pytest.mark.parametrize("role", ["worker-io", "temporal", "api"])
def test_what_dies_is_started_again(up: Up, role: str) -> None:
    before = up.stack()["pids"][role]

    os.kill(before[0], signal.SIGKILL)

    eventually(lambda: up.stack()["pids"][role] not in ([], before))
    eventually(lambda: status(f"{up.stack()['api']}/health/ready") == 200)


def test_a_setting_that_cannot_be_used_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["up.py"])
    monkeypatch.setenv("EXPORT_PORT", "eighty")

    with pytest.raises(SystemExit, match="EXPORT_PORT: 'eighty' is not a whole number"):
        up_script._parse_arguments()


@pytest.mark.long
def test_two_run_side_by_side(up: Up, tmp_path: Path) -> None:
    with Stack(tmp_path / "second", render_workers=1, demo=False) as second:
        assert status(f"{second.api}/health/ready") == 200
        assert status(f"{up.stack()['api']}/health/ready") == 200
        assert second.info.temporal_address != up.stack()["temporal_address"]


def test_a_stopped_one_leaves_nothing(up: Up) -> None:
    assert set(up.pids()) <= set(up.processes())

    up.process.terminate()

    assert up.process.wait(30) == 0
    assert up.processes() == []
    assert not (up.data_dir / "stack.json").exists()
    assert [file.name for file in up.data_dir.glob("*-wal")] == []
